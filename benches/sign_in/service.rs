//! The service and its Postgres, with hashes as expensive as in earnest.

use std::net::TcpListener;
use std::path::Path;
use std::sync::mpsc::channel;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use actix_web::dev::ServerHandle;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use roster::app::Service;
use roster::clock::Clock;
use roster::config::Config;
use roster::db::embedded::{Durability, Embedded};
use roster::password::Cost;
use serde_json::{Value, json};

use crate::Result;

const EMAIL: &str = "admin@roster.example";
const PASSWORD: &str = "correct horse battery staple";

/// The program's own Postgres.
pub(crate) struct Postgres(Embedded);

impl Postgres {
    /// Starts it, as durable as in earnest: every failure that is counted waits for the disk.
    pub(crate) fn start() -> Result<Self> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/bench-sign-in");
        std::fs::create_dir_all(&folder)?;
        let server = Embedded::start(&folder, Durability::Durable);
        Ok(Self(server.map_err(|error| error.to_string())?))
    }

    /// The URL of a new database.
    pub(crate) fn database(&self) -> Result<String> {
        let mut admin = PgConnection::establish(&self.0.url("postgres"))?;
        admin.batch_execute("DROP DATABASE IF EXISTS sign_in WITH (FORCE)")?;
        admin.batch_execute("CREATE DATABASE sign_in")?;
        Ok(self.0.url("sign_in"))
    }
}

/// A service that is stopped when it is dropped.
pub(crate) struct Running {
    base: String,
    token: String,
    handle: ServerHandle,
    thread: Option<JoinHandle<()>>,
}

impl Running {
    /// Starts a service on an empty database and signs its admin in.
    pub(crate) fn start(url: &str) -> Result<Self> {
        let settings = [
            ("ROSTER_ADMIN_EMAIL", EMAIL),
            ("ROSTER_ADMIN_PASSWORD", PASSWORD),
            // Nobody is asked for anything.
            ("ROSTER_DNS_SERVERS", "127.0.0.1:9"),
            ("ROSTER_TRUSTED_PROXIES", "127.0.0.0/8"),
        ];
        let settings = settings.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let config = Config::read([], settings, None)?;
        let service = Service::prepare(&config, url, Cost::default(), Clock::default())?;
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let base = format!("http://{}", listener.local_addr()?);
        let (tell, told) = channel();
        let thread = std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                if let Ok(server) = service.serve(listener) {
                    let _told = tell.send(server.handle());
                    let _ended = server.await;
                }
            });
        });
        let mut running = Self {
            base,
            token: String::new(),
            handle: told.recv()?,
            thread: Some(thread),
        };
        running.sign_in()?;
        Ok(running)
    }

    /// Something to send requests with; one connection for as long as requests follow each other.
    pub(crate) fn agent() -> ureq::Agent {
        ureq::Agent::config_builder()
            .timeout_global(Some(Duration::from_mins(1)))
            .http_status_as_error(false)
            .build()
            .new_agent()
    }

    fn sign_in(&mut self) -> Result<()> {
        let body = json!({ "tenant": "platform", "email": EMAIL, "password": PASSWORD });
        let url = format!("{}/v1/auth/login", self.base);
        let mut response = Self::agent().post(url).send_json(&body)?;
        let answer: Value = response.body_mut().read_json()?;
        let token = answer.get("access_token").and_then(Value::as_str);
        token
            .ok_or_else(|| format!("nobody could sign in: {answer}"))?
            .clone_into(&mut self.token);
        Ok(())
    }

    /// The status of a sign-in from this address.
    pub(crate) fn log_in(&self, agent: &ureq::Agent, address: &str, body: &Value) -> Result<u16> {
        let request = agent
            .post(format!("{}/v1/auth/login", self.base))
            .header("X-Forwarded-For", address);
        let mut response = request.send_json(body)?;
        // Read, so that the connection is used again.
        response.body_mut().read_to_vec()?;
        Ok(response.status().as_u16())
    }

    /// How many milliseconds a path takes.
    pub(crate) fn get(&self, agent: &ureq::Agent, path: &str) -> Result<f64> {
        let request = agent
            .get(format!("{}{path}", self.base))
            .header("Authorization", format!("Bearer {}", self.token));
        let start = Instant::now();
        let mut response = request.call()?;
        response.body_mut().read_to_vec()?;
        let took = start.elapsed().as_secs_f64() * 1_000.0;
        match response.status().as_u16() {
            200 => Ok(took),
            status => Err(format!("{path} answered {status}").into()),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let handle = self.handle.clone();
        let stop = std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(handle.stop(false));
        });
        let _stopped = stop.join();
        if let Some(thread) = self.thread.take() {
            let _ended = thread.join();
        }
    }
}
