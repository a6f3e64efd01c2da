//! What all mailed links have in common: how one gets into a letter, and how its owner is found again.

use uuid::Uuid;

use super::{User, sign_in_key, store};
use crate::access::UserStatus;
use crate::clock::Time;
use crate::db::Connection;
use crate::error::{Error, LinkFault, Result};
use crate::links::{self, Link, LinkSecret, Purpose};
use crate::mail::{self, ChangedBy, Letter, Seal};

/// The secret of a link, as a letter carries it.
pub(super) fn sealed(secret: &LinkSecret, seal: &Seal) -> Result<mail::LinkSecret> {
    mail::LinkSecret::new(secret.reveal(), seal)
}

/// Takes a link, and answers its owner, whose row is locked. Whoever is in another state than the link was made for, or
/// has another address, has none any more; that ends links when it happens, and is asked once more here.
pub(super) fn take(tx: &mut Connection, link: &Link, purpose: Purpose, now: Time) -> Result<User> {
    match store::lock(tx, link.tenant, link.user) {
        // Erased since the link was found, and the link with them.
        Err(Error::NotFound) => return Err(Error::Link(LinkFault::Invalid)),
        locked => locked?,
    }
    links::take(tx, link, now)?;
    let user = store::find(tx, link.tenant, link.user)?;
    let is_good = match purpose {
        Purpose::Invitation => user.status == UserStatus::Invited && is_at(&user, &link.address),
        // The service mails none to who is invited, but an operator may hand them one.
        Purpose::PasswordReset => user.status.holds_seat() && is_at(&user, &link.address),
        Purpose::AddressChange => user.status == UserStatus::Active,
    };
    if is_good {
        Ok(user)
    } else {
        Err(Error::Link(LinkFault::Revoked))
    }
}

fn is_at(user: &User, address: &str) -> bool {
    sign_in_key(&user.email) == sign_in_key(address)
}

/// What follows from another address: links to the old one are worthless, and both are told. Another spelling of the same
/// address is no other. Who may not sign in is not written to; the address of an invitation may be a mistake, and a
/// stranger's.
pub(super) fn moved(
    tx: &mut Connection,
    tenant: Uuid,
    (before, after): (&User, &User),
    by: ChangedBy,
    now: Time,
) -> Result<()> {
    if is_at(before, &after.email) {
        return Ok(());
    }
    links::revoke_all(tx, tenant, after.id, now)?;
    if after.status != UserStatus::Active {
        return Ok(());
    }
    let letter = Letter::AddressChanged {
        from: before.email.clone(),
        to: after.email.clone(),
        by,
    };
    for user in [before, after] {
        mail::post(tx, tenant, &user.addressee(), &letter, now)?;
    }
    Ok(())
}
