//! The roles that every tenant starts with.

use uuid::Uuid;

use super::{ADMIN, store};
use crate::clock::Time;
use crate::db::Connection;
use crate::error::Result;
use crate::permissions;

/// A role that every tenant starts with.
#[derive(Debug)]
pub struct Builtin {
    /// Its address.
    pub key: &'static str,
    /// For people.
    pub name: &'static str,
    /// For people.
    pub description: &'static str,
    /// What it grants; nothing is written down for `admin`, who holds everything of the tenant.
    pub permissions: &'static [&'static str],
}

/// The roles that a new tenant starts with.
pub const BUILTIN: [Builtin; 3] = [
    Builtin {
        key: ADMIN,
        name: "Admin",
        description: "Holds every permission of the tenant",
        permissions: &[],
    },
    Builtin {
        key: "manager",
        name: "Manager",
        description: "Views and manages calls; cannot change advanced settings",
        permissions: &[
            "users:read",
            "roles:read",
            "tiers:read",
            "companies:read",
            "calls:read",
            "calls:manage",
            "settings:read",
        ],
    },
    Builtin {
        key: "user",
        name: "User",
        description: "Views calls",
        permissions: &["calls:read"],
    },
];

/// Gives a new tenant its roles, without what the platform has taken out of the catalogue.
///
/// # Errors
/// Where the database fails.
pub fn insert_builtin(tx: &mut Connection, tenant: Uuid, now: Time) -> Result<()> {
    let all = BUILTIN
        .iter()
        .flat_map(|role| role.permissions.iter().copied());
    let catalogue = permissions::hold(tx, false, all)?;
    store::insert_builtin(tx, tenant, &BUILTIN, &catalogue, now)
}
