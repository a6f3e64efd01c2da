//! A new address that somebody gives themselves. It counts once they have shown that they read mail there; until then it
//! is pending, and the old one stays.

use std::sync::Arc;

use super::mailed::{moved, sealed, take};
use super::password::{expect_password, hold_self};
use super::{Email, StoredPassword, User, store};
use crate::access::Scope;
use crate::attempts::{self, Account};
use crate::audit::{Actor, Author, Entries, Origin};
use crate::clock::Time;
use crate::db::Connection;
use crate::error::{Error, Result};
use crate::links::{self, Link, Purpose};
use crate::mail::{self, Addressee, ChangedBy, Letter, Seal};

/// Asks for a new address of the caller's own: a link goes there. Whether the address is somebody else's is not told
/// before its owner follows the link. The address of now takes a pending one back. `verified` is what the typed password
/// fitted.
///
/// # Errors
/// 401 where the session was ended since; 422 where the password is not the verified one any more; 429 where too many
/// mails went to the new address lately.
pub fn request_address(
    tx: &mut Connection,
    scope: &Scope,
    verified: &StoredPassword,
    new: &Email,
    seal: &Seal,
) -> Result<(User, Entries)> {
    let (tenant, now) = (scope.tenant(), scope.now());
    let mut user = hold_self(tx, scope)?;
    expect_password(tx, scope, verified)?;
    let purpose = Purpose::AddressChange;
    let action = if new.as_str() == user.email {
        if !links::revoke(tx, tenant, user.id, purpose, now)? {
            return Ok((user, Entries::none("it is the address already")));
        }
        "user.address_change_cancelled"
    } else {
        attempts::ask_signed_in(tx, &Account::new(tenant, &new.key()), now)?;
        let (link, secret) = links::make(tx, tenant, user.id, purpose, new.as_str(), now)?;
        let letter = Letter::ConfirmAddress {
            link: sealed(&secret, seal)?,
            expires_at: link.expires_at,
        };
        let to = Addressee {
            email: new.as_str(),
            ..user.addressee()
        };
        mail::post(tx, tenant, &to, &letter, now)?;
        "user.address_change_requested"
    };
    user.version = store::touch(tx, tenant, user.id, now)?;
    user.updated_at = now;
    let entry = scope.entry(action, user.target());
    let entry = entry.with("email", user.email.as_str(), new.as_str());
    Ok((user, entry.into()))
}

/// Makes the pending address the user's: the link has shown that they read mail there.
///
/// # Errors
/// 410 where the link is over since it was found; 409 where the address is somebody else's by now.
pub fn confirm_address(
    tx: &mut Connection,
    link: &Link,
    now: Time,
    origin: &Arc<Origin>,
) -> Result<Entries> {
    let before = take(tx, link, Purpose::AddressChange, now)?;
    let email = Email::parse(link.address.clone());
    let email = email.map_err(|refused| Error::internal(refused.message))?;
    let mut after = before.clone();
    email.as_str().clone_into(&mut after.email);
    after.updated_at = now;
    after.version = store::update(tx, link.tenant, &after, Some(email.key()))?;
    moved(tx, link.tenant, (&before, &after), ChangedBy::Owner, now)?;
    let actor = Actor::user(after.id, &after.full_name);
    let entry = Author::new(link.tenant, now, actor, Arc::clone(origin))
        .entry("user.updated", after.target())
        .changed(Some(&before), Some(&after))?;
    Ok(entry.into())
}
