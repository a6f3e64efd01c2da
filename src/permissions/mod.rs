//! The catalogue of permissions: the service's own, which are constants in code, and the application's, which
//! the platform registers.

pub mod api;
mod body;
mod store;

pub use body::{NewPermission, PutPermission};

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use crate::access::{
    KeySet, SERVICE_PERMISSIONS, Scope, check_key, service_permission, tenant_catalogue,
};
use crate::audit::{Entries, Target};
use crate::clock::Time;
use crate::db::Connection;
use crate::error::{Error, Fault, Result};
use crate::http::Versioned;
use crate::text::no_such;

/// Whose permission it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// This service's.
    Service,
    /// The application's (the CMS).
    Application,
}

/// A permission of the catalogue.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Permission {
    /// `area:action`.
    #[schema(
        max_length = 64,
        pattern = "^[a-z][a-z0-9_-]*:[a-z][a-z0-9_-]*$",
        examples("calls:manage")
    )]
    pub key: String,
    /// For people.
    #[schema(max_length = 200, examples("Manage calls"))]
    pub name: String,
    /// For people.
    #[schema(max_length = 1000, examples("Transfer, tag and delete calls"))]
    pub description: Option<String>,
    /// What it is listed under.
    #[schema(max_length = 200, examples("calls"))]
    pub group: String,
    /// Whose it is.
    pub source: Source,
    /// When it was registered; null for the service's own.
    pub created_at: Option<DateTime<Utc>>,
    /// When it was last edited; null for the service's own.
    pub updated_at: Option<DateTime<Utc>>,
    #[serde(skip)]
    version: i64,
}

impl Versioned for Permission {
    fn version(&self) -> i64 {
        self.version
    }

    fn href(&self) -> String {
        format!("/v1/permissions/{}", self.key)
    }
}

impl Permission {
    fn target(&self) -> Target {
        Target::new("permission", &self.key, &self.name)
    }
}

/// Every permission that people of the caller's tenant may hold, by key.
///
/// # Errors
/// Where the database fails.
pub fn list(conn: &mut Connection, scope: &Scope) -> Result<Vec<Permission>> {
    let is_platform = scope.principal().tenant.is_platform;
    let own = SERVICE_PERMISSIONS
        .iter()
        .filter(|own| is_platform || !own.platform_only)
        .map(|own| Permission {
            key: own.key.to_owned(),
            name: own.name.to_owned(),
            description: None,
            group: own.key.split(':').next().unwrap_or_default().to_owned(),
            source: Source::Service,
            created_at: None,
            updated_at: None,
            version: 0,
        });
    let mut all: Vec<Permission> = own.chain(store::list(conn)?).collect();
    all.sort_by(|a, b| a.key.cmp(&b.key));
    Ok(all)
}

/// The key of every permission that people of the caller's tenant may hold.
///
/// # Errors
/// Where the database fails.
pub fn catalogue(conn: &mut Connection, scope: &Scope) -> Result<KeySet> {
    let application: KeySet = store::keys(conn)?.into_iter().collect();
    let is_platform = scope.principal().tenant.is_platform;
    Ok(tenant_catalogue(is_platform, &application))
}

/// The catalogue for whoever is about to write down what these patterns (keys, `area:*` or `*`) stand for: none of that is
/// removed before the end of the transaction, and what is being removed just now is not in it any more. This takes the
/// last of all locks: whoever removes a permission has locked nothing else that anybody waits for.
///
/// # Errors
/// Where the database fails.
pub fn hold<'a>(
    tx: &mut Connection,
    is_platform: bool,
    patterns: impl IntoIterator<Item = &'a str>,
) -> Result<KeySet> {
    let wanted: KeySet = patterns.into_iter().collect();
    let registered: KeySet = store::keys(tx)?.into_iter().collect();
    let named = registered.iter().filter(|key| wanted.covers(key)).collect();
    let held: KeySet = store::hold(tx, named)?.into_iter().collect();
    let is_there = |key: &&str| held.contains(key) || !wanted.covers(key);
    let application: KeySet = registered.iter().filter(is_there).collect();
    Ok(tenant_catalogue(is_platform, &application))
}

/// The keys of the catalogue that a pattern (a key, `area:*` or `*`) stands for.
#[must_use]
pub fn matching<'a>(pattern: &str, catalogue: &'a KeySet) -> Vec<&'a str> {
    let wanted: KeySet = [pattern].into_iter().collect();
    catalogue.iter().filter(|key| wanted.covers(key)).collect()
}

/// The fault of a pattern that stands for nothing, with the key that may have been meant, or the `area:*` where one was
/// typed.
#[must_use]
pub fn unknown(pointer: &str, pattern: &str, catalogue: &KeySet) -> Fault {
    let message = if pattern.ends_with(":*") {
        let areas = catalogue.iter().filter_map(|key| key.split_once(':'));
        let areas: BTreeSet<String> = areas.map(|(area, _)| format!("{area}:*")).collect();
        no_such("permission", pattern, areas.iter().map(String::as_str))
    } else {
        no_such("permission", pattern, catalogue.iter())
    };
    Fault::new(pointer, "unknown_reference", message)
}

/// Registers an application's permission, or edits it. Answers whether it is new.
///
/// # Errors
/// 412; 422 where the key has another form; 409 where it is the service's own.
pub fn put(
    tx: &mut Connection,
    scope: &Scope,
    key: &str,
    new: &NewPermission,
) -> Result<(Permission, bool, Entries)> {
    check_key(key).map_err(|refused| Error::invalid("/key", refused.code, refused.message))?;
    let before = store::lock_to_edit(tx, key)?;
    match &before {
        Some(before) => scope.expect_version(before.version)?,
        None => scope.expect_absence()?,
    }
    if service_permission(key).is_some() {
        return Err(Error::Conflict(
            "this is a permission of the service itself",
        ));
    }
    let put = store::Put {
        key,
        name: new.name.as_str(),
        description: new.description.as_deref(),
        group: new.group.as_deref(),
    };
    let after = store::upsert(tx, &put, scope.now())?;
    let action = if before.is_some() {
        "permission.updated"
    } else {
        "permission.created"
    };
    let entry = scope
        .entry(action, after.target())
        .changed(before.as_ref(), Some(&after))?;
    Ok((after, before.is_none(), entry.into()))
}

/// Takes an application's permission out of the catalogue. Whoever writes it into a role or tier at the same time is either
/// done before, and it stays, or finds it gone.
///
/// # Errors
/// 404; 412; 409 `in_use` where a role of any tenant grants it or a tier names it.
pub fn delete(tx: &mut Connection, scope: &Scope, key: &str) -> Result<Entries> {
    let before = store::lock_to_remove(tx, key)?.ok_or(Error::NotFound)?;
    scope.expect_version(before.version)?;
    let (roles, tiers) = (store::count_roles(tx, key)?, store::count_tiers(tx, key)?);
    let count = roles + tiers;
    match (roles, tiers) {
        (0, 0) => {}
        (_, 0) => return Err(Error::InUse { by: "roles", count }),
        (0, _) => return Err(Error::InUse { by: "tiers", count }),
        _ => {
            let by = "roles and tiers";
            return Err(Error::InUse { by, count });
        }
    }
    store::delete(tx, key)?;
    Ok(scope
        .entry("permission.deleted", before.target())
        .changed(Some(&before), None)?
        .into())
}

/// The CMS's permissions that an installation starts with: key and name.
pub const BUILTIN: [(&str, &str); 4] = [
    ("calls:read", "View calls"),
    ("calls:manage", "Manage calls"),
    ("settings:read", "View settings"),
    ("settings:advanced", "Change advanced settings"),
];

/// Registers what an installation starts with.
///
/// # Errors
/// Where the database fails.
pub fn insert_builtin(tx: &mut Connection, now: Time) -> Result<()> {
    for (key, name) in BUILTIN {
        store::upsert(
            tx,
            &store::Put {
                key,
                name,
                description: None,
                group: None,
            },
            now,
        )?;
    }
    Ok(())
}
