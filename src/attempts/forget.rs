//! What ends the counting of an account's failures, besides a success.

use super::{Account, store};
use crate::clock::Time;
use crate::db::Connection;
use crate::error::Result;

/// Forgets the failures of an account whose password has been set anew; where its owner signs in from stays known.
///
/// # Errors
/// Where the database fails.
pub fn renew(tx: &mut Connection, account: &Account) -> Result<()> {
    store::renew(tx, &account.0)
}

/// Forgets everything about an account that is gone.
///
/// # Errors
/// Where the database fails.
pub fn forget(tx: &mut Connection, account: &Account) -> Result<()> {
    store::delete_account(tx, &account.0)
}

/// Forgets some of what is too old to count; answers how many counters that were.
///
/// # Errors
/// Where the database fails.
pub fn forget_old(tx: &mut Connection, now: Time) -> Result<usize> {
    Ok(store::delete_old(tx, now)? + store::calm_old(tx, now)?)
}
