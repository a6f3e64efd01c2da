//! Who hammers, and who only wants to work meanwhile.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::Result;
use crate::service::Running;

/// What the others ask for, in turn.
const PATHS: [&str; 3] = ["/v1/me", "/v1/roles", "/v1/companies"];
/// How long they think between two requests.
const PAUSE: Duration = Duration::from_millis(5);

/// What came of hammering.
pub(crate) struct Storm {
    statuses: BTreeMap<u16, u32>,
    seconds: f64,
}

impl Storm {
    /// Answers for which a password was hashed.
    pub(crate) fn checked_per_second(&self) -> f64 {
        let checked = self.statuses.get(&401).copied().unwrap_or_default();
        f64::from(checked) / self.seconds
    }

    /// How often each status was answered.
    pub(crate) fn answers(&self) -> String {
        let all = self.statuses.iter();
        let all: Vec<_> = all
            .map(|(status, count)| format!("{status}: {count}"))
            .collect();
        all.join(", ")
    }
}

/// Wrong passwords from so many connections, without a pause. Each attempt is at another account and from another
/// address, or the limits would answer instead of the hash.
pub(crate) fn storm(running: &Running, connections: u32, time: Duration) -> Result<Storm> {
    let started = Instant::now();
    let until = started + time;
    let all = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..connections)
            .map(|number| scope.spawn(move || hammer(running, number, until)))
            .collect();
        let joined = threads
            .into_iter()
            .map(|thread| thread.join().map_err(|_| "a connection ended in a panic")?);
        joined.collect::<Result<Vec<_>>>()
    })?;
    let mut statuses = BTreeMap::new();
    for (status, count) in all.into_iter().flatten() {
        *statuses.entry(status).or_default() += count;
    }
    Ok(Storm {
        statuses,
        seconds: started.elapsed().as_secs_f64(),
    })
}

fn hammer(running: &Running, number: u32, until: Instant) -> Result<BTreeMap<u16, u32>> {
    let agent = Running::agent();
    let mut statuses = BTreeMap::new();
    let mut turn: u32 = 0;
    while Instant::now() < until {
        let address = format!("10.{number}.{}.{}", turn / 250, turn % 250);
        let email = format!("nobody{number}-{turn}@bench.example");
        let body = json!({ "tenant": "platform", "email": email, "password": "wrong horse battery staple" });
        let status = running.log_in(&agent, &address, &body)?;
        *statuses.entry(status).or_default() += 1;
        turn += 1;
    }
    Ok(statuses)
}

/// How long requests took, in milliseconds.
pub(crate) struct Waits {
    pub(crate) median: f64,
    pub(crate) p99: f64,
}

/// One who works: a request, a thought, the next request.
pub(crate) fn probe(running: &Running, time: Duration) -> Result<Waits> {
    let agent = Running::agent();
    let until = Instant::now() + time;
    let mut waits = Vec::new();
    for path in PATHS.iter().cycle() {
        if Instant::now() >= until {
            break;
        }
        waits.push(running.get(&agent, path)?);
        std::thread::sleep(PAUSE);
    }
    waits.sort_by(f64::total_cmp);
    let at = |percent: usize| waits.get(waits.len() * percent / 100).copied();
    Ok(Waits {
        median: at(50).unwrap_or_default(),
        p99: at(99).unwrap_or_default(),
    })
}
