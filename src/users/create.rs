//! Adding a user.

use serde_json::Value;
use uuid::Uuid;

use super::body::{CompanyRef, NewUser};
use super::{User, grant_role, store};
use crate::access::{Scope, UserStatus};
use crate::audit::{Entries, Entry};
use crate::clock::Time;
use crate::db::Connection;
use crate::error::{Faults, Result};
use crate::http::Patch;
use crate::password::PasswordHash;
use crate::{companies, seats, tiers};

/// Adds a user.
///
/// # Errors
/// 403 `privilege_escalation` for a role above the caller; 422 for an unknown role, tier or company; 409 where
/// the address is taken or no seat is left.
pub fn create(
    tx: &mut Connection,
    scope: &Scope,
    new: &NewUser,
    hash: &PasswordHash,
) -> Result<(User, Entries)> {
    let (user, entries) = add(tx, scope, new, UserStatus::Active)?;
    store::set_password(tx, scope.tenant(), user.id, hash, scope.now())?;
    Ok((user, entries))
}

/// Adds a user in this state, with a seat and without a password.
pub(super) fn add(
    tx: &mut Connection,
    scope: &Scope,
    new: &NewUser,
    status: UserStatus,
) -> Result<(User, Entries)> {
    // First of all locks, before a company that is made and that somebody else may wait for.
    seats::lock_for(tx, scope)?;
    let mut faults = Faults::default();
    faults.absorb(grant_role(tx, scope, &new.role))?;
    let tier = faults.absorb(tiers::resolve(
        tx,
        scope.tenant(),
        new.tier.as_deref(),
        "/tier",
    ))?;
    let company = faults.absorb(company(tx, scope, &new.company))?;
    faults.finish()?;
    let (tier, company) = (tier.unwrap_or_default(), company.unwrap_or_default());
    seats::take(tx, scope.tenant(), &tier)?;
    let mut user = unsaved(new, status, tier, &company, scope.now());
    user.version = store::insert(tx, scope.tenant(), &user, &new.email.key())?;
    let entry = scope
        .entry("user.created", user.target())
        .changed(None, Some(&user))?;
    Ok((user, company.entries().and(entry)))
}

/// Adds the first admin of a tenant: by nobody of it, and before its gate can be open. Without a password they are invited.
///
/// # Errors
/// 409 where no seat is left.
pub fn insert_first_admin(
    tx: &mut Connection,
    tenant: Uuid,
    new: &NewUser,
    hash: Option<&PasswordHash>,
    now: Time,
) -> Result<User> {
    let tier = tiers::resolve(tx, tenant, None, "/tier")?;
    seats::take(tx, tenant, &tier)?;
    let status = match hash {
        Some(_) => UserStatus::Active,
        None => UserStatus::Invited,
    };
    let mut user = unsaved(new, status, tier, &Company::default(), now);
    user.version = store::insert(tx, tenant, &user, &new.email.key())?;
    if let Some(hash) = hash {
        store::set_password(tx, tenant, user.id, hash, now)?;
    }
    Ok(user)
}

/// The company that a request names, and the entry of its making where it was made.
#[derive(Default)]
pub(super) struct Company {
    pub(super) id: Option<Uuid>,
    pub(super) name: Option<String>,
    made: Option<Entry>,
}

impl Company {
    pub(super) fn entries(self) -> Entries {
        self.made.into_iter().collect::<Vec<_>>().into()
    }
}

pub(super) fn company(
    tx: &mut Connection,
    scope: &Scope,
    wanted: &Patch<CompanyRef>,
) -> Result<Company> {
    Ok(match wanted.as_set() {
        None => Company::default(),
        Some(CompanyRef::Id(id)) => {
            let name = companies::name_of(tx, scope, *id, "/company_id")?;
            Company {
                id: Some(*id),
                name: Some(name),
                made: None,
            }
        }
        Some(CompanyRef::Name(name)) => {
            let (id, name, made) = companies::find_or_create(tx, scope, name)?;
            Company {
                id: Some(id),
                name: Some(name),
                made,
            }
        }
    })
}

fn unsaved(new: &NewUser, status: UserStatus, tier: String, company: &Company, now: Time) -> User {
    User {
        id: Uuid::now_v7(),
        email: new.email.as_str().to_owned(),
        full_name: new.full_name.as_str().to_owned(),
        company_id: company.id,
        company_name: company.name.clone(),
        role: new.role.clone(),
        tier,
        status,
        must_change_password: new.must_change_password,
        last_login_at: None,
        external_id: new.external_id.clone(),
        metadata: Value::Object(new.metadata.clone()),
        created_at: now,
        updated_at: now,
        version: 0,
    }
}
