//! The first start: the platform's tenant, its admin, the built-in roles and tier, the CMS's permissions.

use super::{NewAdmin, settle, store};
use crate::audit::{Actor, Entries, Entry, Target, record};
use crate::clock::Time;
use crate::db::Connection;
use crate::error::{Error, Result};
use crate::password::PasswordHash;
use crate::permissions;
use crate::text::Name;
use crate::users::Email;

/// The admin of the platform, as configured.
#[derive(Clone, Debug)]
pub struct FirstAdmin {
    /// Signs in with it.
    pub email: Email,
    /// The password's hash.
    pub hash: PasswordHash,
}

/// Whether this is the first start on this database.
///
/// # Errors
/// Where the database fails.
pub fn is_empty(conn: &mut Connection) -> Result<bool> {
    store::platform_id(conn).map(|id| id.is_none())
}

/// Makes what an installation starts with. Answers whether there was anything to make: another instance may have
/// been first.
///
/// # Errors
/// Where the database fails.
pub fn bootstrap(tx: &mut Connection, admin: &FirstAdmin, now: Time) -> Result<bool> {
    let Some(tenant) = store::insert_platform(tx, now)? else {
        return Ok(false);
    };
    permissions::insert_builtin(tx, now)?;
    let invalid = |refused: crate::error::Refused| Error::internal(refused.message);
    let new = NewAdmin {
        email: admin.email.clone(),
        full_name: Name::parse("Administrator".to_owned()).map_err(invalid)?,
        password: None,
        must_change_password: false,
    };
    let user = settle(tx, tenant.id, &new, Some(&admin.hash), now)?;
    let tenant = store::find(tx, tenant.id)?;
    let entry = |action, target| Entry::new(tenant.id, now, action, Actor::system(), target);
    let made = entry("tenant.created", tenant.target()).changed(None, Some(&tenant))?;
    let added = entry(
        "user.created",
        Target::new("user", user.id, &user.full_name),
    )
    .changed(None, Some(&user))?;
    record(tx, &Entries::from(made).and(added))?;
    Ok(true)
}
