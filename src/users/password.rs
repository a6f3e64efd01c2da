//! Passwords of users: reset by somebody who manages them, or changed by themselves. Either ends sessions.

use uuid::Uuid;

use super::{Reach, hold, store};
use crate::access::Scope;
use crate::audit::{Entries, Target};
use crate::db::Connection;
use crate::error::Result;
use crate::password::PasswordHash;
use crate::sessions;

/// A new hash, and whether the user has to change the password at the next sign-in.
#[derive(Debug)]
pub struct NewHash {
    /// The hash.
    pub hash: PasswordHash,
    /// Whether a change is due.
    pub must_change: bool,
}

/// Sets somebody's password and ends all their sessions.
///
/// # Errors
/// 404; 403 above the caller; 412.
pub fn reset(tx: &mut Connection, scope: &Scope, id: Uuid, new: &NewHash) -> Result<Entries> {
    let held = hold(tx, scope, id, Reach::Present)?;
    store::set_password(tx, scope.tenant(), id, &new.hash, scope.now())?;
    store::set_must_change_password(tx, scope.tenant(), id, new.must_change, scope.now())?;
    sessions::end_all(tx, scope.tenant(), id, None)?;
    let entry = scope.entry("user.password_changed", held.user.target());
    Ok(entry
        .with(
            "must_change_password",
            held.user.must_change_password,
            new.must_change,
        )
        .into())
}

/// The caller's own hash, for checking the current password.
///
/// # Errors
/// Where the database fails.
pub fn current_hash(conn: &mut Connection, scope: &Scope) -> Result<Option<PasswordHash>> {
    store::password_hash(conn, scope.tenant(), scope.principal().user_id)
}

/// Changes the caller's own password and ends their other sessions.
///
/// # Errors
/// 412.
pub fn change_own_password(
    tx: &mut Connection,
    scope: &Scope,
    hash: &PasswordHash,
) -> Result<Entries> {
    let me = scope.principal();
    store::lock(tx, scope.tenant(), me.user_id)?;
    scope.expect_version(super::find(tx, scope.tenant(), me.user_id)?.version)?;
    store::set_password(tx, scope.tenant(), me.user_id, hash, scope.now())?;
    store::set_must_change_password(tx, scope.tenant(), me.user_id, false, scope.now())?;
    sessions::end_all(tx, scope.tenant(), me.user_id, Some(me.session_id))?;
    Ok(scope
        .entry(
            "user.password_changed",
            Target::new("user", me.user_id, &me.full_name),
        )
        .into())
}
