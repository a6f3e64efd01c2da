//! What becomes of the service while 64 connections hammer it with wrong passwords for a minute: how many it checks
//! beside what the bare hash function reaches on the same cores, what the others wait, and what memory it takes.
//!
//! `cargo bench --bench sign_in` prints a table. The Postgres is the program's own (`target/bench-sign-in`), the
//! database made anew each time. Service, database and those who hammer share the machine.

mod hash;
mod load;
mod service;

use std::io::Write;
use std::time::Duration;

use load::{Storm, Waits};
use service::{Postgres, Running};

/// Whatever goes wrong ends the program.
type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// How long each measurement without the storm takes.
const CALM: Duration = Duration::from_secs(20);
/// How long the storm takes.
const STORM: Duration = Duration::from_mins(1);
/// How many connections it comes from.
const CONNECTIONS: u32 = 64;

fn main() -> Result<()> {
    // `cargo test --all-targets` starts it too, without this.
    if !std::env::args().any(|argument| argument == "--bench") {
        return Ok(());
    }
    let postgres = Postgres::start()?;
    let running = Running::start(&postgres.database()?)?;
    let bare_before = hash::per_second(CALM)?;
    let calm = load::probe(&running, CALM)?;
    let memory_before = memory("VmRSS:")?;
    let (storm, stormy) = std::thread::scope(|scope| {
        let storm = scope.spawn(|| load::storm(&running, CONNECTIONS, STORM));
        let stormy = load::probe(&running, STORM);
        let storm = storm.join().map_err(|_| "the storm ended in a panic")?;
        Ok::<_, Box<dyn std::error::Error + Send + Sync>>((storm?, stormy?))
    })?;
    let memory_most = memory("VmHWM:")?;
    let bare_after = hash::per_second(CALM)?;
    let figures = Figures {
        bare: [bare_before, bare_after],
        storm,
        waits: [calm, stormy],
        memory: [memory_before, memory_most],
    };
    figures.print(&mut std::io::stdout())
}

/// All that was measured.
struct Figures {
    /// Hashes a second, before and after.
    bare: [f64; 2],
    storm: Storm,
    /// Of the others, without the storm and in it.
    waits: [Waits; 2],
    /// Resident, before, and at most.
    memory: [String; 2],
}

impl Figures {
    fn print(&self, out: &mut impl Write) -> Result<()> {
        let [before, after] = self.bare;
        let bare = f64::midpoint(before, after);
        let checked = self.storm.checked_per_second();
        let [calm, stormy] = &self.waits;
        let times = stormy.p99 / calm.p99;
        let [memory, most] = &self.memory;
        writeln!(
            out,
            "| {CONNECTIONS} connections, wrong passwords, {} s | |",
            STORM.as_secs()
        )?;
        writeln!(out, "|---|---|")?;
        writeln!(out, "| passwords checked a second | {checked:.1} |")?;
        writeln!(
            out,
            "| bare hashes a second, before and after | {before:.1}, {after:.1} |"
        )?;
        writeln!(out, "| share | {:.1} % |", checked / bare * 100.0)?;
        writeln!(out, "| answers | {} |", self.storm.answers())?;
        writeln!(
            out,
            "| others' median, calm and in the storm | {:.2} ms, {:.2} ms |",
            calm.median, stormy.median
        )?;
        writeln!(
            out,
            "| others' p99, calm and in the storm | {:.2} ms, {:.2} ms: {times:.1} times |",
            calm.p99, stormy.p99
        )?;
        writeln!(
            out,
            "| resident memory of both sides, before and at most | {memory}, {most} |"
        )?;
        Ok(())
    }
}

/// What the system says about this process; service and hammers are both in it.
fn memory(field: &str) -> Result<String> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix(field));
    let line = line.ok_or_else(|| format!("the system does not tell {field}"))?;
    Ok(line.trim().to_owned())
}
