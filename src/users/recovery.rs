//! Forgotten passwords. Whoever reads mail at the address of an active user may set a new one.

use std::sync::Arc;

use uuid::Uuid;

use super::mailed::{sealed, take};
use super::{User, account, store};
use crate::access::UserStatus;
use crate::audit::{Actor, Author, Entries, Origin};
use crate::clock::Time;
use crate::db::Connection;
use crate::error::Result;
use crate::links::{self, Link, Purpose};
use crate::mail::{self, ChangedBy, Letter, Seal};
use crate::password::PasswordHash;
use crate::{attempts, sessions};

/// Mails a link for a new password to the active user with this address, where there is one. Who is invited, suspended
/// or removed gets nothing.
///
/// # Errors
/// Where the database fails.
pub fn send_password_reset(
    tx: &mut Connection,
    tenant: Uuid,
    email_key: &str,
    seal: &Seal,
    now: Time,
    origin: &Arc<Origin>,
) -> Result<Entries> {
    let nobody = Entries::none("there is nobody to mail to");
    let Some(found) = store::find_for_sign_in(tx, tenant, email_key)? else {
        return Ok(nobody);
    };
    store::lock(tx, tenant, found.user.id)?;
    // As it is now that nobody else changes it.
    let user = store::find(tx, tenant, found.user.id)?;
    if user.status != UserStatus::Active || user.email != found.user.email {
        return Ok(nobody);
    }
    let purpose = Purpose::PasswordReset;
    let (link, secret) = links::make(tx, tenant, user.id, purpose, &user.email, now)?;
    let letter = Letter::PasswordReset {
        link: sealed(&secret, seal)?,
        expires_at: link.expires_at,
    };
    mail::post(tx, tenant, &user.addressee(), &letter, now)?;
    // Anybody can have asked: the log does not say that it was the user.
    let author = Author::new(tenant, now, Actor::system(), Arc::clone(origin));
    let entry = author.entry("user.password_reset_requested", user.target());
    Ok(entry.into())
}

/// Sets a forgotten password, and ends all sessions and the counting of failures. Somebody who is invited, and has got the
/// link from an operator, is active from then on.
///
/// # Errors
/// 410 where the link is over since it was found.
pub fn reset_forgotten(
    tx: &mut Connection,
    link: &Link,
    hash: &PasswordHash,
    now: Time,
    origin: &Arc<Origin>,
) -> Result<Entries> {
    let tenant = link.tenant;
    let user = take(tx, link, Purpose::PasswordReset, now)?;
    if user.status == UserStatus::Invited {
        let active = User {
            status: UserStatus::Active,
            updated_at: now,
            ..user.clone()
        };
        store::set_status(tx, tenant, &active, None)?;
    }
    store::set_password(tx, tenant, user.id, hash, now)?;
    store::set_must_change_password(tx, tenant, user.id, false, now)?;
    sessions::end_all(tx, tenant, user.id, None)?;
    links::revoke_all(tx, tenant, user.id, now)?;
    attempts::renew(tx, &account(tenant, &user))?;
    let letter = Letter::PasswordChanged {
        by: ChangedBy::Owner,
    };
    mail::post(tx, tenant, &user.addressee(), &letter, now)?;
    let actor = Actor::user(user.id, &user.full_name);
    let author = Author::new(tenant, now, actor, Arc::clone(origin));
    let entry = author.entry("user.password_changed", user.target());
    let after = store::find(tx, tenant, user.id)?;
    Ok(entry.changed(Some(&user), Some(&after))?.into())
}
