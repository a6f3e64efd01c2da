//! `roster admin`: what helps when nobody else can. It works where the database can be reached, and the activity log tells
//! of it.

use std::io::Write;

use chrono::SecondsFormat;
use clap::{Arg, ArgMatches, Command};

use super::place::Place;
use super::{Outcome, config, flags};
use crate::audit::{Author, Entries, Target, record};
use crate::clock::{Clock, Time};
use crate::db::{Connection, Database};
use crate::error::{Error, Result};
use crate::links::{self, Link, LinkSecret, Purpose};
use crate::users::{self, User};
use crate::{domains, tenants};

const EMAIL: &str = "email";
const TENANT: &str = "tenant";

pub(super) fn command() -> Command {
    Command::new("admin")
        .about("What helps when nobody can sign in")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(
            Command::new("reset-password")
                .about("Print a link by which somebody sets a new password, once")
                .args(flags())
                .arg(Arg::new(EMAIL).required(true).help("Their e-mail"))
                .arg(
                    Arg::new(TENANT)
                        .long(TENANT)
                        .value_name("SLUG")
                        .help("Their tenant's slug; the platform's own tenant unless given"),
                ),
        )
}

/// Runs the command that the arguments name.
pub(super) fn run(given: &ArgMatches) -> Outcome {
    match given.subcommand() {
        Some(("reset-password", given)) => reset_password(given),
        _ => Err("say what to do: `roster admin reset-password <email>`".into()),
    }
}

/// A link that was made, and for whom.
struct Issued {
    user: User,
    /// The host name of their tenant's app, where it has one.
    host: Option<String>,
    link: Link,
    secret: LinkSecret,
}

fn reset_password(given: &ArgMatches) -> Outcome {
    let config = config(given)?;
    let email = given.get_one::<String>(EMAIL).map_or("", String::as_str);
    let slug = given.get_one::<String>(TENANT).map(String::as_str);
    let place = Place::beside(&config)?;
    let db = Database::open(place.url(), None, 1);
    let now = Clock::default().now();
    let issued = db.write(|tx| {
        let (issued, entries) = issue(tx, email, slug, now)?;
        record(tx, &entries)?;
        Ok(issued)
    })?;
    let base = match &issued.host {
        Some(host) => format!("https://{host}"),
        None => config.public_url,
    };
    let User {
        full_name, email, ..
    } = issued.user;
    let end = issued.link.expires_at;
    let end = end.to_rfc3339_opts(SecondsFormat::Secs, true);
    let secret = issued.secret.reveal();
    let mut out = std::io::stdout().lock();
    writeln!(
        out,
        "{full_name} <{email}> can set a new password until {end}, once:"
    )?;
    writeln!(out, "  {base}/reset-password#{secret}")?;
    writeln!(
        out,
        "What stands after the # is the `token` of POST /v1/auth/password/reset."
    )?;
    Ok(())
}

/// Makes a link for the user with this e-mail, who is active, or invited and active when they have followed it. The one
/// that they may have been mailed ends.
fn issue(
    tx: &mut Connection,
    email: &str,
    slug: Option<&str>,
    now: Time,
) -> Result<(Issued, Entries)> {
    let tenant = match slug {
        Some(slug) => tenants::tenant_of_slug(tx, slug)?,
        None => tenants::platform_id(tx)?,
    };
    let tenant = tenant.ok_or(Error::Conflict("there is no tenant of this slug"))?;
    let key = users::sign_in_key(email).unwrap_or_default();
    let user = users::find_for_reset(tx, tenant, &key)?.ok_or(Error::Conflict(
        "nobody in this tenant who may sign in has this e-mail",
    ))?;
    let purpose = Purpose::PasswordReset;
    let (link, secret) = links::make(tx, tenant, user.id, purpose, &user.email, now)?;
    let host = domains::primary_host(tx, tenant)?;
    let target = Target::new("user", user.id, &user.full_name);
    let entry = Author::system(tenant, now).entry("user.password_link_made", target);
    let issued = Issued {
        user,
        host,
        link,
        secret,
    };
    Ok((issued, entry.into()))
}
