//! `roster doctor`: what the service would find out now, for the operator at the terminal. It writes nothing down.

use std::io::Write;

use clap::ArgMatches;

use super::place::Place;
use super::{Outcome, config};
use crate::app;
use crate::db::Database;
use crate::domains::{self, Hostname, Look};

/// Runs the examination that the arguments name.
pub(super) fn run(given: &ArgMatches) -> Outcome {
    match given.subcommand() {
        Some(("domain", given)) => domain(given),
        _ => Err("say what to look at: `roster doctor domain <host>`".into()),
    }
}

/// Looks at every claim of a host name. An error, and so a status other than 0, where none of them is proven.
fn domain(given: &ArgMatches) -> Outcome {
    let config = config(given)?;
    let typed = given.get_one::<String>("host").map_or("", String::as_str);
    let hostname = Hostname::parse(typed, true).map_err(|fault| fault.message)?;
    let proofs = app::proofs(&config)?;
    let place = Place::beside(&config)?;
    let db = Database::open(place.url(), None, 1);
    let claims = db.read(|conn| domains::claims_of_host(conn, &hostname))?;
    if claims.is_empty() {
        let how = "claim it with POST /v1/domains, which answers the record to publish";
        return Err(format!("nobody has claimed {hostname}: {how}").into());
    }
    let system = actix_web::rt::System::new();
    let mut proven = false;
    for (slug, question) in claims {
        let look = system.block_on(proofs.look(question))?;
        proven |= look.failure().is_none();
        report(&slug, &look)?;
    }
    if proven {
        Ok(())
    } else {
        Err(format!("{hostname} is not proven").into())
    }
}

fn report(slug: &str, look: &Look) -> Outcome {
    let mut out = std::io::stdout().lock();
    let domain = look.question().domain();
    let record = &domain.verification.record;
    let (hostname, status) = (&domain.hostname, domain.status.as_str());
    writeln!(out, "{hostname}, claimed by {slug}: {status}")?;
    writeln!(out, "  record:    {} {}", record.kind, record.name)?;
    writeln!(out, "  expected:  {}", record.value)?;
    let Some(failure) = look.failure() else {
        writeln!(out, "  found:     it is proven")?;
        return Ok(());
    };
    let seen = if failure.seen.is_empty() {
        "nothing".to_owned()
    } else {
        failure.seen.join("\n             ")
    };
    writeln!(out, "  seen:      {seen}")?;
    writeln!(out, "  found:     {}", failure.code)?;
    writeln!(out, "  next step: {}", failure.detail)?;
    Ok(())
}
