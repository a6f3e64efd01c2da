//! Invitations. Whoever is invited is a user already, with a seat and without rights, and becomes active by the mailed
//! link: name and password are theirs to choose.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::mailed::{sealed, take};
use super::standing::move_to;
use super::{Held, NewUser, Reach, StoredPassword, User, account, create, hold, store};
use crate::access::{Scope, UserStatus};
use crate::audit::{Actor, Author, Entries, Origin};
use crate::clock::Time;
use crate::db::Connection;
use crate::error::{Error, Result};
use crate::http::Versioned;
use crate::links::{self, Link, Purpose};
use crate::mail::{self, Letter, Seal};
use crate::password::PasswordHash;
use crate::text::Name;
use crate::{attempts, seats};

/// Somebody who was asked to join and has not yet.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Invitation {
    /// The invited user's, as in `/v1/users`.
    #[schema(examples("0192f6f0-7c1e-7d3a-9f43-3a1f0c6a2b11"))]
    pub id: Uuid,
    /// Where the link was mailed to.
    #[schema(
        max_length = 254,
        format = "idn-email",
        examples("ana.silva@northwind.example")
    )]
    pub email: String,
    /// As activity shows it.
    #[schema(max_length = 200, examples("Ana María Silva"))]
    pub full_name: String,
    /// The company that the user will represent.
    pub company_id: Option<Uuid>,
    /// Its name.
    #[schema(max_length = 200, examples("Northwind Traders"))]
    pub company_name: Option<String>,
    /// The role's key.
    #[schema(max_length = 63, examples("manager"))]
    pub role: String,
    /// The subscription tier's key.
    #[schema(max_length = 63, examples("standard"))]
    pub tier: String,
    /// When the link was mailed; null where none counts any more, such as after a change of the address: send another.
    pub sent_at: Option<DateTime<Utc>>,
    /// When the link ends, or has ended: seven days later.
    pub expires_at: Option<DateTime<Utc>>,
    /// When the user was added.
    pub created_at: DateTime<Utc>,
    /// When the user was last edited, or a link mailed.
    pub updated_at: DateTime<Utc>,
    #[serde(skip)]
    version: i64,
}

impl Versioned for Invitation {
    fn version(&self) -> i64 {
        self.version
    }

    fn href(&self) -> String {
        format!("/v1/invitations/{}", self.id)
    }
}

impl Invitation {
    /// The invitation of an invited user; when its link was mailed and when it ends, where one counts.
    pub(super) fn of(user: User, sent_at: Option<Time>, expires_at: Option<Time>) -> Self {
        Self {
            id: user.id,
            email: user.email,
            full_name: user.full_name,
            company_id: user.company_id,
            company_name: user.company_name,
            role: user.role,
            tier: user.tier,
            sent_at,
            expires_at,
            created_at: user.created_at,
            updated_at: user.updated_at,
            version: user.version,
        }
    }
}

/// Adds a user who is invited: with a seat, and with nothing that they may do before they accept.
///
/// # Errors
/// As [`super::create()`]; 429 where the address was invited too often lately.
pub fn invite(
    tx: &mut Connection,
    scope: &Scope,
    new: &NewUser,
    seal: &Seal,
) -> Result<(User, Entries)> {
    let (user, entries) = create::add(tx, scope, new, UserStatus::Invited)?;
    let by = scope.principal().full_name.as_str();
    send(tx, scope.tenant(), &user, Some(by), seal, scope.now())?;
    Ok((user, entries))
}

/// Mails an invited user a link, which ends the one before. `invited_by` is a full name; none for the platform's people,
/// who are nobody's business.
///
/// # Errors
/// 429 where the address was invited too often lately.
pub fn send(
    tx: &mut Connection,
    tenant: Uuid,
    user: &User,
    invited_by: Option<&str>,
    seal: &Seal,
    now: Time,
) -> Result<()> {
    attempts::ask_signed_in(tx, &account(tenant, user), now)?;
    let (link, secret) = links::make(tx, tenant, user.id, Purpose::Invitation, &user.email, now)?;
    let letter = Letter::Invitation {
        link: sealed(&secret, seal)?,
        expires_at: link.expires_at,
        invited_by: invited_by.map(str::to_owned),
    };
    mail::post(tx, tenant, &user.addressee(), &letter, now)
}

/// Locks somebody who is invited, and whom the caller may manage.
fn hold_invited(tx: &mut Connection, scope: &Scope, id: Uuid) -> Result<Held> {
    store::lock(tx, scope.tenant(), id)?;
    // Whoever is no invited user has no invitation, whatever the caller may do about them.
    store::find_invitation(tx, scope.tenant(), id)?;
    hold(tx, scope, id, Reach::Present)?.expect_version(scope)
}

/// Mails an invitation again, with a new link; the one before does not count any more.
///
/// # Errors
/// 404 where nobody is invited; 403 above the caller; 429 where the address was invited too often lately.
pub fn resend(
    tx: &mut Connection,
    scope: &Scope,
    id: Uuid,
    seal: &Seal,
) -> Result<(Invitation, Entries)> {
    let user = hold_invited(tx, scope, id)?.user;
    let by = scope.principal().full_name.as_str();
    send(tx, scope.tenant(), &user, Some(by), seal, scope.now())?;
    store::touch(tx, scope.tenant(), id, scope.now())?;
    let entry = scope.entry("user.invitation_resent", user.target());
    let invitation = store::find_invitation(tx, scope.tenant(), id)?;
    Ok((invitation, entry.into()))
}

/// Takes an invitation back: the user goes into the trash, the seat is free, the link does not count any more.
///
/// # Errors
/// 404 where nobody is invited; 403 above the caller; 412.
pub fn withdraw(tx: &mut Connection, scope: &Scope, id: Uuid) -> Result<Entries> {
    seats::lock_for(tx, scope)?;
    let held = hold_invited(tx, scope, id)?;
    let before = held.user.clone();
    let after = move_to(tx, scope, held, UserStatus::Deleted)?;
    store::set_deleted_at(tx, scope.tenant(), id, Some(scope.now()))?;
    attempts::forget(tx, &account(scope.tenant(), &after))?;
    Ok(scope
        .entry("user.invitation_withdrawn", after.target())
        .changed(Some(&before), Some(&after))?
        .into())
}

/// Accepts an invitation: the user is active, with the name and the password of their choice. Answers the password as it
/// is kept, to sign in with.
///
/// # Errors
/// 410 where the link is over since it was found.
pub fn accept(
    tx: &mut Connection,
    link: &Link,
    name: Option<&Name>,
    hash: &PasswordHash,
    now: Time,
    origin: &Arc<Origin>,
) -> Result<(StoredPassword, Entries)> {
    let tenant = link.tenant;
    let before = take(tx, link, Purpose::Invitation, now)?;
    let mut after = before.clone();
    after.status = UserStatus::Active;
    after.updated_at = now;
    if let Some(name) = name {
        name.as_str().clone_into(&mut after.full_name);
    }
    store::update(tx, tenant, &after, None)?;
    after.version = store::set_status(tx, tenant, &after, None)?;
    store::set_password(tx, tenant, after.id, hash, now)?;
    attempts::renew(tx, &account(tenant, &after))?;
    let actor = Actor::user(after.id, &after.full_name);
    let author = Author::new(tenant, now, actor, Arc::clone(origin));
    let entry = author
        .entry("user.invitation_accepted", after.target())
        .changed(Some(&before), Some(&after))?;
    let password = store::password(tx, tenant, after.id)?;
    let password = password.ok_or_else(|| Error::internal("a password was not kept"))?;
    Ok((password, entry.into()))
}
