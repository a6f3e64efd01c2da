//! Sessions: what a sign-in opens and what every access token, refresh token and revocation hangs on. A
//! session that is ended is a row that is gone.

mod device;
mod refresh;
mod store;

pub use refresh::{RefreshKey, RefreshToken};

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::audit::Origin;
use crate::clock::Time;
use crate::db::Connection;
use crate::error::{Error, Result, SignInFault};

/// A session ends at the latest after so many days.
pub const ABSOLUTE_DAYS: i64 = 30;
/// A session that is not refreshed ends after so many days.
pub const IDLE_DAYS: i64 = 7;
/// A place that somebody signed in from is known for so many days.
const DEVICE_DAYS: i64 = 180;
/// How long the refresh token before the newest still gives the same successor, in seconds.
pub const GRACE_SECONDS: i64 = 10;

/// So many sessions a user has; one more ends the oldest.
pub const MOST: i64 = 200;

/// A place where somebody is signed in.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Session {
    /// UUIDv7.
    pub id: Uuid,
    /// Whose it is.
    pub user_id: Uuid,
    /// Whether it is the one that asks.
    pub is_current: bool,
    /// Address of the sign-in.
    #[schema(max_length = 45, examples("203.0.113.7"))]
    pub ip: Option<String>,
    /// What the client called itself.
    #[schema(max_length = 200, examples("Mozilla/5.0"))]
    pub user_agent: Option<String>,
    /// When it began.
    pub created_at: DateTime<Utc>,
    /// When it was last refreshed.
    pub last_seen_at: DateTime<Utc>,
    /// When it ends at the latest.
    pub expires_at: DateTime<Utc>,
}

/// Opens a session; answers its id, its first refresh token, and those that ended because there were [`MOST`] already.
/// Several that are opened at the same moment may be a few more, until the next one is.
///
/// # Errors
/// Where the database fails.
pub fn open(
    tx: &mut Connection,
    key: &RefreshKey,
    tenant: Uuid,
    user: Uuid,
    now: Time,
    origin: &Origin,
) -> Result<(Uuid, RefreshToken, Vec<Uuid>)> {
    let id = Uuid::now_v7();
    let token = key.first(tenant, id)?;
    let expires_at = now + TimeDelta::days(ABSOLUTE_DAYS);
    store::insert(
        tx,
        &store::NewSession {
            tenant_id: tenant,
            id,
            user_id: user,
            refresh_hash: token.hash(),
            rotated_at: now,
            ip: origin.ip.as_deref(),
            user_agent: origin.user_agent.as_deref(),
            created_at: now,
            expires_at,
        },
    )?;
    let beyond = store::beyond(tx, tenant, user, MOST)?;
    for old in &beyond {
        store::delete(tx, tenant, *old)?;
    }
    Ok((id, token, beyond))
}

/// Remembers where somebody signs in from; answers whether that place is new. It is not where nothing is known of them:
/// everybody signs in for the first time.
///
/// # Errors
/// Where the database fails.
pub fn is_new_place(
    tx: &mut Connection,
    tenant: Uuid,
    user: Uuid,
    now: Time,
    origin: &Origin,
) -> Result<bool> {
    let device = device::hash(origin);
    let seen_at = store::device_seen_at(tx, tenant, user, &device)?;
    let is_new = seen_at.is_none() && store::has_devices(tx, tenant, user)?;
    // To the day: a sign-in writes no more than it has to.
    if seen_at.is_none_or(|seen_at| seen_at + TimeDelta::days(1) <= now) {
        store::see_device(tx, tenant, user, &device, now)?;
    }
    Ok(is_new)
}

/// Forgets some of the places that nobody signs in from any more; answers how many.
///
/// # Errors
/// Where the database fails.
pub fn forget_devices(tx: &mut Connection, now: Time) -> Result<usize> {
    store::delete_devices(tx, now - TimeDelta::days(DEVICE_DAYS))
}

/// What an exchange of a refresh token came to.
#[derive(Debug)]
pub enum Exchange {
    /// The successor, of this user's session.
    Rotated {
        /// Its user.
        user: Uuid,
        /// The successor.
        token: RefreshToken,
    },
    /// The token had been exchanged before, outside the grace: somebody else may hold it, and the session was
    /// ended.
    Reused {
        /// Its user.
        user: Uuid,
    },
}

/// Exchanges a refresh token for its successor. The same successor again within the grace, so that two tabs
/// that refresh at once both stay signed in.
///
/// # Errors
/// 401 where the session is over.
pub fn exchange(
    tx: &mut Connection,
    key: &RefreshKey,
    token: &RefreshToken,
    now: Time,
) -> Result<Exchange> {
    let revoked = Error::Unauthenticated(SignInFault::Revoked);
    let Some(row) = store::lock(tx, token.tenant(), token.session())? else {
        return Err(revoked);
    };
    if now >= row.expires_at || now >= row.rotated_at + TimeDelta::days(IDLE_DAYS) {
        return Err(revoked);
    }
    let (session, user) = (token.session(), row.user_id);
    let successor = key.successor(token);
    let hash = token.hash();
    if hash == row.refresh_hash {
        store::rotate(tx, token.tenant(), session, &successor.hash(), &hash, now)?;
        return Ok(Exchange::Rotated {
            user,
            token: successor,
        });
    }
    let in_grace = now < row.rotated_at + TimeDelta::seconds(GRACE_SECONDS);
    if in_grace && row.previous_hash.as_ref() == Some(&hash) {
        return Ok(Exchange::Rotated {
            user,
            token: successor,
        });
    }
    store::delete(tx, token.tenant(), session)?;
    Ok(Exchange::Reused { user })
}

/// Ends one session; answers whether it was there.
///
/// # Errors
/// Where the database fails.
pub fn end(tx: &mut Connection, tenant: Uuid, session: Uuid) -> Result<bool> {
    Ok(store::delete(tx, tenant, session)? > 0)
}

/// Removes some of the sessions that are over anyway; answers how many.
///
/// # Errors
/// Where the database fails.
pub fn forget_ended(tx: &mut Connection, now: Time) -> Result<usize> {
    store::delete_ended(tx, now, now - TimeDelta::days(IDLE_DAYS))
}

/// Whether a session is there.
///
/// # Errors
/// Where the database fails.
pub fn is_open(conn: &mut Connection, tenant: Uuid, session: Uuid) -> Result<bool> {
    store::exists(conn, tenant, session)
}

/// Ends one session of a user.
///
/// # Errors
/// 404 where the user has no such session.
pub fn end_of_user(tx: &mut Connection, tenant: Uuid, user: Uuid, session: Uuid) -> Result<()> {
    if store::delete_of_user(tx, tenant, user, session)? == 0 {
        Err(Error::NotFound)
    } else {
        Ok(())
    }
}

/// Ends all sessions of a user, but one where it is named; answers how many.
///
/// # Errors
/// Where the database fails.
pub fn end_all(
    tx: &mut Connection,
    tenant: Uuid,
    user: Uuid,
    except: Option<Uuid>,
) -> Result<usize> {
    store::delete_all(tx, tenant, user, except)
}

/// The running sessions of a user, newest first; at most [`MOST`].
///
/// # Errors
/// Where the database fails.
pub fn list(
    conn: &mut Connection,
    tenant: Uuid,
    user: Uuid,
    current: Uuid,
    now: Time,
) -> Result<Vec<Session>> {
    let idle_since = now - TimeDelta::days(IDLE_DAYS);
    let rows = store::list(conn, tenant, user, now, idle_since)?;
    Ok(rows
        .into_iter()
        .map(|row| row.into_session(current))
        .collect())
}
