//! Passwords of users: reset by somebody who manages them, or changed by themselves. Either ends sessions.

use uuid::Uuid;

use super::{Reach, StoredPassword, User, account, hold, store};
use crate::access::{Scope, UserStatus};
use crate::attempts::Standing;
use crate::audit::{Entries, Target};
use crate::db::Connection;
use crate::error::{Error, Result, SignInFault};
use crate::mail::{self, ChangedBy, Letter};
use crate::password::PasswordHash;
use crate::{attempts, links, sessions};

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
/// 404; 403 above the caller; 412; 409 for somebody who is invited, and chooses the password themselves.
pub fn reset(tx: &mut Connection, scope: &Scope, id: Uuid, new: &NewHash) -> Result<Entries> {
    let held = hold(tx, scope, id, Reach::Present)?.expect_version(scope)?;
    if held.user.status == UserStatus::Invited {
        let why = "the user is invited and chooses the password when accepting; send the invitation again";
        return Err(Error::Conflict(why));
    }
    store::set_password(tx, scope.tenant(), id, &new.hash, scope.now())?;
    store::set_must_change_password(tx, scope.tenant(), id, new.must_change, scope.now())?;
    sessions::end_all(tx, scope.tenant(), id, None)?;
    links::revoke_all(tx, scope.tenant(), id, scope.now())?;
    attempts::renew(tx, &account(scope.tenant(), &held.user))?;
    tell_changed(tx, scope, &held.user, ChangedBy::Admin)?;
    let entry = scope.entry("user.password_changed", held.user.target());
    Ok(entry
        .with(
            "must_change_password",
            held.user.must_change_password,
            new.must_change,
        )
        .into())
}

/// The caller's own password, for checking the current one.
///
/// # Errors
/// Where the database fails.
pub fn current_password(conn: &mut Connection, scope: &Scope) -> Result<Option<StoredPassword>> {
    store::password(conn, scope.tenant(), scope.principal().user_id)
}

/// Changes the caller's own password and ends their other sessions. `verified` is what the current password
/// fitted: somebody who manages the user may have set another one since; `standing` how failures stood when it was tried.
///
/// # Errors
/// 401 where the session was ended since; 412; 422 where the current password is not the verified one any more; 429 where
/// failures at the same moment have used up what was left.
pub fn change_own_password(
    tx: &mut Connection,
    scope: &Scope,
    verified: &StoredPassword,
    hash: &PasswordHash,
    standing: &Standing,
) -> Result<Entries> {
    let (me, tenant) = (scope.principal(), scope.tenant());
    let user = hold_self(tx, scope)?;
    standing.confirm(tx, scope.now())?;
    scope.expect_version(user.version)?;
    expect_password(tx, scope, verified)?;
    store::set_password(tx, tenant, me.user_id, hash, scope.now())?;
    store::set_must_change_password(tx, tenant, me.user_id, false, scope.now())?;
    sessions::end_all(tx, tenant, me.user_id, Some(me.session_id))?;
    links::revoke_all(tx, tenant, me.user_id, scope.now())?;
    attempts::renew(tx, &account(tenant, &user))?;
    tell_changed(tx, scope, &user, ChangedBy::Owner)?;
    let target = Target::new("user", me.user_id, &me.full_name);
    Ok(scope.entry("user.password_changed", target).into())
}

/// Locks the caller's own row; their session may have been ended since they were let in.
pub(super) fn hold_self(tx: &mut Connection, scope: &Scope) -> Result<User> {
    let (me, tenant) = (scope.principal(), scope.tenant());
    let is_there = store::lock(tx, tenant, me.user_id);
    if matches!(is_there, Err(Error::NotFound)) || !sessions::is_open(tx, tenant, me.session_id)? {
        return Err(Error::Unauthenticated(SignInFault::Revoked));
    }
    is_there?;
    store::find(tx, tenant, me.user_id)
}

/// Checks that the caller's password is still the one that was verified.
pub(super) fn expect_password(
    tx: &mut Connection,
    scope: &Scope,
    verified: &StoredPassword,
) -> Result<()> {
    let current = store::password(tx, scope.tenant(), scope.principal().user_id)?;
    if current.is_some_and(|current| current.is(verified)) {
        Ok(())
    } else {
        Err(wrong_password())
    }
}

/// Writes to whoever has a password anew. Somebody who may not sign in is not written to.
fn tell_changed(tx: &mut Connection, scope: &Scope, user: &User, by: ChangedBy) -> Result<()> {
    if !user.status.holds_seat() {
        return Ok(());
    }
    let letter = Letter::PasswordChanged { by };
    mail::post(tx, scope.tenant(), &user.addressee(), &letter, scope.now())
}

/// The answer to a current password that is not.
#[must_use]
pub fn wrong_password() -> Error {
    Error::invalid(
        "/current_password",
        "wrong_password",
        "is not your password",
    )
}
