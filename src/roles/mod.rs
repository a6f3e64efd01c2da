//! Roles: named sets of permissions. `admin`, `manager` and `user` are built in; `admin` holds everything of
//! its tenant and cannot be edited.

pub mod api;
mod body;
mod builtin;
mod patterns;
mod store;

pub use body::{CreateRole, NewRole, RoleChange, UpdateRole};
pub use builtin::{BUILTIN, Builtin, insert_builtin};

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

pub use crate::access::ADMIN;
use crate::access::{Grants, KeySet, Scope, may_grant};
use crate::audit::{Entries, Target};
use crate::db::Connection;
use crate::error::{Error, Faults, Result};
use crate::http::Versioned;
use crate::permissions::catalogue;
use crate::text::no_such;
use crate::{permissions, seats};

/// A named set of permissions.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Role {
    /// Its address, for good.
    #[schema(max_length = 63, examples("manager"))]
    pub key: String,
    /// For people.
    #[schema(max_length = 200, examples("Manager"))]
    pub name: String,
    /// For people.
    #[schema(
        max_length = 1000,
        examples("Looks after calls; cannot change advanced settings")
    )]
    pub description: Option<String>,
    /// Permission keys, in order.
    #[schema(examples("calls:manage", "calls:read", "settings:read"))]
    pub permissions: Vec<String>,
    /// Whether it came with the tenant.
    pub is_builtin: bool,
    /// How many users have it, the removed ones aside.
    #[schema(minimum = 0, examples(3))]
    pub user_count: i64,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last edited.
    pub updated_at: DateTime<Utc>,
    #[serde(skip)]
    version: i64,
}

impl Versioned for Role {
    fn version(&self) -> i64 {
        self.version
    }

    fn href(&self) -> String {
        format!("/v1/roles/{}", self.key)
    }
}

impl Role {
    fn target(&self) -> Target {
        Target::new("role", &self.key, &self.name)
    }

    /// Whether it is the built-in `admin`.
    #[must_use]
    pub fn is_admin(&self) -> bool {
        self.is_builtin && self.key == ADMIN
    }

    /// Checks that it can be removed.
    ///
    /// # Errors
    /// 409 for the built-in ones.
    pub fn expect_removable(&self) -> Result<()> {
        if self.is_builtin {
            return Err(Error::Conflict("a built-in role cannot be removed"));
        }
        Ok(())
    }
}

/// What a role grants, as decisions need it.
#[derive(Clone, Debug)]
pub struct Granted {
    /// Its permissions; everything of the tenant for `admin`.
    pub permissions: KeySet,
    /// Whether it is the built-in `admin`.
    pub is_admin: bool,
}

/// What the role of this key grants; `pointer` is where a request named it.
///
/// # Errors
/// 422 `unknown_reference` where the tenant has no such role.
pub fn granted(conn: &mut Connection, scope: &Scope, key: &str, pointer: &str) -> Result<Granted> {
    let Some((permissions, is_admin)) = store::granted(conn, scope.tenant(), key)? else {
        let keys = store::keys(conn, scope.tenant())?;
        let message = no_such("role", key, keys.iter().map(String::as_str));
        return Err(Error::invalid(pointer, "unknown_reference", message));
    };
    let permissions = if is_admin {
        catalogue(conn, scope)?
    } else {
        permissions
    };
    Ok(Granted {
        permissions,
        is_admin,
    })
}

/// All roles of the tenant with what they grant, for finding fixes; the smallest first.
///
/// # Errors
/// Where the database fails.
pub fn all_granted(
    conn: &mut Connection,
    scope: &Scope,
    catalogue: &KeySet,
) -> Result<Vec<Grants>> {
    let rows = store::all_granted(conn, scope.tenant())?;
    let grants = |(key, granted, is_admin)| {
        let keys = if is_admin { catalogue.clone() } else { granted };
        Grants::of_role(scope.principal(), key, keys, is_admin)
    };
    let mut all: Vec<Grants> = rows.into_iter().map(grants).collect();
    Grants::sort(&mut all, catalogue);
    Ok(all)
}

/// Makes a role.
///
/// # Errors
/// 403 where it would grant what the caller lacks; 422 for unknown permissions; 409 where the key is taken.
pub fn create(tx: &mut Connection, scope: &Scope, new: &NewRole) -> Result<(Role, Entries)> {
    seats::share_for(tx, scope)?;
    let mut faults = Faults::default();
    let permissions = grantable(tx, scope, &new.permissions, &mut faults)?;
    faults.finish()?;
    let role = store::insert(tx, scope.tenant(), new, &permissions, scope.now())?;
    let entry = scope
        .entry("role.created", role.target())
        .changed(None, Some(&role))?;
    Ok((role, entry.into()))
}

/// Edits a role. Its new permissions are granted to all who hold it.
///
/// # Errors
/// 404; 403 where it grants or granted what the caller lacks; 412; 422; 409 for `admin`.
pub fn update(
    tx: &mut Connection,
    scope: &Scope,
    key: &str,
    change: &RoleChange,
) -> Result<(Role, Entries)> {
    seats::share_for(tx, scope)?;
    let before = lock(tx, scope, key)?;
    may_grant(
        scope.principal(),
        &before.permissions.iter().cloned().collect(),
        before.is_admin(),
    )?;
    let mut faults = Faults::default();
    let permissions = match &change.permissions {
        Some(wanted) => Some(grantable(tx, scope, wanted, &mut faults)?),
        None => None,
    };
    scope.expect_version(before.version)?;
    faults.finish()?;
    if before.is_admin() {
        return Err(Error::Conflict(
            "the built-in role `admin` cannot be edited",
        ));
    }
    let after = store::update(
        tx,
        scope.tenant(),
        key,
        change,
        permissions.as_ref(),
        scope.now(),
    )?;
    let entry = scope
        .entry("role.updated", after.target())
        .changed(Some(&before), Some(&after))?;
    Ok((after, entry.into()))
}

/// What these patterns stand for, to be written into a role: the caller has to hold all of it. Those that stand for nothing
/// are faults, which are told after whatever is forbidden.
fn grantable(
    tx: &mut Connection,
    scope: &Scope,
    patterns: &[String],
    faults: &mut Faults,
) -> Result<KeySet> {
    let is_platform = scope.principal().tenant.is_platform;
    let catalogue = permissions::hold(tx, is_platform, patterns.iter().map(String::as_str))?;
    let granted = patterns::expand(patterns, &catalogue, faults);
    may_grant(scope.principal(), &granted, false)?;
    Ok(granted)
}

/// Locks a role that is about to be removed, and everybody who counts seats or wants to have it. Its version, and whether
/// it can be removed at all, are looked at later, after whatever else may be forbidden.
///
/// # Errors
/// 404; 403.
pub fn begin_removal(tx: &mut Connection, scope: &Scope, key: &str) -> Result<Role> {
    seats::lock_for(tx, scope)?;
    let role = lock(tx, scope, key)?;
    let granted = role.permissions.iter().cloned().collect();
    may_grant(scope.principal(), &granted, role.is_admin())?;
    Ok(role)
}

/// Removes a role that nobody has any more.
///
/// # Errors
/// 412; 409 for the built-in ones, and `in_use`.
pub fn delete(tx: &mut Connection, scope: &Scope, role: &Role) -> Result<Entries> {
    scope.expect_version(role.version)?;
    role.expect_removable()?;
    let count = store::count_users(tx, scope.tenant(), &role.key)?;
    if count > 0 {
        return Err(Error::InUse {
            by: "users (removed ones in the trash included)",
            count,
        });
    }
    store::delete(tx, scope.tenant(), &role.key)?;
    let entry = scope.entry("role.deleted", role.target());
    Ok(entry.changed(Some(role), None)?.into())
}

fn lock(tx: &mut Connection, scope: &Scope, key: &str) -> Result<Role> {
    store::lock(tx, scope.tenant(), key)?;
    find(tx, scope, key)
}

/// The role of this key.
///
/// # Errors
/// 404.
pub fn find(conn: &mut Connection, scope: &Scope, key: &str) -> Result<Role> {
    let mut role = store::find(conn, scope.tenant(), key)?;
    if role.is_admin() {
        role.permissions = catalogue(conn, scope)?.to_vec();
    }
    Ok(role)
}
