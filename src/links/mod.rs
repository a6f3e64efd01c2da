//! Links that are mailed to people. Whoever holds one has shown that they read mail at an address, and may do one thing,
//! once. A link is bound to its user, its purpose and that address; a newer one of the same purpose, another address or
//! password, a suspension and a removal end it. Its secret is in the mail and nowhere else: here is a hash (OWASP ASVS
//! 5.0, 11.5.1).

mod secret;
mod store;

pub use secret::LinkSecret;

use chrono::TimeDelta;
use uuid::Uuid;

use crate::clock::Time;
use crate::db::Connection;
use crate::error::{Error, LinkFault, Result};
use store::Row;

/// Days that an invitation can be accepted.
pub const INVITATION_DAYS: i64 = 7;
/// Minutes that a forgotten password can be set anew.
pub const RESET_MINUTES: i64 = 30;
/// Hours that a new address can be confirmed.
pub const ADDRESS_HOURS: i64 = 24;
/// Days after its end until a link is forgotten, and is answered like one that never was.
const REMEMBERED_DAYS: i64 = 30;

/// What a link is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Accepting an invitation.
    Invitation,
    /// Setting a forgotten password anew.
    PasswordReset,
    /// Confirming a new address.
    AddressChange,
}

impl Purpose {
    /// All of them.
    const ALL: [Self; 3] = [Self::Invitation, Self::PasswordReset, Self::AddressChange];

    fn as_str(self) -> &'static str {
        match self {
            Self::Invitation => "invitation",
            Self::PasswordReset => "password_reset",
            Self::AddressChange => "address_change",
        }
    }

    /// How long a link is good.
    fn lifetime(self) -> TimeDelta {
        match self {
            Self::Invitation => TimeDelta::days(INVITATION_DAYS),
            Self::PasswordReset => TimeDelta::minutes(RESET_MINUTES),
            Self::AddressChange => TimeDelta::hours(ADDRESS_HOURS),
        }
    }
}

/// A link, without its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Its tenant.
    pub tenant: Uuid,
    /// Its id.
    pub id: Uuid,
    /// Whose it is.
    pub user: Uuid,
    /// Where it was mailed to.
    pub address: String,
    /// When it ends.
    pub expires_at: Time,
}

impl From<Row> for Link {
    fn from(row: Row) -> Self {
        Self {
            tenant: row.tenant_id,
            id: row.id,
            user: row.user_id,
            address: row.address,
            expires_at: row.expires_at,
        }
    }
}

/// Makes a link for a user, and ends the one of the same purpose that was there. The user's row is locked from here on.
/// The secret is told this once.
///
/// # Errors
/// 404 where there is no such user.
pub fn make(
    tx: &mut Connection,
    tenant: Uuid,
    user: Uuid,
    purpose: Purpose,
    address: &str,
    now: Time,
) -> Result<(Link, LinkSecret)> {
    let secret = LinkSecret::new()?;
    store::lock_user(tx, tenant, user)?;
    store::revoke(tx, tenant, user, &[purpose.as_str()], now)?;
    let link = Link {
        tenant,
        id: Uuid::now_v7(),
        user,
        address: address.to_owned(),
        expires_at: now + purpose.lifetime(),
    };
    store::insert(tx, &link, purpose.as_str(), &secret.hash(), now)?;
    Ok((link, secret))
}

/// The link of this secret, where it is still good for this.
///
/// # Errors
/// 400 `link_invalid` or `link_foreign`; 410 `link_used`, `link_revoked` or `link_expired`.
pub fn find(
    conn: &mut Connection,
    secret: &LinkSecret,
    purpose: Purpose,
    now: Time,
) -> Result<Link> {
    let row = store::find_by_hash(conn, &secret.hash())?;
    let row = row.ok_or(Error::Link(LinkFault::Invalid))?;
    if row.purpose != purpose.as_str() {
        return Err(Error::Link(LinkFault::Foreign));
    }
    match end_of(&row, now) {
        Some(fault) => Err(Error::Link(fault)),
        None => Ok(row.into()),
    }
}

/// What became of a link that is over.
fn end_of(row: &Row, now: Time) -> Option<LinkFault> {
    if row.used_at.is_some() {
        Some(LinkFault::Used)
    } else if row.revoked_at.is_some() {
        Some(LinkFault::Revoked)
    } else {
        (row.expires_at <= now).then_some(LinkFault::Expired)
    }
}

/// Uses a link up, in the transaction of what it is good for. Of many at once, one gets it. The user's row has to be
/// locked: whoever ends links locks it first, too.
///
/// # Errors
/// 410 where it is over since it was found; 400 `link_invalid` where it is gone.
pub fn take(tx: &mut Connection, link: &Link, now: Time) -> Result<()> {
    if store::use_up(tx, link.tenant, link.id, now)? {
        return Ok(());
    }
    let row = store::find(tx, link.tenant, link.id)?;
    let fault = row.and_then(|row| end_of(&row, now));
    Err(Error::Link(fault.unwrap_or(LinkFault::Invalid)))
}

/// Ends a user's link of this purpose; answers whether there was one.
///
/// # Errors
/// Where the database fails.
pub fn revoke(
    tx: &mut Connection,
    tenant: Uuid,
    user: Uuid,
    purpose: Purpose,
    now: Time,
) -> Result<bool> {
    Ok(store::revoke(tx, tenant, user, &[purpose.as_str()], now)? > 0)
}

/// Ends all of a user's links.
///
/// # Errors
/// Where the database fails.
pub fn revoke_all(tx: &mut Connection, tenant: Uuid, user: Uuid, now: Time) -> Result<()> {
    store::revoke(tx, tenant, user, &Purpose::ALL.map(Purpose::as_str), now)?;
    Ok(())
}

/// The new address that a user has still to confirm, where there is one.
///
/// # Errors
/// Where the database fails.
pub fn pending_address(
    conn: &mut Connection,
    tenant: Uuid,
    user: Uuid,
    now: Time,
) -> Result<Option<String>> {
    store::open_address(conn, tenant, user, Purpose::AddressChange.as_str(), now)
}

/// Forgets some of the links that ended long ago; answers how many.
///
/// # Errors
/// Where the database fails.
pub fn forget_old(tx: &mut Connection, now: Time) -> Result<usize> {
    store::delete_old(tx, now - TimeDelta::days(REMEMBERED_DAYS))
}
