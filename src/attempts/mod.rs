//! Sign-ins that fail, and how long the next one has to wait. What is not told: whether an account exists. So everything
//! is counted under the address that was typed, and answered alike.
//!
//! Guessing at one account gets slower: after [`FREE`] failures each costs a wait that doubles. Guessing at many from one
//! address ends after [`ADDRESS_MOST`] failures for some minutes. Neither shuts an owner out: where somebody has signed in
//! to an account before, it has a lane of its own, which others' failures do not touch. And no account takes more than a
//! hundred failures in a row (NIST SP 800-63B-4, 3.2.2): then no password fits any more until somebody sets a new one.
//! Successes cost nothing.

mod asked;
mod forget;
mod store;

pub use asked::{Allowance, ask, ask_signed_in};
pub use forget::{forget, forget_old, renew};

use std::net::IpAddr;

use chrono::TimeDelta;
use uuid::Uuid;

use crate::clock::Time;
use crate::db::Connection;
use crate::error::{Error, Result};
use crate::http::RateLimit;
use crate::secret::sha256;
use store::Row;

/// Failures that an account may have before the next attempt has to wait.
pub const FREE: i32 = 5;
/// The longest that it has to wait, in seconds.
pub const LONGEST_WAIT: i64 = 900;
/// Failures in a row from where nobody signed in to the account before; then it needs a new password.
pub const STRANGERS_MOST: i32 = 60;
/// Failures in a row in one lane; then it counts as strangers'. With four lanes that makes a hundred.
pub const LANE_MOST: i32 = 10;
/// Failures from an address in each [`ADDRESS_WINDOW`].
pub const ADDRESS_MOST: i32 = 30;
/// Five minutes, in seconds.
pub const ADDRESS_WINDOW: i64 = 300;
/// Lanes of an account; the one that was used the longest ago makes room.
const LANES: usize = 4;
/// Days that a lane stays open after a sign-in.
const LANE_DAYS: i64 = 90;
/// The lane of everybody without one.
const STRANGERS: &[u8] = &[];
/// The limits as `RateLimit-Policy` tells them.
const POLICIES: &str = "\"address\";q=30;w=300, \"account\";q=5;w=900";

/// An account as the counters know it, whether it exists or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account(Vec<u8>);

impl Account {
    /// The account of an e-mail, as the unique key has it, in a tenant.
    #[must_use]
    pub fn new(tenant: Uuid, email_key: &str) -> Self {
        Self(hash(b"account", &[tenant.as_bytes(), email_key.as_bytes()]))
    }

    /// What somebody typed where there is no tenant to sign in to.
    #[must_use]
    pub fn nowhere(place: &str, email: &str) -> Self {
        Self(hash(b"nowhere", &[place.as_bytes(), email.as_bytes()]))
    }
}

fn hash(kind: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    let mut bytes = kind.to_vec();
    for part in parts {
        // Their boundaries count.
        bytes.extend((part.len() as u64).to_be_bytes());
        bytes.extend_from_slice(part);
    }
    sha256(&bytes)
}

/// An attempt to sign in: at which account, and from where.
#[derive(Clone, Debug)]
struct Attempt {
    account: Vec<u8>,
    lane: Vec<u8>,
    address: Vec<u8>,
    /// Seconds until the address's count begins anew.
    window_left: i64,
}

impl Attempt {
    fn new(account: &Account, ip: Option<&str>, now: Time) -> Self {
        let network = network(ip);
        let seconds = now.timestamp();
        let window = seconds.div_euclid(ADDRESS_WINDOW).to_be_bytes();
        Self {
            lane: hash(b"lane", &[&account.0, &network]),
            address: hash(b"address", &[&network, &window]),
            window_left: ADDRESS_WINDOW - seconds.rem_euclid(ADDRESS_WINDOW),
            account: account.0.clone(),
        }
    }
}

/// What one subscriber has of addresses: one of IPv4, 2^64 of IPv6.
fn network(ip: Option<&str>) -> Vec<u8> {
    match ip.and_then(|ip| ip.parse::<IpAddr>().ok()) {
        Some(IpAddr::V4(ip)) => ip.octets().to_vec(),
        Some(IpAddr::V6(ip)) => ip.octets().into_iter().take(8).collect(),
        None => Vec::new(),
    }
}

/// How the counters stand for an attempt.
#[derive(Clone, Debug)]
pub struct Standing {
    attempt: Attempt,
    /// Whether it has a lane of its own.
    has_lane: bool,
    failures: i32,
    total: i32,
    blocked_until: Option<Time>,
    address_failures: i32,
}

impl Standing {
    /// Looks up how the counters stand for an attempt at this account from this address.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn find(
        conn: &mut Connection,
        account: &Account,
        ip: Option<&str>,
        now: Time,
    ) -> Result<Self> {
        let attempt = Attempt::new(account, ip, now);
        let rows = store::load(conn, &attempt.account, &attempt.address)?;
        Ok(Self::of(attempt, &rows, now))
    }

    fn of(attempt: Attempt, rows: &[Row], now: Time) -> Self {
        let find = |account: &[u8], lane: &[u8]| {
            let is = |row: &&Row| row.account == account && row.lane == lane;
            rows.iter().find(is)
        };
        let lane = find(&attempt.account, &attempt.lane).filter(|lane| is_open(lane, now));
        let counter = lane.or_else(|| find(&attempt.account, STRANGERS));
        let address = find(&attempt.address, STRANGERS);
        Self {
            has_lane: lane.is_some(),
            failures: counter.map_or(0, |row| row.failures),
            total: counter.map_or(0, |row| row.total),
            blocked_until: counter.map(|row| row.blocked_until),
            address_failures: address.map_or(0, |row| row.failures),
            attempt,
        }
    }

    /// Whether the attempt may be made now.
    ///
    /// # Errors
    /// 429 `rate_limited`.
    pub fn check(&self, now: Time) -> Result<()> {
        match self.account_wait(now).max(self.address_wait()) {
            0 => Ok(()),
            seconds => Err(Error::RateLimited(seconds)),
        }
    }

    /// Whether no password fits any more: a new one has to be set.
    #[must_use]
    pub fn needs_reset(&self) -> bool {
        !self.has_lane && self.total >= STRANGERS_MOST
    }

    /// The limit as headers tell it, after `spent` failures more.
    #[must_use]
    pub fn rate_limit(&self, now: Time, spent: i32) -> RateLimit {
        let (name, remaining, seconds) = match self.account_wait(now) {
            0 => {
                let left = ADDRESS_MOST - self.address_failures - spent;
                ("address", left.max(0), self.attempt.window_left)
            }
            seconds => ("account", 0, seconds),
        };
        RateLimit {
            policies: POLICIES,
            name,
            remaining,
            seconds,
        }
    }

    /// Counts a failure. `is_somebody` says whether the account exists.
    ///
    /// # Errors
    /// 429 where others at the same moment have used up what was left: then the answer says nothing about the
    /// password.
    pub fn fail(&self, tx: &mut Connection, is_somebody: bool, now: Time) -> Result<()> {
        let failure = store::Failure {
            seen: self.failures,
            is_somebody,
            blocked_until: now + wait_after(self.failures + 1),
            now,
        };
        let Attempt {
            account,
            lane,
            address,
            ..
        } = &self.attempt;
        let counted = if self.has_lane {
            store::count_in_lane(tx, account, lane, &failure)?
        } else {
            let ends = now + TimeDelta::seconds(self.attempt.window_left);
            store::count_strangers(tx, account, &failure)?
                && store::count_in_window(tx, address, ADDRESS_MOST, ends, now)?
        };
        if counted {
            Ok(())
        } else {
            Err(Error::RateLimited(1))
        }
    }

    /// Forgets the failures after a success, and remembers from where it was. Looks again first: a guess that was
    /// right counts only where it would still have been allowed, so that many at once get no further than one after
    /// the other.
    ///
    /// # Errors
    /// 429 where others at the same moment have used up what was left.
    pub fn succeed(&self, tx: &mut Connection, now: Time) -> Result<()> {
        let Attempt { account, lane, .. } = &self.attempt;
        let rows = store::load(tx, account, &self.attempt.address)?;
        Self::of(self.attempt.clone(), &rows, now).check(now)?;
        let mine: Vec<&Row> = rows.iter().filter(|row| row.account == *account).collect();
        let is_lane = |row: &Row| row.signed_in_at.is_some();
        let counts = |row: &&Row| row.total > 0 || (is_lane(row) && row.failures > 0);
        if mine.iter().any(counts) {
            store::forgive(tx, account)?;
        }
        let lately = |at: Time| at > now - TimeDelta::days(1);
        let is_fresh = |row: &&Row| row.lane == *lane && row.signed_in_at.is_some_and(lately);
        if !mine.iter().any(is_fresh) {
            store::remember_lane(tx, account, lane, now)?;
            close_oldest(tx, &mine, lane)?;
        }
        Ok(())
    }

    fn account_wait(&self, now: Time) -> i64 {
        let until = self.blocked_until.filter(|_| self.failures >= FREE);
        until.map_or(0, |until| seconds_until(until, now))
    }

    fn address_wait(&self) -> i64 {
        if self.has_lane || self.address_failures < ADDRESS_MOST {
            0
        } else {
            self.attempt.window_left
        }
    }
}

/// Makes room for the lane of now.
fn close_oldest(tx: &mut Connection, mine: &[&Row], lane: &[u8]) -> Result<()> {
    let mut others: Vec<&Row> = mine.to_vec();
    others.retain(|row| row.signed_in_at.is_some() && row.lane != lane);
    others.sort_by_key(|row| std::cmp::Reverse(row.signed_in_at));
    for row in others.iter().skip(LANES - 1) {
        store::close_lane(tx, &row.account, &row.lane)?;
    }
    Ok(())
}

/// Whether a lane is still one.
fn is_open(lane: &Row, now: Time) -> bool {
    let since = now - TimeDelta::days(LANE_DAYS);
    lane.total < LANE_MOST && lane.signed_in_at.is_some_and(|at| at > since)
}

/// How long the attempt after so many failures has to wait.
fn wait_after(failures: i32) -> TimeDelta {
    match u32::try_from(failures - FREE) {
        Ok(beyond) => TimeDelta::seconds((1_i64 << beyond.min(20)).min(LONGEST_WAIT)),
        Err(_) => TimeDelta::zero(),
    }
}

fn seconds_until(until: Time, now: Time) -> i64 {
    let milliseconds = (until - now).num_milliseconds().max(0);
    (milliseconds + 999) / 1_000
}
