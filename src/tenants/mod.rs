//! Tenants: the white-label customers, and among them the platform itself, whose people alone see this.

pub mod api;
mod body;
mod bootstrap;
mod store;

pub use body::{CreateTenant, NewAdmin, NewTenant, TenantChange, UpdateTenant};
pub use bootstrap::{FirstAdmin, bootstrap, is_empty};
pub use store::{platform_id, tenant_of_slug};

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Map;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::access::Scope;
use crate::audit::{Author, Entries, Target};
use crate::clock::Time;
use crate::db::Connection;
use crate::error::{Error, Result};
use crate::http::{Patch, Versioned, confirm};
use crate::mail::Seal;
use crate::password::PasswordHash;
use crate::roles::{self, ADMIN};
use crate::tiers;
use crate::users::{self, NewUser};

/// Where a tenant stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TenantStatus {
    /// In business.
    Active,
    /// Nobody of it may sign in or do anything.
    Suspended,
}

/// A white-label customer.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Tenant {
    /// UUIDv7.
    #[schema(examples("0192f6f0-7c1e-7d3a-9f43-3a1f0c6a2b11"))]
    pub id: Uuid,
    /// For people.
    #[schema(max_length = 200, examples("Bright Calls"))]
    pub name: String,
    /// Names it at sign-in, for good.
    #[schema(max_length = 63, examples("bright-calls"))]
    pub slug: String,
    /// How many invited and active users it takes; null for any number.
    #[schema(minimum = 0, examples(250))]
    pub seat_limit: Option<i32>,
    /// How many it has.
    #[schema(minimum = 0, examples(12))]
    pub seats_used: i32,
    /// Where it stands.
    pub status: TenantStatus,
    /// Whether it is the platform's own.
    pub is_platform: bool,
    /// When its first white-label domain was proven.
    pub users_opened_at: Option<DateTime<Utc>>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last edited.
    pub updated_at: DateTime<Utc>,
    #[serde(skip)]
    version: i64,
}

impl Versioned for Tenant {
    fn version(&self) -> i64 {
        self.version
    }

    fn href(&self) -> String {
        format!("/v1/tenants/{}", self.id)
    }
}

impl Tenant {
    fn target(&self) -> Target {
        Target::new("tenant", self.id, &self.name)
    }
}

/// Makes a tenant with the built-in roles and tier and its first admin, who needs no open gate, and is invited where there
/// is no hash.
///
/// # Errors
/// 409 where the slug is taken or no seat is left for the admin.
pub fn create(
    tx: &mut Connection,
    scope: &Scope,
    new: &NewTenant,
    hash: Option<&PasswordHash>,
    seal: &Seal,
) -> Result<(Tenant, Entries)> {
    confirm(tx, scope)?;
    let tenant = store::insert(tx, new, scope.now())?;
    let admin = settle(tx, tenant.id, &new.admin, hash, scope.now())?;
    if hash.is_none() {
        users::send_invitation(tx, tenant.id, &admin, None, seal, scope.now())?;
    }
    let tenant = store::find(tx, tenant.id)?;
    let made = scope
        .entry("tenant.created", tenant.target())
        .changed(None, Some(&tenant))?;
    let own = made.clone().of_tenant(tenant.id);
    let added = scope.entry(
        "user.created",
        Target::new("user", admin.id, &admin.full_name),
    );
    let added = added.changed(None, Some(&admin))?.of_tenant(tenant.id);
    Ok((tenant, Entries::from(made).and(own).and(added)))
}

/// Gives a tenant its roles, its tier and its first admin.
fn settle(
    tx: &mut Connection,
    tenant: Uuid,
    admin: &NewAdmin,
    hash: Option<&PasswordHash>,
    now: Time,
) -> Result<users::User> {
    roles::insert_builtin(tx, tenant, now)?;
    tiers::insert_builtin(tx, tenant, now)?;
    let new = NewUser {
        email: admin.email.clone(),
        full_name: admin.full_name.clone(),
        role: ADMIN.to_owned(),
        tier: None,
        company: Patch::Absent,
        password: None,
        invite: hash.is_none(),
        must_change_password: admin.must_change_password,
        external_id: None,
        metadata: Map::new(),
    };
    users::insert_first_admin(tx, tenant, &new, hash, now)
}

/// Edits a tenant.
///
/// # Errors
/// 404; 412.
pub fn update(
    tx: &mut Connection,
    scope: &Scope,
    id: Uuid,
    change: &TenantChange,
) -> Result<(Tenant, Entries)> {
    confirm(tx, scope)?;
    let before = store::lock(tx, id)?;
    scope.expect_version(before.version)?;
    let after = store::update(tx, id, change, scope.now())?;
    let entry = scope
        .entry("tenant.updated", after.target())
        .changed(Some(&before), Some(&after))?;
    let own = entry.clone().of_tenant(id);
    Ok((
        after.clone(),
        if after.is_platform {
            entry.into()
        } else {
            Entries::from(entry).and(own)
        },
    ))
}

/// Suspends a tenant: everything of it stops at once.
///
/// # Errors
/// 404; 412; 409 for the platform's own.
pub fn suspend(
    tx: &mut Connection,
    scope: &Scope,
    id: Uuid,
    reason: Option<&str>,
) -> Result<(Tenant, Entries)> {
    confirm(tx, scope)?;
    let before = store::lock(tx, id)?;
    scope.expect_version(before.version)?;
    if before.is_platform {
        return Err(Error::Conflict(
            "the platform's own tenant cannot be suspended",
        ));
    }
    if before.status == TenantStatus::Suspended {
        return Ok((before, Entries::none("the tenant is suspended already")));
    }
    let after = store::set_suspended(tx, id, Some(scope.now()), scope.now())?;
    let entry = scope
        .entry("tenant.suspended", after.target())
        .changed(Some(&before), Some(&after))?;
    let entry = if reason.is_some() {
        entry.with("reason", (), reason)
    } else {
        entry
    };
    let own = entry.clone().of_tenant(id);
    Ok((after, Entries::from(entry).and(own)))
}

/// Lifts a suspension; nothing happens where there is none.
///
/// # Errors
/// 404; 412.
pub fn reactivate(tx: &mut Connection, scope: &Scope, id: Uuid) -> Result<Entries> {
    confirm(tx, scope)?;
    let before = store::lock(tx, id)?;
    scope.expect_version(before.version)?;
    if before.status == TenantStatus::Active {
        return Ok(Entries::none("the tenant is not suspended"));
    }
    let after = store::set_suspended(tx, id, None, scope.now())?;
    let entry = scope
        .entry("tenant.reactivated", after.target())
        .changed(Some(&before), Some(&after))?;
    let own = entry.clone().of_tenant(id);
    Ok(Entries::from(entry).and(own))
}

/// Notes the author's tenant's first proven domain, for good.
///
/// # Errors
/// Where the database fails.
pub fn open_users_section(tx: &mut Connection, author: &Author) -> Result<Entries> {
    Ok(
        match store::open_users_section(tx, author.tenant(), author.now())? {
            Some(tenant) => {
                let opened = tenant.users_opened_at.map(|at| at.to_rfc3339());
                author
                    .entry("tenant.users_opened", tenant.target())
                    .with("users_opened_at", (), opened)
                    .into()
            }
            None => Entries::none("it was open already"),
        },
    )
}
