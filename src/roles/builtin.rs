//! The roles that every tenant starts with.

use uuid::Uuid;

use super::{ADMIN, store};
use crate::access::KeySet;
use crate::clock::Time;
use crate::db::Connection;
use crate::error::Result;

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
