//! Subscription tiers: which of the application's features a user's plan includes, and how many users it
//! takes. `standard` is built in.

pub mod api;
mod body;
mod store;

pub use body::{CreateTier, NewTier, TierChange, UpdateTier};

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::access::{Grants, KeySet, Scope};
use crate::audit::{Entries, Target};
use crate::clock::Time;
use crate::db::Connection;
use crate::error::{Error, Faults, Result};
use crate::http::Versioned;
use crate::text::no_such;
use crate::{permissions, seats};

/// A subscription plan.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Tier {
    /// Its address, for good.
    #[schema(max_length = 63, examples("standard"))]
    pub key: String,
    /// For people.
    #[schema(max_length = 200, examples("Standard"))]
    pub name: String,
    /// For people.
    #[schema(max_length = 1000, examples("Everything that a support team needs"))]
    pub description: Option<String>,
    /// The application's permissions that it includes: keys, `area:*`, or `*` for all.
    #[schema(examples("*"))]
    pub features: Vec<String>,
    /// How many invited and active users it takes; null for any number.
    #[schema(minimum = 0, examples(25))]
    pub seat_limit: Option<i32>,
    /// How many it has.
    #[schema(minimum = 0, examples(3))]
    pub seats_used: i32,
    /// Whether more users have it than the limit allows since the limit was lowered; additions are closed then.
    #[schema(examples(false))]
    pub over_limit: bool,
    /// Whether new users get it unless another is named.
    pub is_default: bool,
    /// Whether it came with the tenant.
    pub is_builtin: bool,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last edited.
    pub updated_at: DateTime<Utc>,
    #[serde(skip)]
    version: i64,
}

impl Versioned for Tier {
    fn version(&self) -> i64 {
        self.version
    }

    fn href(&self) -> String {
        format!("/v1/tiers/{}", self.key)
    }
}

impl Tier {
    fn target(&self) -> Target {
        Target::new("tier", &self.key, &self.name)
    }

    /// Checks that it can be removed.
    ///
    /// # Errors
    /// 409 for the built-in and the default one.
    pub fn expect_removable(&self) -> Result<()> {
        if self.is_builtin || self.is_default {
            return Err(Error::Conflict(
                "the built-in and the default tier cannot be removed",
            ));
        }
        Ok(())
    }
}

/// The key of the tier that a request names at `pointer`, or of the one that new users get.
///
/// # Errors
/// 422 `unknown_reference` where the tenant has no such tier.
pub fn resolve(
    conn: &mut Connection,
    tenant: Uuid,
    key: Option<&str>,
    pointer: &str,
) -> Result<String> {
    let Some(key) = key else {
        return store::default_key(conn, tenant);
    };
    if store::exists(conn, tenant, key)? {
        return Ok(key.to_owned());
    }
    let keys = store::keys(conn, tenant)?;
    let message = no_such("tier", key, keys.iter().map(String::as_str));
    Err(Error::invalid(pointer, "unknown_reference", message))
}

/// All tiers of the tenant with what they include, for finding fixes; the smallest first.
///
/// # Errors
/// Where the database fails.
pub fn all_granted(
    conn: &mut Connection,
    scope: &Scope,
    catalogue: &KeySet,
) -> Result<Vec<Grants>> {
    let rows = store::all_features(conn, scope.tenant())?.into_iter();
    let grants = |(key, features, has_seat)| Grants::of_tier(key, features, has_seat);
    let mut all: Vec<Grants> = rows.map(grants).collect();
    Grants::sort(&mut all, catalogue);
    Ok(all)
}

/// The features of a request as a set. Wildcards stay as they are: they stand for what the catalogue will have, too.
fn known_features(tx: &mut Connection, scope: &Scope, features: &[String]) -> Result<KeySet> {
    if features.iter().any(|feature| feature != "*") {
        let named = features.iter().filter(|feature| *feature != "*");
        let is_platform = scope.principal().tenant.is_platform;
        let catalogue = permissions::hold(tx, is_platform, named.map(String::as_str))?;
        let mut faults = Faults::default();
        for (index, feature) in features.iter().enumerate() {
            if feature != "*" && permissions::matching(feature, &catalogue).is_empty() {
                let pointer = format!("/features/{index}");
                let fault = permissions::unknown(&pointer, feature, &catalogue);
                faults.add(fault.pointer, &fault.code, fault.message);
            }
        }
        faults.finish()?;
    }
    Ok(features.iter().map(String::as_str).collect())
}

/// Makes a tier. It may include what the caller does not hold: a tier grants nothing, it only lets through what a role
/// grants, and nobody is granted a role above the granter.
///
/// # Errors
/// 422 for unknown features; 409 where the key is taken.
pub fn create(tx: &mut Connection, scope: &Scope, new: &NewTier) -> Result<(Tier, Entries)> {
    if new.is_default {
        // Before the features, whose lock is the last of all.
        seats::lock(tx, scope.tenant())?;
    }
    let features = known_features(tx, scope, &new.features)?;
    let deposed = if new.is_default {
        depose_default(tx, scope)?
    } else {
        Entries::none("the default stays")
    };
    let tier = store::insert(tx, scope.tenant(), new, &features, scope.now())?;
    let entry = scope
        .entry("tier.created", tier.target())
        .changed(None, Some(&tier))?;
    Ok((tier, deposed.and(entry)))
}

/// Edits a tier. A limit below what is used is allowed: additions close, nobody is removed. As in [`create`], the features
/// need not be the caller's own.
///
/// # Errors
/// 404; 412; 422 for unknown features; 409 where the default would be without a successor.
pub fn update(
    tx: &mut Connection,
    scope: &Scope,
    key: &str,
    change: &TierChange,
) -> Result<(Tier, Entries)> {
    if change.is_default.is_some() {
        seats::lock(tx, scope.tenant())?;
    }
    let before = store::lock(tx, scope.tenant(), key)?;
    scope.expect_version(before.version)?;
    let features = match &change.features {
        Some(wanted) => Some(known_features(tx, scope, wanted)?),
        None => None,
    };
    if change.is_default == Some(false) && before.is_default {
        return Err(Error::Conflict(
            "one tier is always the default; make another one the default instead",
        ));
    }
    let deposed = if change.is_default == Some(true) && !before.is_default {
        depose_default(tx, scope)?
    } else {
        Entries::none("the default stays")
    };
    let features = features.as_ref();
    let after = store::update(tx, scope.tenant(), key, change, features, scope.now())?;
    let entry = scope
        .entry("tier.updated", after.target())
        .changed(Some(&before), Some(&after))?;
    Ok((after, deposed.and(entry)))
}

/// Takes the default away from the tier that has it; another one is about to get it. One change of the default at a
/// time: the tenant is locked.
fn depose_default(tx: &mut Connection, scope: &Scope) -> Result<Entries> {
    seats::lock(tx, scope.tenant())?;
    let deposed = store::clear_default(tx, scope.tenant(), scope.now())?;
    let entry = |tier: Tier| {
        scope
            .entry("tier.updated", tier.target())
            .with("is_default", true, false)
    };
    Ok(deposed.into_iter().map(entry).collect::<Vec<_>>().into())
}

/// Locks a tier that is about to be removed, and everybody who counts seats. Its version, and whether it can be removed at
/// all, are looked at later, after whatever may be forbidden.
///
/// # Errors
/// 404.
pub fn begin_removal(tx: &mut Connection, scope: &Scope, key: &str) -> Result<Tier> {
    seats::lock(tx, scope.tenant())?;
    store::lock(tx, scope.tenant(), key)
}

/// Removes a tier that nobody has any more.
///
/// # Errors
/// 412; 409 for the built-in and the default one, and `in_use`.
pub fn delete(tx: &mut Connection, scope: &Scope, tier: &Tier) -> Result<Entries> {
    scope.expect_version(tier.version)?;
    tier.expect_removable()?;
    let count = store::count_users(tx, scope.tenant(), &tier.key)?;
    if count > 0 {
        return Err(Error::InUse {
            by: "users (removed ones in the trash included)",
            count,
        });
    }
    store::delete(tx, scope.tenant(), &tier.key)?;
    let entry = scope.entry("tier.deleted", tier.target());
    Ok(entry.changed(Some(tier), None)?.into())
}

/// The tier that a new tenant starts with.
///
/// # Errors
/// Where the database fails.
pub fn insert_builtin(tx: &mut Connection, tenant: Uuid, now: Time) -> Result<()> {
    store::insert_builtin(tx, tenant, ["*"].into_iter().collect::<KeySet>(), now)
}
