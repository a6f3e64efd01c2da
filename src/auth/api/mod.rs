//! `/v1/auth`, `/v1/me` and the key set.

mod mailed;
mod me;
mod sign_in;

use actix_web::web::Data;
use actix_web::{get, post};
use utoipa_actix_web::service_config::ServiceConfig;

use super::signing::FRESH_SECONDS;
use super::{Exchanged, JsonWebKeySet, Refresh, TokenPair, Tokens};
use crate::access::SignedIn;
use crate::audit::Target;
use crate::error::{Error, Result, SignInFault};
use crate::http::{Answer, Cacheable, Caller, Done, Gone, Json, Nothing, Public, WhilePasswordDue};
use crate::sessions::{self, RefreshKey};

/// The routes of this feature.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(sign_in::log_in)
        .service(refresh_tokens)
        .service(log_out)
        .service(mailed::send_password_reset)
        .service(mailed::reset_password)
        .service(mailed::accept_invitation)
        .service(mailed::confirm_address)
        .service(get_key_set)
        .service(me::get_me)
        .service(me::update_me)
        .service(me::change_my_password)
        .service(me::list_my_sessions)
        .service(me::end_my_session)
        .service(me::get_my_access);
}

/// Refresh tokens
///
/// Exchanges a refresh token for new tokens. Each can be used once; within ten seconds the same one gives the
/// same successor. One that was used before ends its session.
#[utoipa::path(tag = "Sign-in", responses((status = 200, body = TokenPair)), extensions(("x-problem-codes" = json!(["token_expired", "token_revoked", "unauthenticated"]))))]
#[post("/v1/auth/refresh")]
async fn refresh_tokens(
    public: Public,
    Json(token): Json<Refresh>,
    tokens: Data<Tokens>,
    refresh_key: Data<RefreshKey>,
) -> Result<Done<TokenPair>> {
    let token = refresh_key
        .parse(&token)
        .ok_or(Error::Unauthenticated(SignInFault::Invalid))?;
    let (now, origin) = (public.now(), public.origin());
    let exchanged = public
        .write(move |tx| super::exchange(tx, &refresh_key, &token, now, &origin))
        .await?;
    match exchanged {
        Exchanged::Opened(opened) => {
            public.show_tenant(opened.tenant);
            Ok(Done(opened.into_pair(&tokens, now)?))
        }
        Exchanged::Reused => Err(Error::Unauthenticated(SignInFault::Revoked)),
    }
}

/// Sign out
///
/// Ends the session of the access token: it and its refresh token are worthless at once.
#[utoipa::path(tag = "Sign-in", security(("bearer" = [])), responses((status = 204)))]
#[post("/v1/auth/logout")]
async fn log_out(caller: Caller<SignedIn, WhilePasswordDue>, _: Nothing) -> Result<Answer<Gone>> {
    caller
        .write(|tx, scope| {
            let me = scope.principal();
            sessions::end(tx, scope.tenant(), me.session_id)?;
            let entry = scope.entry(
                "session.ended",
                Target::new("session", me.session_id, &me.full_name),
            );
            Ok((Gone, entry.into()))
        })
        .await
}

/// Read the key set
///
/// The public keys that access tokens can be verified with (RFC 7517).
///
/// The one that signs stands first. A new key is here an hour before it signs, so the set may be kept for as long as
/// `Cache-Control` says; `If-None-Match` asks whether it is still the same.
#[utoipa::path(tag = "Sign-in", responses((status = 200, body = JsonWebKeySet), (status = 304, description = "It is what you have already")))]
#[get("/.well-known/jwks.json")]
async fn get_key_set(public: Public, tokens: Data<Tokens>) -> Cacheable<JsonWebKeySet> {
    Cacheable {
        value: tokens.key_set(public.now()),
        seconds: FRESH_SECONDS,
        varies_by_host: false,
    }
}
