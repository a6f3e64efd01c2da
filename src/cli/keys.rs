//! `roster keys`: what signs access tokens, and its replacement by hand. Instances that run hear of it.

use std::io::Write;

use chrono::SecondsFormat;
use clap::{Arg, ArgMatches, Command};

use super::place::Place;
use super::{Outcome, config, flags};
use crate::app;
use crate::audit::{Author, record};
use crate::auth::{self, Turn};
use crate::clock::{Clock, Time};
use crate::db::Database;
use crate::error::Error;
use crate::tenants;

const COMPROMISED: &str = "compromised";

pub(super) fn command() -> Command {
    Command::new("keys")
        .about("The keys that sign access tokens")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(
            Command::new("list")
                .about("Say which key signs, and until when the tokens of the others count")
                .args(flags()),
        )
        .subcommand(
            Command::new("rotate")
                .about("Publish a new key, which takes over an hour later")
                .args(flags())
                .arg(
                    Arg::new(COMPROMISED)
                        .long(COMPROMISED)
                        .num_args(0)
                        .help("It takes over now, and tokens of all other keys count no more"),
                ),
        )
}

/// Runs the command that the arguments name.
pub(super) fn run(given: &ArgMatches) -> Outcome {
    match given.subcommand() {
        Some(("list", given)) => list(given),
        Some(("rotate", given)) => rotate(given),
        _ => Err("say what to do: `roster keys list` or `roster keys rotate`".into()),
    }
}

fn list(given: &ArgMatches) -> Outcome {
    let config = config(given)?;
    let place = Place::beside(&config)?;
    let db = Database::open(place.url(), None, 1);
    let now = Clock::default().now();
    let mut out = std::io::stdout().lock();
    writeln!(
        out,
        "key               state    signs from            tokens count until"
    )?;
    for (key, turn) in db.read(|conn| auth::list_signing_keys(conn, now))? {
        let until = key.retires_at.map_or_else(|| "-".to_owned(), shown);
        let (kid, state, from) = (key.kid, word(turn), shown(key.signs_from));
        writeln!(out, "{kid:16}  {state:7}  {from:20}  {until}")?;
    }
    Ok(())
}

fn word(turn: Turn) -> &'static str {
    match turn {
        Turn::Next => "next",
        Turn::Signs => "signs",
        Turn::Ends => "ends",
        Turn::Retired => "retired",
    }
}

fn rotate(given: &ArgMatches) -> Outcome {
    let config = config(given)?;
    let sealing = app::sealing_key(&config);
    let place = Place::beside(&config)?;
    let db = Database::open(place.url(), None, 1);
    let (now, at_once) = (Clock::default().now(), given.get_flag(COMPROMISED));
    let key = db.write(|tx| {
        let platform = tenants::platform_id(tx)?;
        let platform =
            platform.ok_or_else(|| Error::internal("the service was not started here yet"))?;
        let author = Author::system(platform, now);
        let (key, entries) = if at_once {
            auth::replace_signing_keys(tx, sealing.as_ref(), &author)?
        } else {
            auth::rotate_signing_keys(tx, sealing.as_ref(), &author)?
        };
        record(tx, &entries)?;
        Ok(key)
    })?;
    let (kid, from) = (key.kid, shown(key.signs_from));
    let mut out = std::io::stdout().lock();
    if at_once {
        writeln!(
            out,
            "the key {kid} signs now; access tokens of all others count no more"
        )?;
    } else {
        writeln!(out, "the key {kid} is published and signs from {from}")?;
    }
    Ok(())
}

fn shown(time: Time) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}
