//! Editing a user.

use serde_json::{Map, Value};
use uuid::Uuid;

use super::body::{CompanyRef, UserChange, check_metadata};
use super::create::{Company, company};
use super::mailed::moved;
use super::{Email, Held, Reach, User, account, grant_role, hold, store};
use crate::access::{Scope, UserStatus};
use crate::audit::Entries;
use crate::db::Connection;
use crate::error::{Faults, Result};
use crate::http::{Patch, merge};
use crate::mail::ChangedBy;
use crate::text::Name;
use crate::{attempts, roles, seats, tiers};

/// Edits a user.
///
/// # Errors
/// 404; 403 `privilege_escalation` where the user or the new role is above the caller; 412; 422 for an unknown
/// role, tier or company; 409 where the address is taken, no seat is left, or the last admin would go.
pub fn update(
    tx: &mut Connection,
    scope: &Scope,
    id: Uuid,
    change: &UserChange,
) -> Result<(User, Entries)> {
    if locks_tenant(change) {
        seats::lock(tx, scope.tenant())?;
    }
    let held = hold(tx, scope, id, Reach::Present)?;
    let mut faults = Faults::default();
    let role = faults.absorb(new_role(tx, scope, &held, change))?.flatten();
    let held = held.expect_version(scope)?;
    let tier = faults.absorb(new_tier(tx, scope, &held, change))?.flatten();
    let company = faults.absorb(company(tx, scope, &change.company))?;
    let company = company.unwrap_or_default();
    let mut after = changed(&held.user, change, &company, tier, scope);
    check_metadata(after.metadata.as_object(), &mut faults);
    faults.finish()?;
    if unchanged(&held.user, &after) {
        let why = "nothing differs from what is there";
        return Ok((held.user, Entries::none(why)));
    }
    if role.is_some_and(|role| !role.is_admin) {
        held.spare_last_admin(tx, scope)?;
    }
    let before = held.user;
    if after.tier != before.tier && before.status.holds_seat() {
        seats::transfer(tx, scope.tenant(), &before.tier, &after.tier)?;
    }
    let email_key = change.email.as_ref().map(Email::key);
    after.version = store::update(tx, scope.tenant(), &after, email_key)?;
    forget_address(tx, scope, &before, &after)?;
    tell_address(tx, scope, &before, &after)?;
    let entry = scope.entry("user.updated", after.target());
    let entry = entry.changed(Some(&before), Some(&after))?;
    Ok((after, company.entries().and(entry)))
}

/// What was counted at an address that is given up concerns nobody any more, and may not concern who takes it next.
fn forget_address(tx: &mut Connection, scope: &Scope, before: &User, after: &User) -> Result<()> {
    let [old, new] = [before, after].map(|user| account(scope.tenant(), user));
    if old == new {
        return Ok(());
    }
    attempts::forget(tx, &old)
}

/// Tells a user of another address, where it is another.
fn tell_address(tx: &mut Connection, scope: &Scope, before: &User, after: &User) -> Result<()> {
    let by = if scope.principal().user_id == after.id {
        ChangedBy::Owner
    } else {
        ChangedBy::Admin
    };
    moved(tx, scope.tenant(), (before, after), by, scope.now())
}

/// Whether the change counts seats, watches over the last admin, or makes a company that others may wait for.
fn locks_tenant(change: &UserChange) -> bool {
    let makes_company = matches!(change.company.as_set(), Some(CompanyRef::Name(_)));
    change.role.is_some() || change.tier.is_some() || makes_company
}

/// Changes the caller's own name, where one is given.
///
/// # Errors
/// 404; 412.
pub fn rename(tx: &mut Connection, scope: &Scope, name: Option<&Name>) -> Result<(User, Entries)> {
    let only_name = UserChange {
        email: None,
        full_name: name.cloned(),
        role: None,
        tier: None,
        company: Patch::<CompanyRef>::Absent,
        external_id: Patch::Absent,
        metadata: Patch::Absent,
    };
    update(tx, scope, scope.principal().user_id, &only_name)
}

/// The role that is granted anew; the one that the user has already needs no grant.
fn new_role(
    tx: &mut Connection,
    scope: &Scope,
    held: &Held,
    change: &UserChange,
) -> Result<Option<roles::Granted>> {
    match &change.role {
        Some(role) if *role != held.user.role => grant_role(tx, scope, role).map(Some),
        _ => Ok(None),
    }
}

fn new_tier(
    tx: &mut Connection,
    scope: &Scope,
    held: &Held,
    change: &UserChange,
) -> Result<Option<String>> {
    match &change.tier {
        Some(tier) if *tier != held.user.tier => {
            tiers::resolve(tx, scope.tenant(), Some(tier), "/tier").map(Some)
        }
        _ => Ok(None),
    }
}

fn changed(
    before: &User,
    change: &UserChange,
    company: &Company,
    tier: Option<String>,
    scope: &Scope,
) -> User {
    let mut after = before.clone();
    after.updated_at = scope.now();
    if let Some(email) = &change.email {
        email.as_str().clone_into(&mut after.email);
    }
    if let Some(name) = &change.full_name {
        name.as_str().clone_into(&mut after.full_name);
    }
    if let Some(role) = &change.role {
        after.role.clone_from(role);
    }
    if let Some(tier) = tier {
        after.tier = tier;
    }
    if !matches!(change.company, Patch::Absent) {
        after.company_id = company.id;
        after.company_name.clone_from(&company.name);
    }
    if let Some(external_id) = change.external_id.clone().into_change() {
        after.external_id = external_id;
    }
    match &change.metadata {
        Patch::Absent => {}
        Patch::Clear => after.metadata = Value::Object(Map::new()),
        Patch::Set(patch) => merge(&mut after.metadata, &Value::Object(patch.clone())),
    }
    after
}

/// Whether a patch changes nothing; then the version, and every `ETag` out there, stays good.
fn unchanged(before: &User, after: &User) -> bool {
    let same = |a: &User, b: &User| {
        (&a.email, &a.full_name, a.company_id, &a.role, &a.tier)
            == (&b.email, &b.full_name, b.company_id, &b.role, &b.tier)
            && (&a.external_id, &a.metadata) == (&b.external_id, &b.metadata)
    };
    before.status != UserStatus::Deleted && same(before, after)
}
