//! Authentication: finds out who is calling and puts that into the request. It never answers itself; the guards
//! do, so that an unknown path is 404 and a public one open whatever the header says.

use std::rc::Rc;
use std::sync::Arc;

use actix_web::HttpMessage;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::AUTHORIZATION;
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error as ActixError, HttpRequest};

use super::store;
use super::token::Tokens;
use crate::access::{Bearer, Principal};
use crate::error::{Error, Result, SignInFault};
use crate::http::{Public, SignedInFact};

/// Wraps the whole application.
///
/// # Errors
/// What the application answers.
pub async fn authenticate(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, ActixError> {
    if request.match_pattern().is_some() && request.headers().contains_key(AUTHORIZATION) {
        let outcome: SignedInFact = Rc::new(identify(request.request()).await);
        request.extensions_mut().insert(outcome);
    }
    next.call(request).await
}

async fn identify(request: &HttpRequest) -> Result<Arc<Principal>> {
    let token = bearer(request).ok_or(Error::Unauthenticated(SignInFault::Invalid))?;
    let tokens = request
        .app_data::<Data<Tokens>>()
        .ok_or_else(|| Error::internal("the application has no tokens"))?;
    let public = Public::of(request)?;
    let now = public.now();
    let claims = match tokens.verify(token, now) {
        Err(Error::Unauthenticated(SignInFault::Invalid)) if tokens.asks_for_more(token) => {
            load_keys(&public, tokens).await;
            tokens.verify(token, now)?
        }
        checked => checked?,
    };
    let bearer = Bearer {
        tenant: claims.tid,
        user: claims.sub,
        session: claims.sid,
    };
    let principal = public
        .principal(bearer, move |conn| {
            store::load_principal(conn, &claims, now)
        })
        .await?;
    principal.ok_or(Error::Unauthenticated(SignInFault::Revoked))
}

/// Another instance may have made a key that this one has not heard of. Where the database is away it stays unknown.
async fn load_keys(public: &Public, tokens: &Data<Tokens>) {
    let fresh = tokens.get_ref().clone();
    if let Err(cause) = public.read(move |conn| fresh.load(conn)).await {
        tracing::debug!(%cause, "the signing keys cannot be read");
    }
}

/// The one bearer token of a request (RFC 6750, section 2.1; the scheme in any letter case).
fn bearer(request: &HttpRequest) -> Option<&str> {
    let mut headers = request.headers().get_all(AUTHORIZATION);
    let (only, None) = (headers.next()?, headers.next()) else {
        return None;
    };
    let (scheme, token) = only.to_str().ok()?.split_once(' ')?;
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}
