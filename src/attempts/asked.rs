//! Mails that somebody asks for, so that nobody's mailbox is filled. They are counted under the address that was typed,
//! whether it is anybody's or not, so that a refusal says nothing about an account; and by where the request came from.

use chrono::TimeDelta;

use super::attempt::{hash, network};
use super::{Account, store};
use crate::clock::Time;
use crate::db::Connection;
use crate::error::{Error, Result};
use crate::http::RateLimit;

/// Mails to one address in each [`ASKED_WINDOW`].
const ASKED_MOST: i32 = 3;
/// Requests for mails from one address of the internet in each [`ASKED_WINDOW`].
const ASKED_FROM_MOST: i32 = 30;
/// An hour, in seconds.
const ASKED_WINDOW: i64 = 3_600;
/// The limits as `RateLimit-Policy` tells them.
const POLICIES: &str = "\"address\";q=30;w=3600, \"account\";q=3;w=3600";

/// Whether a mail may be sent, and what is left.
#[derive(Clone, Copy, Debug)]
pub struct Allowance {
    /// What is left, as headers tell it.
    pub rate_limit: RateLimit,
    has_room: bool,
}

impl Allowance {
    /// Whether the mail may be sent.
    ///
    /// # Errors
    /// 429 `rate_limited`.
    pub fn check(&self) -> Result<()> {
        if self.has_room {
            Ok(())
        } else {
            Err(Error::RateLimited(self.rate_limit.seconds))
        }
    }
}

/// Counts a request of anybody's for a mail to this account, from this address.
///
/// # Errors
/// Where the database fails.
pub fn ask(
    tx: &mut Connection,
    account: &Account,
    ip: Option<&str>,
    now: Time,
) -> Result<Allowance> {
    let hour = Hour::of(now);
    let from = hour.key(b"asked from", &network(ip));
    let from = hour.count(tx, &from, ASKED_FROM_MOST, now)?;
    // Who asks too often takes nothing of what the owner of the account has.
    let to = match from {
        Some(_) => hour.count(tx, &hour.key(b"asked", &account.0), ASKED_MOST, now)?,
        None => Some(0),
    };
    let (name, left) = match (from, to) {
        (None, _) => ("address", None),
        (Some(_), to) => ("account", to.map(|used| ASKED_MOST - used)),
    };
    Ok(Allowance {
        rate_limit: RateLimit {
            policies: POLICIES,
            name,
            remaining: left.unwrap_or(0),
            seconds: hour.left,
        },
        has_room: left.is_some(),
    })
}

/// Counts a mail to this account that somebody signed in has sent. Strangers' requests do not count here.
///
/// # Errors
/// 429 `rate_limited`.
pub fn ask_signed_in(tx: &mut Connection, account: &Account, now: Time) -> Result<()> {
    let hour = Hour::of(now);
    let key = hour.key(b"sent", &account.0);
    match hour.count(tx, &key, ASKED_MOST, now)? {
        Some(_) => Ok(()),
        None => Err(Error::RateLimited(hour.left)),
    }
}

/// The hour that a request falls into.
struct Hour {
    number: i64,
    /// Seconds until the next one.
    left: i64,
}

impl Hour {
    fn of(now: Time) -> Self {
        let seconds = now.timestamp();
        Self {
            number: seconds.div_euclid(ASKED_WINDOW),
            left: ASKED_WINDOW - seconds.rem_euclid(ASKED_WINDOW),
        }
    }

    fn key(&self, kind: &[u8], of: &[u8]) -> Vec<u8> {
        hash(kind, &[of, &self.number.to_be_bytes()])
    }

    /// Counts; answers how many there are now, or none where there was no room.
    fn count(&self, tx: &mut Connection, key: &[u8], most: i32, now: Time) -> Result<Option<i32>> {
        let ends = now + TimeDelta::seconds(self.left);
        if store::count_in_window(tx, key, most, ends, now)? {
            store::count_of(tx, key).map(Some)
        } else {
            Ok(None)
        }
    }
}
