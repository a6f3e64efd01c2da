//! A service of the program's own, on loopback, and the way to ask it.

use std::net::TcpListener;
use std::sync::mpsc::channel;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use actix_web::dev::ServerHandle;
use roster::app::Service;
use roster::clock::Clock;
use roster::config::Config;
use roster::password::Cost;
use serde_json::{Value, json};

use crate::Result;

const EMAIL: &str = "admin@roster.example";
const PASSWORD: &str = "correct horse battery staple";
/// What is measured is not the hash of the one sign-in.
const CHEAP: Cost = Cost {
    memory_kib: 8,
    passes: 1,
};
/// How often each request is repeated; the best time counts.
const TIMES: usize = 5;

/// A service that is stopped when it is dropped.
pub(crate) struct Running {
    base: String,
    agent: ureq::Agent,
    token: String,
    handle: ServerHandle,
    thread: Option<JoinHandle<()>>,
}

impl Running {
    /// Starts a service on a migrated database and signs its admin in.
    pub(crate) fn start(url: &str) -> Result<Self> {
        let settings = [
            ("ROSTER_ADMIN_EMAIL", EMAIL),
            ("ROSTER_ADMIN_PASSWORD", PASSWORD),
            // Nobody is asked for anything.
            ("ROSTER_DNS_SERVERS", "127.0.0.1:9"),
        ];
        let settings = settings.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let config = Config::read([], settings, None)?;
        let service = Service::prepare(&config, url, CHEAP, Clock::default())?;
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
            agent: ureq::Agent::config_builder()
                .timeout_global(Some(Duration::from_mins(1)))
                .http_status_as_error(false)
                .build()
                .new_agent(),
            token: String::new(),
            handle: told.recv()?,
            thread: Some(thread),
        };
        running.sign_in()?;
        Ok(running)
    }

    /// Signs in anew: a token is good for minutes only.
    pub(crate) fn sign_in(&mut self) -> Result<()> {
        let body = json!({ "tenant": "platform", "email": EMAIL, "password": PASSWORD });
        let url = format!("{}/v1/auth/login", self.base);
        let mut response = self.agent.post(url).send_json(&body)?;
        let answer: Value = response.body_mut().read_json()?;
        let token = answer.get("access_token").and_then(Value::as_str);
        token
            .ok_or_else(|| format!("nobody could sign in: {answer}"))?
            .clone_into(&mut self.token);
        Ok(())
    }

    /// Proves a domain, where there is none yet: users are shown only then. `*.localhost` needs no DNS.
    pub(crate) fn open_users(&self) -> Result<()> {
        let (domains, _) = self.get("/v1/domains")?;
        let known = domains.get("data").and_then(Value::as_array);
        if known.is_some_and(|known| !known.is_empty()) {
            return Ok(());
        }
        let domain = self.post("/v1/domains", &json!({ "hostname": "bench.localhost" }))?;
        let id = domain.get("id").and_then(Value::as_str).unwrap_or_default();
        self.post(&format!("/v1/domains/{id}/verification"), &json!({}))?;
        Ok(())
    }

    fn post(&self, path: &str, body: &Value) -> Result<Value> {
        let request = self
            .agent
            .post(format!("{}{path}", self.base))
            .header("Authorization", format!("Bearer {}", self.token));
        Ok(request.send_json(body)?.body_mut().read_json()?)
    }

    /// What a path answers, and how many milliseconds it took.
    pub(crate) fn get(&self, path: &str) -> Result<(Value, f64)> {
        let request = self
            .agent
            .get(format!("{}{path}", self.base))
            .header("Authorization", format!("Bearer {}", self.token));
        let start = Instant::now();
        let mut response = request.call()?;
        let bytes = response.body_mut().read_to_vec()?;
        let took = start.elapsed().as_secs_f64() * 1_000.0;
        if response.status().as_u16() != 200 {
            let said = String::from_utf8_lossy(&bytes);
            return Err(format!("{path} answered {}: {said}", response.status()).into());
        }
        Ok((serde_json::from_slice(&bytes)?, took))
    }

    /// The best of some times that a path takes, in milliseconds.
    pub(crate) fn best(&self, path: &str) -> Result<f64> {
        let mut best = f64::INFINITY;
        for _ in 0..TIMES {
            best = best.min(self.get(path)?.1);
        }
        Ok(best)
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
