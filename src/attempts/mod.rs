//! Passwords that do not fit, and how long the next try has to wait. What is not told: whether an account exists. So
//! everything is counted under the address that was typed, and answered alike.
//!
//! Guessing at one account gets slower: after [`FREE`] failures each costs a wait that doubles. Guessing at many from one
//! address ends after [`ADDRESS_MOST`] failures for some minutes. Neither shuts an owner out: a device that signed in to
//! the account before has a lane of its own, which others' failures do not touch; it is known by the token that it was
//! given ([`DeviceKey`]), or else by its address. A session, where the current password is asked for, has one too.
//! And no account takes more than a hundred failures in a row (NIST SP 800-63B-4, 3.2.2): then no password fits any more
//! until somebody sets a new one. Successes cost nothing.

mod asked;
mod attempt;
mod device;
mod forget;
mod store;

pub use asked::{Allowance, ask, ask_signed_in};
pub use attempt::{Account, Proof};
pub use device::{Device, DeviceKey};
pub use forget::{forget, forget_old, renew};

use chrono::TimeDelta;

use crate::clock::Time;
use crate::db::Connection;
use crate::error::{Error, Result};
use crate::http::RateLimit;
use {attempt::Attempt, store::Row};

/// Failures that an account may have before the next attempt has to wait.
pub const FREE: i32 = 5;
/// The longest that it has to wait, in seconds.
pub const LONGEST_WAIT: i64 = 900;
/// Failures in a row of strangers; then the account needs a new password, as far as they are concerned.
pub const STRANGERS_MOST: i32 = 60;
/// Failures in a row in one lane; then it counts as strangers'.
pub const LANE_MOST: i32 = 10;
/// Failures in a row in all lanes of an account together. With those of strangers that makes a hundred.
pub const LANES_MOST: i32 = 40;
/// Failures from an address in each [`ADDRESS_WINDOW`].
pub const ADDRESS_MOST: i32 = 30;
/// Five minutes, in seconds.
pub const ADDRESS_WINDOW: i64 = 300;
/// Addresses of an account that have a lane; the one that was used the longest ago makes room.
const ADDRESSES: usize = 4;
/// Days that the lane of an address stays open after a sign-in.
const LANE_DAYS: i64 = 90;
/// The lane of everybody without one.
const STRANGERS: &[u8] = &[];
/// The limits as `RateLimit-Policy` tells them.
const POLICIES: &str = "\"address\";q=30;w=300, \"account\";q=5;w=900";

/// How the counters stand for an attempt.
#[derive(Clone, Debug)]
pub struct Standing {
    attempt: Attempt,
    /// Whether it has a lane of its own.
    has_lane: bool,
    is_closed: bool,
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
        proof: Proof,
        now: Time,
    ) -> Result<Self> {
        let attempt = Attempt::new(account, ip, proof, now);
        let rows = store::load(conn, &attempt.account, &attempt.address)?;
        Ok(Self::of(attempt, &rows, now))
    }

    fn of(attempt: Attempt, rows: &[Row], now: Time) -> Self {
        let find = |account: &[u8], lane: &[u8]| {
            let is = |row: &&Row| row.account == account && row.lane == lane;
            rows.iter().find(is)
        };
        let in_lane = |row: &&Row| row.account == attempt.account && row.lane != STRANGERS;
        let in_lanes: i32 = rows.iter().filter(in_lane).map(|row| row.total).sum();
        let lane = find(&attempt.account, &attempt.lane);
        let is_known = match attempt.proof {
            Proof::Address => lane.is_some_and(|lane| is_fresh(lane, now)),
            Proof::Device(_) | Proof::Session(_) => true,
        };
        let has_room = in_lanes < LANES_MOST && lane.is_none_or(|lane| lane.total < LANE_MOST);
        let (has_lane, by_session) = (is_known && has_room, attempt.is_by_session());
        let strangers = find(&attempt.account, STRANGERS);
        let counter = if has_lane || by_session {
            lane
        } else {
            strangers
        };
        let total = counter.map_or(0, |row| row.total);
        let address = find(&attempt.address, STRANGERS);
        Self {
            has_lane,
            is_closed: !has_lane && (by_session || total >= STRANGERS_MOST),
            failures: counter.map_or(0, |row| row.failures),
            total,
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

    /// Whether no password fits any more: a new one has to be set, or, where a session tries, it has to be signed in
    /// anew.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.is_closed
    }

    /// Whether one more failure is the last that its lane takes.
    #[must_use]
    pub fn is_last(&self) -> bool {
        self.is_closed || (self.has_lane && self.total + 1 >= LANE_MOST)
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
        let counted = if self.has_lane {
            self.fail_in_lane(tx, now)?
        } else if self.attempt.is_by_session() {
            // Nothing is left of it to be counted.
            true
        } else {
            self.fail_as_stranger(tx, is_somebody, now)?
        };
        if counted {
            Ok(())
        } else {
            Err(Error::RateLimited(1))
        }
    }

    fn fail_as_stranger(&self, tx: &mut Connection, is_somebody: bool, now: Time) -> Result<bool> {
        let failure = store::Failure {
            seen: self.failures,
            is_somebody,
            blocked_until: now + wait_after(self.failures + 1),
            now,
        };
        let attempt = &self.attempt;
        let ends = now + TimeDelta::seconds(attempt.window_left);
        Ok(store::count_strangers(tx, &attempt.account, &failure)?
            && store::count_in_window(tx, &attempt.address, ADDRESS_MOST, ends, now)?)
    }

    /// All lanes of an account share what they have together, so they are counted one after the other.
    fn fail_in_lane(&self, tx: &mut Connection, now: Time) -> Result<bool> {
        let attempt = &self.attempt;
        store::queue(tx, &attempt.account, now)?;
        let rows = store::load(tx, &attempt.account, &attempt.address)?;
        let current = Self::of(attempt.clone(), &rows, now);
        let is_as_seen = current.failures < FREE || current.failures == self.failures;
        if !current.has_lane || !is_as_seen || current.check(now).is_err() {
            return Ok(false);
        }
        let until = now + wait_after(current.failures + 1);
        store::count_in_lane(tx, &attempt.account, &attempt.lane, until, now)?;
        Ok(true)
    }

    /// Looks again, at counters that nobody else changes any more: a guess that was right counts only where it would
    /// still have been allowed, so that many at once get no further than one after the other.
    ///
    /// # Errors
    /// 429 where others at the same moment have used up what was left.
    pub fn confirm(&self, tx: &mut Connection, now: Time) -> Result<()> {
        self.look_again(tx, now).map(drop)
    }

    /// Answers the account's counters.
    fn look_again(&self, tx: &mut Connection, now: Time) -> Result<Vec<Row>> {
        let mut rows = store::lock(tx, &self.attempt.account)?;
        let mine = rows.len();
        rows.extend(store::find(tx, &self.attempt.address)?);
        let current = Self::of(self.attempt.clone(), &rows, now);
        current.check(now)?;
        if current.is_closed {
            return Err(Error::RateLimited(1));
        }
        rows.truncate(mine);
        Ok(rows)
    }

    /// Forgets the failures after a success, and remembers from where it was.
    ///
    /// # Errors
    /// As [`Self::confirm`].
    pub fn succeed(&self, tx: &mut Connection, now: Time) -> Result<()> {
        let rows = self.look_again(tx, now)?;
        let Attempt { account, lane, .. } = &self.attempt;
        let is_lane = |row: &Row| row.lane != STRANGERS;
        if rows
            .iter()
            .any(|row| row.total > 0 || (is_lane(row) && row.failures > 0))
        {
            store::forgive(tx, account)?;
        }
        // A device shows its token, and needs no other memory.
        if self.attempt.proof != Proof::Address {
            return Ok(());
        }
        let lately = |at: Time| at > now - TimeDelta::days(1);
        let is_new = |row: &Row| row.lane == *lane && row.signed_in_at.is_some_and(lately);
        if !rows.iter().any(is_new) {
            store::remember_lane(tx, account, lane, now)?;
            close_oldest(tx, &rows, lane)?;
        }
        Ok(())
    }

    fn account_wait(&self, now: Time) -> i64 {
        let until = self.blocked_until.filter(|_| self.failures >= FREE);
        until.map_or(0, |until| seconds_until(until, now))
    }

    fn address_wait(&self) -> i64 {
        let is_apart = self.has_lane || self.attempt.is_by_session();
        if is_apart || self.address_failures < ADDRESS_MOST {
            0
        } else {
            self.attempt.window_left
        }
    }
}

/// Makes room for the address of now.
fn close_oldest(tx: &mut Connection, rows: &[Row], lane: &[u8]) -> Result<()> {
    let is_other = |row: &&Row| row.signed_in_at.is_some() && row.lane != lane;
    let mut others: Vec<&Row> = rows.iter().filter(is_other).collect();
    others.sort_by_key(|row| std::cmp::Reverse(row.signed_in_at));
    for row in others.iter().skip(ADDRESSES - 1) {
        store::close_lane(tx, &row.account, &row.lane)?;
    }
    Ok(())
}

/// Whether somebody signed in there lately.
fn is_fresh(lane: &Row, now: Time) -> bool {
    let since = now - TimeDelta::days(LANE_DAYS);
    lane.signed_in_at.is_some_and(|at| at > since)
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
