//! What every test stands on: a service of its own on a database of its own, and clients that speak HTTP to it.

mod chance;
mod claims;
mod client;
mod contract;
pub(crate) mod database;
mod dns;
mod letters;
mod mail_server;
mod memory;
mod name_server;
pub(crate) mod process;
mod proxy;
mod race;
mod sign_in;
mod snapshot;
mod wait;
mod wire;
mod world;

pub(crate) use chance::{Chance, seed};
pub(crate) use claims::{claim, read_domain, record_of, verify};
pub(crate) use client::{Client, Response};
pub(crate) use dns::{Behaviour, FakeDns};
pub(crate) use mail_server::{Mail, MailServer};
pub(crate) use memory::{from_memory, remembers};
pub(crate) use name_server::{Broken, NameServer};
pub(crate) use proxy::Proxy;
pub(crate) use race::{race, race_rounds, rounds};
pub(crate) use sign_in::{SignIn, entries};
pub(crate) use snapshot::Snapshot;
pub(crate) use wait::within_a_second;
pub(crate) use wire::WireAnswer;
pub(crate) use world::{Tenant, new_user, unique};

use std::net::TcpListener;
use std::thread::JoinHandle;

use actix_web::dev::ServerHandle;
use roster::access::Principals;
use roster::app::Service;
use roster::clock::Clock;
use roster::config::Config;
use roster::db::Change;
use roster::password::Cost;
use roster::postman::Postman;
use roster::upkeep::Upkeep;
use roster::watcher::Watcher;

/// The password of everybody in the tests, unless a test is about passwords.
pub(crate) const PASSWORD: &str = "correct horse battery staple";
/// The platform's first admin.
pub(crate) const ADMIN_EMAIL: &str = "admin@roster.example";
/// Hashes in microseconds; nothing in the tests is worth more.
const CHEAP: Cost = Cost {
    memory_kib: 8,
    passes: 1,
};

/// A service of its own, stopped when it is dropped.
pub(crate) struct TestApp {
    /// `http://127.0.0.1:<port>`.
    pub(crate) base: String,
    /// The same of the listener for the operator's own machines.
    pub(crate) admin_base: String,
    /// Moves the service's time.
    pub(crate) clock: Clock,
    /// Whom the service asks for proofs.
    pub(crate) dns: FakeDns,
    /// Its database, for what HTTP cannot show.
    pub(crate) database: database::Database,
    /// What runs by itself every hour, to be run when a test wants it.
    pub(crate) upkeep: Upkeep,
    /// What looks at the domains, to be run when a test wants it.
    pub(crate) watcher: Watcher,
    /// What delivers mail, to be run when a test wants it.
    pub(crate) postman: Postman,
    /// What it remembers of who may do what, for what is changed past it.
    pub(crate) memory: Principals,
    handle: ServerHandle,
    thread: Option<JoinHandle<()>>,
}

impl TestApp {
    /// Starts a service on a new database: the platform and its admin are there, nothing else.
    pub(crate) fn start() -> Self {
        Self::start_on(database::Database::create(), &[])
    }

    /// Starts a service on a database that may be another service's too.
    pub(crate) fn start_on(database: database::Database, settings: &[(&str, &str)]) -> Self {
        let url = database.url().to_owned();
        Self::start_at(&url, database, settings)
    }

    /// The same by another way to the database.
    pub(crate) fn start_at(
        url: &str,
        database: database::Database,
        settings: &[(&str, &str)],
    ) -> Self {
        Self::start_fully(url, database, settings, CHEAP)
    }

    /// The same with hashes of this cost.
    pub(crate) fn start_at_cost(
        database: database::Database,
        settings: &[(&str, &str)],
        cost: Cost,
    ) -> Self {
        let url = database.url().to_owned();
        Self::start_fully(&url, database, settings, cost)
    }

    fn start_fully(
        url: &str,
        database: database::Database,
        settings: &[(&str, &str)],
        cost: Cost,
    ) -> Self {
        let dns = FakeDns::start();
        let clock = Clock::default();
        let [listener, admin] = [(); 2].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
        let [base, admin_base] = [&listener, &admin]
            .map(|listener| format!("http://{}", listener.local_addr().unwrap()));
        let servers = dns.address().to_string();
        let defaults = [
            ("ROSTER_ADMIN_PASSWORD", PASSWORD),
            ("ROSTER_LOCAL_DOMAINS", "true"),
            ("ROSTER_DNS_SERVERS", servers.as_str()),
        ];
        let pairs = defaults.iter().chain(settings);
        let pairs = pairs.map(|&(name, value)| (name.to_owned(), value.to_owned()));
        let config = Config::read([], pairs, None).unwrap();
        let service = Service::prepare(&config, url, cost, clock.clone()).unwrap();
        let (upkeep, watcher) = (service.upkeep(), service.watcher());
        let (memory, postman) = (service.principals(), service.postman());
        let (tell, told) = std::sync::mpsc::channel();
        let thread = std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let admin = service.serve_admin(admin).unwrap();
                let admin_handle = admin.handle();
                actix_web::rt::spawn(admin);
                let server = service.serve(listener).unwrap();
                tell.send(server.handle()).unwrap();
                server.await.unwrap();
                admin_handle.stop(false).await;
            });
        });
        let handle = told.recv().unwrap();
        Self {
            base,
            admin_base,
            clock,
            dns,
            database,
            upkeep,
            watcher,
            postman,
            memory,
            handle,
            thread: Some(thread),
        }
    }

    /// Runs statements past the service, which answers from before them no more.
    pub(crate) fn execute(&self, statements: &str) {
        self.database.execute(statements);
        self.memory.forget(Change::Everything);
    }

    /// Somebody who is not signed in.
    pub(crate) fn anonymous(&self) -> Client {
        Client::new(&self.base, None)
    }

    /// The platform's first admin, signed in.
    pub(crate) fn platform(&self) -> Client {
        self.sign_in("platform", ADMIN_EMAIL, PASSWORD)
    }

    /// Somebody of a tenant, signed in.
    pub(crate) fn sign_in(&self, slug: &str, email: &str, password: &str) -> Client {
        let body = serde_json::json!({ "tenant": slug, "email": email, "password": password });
        let answer = self.anonymous().post("/v1/auth/login", &body).expect(200);
        Client::new(&self.base, answer.body["access_token"].as_str())
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        self.postman.stop();
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
