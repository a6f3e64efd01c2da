//! Where a user stands: suspension, removal, restoration, erasure. Removing is never gated by seats.

use chrono::TimeDelta;
use uuid::Uuid;

use super::{Held, Reach, User, account, hold, may_manage, store};
use crate::access::{Scope, UserStatus, may_grant};
use crate::audit::{self, Actor, Entries, Entry, Target};
use crate::clock::Time;
use crate::db::Connection;
use crate::error::{Error, Faults, Result};
use crate::http::Versioned;
use crate::roles::{self, Role};
use crate::tiers::{self, Tier};
use crate::{attempts, links, seats, sessions};

/// How many days a removed user stays in the trash.
const TRASH_DAYS: i64 = 30;

/// Suspends a user: signed out everywhere at once, and no seat any more.
///
/// # Errors
/// 404; 403 above the caller; 412; 409 for the last admin.
pub fn suspend(
    tx: &mut Connection,
    scope: &Scope,
    id: Uuid,
    reason: Option<&str>,
) -> Result<(User, Entries)> {
    seats::lock(tx, scope.tenant())?;
    let held = hold(tx, scope, id, Reach::Present)?.expect_version(scope)?;
    if held.user.status == UserStatus::Suspended {
        return Ok((held.user, Entries::none("the user is suspended already")));
    }
    held.spare_last_admin(tx, scope)?;
    let before = held.user.clone();
    let after = move_to(tx, scope, held, UserStatus::Suspended)?;
    store::set_suspension_reason(tx, scope.tenant(), id, reason)?;
    let entry = scope
        .entry("user.suspended", after.target())
        .changed(Some(&before), Some(&after))?;
    let entry = if reason.is_some() {
        entry.with("reason", (), reason)
    } else {
        entry
    };
    Ok((after, entry.into()))
}

/// Lifts a suspension; nothing happens where there is none.
///
/// # Errors
/// 404; 403 above the caller; 412; 409 where no seat is left.
pub fn reactivate(tx: &mut Connection, scope: &Scope, id: Uuid) -> Result<Entries> {
    seats::lock(tx, scope.tenant())?;
    let held = hold(tx, scope, id, Reach::Present)?.expect_version(scope)?;
    if held.user.status != UserStatus::Suspended {
        return Ok(Entries::none("the user is not suspended"));
    }
    let before = held.user.clone();
    let to = held.status_before.unwrap_or(UserStatus::Active);
    let after = move_to(tx, scope, held, to)?;
    store::set_suspension_reason(tx, scope.tenant(), id, None)?;
    Ok(scope
        .entry("user.reactivated", after.target())
        .changed(Some(&before), Some(&after))?
        .into())
}

/// Ends all sessions of a user.
///
/// # Errors
/// 404; 403 above the caller; 412.
pub fn sign_out(tx: &mut Connection, scope: &Scope, id: Uuid) -> Result<Entries> {
    let held = hold(tx, scope, id, Reach::Present)?.expect_version(scope)?;
    if sessions::end_all(tx, scope.tenant(), id, None)? == 0 {
        return Ok(Entries::none("the user is signed in nowhere"));
    }
    Ok(scope.entry("user.signed_out", held.user.target()).into())
}

/// Removes a user into the trash: signed out everywhere, no seat, and the address is free again.
///
/// # Errors
/// 404; 403 above the caller; 412; 409 for the last admin.
pub fn delete(tx: &mut Connection, scope: &Scope, id: Uuid) -> Result<Entries> {
    seats::lock(tx, scope.tenant())?;
    let held = hold(tx, scope, id, Reach::Present)?.expect_version(scope)?;
    held.spare_last_admin(tx, scope)?;
    let before = held.user.clone();
    let after = move_to(tx, scope, held, UserStatus::Deleted)?;
    store::set_deleted_at(tx, scope.tenant(), id, Some(scope.now()))?;
    attempts::forget(tx, &account(scope.tenant(), &after))?;
    Ok(scope
        .entry("user.deleted", after.target())
        .changed(Some(&before), Some(&after))?
        .into())
}

/// Takes a user out of the trash again.
///
/// # Errors
/// 404; 403 above the caller; 409 where the user is not in the trash, no seat is left or the address is taken.
pub fn restore(tx: &mut Connection, scope: &Scope, id: Uuid) -> Result<(User, Entries)> {
    seats::lock(tx, scope.tenant())?;
    let held = hold(tx, scope, id, Reach::Everybody)?.expect_version(scope)?;
    if held.user.status != UserStatus::Deleted {
        return Err(Error::Conflict("the user was not removed"));
    }
    let deleted_at = store::deleted_at(tx, scope.tenant(), id)?;
    if deleted_at.is_some_and(|at| at + TimeDelta::days(TRASH_DAYS) <= scope.now()) {
        return Err(Error::NotFound);
    }
    let before = held.user.clone();
    let to = held.status_before.unwrap_or(UserStatus::Active);
    let after = move_to(tx, scope, held, to)?;
    store::set_deleted_at(tx, scope.tenant(), id, None)?;
    let entry = scope
        .entry("user.restored", after.target())
        .changed(Some(&before), Some(&after))?;
    Ok((after, entry.into()))
}

/// Erases a user for good: the row goes, and the activity log forgets the name.
///
/// # Errors
/// 404; 403 above the caller; 412; 409 for the last admin.
pub fn purge(tx: &mut Connection, scope: &Scope, id: Uuid) -> Result<Entries> {
    seats::lock(tx, scope.tenant())?;
    let held = hold(tx, scope, id, Reach::Everybody)?.expect_version(scope)?;
    held.spare_last_admin(tx, scope)?;
    if held.user.status.holds_seat() {
        seats::release(tx, scope.tenant(), &held.user.tier)?;
    }
    store::erase(tx, scope.tenant(), id)?;
    // An address in the trash may be somebody else's by now.
    if held.user.status != UserStatus::Deleted {
        attempts::forget(tx, &account(scope.tenant(), &held.user))?;
    }
    let erased = Target::new("user", id, audit::ERASED);
    audit::anonymise(tx, scope.tenant(), id)?;
    Ok(scope.entry("user.purged", erased).into())
}

/// Erases some of those who have been in the trash for their time; answers how many.
///
/// # Errors
/// Where the database fails.
pub fn empty_trash(tx: &mut Connection, now: Time) -> Result<(usize, Entries)> {
    let due = store::lock_trash(tx, now - TimeDelta::days(TRASH_DAYS))?;
    let mut entries = Vec::with_capacity(due.len());
    for (tenant, id) in due {
        store::erase(tx, tenant, id)?;
        audit::anonymise(tx, tenant, id)?;
        let target = Target::new("user", id, audit::ERASED);
        entries.push(Entry::new(
            tenant,
            now,
            "user.purged",
            Actor::system(),
            target,
        ));
    }
    Ok((entries.len(), entries.into()))
}

/// Moves a user to another state with everything that hangs on it: seat, sessions, mailed links, and what the state was.
pub(super) fn move_to(
    tx: &mut Connection,
    scope: &Scope,
    held: Held,
    to: UserStatus,
) -> Result<User> {
    let Held { user: before, .. } = held;
    match (before.status.holds_seat(), to.holds_seat()) {
        (true, false) => seats::release(tx, scope.tenant(), &before.tier)?,
        (false, true) => seats::take(tx, scope.tenant(), &before.tier)?,
        _ => {}
    }
    let was = match to {
        UserStatus::Active | UserStatus::Invited => None,
        UserStatus::Suspended => Some(before.status).filter(|was| was.holds_seat()),
        UserStatus::Deleted => Some(before.status),
    };
    if !to.holds_seat() {
        sessions::end_all(tx, scope.tenant(), before.id, None)?;
        links::revoke_all(tx, scope.tenant(), before.id, scope.now())?;
    }
    let mut after = User {
        status: to,
        updated_at: scope.now(),
        ..before
    };
    after.version = store::set_status(tx, scope.tenant(), &after, was)?;
    Ok(after)
}

/// Gives all who have a role that is about to be removed another one. Nobody loses `admin` this way, so no last admin has
/// to be spared: built-in roles are not removed.
///
/// # Errors
/// 403 where the new role is above the caller; 412; 422 where there is none; 409 for the built-in ones.
pub fn reassign_role(tx: &mut Connection, scope: &Scope, from: &Role, to: &str) -> Result<Entries> {
    seats::lock_for(tx, scope)?;
    let mut faults = Faults::default();
    if let Some(new) = faults.absorb(roles::granted(tx, scope, to, "/reassign_to"))? {
        may_grant(scope.principal(), &new.permissions, new.is_admin)?;
    }
    scope.expect_version(from.version())?;
    faults.finish()?;
    from.expect_removable()?;
    let moved = store::reassign_role(tx, scope.tenant(), &from.key, to, scope.now())?;
    let entry = |(id, name): (Uuid, String)| {
        scope
            .entry("user.updated", Target::new("user", id, &name))
            .with("role", from.key.as_str(), to)
    };
    Ok(moved.into_iter().map(entry).collect::<Vec<_>>().into())
}

/// Gives all who have a tier that is about to be removed another one, with their seats.
///
/// # Errors
/// 403 where one of them is above the caller; 412; 422 where there is none; 409 for the built-in and the default tier, and
/// where the other has not enough seats.
pub fn reassign_tier(tx: &mut Connection, scope: &Scope, from: &Tier, to: &str) -> Result<Entries> {
    seats::lock_for(tx, scope)?;
    for (permissions, is_admin) in store::roles_in_tier(tx, scope.tenant(), &from.key)? {
        may_manage(scope, &permissions, is_admin)?;
    }
    scope.expect_version(from.version())?;
    let to = tiers::resolve(tx, scope.tenant(), Some(to), "/reassign_to")?;
    from.expect_removable()?;
    seats::transfer_all(tx, scope.tenant(), &from.key, &to)?;
    let moved = store::reassign_tier(tx, scope.tenant(), &from.key, &to, scope.now())?;
    let entry = |(id, name): (Uuid, String)| {
        scope
            .entry("user.updated", Target::new("user", id, &name))
            .with("tier", from.key.as_str(), to.as_str())
    };
    Ok(moved.into_iter().map(entry).collect::<Vec<_>>().into())
}
