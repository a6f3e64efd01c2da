//! Signing in: passwords to sessions, sessions to tokens, tokens to principals.

pub mod api;
mod body;
mod keys;
mod mailed;
mod middleware;
mod signing;
mod store;
mod token;

pub use body::{ChangePassword, LogIn, Login, MyChange, Refresh, UpdateMe};
pub use keys::{Keys, load as load_keys};
pub use mailed::{
    AcceptInvitation, Acceptance, ConfirmAddress, ForgotPassword, Forgotten, ResetPassword,
};
pub use middleware::authenticate;
pub use signing::{
    Rotation, SigningKey, Turn, list as list_signing_keys, replace as replace_signing_keys,
    rotate as rotate_signing_keys,
};
pub use token::{Claims, JsonWebKey, JsonWebKeySet, Tokens};

use serde::Serialize;
use utoipa::ToSchema;

use crate::audit::{Actor, Entries, Entry, Origin, Target};
use crate::clock::Time;
use crate::db::Connection;
use crate::error::{Error, Result, SignInFault};
use crate::mail::{self, Letter};
use crate::password::PasswordHash;
use crate::sessions::{self, Exchange, RefreshKey, RefreshToken};
use crate::users::{self, StoredPassword, User};
use uuid::Uuid;

/// What a sign-in gives.
#[derive(Serialize, ToSchema)]
pub struct TokenPair {
    /// For `Authorization: Bearer …`; a JWT.
    #[schema(
        max_length = 4096,
        examples("eyJhbGciOiJFZERTQSIsInR5cCI6ImF0K2p3dCJ9…")
    )]
    pub access_token: String,
    /// `Bearer`.
    #[schema(max_length = 6, examples("Bearer"))]
    pub token_type: &'static str,
    /// Seconds that the access token lives.
    #[schema(examples(600))]
    pub expires_in: i64,
    /// For `/v1/auth/refresh`; each can be used once.
    #[schema(max_length = 128, examples("rt_AZLymt0xfB…"))]
    pub refresh_token: String,
    /// Who signed in.
    pub user: User,
    /// Whether a password change is due before anything else.
    pub password_change_required: bool,
    /// Given at a sign-in, to be sent with the next one from the same device: guesses of others do not slow it down then.
    /// Counts for 180 days.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 128, examples("dt_q1HcXk0c2r…"))]
    pub device_token: Option<String>,
}

/// An open session with everything that its tokens are made of.
pub struct Opened {
    tenant: Uuid,
    session: Uuid,
    refresh: RefreshToken,
    user: User,
}

impl Opened {
    fn into_pair(self, tokens: &Tokens, now: Time) -> Result<TokenPair> {
        let access_token = tokens.issue(self.tenant, self.session, &self.user, now)?;
        Ok(TokenPair {
            access_token,
            token_type: "Bearer",
            expires_in: token::LIFETIME_SECONDS,
            refresh_token: self.refresh.reveal().to_owned(),
            password_change_required: self.user.must_change_password,
            user: self.user,
            device_token: None,
        })
    }
}

/// Somebody whose password was right.
struct Verified {
    tenant: Uuid,
    user: Uuid,
    /// What the password fitted.
    password: StoredPassword,
    /// Its hash with the cost of now, where it had another.
    renewed: Option<PasswordHash>,
}

/// Opens a session for a user whose password was right.
///
/// # Errors
/// 401 `invalid_credentials` where the user may not sign in any more since the password was checked.
fn open(
    tx: &mut Connection,
    key: &RefreshKey,
    verified: &Verified,
    now: Time,
    origin: &Origin,
) -> Result<(Opened, Entries)> {
    let tenant = verified.tenant;
    let renewed = verified.renewed.as_ref();
    let user = users::signed_in(tx, tenant, verified.user, &verified.password, renewed, now)?;
    let user = user.ok_or(Error::InvalidCredentials)?;
    let (session, refresh, ended) = sessions::open(tx, key, tenant, user.id, now, origin)?;
    if sessions::is_new_place(tx, tenant, user.id, now, origin)? {
        let letter = Letter::NewDevice {
            at: now,
            user_agent: origin.user_agent.clone(),
            ip: origin.ip.clone(),
        };
        mail::post(tx, tenant, &user.addressee(), &letter, now)?;
    }
    let entry = |action, session| entry_of(tenant, now, action, &user, session, origin);
    let ended = ended.into_iter().map(|old| entry("session.ended", old));
    let entries = ended.fold(
        Entries::from(entry("session.created", session)),
        Entries::and,
    );
    Ok((
        Opened {
            tenant,
            session,
            refresh,
            user,
        },
        entries,
    ))
}

/// What exchanging a refresh token came to.
enum Exchanged {
    Opened(Box<Opened>),
    Reused,
}

/// Exchanges a refresh token. A token that was used before ends the session, which has to be committed though
/// the answer is an error.
fn exchange(
    tx: &mut Connection,
    key: &RefreshKey,
    token: &RefreshToken,
    now: Time,
    origin: &Origin,
) -> Result<(Exchanged, Entries)> {
    let tenant = token.tenant();
    if !store::may_sign_in(tx, tenant)? {
        return Err(Error::Unauthenticated(SignInFault::Revoked));
    }
    let (user, kept) = match sessions::exchange(tx, key, token, now)? {
        Exchange::Rotated { user, token, .. } => (user, Some(token)),
        Exchange::Reused { user, .. } => (user, None),
    };
    let (user, session) = (users::find(tx, tenant, user)?, token.session());
    let Some(refresh) = kept else {
        let entry = entry_of(
            tenant,
            now,
            "session.refresh_reused",
            &user,
            session,
            origin,
        );
        return Ok((Exchanged::Reused, entry.into()));
    };
    let opened = Opened {
        tenant,
        session,
        refresh,
        user,
    };
    let entries = Entries::none("a refresh is no change");
    Ok((Exchanged::Opened(Box::new(opened)), entries))
}

fn entry_of(
    tenant: Uuid,
    now: Time,
    action: &'static str,
    user: &User,
    session: Uuid,
    origin: &Origin,
) -> Entry {
    let actor = Actor::user(user.id, &user.full_name);
    Entry::new(
        tenant,
        now,
        action,
        actor,
        Target::new("session", session, &user.full_name),
    )
    .from(origin)
}
