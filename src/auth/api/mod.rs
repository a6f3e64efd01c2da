//! `/v1/auth`, `/v1/me` and the key set.

mod me;

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get, post};
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::body::Place;
use super::{Exchanged, Login, Refresh, TokenPair, Tokens, Verified, store};
use crate::access::SignedIn;
use crate::audit::Target;
use crate::db::Connection;
use crate::error::{Error, Result, SignInFault};
use crate::http::{
    Answer, Caller, Done, Gone, Json, Nothing, Public, RequestHost, WhilePasswordDue,
};
use crate::password::Verdict;
use crate::sessions::RefreshKey;
use crate::{domains, sessions, tenants, users};

/// The routes of this feature.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(log_in)
        .service(refresh_tokens)
        .service(log_out)
        .service(get_key_set)
        .service(me::get_me)
        .service(me::update_me)
        .service(me::change_my_password)
        .service(me::list_my_sessions)
        .service(me::end_my_session)
        .service(me::get_my_access);
}

/// Sign in
///
/// By e-mail and password. The tenant is named by `domain` or `tenant`; else it is the one whose domain the
/// request was sent to, else the platform's.
#[utoipa::path(tag = "Sign-in", responses((status = 200, body = TokenPair)))]
#[post("/v1/auth/login")]
async fn log_in(
    public: Public,
    Json(login): Json<Login>,
    host: RequestHost,
    tokens: Data<Tokens>,
    refresh_key: Data<RefreshKey>,
) -> Result<Done<TokenPair>> {
    let (email, place) = (users::sign_in_key(&login.email), login.place);
    let found = public
        .read(move |conn| {
            let Some(tenant) = tenant_of(conn, &place, &host)? else {
                return Ok(None);
            };
            let Some(email) = &email else { return Ok(None) };
            Ok(users::find_for_sign_in(conn, tenant, email)?.map(|account| (tenant, account)))
        })
        .await?;
    let stored = found
        .as_ref()
        .and_then(|(_, account)| account.password.as_ref());
    let hash = stored.map(|password| password.hash.clone());
    let Verdict::Right { renewed } = public.verify(login.password, hash).await? else {
        return Err(Error::InvalidCredentials);
    };
    let (tenant, account) = found.ok_or(Error::InvalidCredentials)?;
    let verified = Verified {
        tenant,
        user: account.user.id,
        password: account.password.ok_or(Error::InvalidCredentials)?,
        renewed,
    };
    let (now, origin) = (public.now(), public.origin());
    let opened = public
        .write(move |tx| super::open(tx, &refresh_key, &verified, now, &origin))
        .await?;
    Ok(Done(opened.into_pair(&tokens, now)?))
}

/// The tenant that a sign-in means, where there is one that people may sign in to.
fn tenant_of(conn: &mut Connection, place: &Place, host: &RequestHost) -> Result<Option<Uuid>> {
    let tenant = match place {
        Place::Domain(domain) => domains::tenant_of_host(conn, domain)?,
        Place::Slug(slug) => tenants::tenant_of_slug(conn, slug)?,
        Place::Host => match &host.0 {
            Some(host) => match domains::tenant_of_host(conn, host)? {
                Some(tenant) => Some(tenant),
                None => tenants::platform_id(conn)?,
            },
            None => tenants::platform_id(conn)?,
        },
    };
    match tenant {
        Some(tenant) if store::may_sign_in(conn, tenant)? => Ok(Some(tenant)),
        _ => Ok(None),
    }
}

/// Refresh tokens
///
/// Exchanges a refresh token for new tokens. Each can be used once; within ten seconds the same one gives the
/// same successor. One that was used before ends its session.
#[utoipa::path(tag = "Sign-in", responses((status = 200, body = TokenPair)))]
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
        Exchanged::Opened(opened) => Ok(Done(opened.into_pair(&tokens, now)?)),
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
#[utoipa::path(tag = "Sign-in", responses((status = 200, body = Value)))]
#[get("/.well-known/jwks.json")]
async fn get_key_set(_: Public, _: HttpRequest, tokens: Data<Tokens>) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header(("Cache-Control", "public, max-age=300"))
        .json(tokens.key_set())
}
