//! How long `/internal/tls/ask` takes at 100,000 proven host names, over HTTP, with Postgres and after it was stopped.
//!
//! `cargo bench --bench hosts` prints a line for each. The Postgres is the program's own (`target/bench-hosts`).

use std::io::Write;
use std::net::TcpListener;
use std::path::Path;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use roster::app::Service;
use roster::clock::Clock;
use roster::config::Config;
use roster::db::embedded::{Durability, Embedded};
use roster::password::Cost;

/// Whatever goes wrong ends the program.
type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

const HOSTS: usize = 100_000;
/// Proxies that ask at the same time.
const CLIENTS: usize = 4;
/// How often each of them asks.
const QUESTIONS: usize = 25_000;
/// What 99 of 100 answers have to keep below.
const GOAL: Duration = Duration::from_millis(2);
/// Nobody signs in here.
const CHEAP: Cost = Cost {
    memory_kib: 8,
    passes: 1,
};
const FILL: &str = "
    INSERT INTO domains (tenant_id, id, hostname, status, challenge, created_at, updated_at)
    SELECT t.id, gen_random_uuid(), 'app.agency' || n || '.example', 'active', 'none', now(), now()
    FROM tenants t, generate_series(1, 100000) n;
    INSERT INTO proven_hosts (hostname, tenant_id, domain_id) SELECT hostname, tenant_id, id FROM domains";

fn main() -> Result<()> {
    // `cargo test --all-targets` starts it too, without this.
    if !std::env::args().any(|argument| argument == "--bench") {
        return Ok(());
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/bench-hosts");
    std::fs::create_dir_all(&folder)?;
    let server = Embedded::start(&folder, Durability::Disposable).map_err(|e| e.to_string())?;
    let mut admin = PgConnection::establish(&server.url("postgres"))?;
    admin.batch_execute("DROP DATABASE IF EXISTS hosts WITH (FORCE)")?;
    admin.batch_execute("CREATE DATABASE hosts")?;
    let base = serve(&server.url("hosts"))?;
    PgConnection::establish(&server.url("hosts"))?.batch_execute(FILL)?;
    wait_for(&base)?;
    let mut out = std::io::stdout();
    writeln!(out, "{}", measure("with Postgres", &base)?)?;
    drop(admin);
    server.stop();
    writeln!(out, "{}", measure("without", &base)?)?;
    Ok(())
}

/// Starts a service that lives as long as the program; answers where it listens for proxies.
fn serve(url: &str) -> Result<String> {
    let settings = [("ROSTER_DNS_SERVERS".to_owned(), "127.0.0.1:9".to_owned())];
    let config = Config::read([], settings, None)?;
    let service = Service::prepare(&config, url, CHEAP, Clock::default())?;
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let base = format!("http://{}", listener.local_addr()?);
    let (tell, told) = channel();
    std::thread::spawn(move || {
        actix_web::rt::System::new().block_on(async move {
            let server = service.serve_admin(listener);
            let _told = tell.send(server.is_ok());
            if let Ok(server) = server {
                let _ended = server.await;
            }
            drop(service);
        });
    });
    if told.recv()? {
        Ok(base)
    } else {
        Err("the service does not listen".into())
    }
}

fn agent() -> ureq::Agent {
    ureq::Agent::config_builder()
        .http_status_as_error(false)
        .timeout_global(Some(Duration::from_mins(1)))
        .build()
        .new_agent()
}

/// Asks for the host name of this number; every second one is nobody's.
fn ask(agent: &ureq::Agent, base: &str, number: usize) -> Result<Duration> {
    let (zone, expected) = if number.is_multiple_of(2) {
        ("example", 200)
    } else {
        ("invalid", 404)
    };
    let url = format!("{base}/internal/tls/ask?domain=app.agency{number}.{zone}");
    let start = Instant::now();
    let mut response = agent.get(url).call()?;
    response.body_mut().read_to_vec()?;
    let took = start.elapsed();
    if response.status().as_u16() == expected {
        Ok(took)
    } else {
        Err(format!("{number} answers {}", response.status()).into())
    }
}

/// The service hears of the new host names by itself.
fn wait_for(base: &str) -> Result<()> {
    let (agent, start) = (agent(), Instant::now());
    while ask(&agent, base, HOSTS).is_err() {
        if start.elapsed() > Duration::from_secs(10) {
            return Err("the service does not hear of its host names".into());
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}

fn measure(title: &str, base: &str) -> Result<String> {
    let client = |of: usize| {
        let base = base.to_owned();
        std::thread::spawn(move || {
            let agent = agent();
            let numbers = (0..QUESTIONS).map(|n| (n * 7_919 + of * 104_729) % HOSTS + 1);
            numbers
                .map(|number| ask(&agent, &base, number))
                .collect::<Result<Vec<_>>>()
        })
    };
    let start = Instant::now();
    let clients: Vec<_> = (0..CLIENTS).map(client).collect();
    let mut times = Vec::with_capacity(CLIENTS * QUESTIONS);
    for client in clients {
        times.extend(client.join().map_err(|_| "a client panicked")??);
    }
    let (count, took) = (u128::try_from(times.len())?, start.elapsed());
    let rate = count * 1_000 / took.as_millis().max(1);
    times.sort_unstable();
    let at = |percent: usize| {
        let place = (times.len() * percent / 100).min(times.len().saturating_sub(1));
        times.get(place).copied().unwrap_or_default()
    };
    let (median, p99, slowest) = (at(50), at(99), at(100));
    let kept = if p99 < GOAL { "kept" } else { "missed" };
    Ok(format!(
        "{title:>14}: {rate} answers a second, median {median:.1?}, p99 {p99:.1?} (goal {GOAL:?}: {kept}), slowest {slowest:.1?}"
    ))
}
