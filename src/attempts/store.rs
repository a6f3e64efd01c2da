//! The table `attempts`.

use chrono::TimeDelta;
use diesel::prelude::*;
use diesel::sql_types::Bool;
// Not the trait itself: it would compete with the one of queries.
use diesel::query_dsl::methods;

use super::{FREE, STRANGERS};
use crate::clock::Time;
use crate::error::Result;
use crate::schema::attempts;

/// Days until failures at what is no account are forgotten, and until those at an account cost no wait any more.
const CALM_DAYS: i64 = 1;
/// Days until a counter that nothing happened to is forgotten.
const OLD_DAYS: i64 = 400;

#[derive(Queryable, Selectable)]
#[diesel(table_name = attempts)]
pub(super) struct Row {
    pub(super) account: Vec<u8>,
    pub(super) lane: Vec<u8>,
    pub(super) failures: i32,
    pub(super) total: i32,
    pub(super) blocked_until: Time,
    pub(super) signed_in_at: Option<Time>,
}

/// A failure to be counted.
pub(super) struct Failure {
    /// The failures that were counted when the attempt began.
    pub(super) seen: i32,
    pub(super) is_somebody: bool,
    /// Until when the next attempt has to wait.
    pub(super) blocked_until: Time,
    pub(super) now: Time,
}

/// The counters of an account, and that of an address.
pub(super) fn load(conn: &mut PgConnection, account: &[u8], address: &[u8]) -> Result<Vec<Row>> {
    Ok(attempts::table
        .filter(attempts::account.eq_any([account, address]))
        .select(Row::as_select())
        .load(conn)?)
}

/// The counters of an account, which nobody else changes until the end of the transaction; that of strangers first.
pub(super) fn lock(tx: &mut PgConnection, account: &[u8]) -> Result<Vec<Row>> {
    Ok(attempts::table
        .filter(attempts::account.eq(account))
        .order(attempts::lane)
        .select(Row::as_select())
        .for_update()
        .load(tx)?)
}

/// The counter of an address.
pub(super) fn find(conn: &mut PgConnection, address: &[u8]) -> Result<Option<Row>> {
    Ok(attempts::table
        .find((address, STRANGERS))
        .select(Row::as_select())
        .first(conn)
        .optional()?)
}

/// Counts a failure of an account from where nobody signed in before. Answers whether there was room for it.
pub(super) fn count_strangers(
    tx: &mut PgConnection,
    account: &[u8],
    failure: &Failure,
) -> Result<bool> {
    // What is no account can never be shut, so that it never needs a new password once it is made.
    let more = i32::from(failure.is_somebody);
    let count = diesel::insert_into(attempts::table)
        .values((
            attempts::account.eq(account),
            attempts::lane.eq(STRANGERS),
            attempts::failures.eq(1),
            attempts::total.eq(more),
            attempts::is_somebody.eq(failure.is_somebody),
            attempts::blocked_until.eq(failure.blocked_until),
            attempts::seen_at.eq(failure.now),
        ))
        .on_conflict((attempts::account, attempts::lane))
        .do_update()
        .set((
            attempts::failures.eq(attempts::failures + 1),
            attempts::total.eq(attempts::total + more),
            // Who is suspended is still somebody.
            attempts::is_somebody
                .eq(attempts::is_somebody.or(failure.is_somebody.into_sql::<Bool>())),
            attempts::blocked_until.eq(failure.blocked_until),
            attempts::seen_at.eq(failure.now),
        ));
    let unchanged = attempts::failures
        .eq(failure.seen)
        .and(attempts::blocked_until.le(failure.now));
    let has_room = attempts::failures.lt(FREE).or(unchanged);
    Ok(methods::FilterDsl::filter(count, has_room).execute(tx)? > 0)
}

/// Waits for its turn to count in the lanes of an account: the row of strangers, made where there is none, is the one
/// that all of them pass.
pub(super) fn queue(tx: &mut PgConnection, account: &[u8], now: Time) -> Result<()> {
    diesel::insert_into(attempts::table)
        .values((
            attempts::account.eq(account),
            attempts::lane.eq(STRANGERS),
            attempts::failures.eq(0),
            attempts::total.eq(0),
            attempts::is_somebody.eq(true),
            attempts::blocked_until.eq(now),
            attempts::seen_at.eq(now),
        ))
        .on_conflict((attempts::account, attempts::lane))
        .do_update()
        .set(attempts::is_somebody.eq(true))
        .execute(tx)?;
    Ok(())
}

/// Counts a failure in a lane; the next one has to wait until then.
pub(super) fn count_in_lane(
    tx: &mut PgConnection,
    account: &[u8],
    lane: &[u8],
    blocked_until: Time,
    now: Time,
) -> Result<()> {
    diesel::insert_into(attempts::table)
        .values((
            attempts::account.eq(account),
            attempts::lane.eq(lane),
            attempts::failures.eq(1),
            attempts::total.eq(1),
            attempts::is_somebody.eq(true),
            attempts::blocked_until.eq(blocked_until),
            attempts::seen_at.eq(now),
        ))
        .on_conflict((attempts::account, attempts::lane))
        .do_update()
        .set((
            attempts::failures.eq(attempts::failures + 1),
            attempts::total.eq(attempts::total + 1),
            attempts::blocked_until.eq(blocked_until),
            attempts::seen_at.eq(now),
        ))
        .execute(tx)?;
    Ok(())
}

/// Counts one more of at most so many until the count ends. Answers whether there was room for it.
pub(super) fn count_in_window(
    tx: &mut PgConnection,
    key: &[u8],
    most: i32,
    ends: Time,
    now: Time,
) -> Result<bool> {
    let count = diesel::insert_into(attempts::table)
        .values((
            attempts::account.eq(key),
            attempts::lane.eq(STRANGERS),
            attempts::failures.eq(1),
            attempts::total.eq(0),
            attempts::is_somebody.eq(false),
            attempts::blocked_until.eq(ends),
            attempts::seen_at.eq(now),
        ))
        .on_conflict((attempts::account, attempts::lane))
        .do_update()
        .set((
            attempts::failures.eq(attempts::failures + 1),
            attempts::seen_at.eq(now),
        ));
    let has_room = attempts::failures.lt(most);
    Ok(methods::FilterDsl::filter(count, has_room).execute(tx)? > 0)
}

/// What [`count_in_window`] has counted.
pub(super) fn count_of(conn: &mut PgConnection, key: &[u8]) -> Result<i32> {
    Ok(attempts::table
        .find((key, STRANGERS))
        .select(attempts::failures)
        .first(conn)?)
}

/// Ends the row of failures, which its owner was not the one to make: what strangers have to wait for stays, or they would
/// see in it that somebody signs in there, and might guess anew each time.
pub(super) fn forgive(tx: &mut PgConnection, account: &[u8]) -> Result<()> {
    diesel::update(attempts::table.find((account, STRANGERS)))
        .set(attempts::total.eq(0))
        .execute(tx)?;
    clear_lanes(tx, account)
}

/// Forgets all failures of an account and keeps the lanes of its addresses.
pub(super) fn renew(tx: &mut PgConnection, account: &[u8]) -> Result<()> {
    diesel::delete(attempts::table.find((account, STRANGERS))).execute(tx)?;
    clear_lanes(tx, account)
}

/// Forgets the failures in lanes: those of devices and sessions have nothing else in them.
fn clear_lanes(tx: &mut PgConnection, account: &[u8]) -> Result<()> {
    let in_lanes = attempts::account
        .eq(account)
        .and(attempts::lane.ne(STRANGERS));
    diesel::delete(
        attempts::table
            .filter(in_lanes)
            .filter(attempts::signed_in_at.is_null()),
    )
    .execute(tx)?;
    diesel::update(attempts::table.filter(in_lanes))
        .set((attempts::failures.eq(0), attempts::total.eq(0)))
        .execute(tx)?;
    Ok(())
}

/// Opens the lane of an address, or keeps it open.
pub(super) fn remember_lane(
    tx: &mut PgConnection,
    account: &[u8],
    lane: &[u8],
    now: Time,
) -> Result<()> {
    diesel::insert_into(attempts::table)
        .values((
            attempts::account.eq(account),
            attempts::lane.eq(lane),
            attempts::failures.eq(0),
            attempts::total.eq(0),
            attempts::is_somebody.eq(true),
            attempts::blocked_until.eq(now),
            attempts::signed_in_at.eq(now),
            attempts::seen_at.eq(now),
        ))
        .on_conflict((attempts::account, attempts::lane))
        .do_update()
        .set((attempts::signed_in_at.eq(now), attempts::seen_at.eq(now)))
        .execute(tx)?;
    Ok(())
}

pub(super) fn close_lane(tx: &mut PgConnection, account: &[u8], lane: &[u8]) -> Result<()> {
    diesel::delete(attempts::table.find((account, lane))).execute(tx)?;
    Ok(())
}

pub(super) fn delete_account(tx: &mut PgConnection, account: &[u8]) -> Result<()> {
    diesel::delete(attempts::table.filter(attempts::account.eq(account))).execute(tx)?;
    Ok(())
}

pub(super) fn delete_old(tx: &mut PgConnection, now: Time) -> Result<usize> {
    let of_nobody = attempts::is_somebody
        .eq(false)
        .and(attempts::seen_at.le(now - TimeDelta::days(CALM_DAYS)));
    let old = attempts::seen_at.le(now - TimeDelta::days(OLD_DAYS));
    let some: Vec<(Vec<u8>, Vec<u8>)> = attempts::table
        .filter(of_nobody.or(old))
        .limit(1_000)
        .select((attempts::account, attempts::lane))
        .for_update()
        .skip_locked()
        .load(tx)?;
    for (account, lane) in &some {
        close_lane(tx, account, lane)?;
    }
    Ok(some.len())
}

/// What cost a wait costs none any more; in sum it stays.
pub(super) fn calm_old(tx: &mut PgConnection, now: Time) -> Result<usize> {
    Ok(diesel::update(
        attempts::table
            .filter(attempts::failures.gt(0))
            .filter(attempts::seen_at.le(now - TimeDelta::days(CALM_DAYS))),
    )
    .set(attempts::failures.eq(0))
    .execute(tx)?)
}
