//! Roles: named sets of permissions. `admin`, `manager` and `user` are built in; `admin` holds everything of
//! its tenant and cannot be edited.

pub mod api;
mod body;
mod store;

pub use body::{CreateRole, NewRole, RoleChange, UpdateRole};

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::access::{Grants, KeySet, Scope, may_grant, tenant_catalogue};
use crate::audit::{Entries, Target};
use crate::clock::Time;
use crate::db::Connection;
use crate::error::{Error, Fault, Result};
use crate::http::Versioned;
use crate::permissions;

/// The role that a tenant always has, and somebody in it.
pub const ADMIN: &str = "admin";

/// A named set of permissions.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Role {
    /// Its address, for good.
    #[schema(examples("manager"))]
    pub key: String,
    /// For people.
    #[schema(examples("Manager"))]
    pub name: String,
    /// For people.
    #[schema(examples("Looks after calls; cannot change advanced settings"))]
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
    let (permissions, is_admin) = store::granted(conn, scope.tenant(), key)?.ok_or_else(|| {
        Error::invalid(
            pointer,
            "unknown_reference",
            format!("there is no role `{key}`"),
        )
    })?;
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

/// All roles of the tenant with what they grant, for finding fixes.
///
/// # Errors
/// Where the database fails.
pub fn all_granted(conn: &mut Connection, scope: &Scope) -> Result<Vec<Grants>> {
    let everything = catalogue(conn, scope)?;
    let rows = store::all_granted(conn, scope.tenant())?;
    Ok(rows
        .into_iter()
        .map(|(key, keys, is_admin)| Grants {
            key,
            is_admin,
            keys: if is_admin { everything.clone() } else { keys },
        })
        .collect())
}

/// Every permission that people of the caller's tenant may hold.
///
/// # Errors
/// Where the database fails.
pub fn catalogue(conn: &mut Connection, scope: &Scope) -> Result<KeySet> {
    Ok(tenant_catalogue(
        scope.principal().tenant.is_platform,
        &permissions::application_keys(conn)?,
    ))
}

/// Makes a role.
///
/// # Errors
/// 403 where it would grant what the caller lacks; 422 for unknown permissions; 409 where the key is taken.
pub fn create(tx: &mut Connection, scope: &Scope, new: &NewRole) -> Result<(Role, Entries)> {
    let permissions = expand(&new.permissions, &catalogue(tx, scope)?)?;
    may_grant(scope.principal(), &permissions, false)?;
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
    let before = lock(tx, scope, key)?;
    may_grant(
        scope.principal(),
        &before.permissions.iter().cloned().collect(),
        before.is_admin(),
    )?;
    scope.expect_version(before.version)?;
    if before.is_admin() {
        return Err(Error::Conflict(
            "the built-in role `admin` cannot be edited",
        ));
    }
    let permissions = match &change.permissions {
        Some(patterns) => Some(expand(patterns, &catalogue(tx, scope)?)?),
        None => None,
    };
    if let Some(permissions) = &permissions {
        may_grant(scope.principal(), permissions, false)?;
    }
    let after = store::update(
        tx,
        scope.tenant(),
        before.clone(),
        change,
        permissions.as_ref(),
        scope.now(),
    )?;
    let entry = scope
        .entry("role.updated", after.target())
        .changed(Some(&before), Some(&after))?;
    Ok((after, entry.into()))
}

/// Removes a role that nobody has any more.
///
/// # Errors
/// 404; 403; 412; 409 `in_use`, also for the built-in ones.
pub fn delete(tx: &mut Connection, scope: &Scope, key: &str) -> Result<Entries> {
    let before = lock(tx, scope, key)?;
    may_grant(
        scope.principal(),
        &before.permissions.iter().cloned().collect(),
        before.is_admin(),
    )?;
    scope.expect_version(before.version)?;
    if before.is_builtin {
        return Err(Error::Conflict("a built-in role cannot be removed"));
    }
    let count = store::count_users(tx, scope.tenant(), key)?;
    if count > 0 {
        return Err(Error::InUse {
            by: "users (removed ones in the trash included)",
            count,
        });
    }
    store::delete(tx, scope.tenant(), key)?;
    Ok(scope
        .entry("role.deleted", before.target())
        .changed(Some(&before), None)?
        .into())
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

/// The roles that a new tenant starts with.
///
/// # Errors
/// Where the database fails.
pub fn insert_builtin(tx: &mut Connection, tenant: Uuid, now: Time) -> Result<()> {
    let manager = [
        "users:read",
        "roles:read",
        "tiers:read",
        "companies:read",
        "calls:read",
        "calls:manage",
        "settings:read",
    ];
    let builtin = [
        (
            ADMIN,
            "Admin",
            "Holds every permission of the tenant",
            KeySet::default(),
        ),
        (
            "manager",
            "Manager",
            "Views and manages calls; cannot change advanced settings",
            manager.into_iter().collect(),
        ),
        (
            "user",
            "User",
            "Views calls",
            ["calls:read"].into_iter().collect(),
        ),
    ];
    store::insert_builtin(tx, tenant, builtin, now)
}

/// The keys that the patterns stand for: `area:*` and `*` are expanded by the catalogue as it is now.
fn expand(patterns: &[String], catalogue: &KeySet) -> Result<KeySet> {
    let mut keys = Vec::new();
    let mut faults = Vec::new();
    for (index, pattern) in patterns.iter().enumerate() {
        let wanted: KeySet = [pattern.as_str()].into_iter().collect();
        let before = keys.len();
        keys.extend(catalogue.iter().filter(|key| wanted.covers(key)));
        if keys.len() == before {
            let message = match closest(pattern, catalogue) {
                Some(near) => format!("there is no permission `{pattern}`; did you mean `{near}`?"),
                None => format!("there is no permission `{pattern}`"),
            };
            faults.push(Fault::new(
                format!("/permissions/{index}"),
                "unknown_reference",
                message,
            ));
        }
    }
    if faults.is_empty() {
        Ok(keys.into_iter().collect())
    } else {
        Err(Error::Invalid(faults))
    }
}

fn closest<'a>(pattern: &str, catalogue: &'a KeySet) -> Option<&'a str> {
    catalogue
        .iter()
        .map(|key| (strsim::damerau_levenshtein(pattern, key), key))
        .filter(|(distance, _)| *distance <= 3)
        .min()
        .map(|(_, key)| key)
}
