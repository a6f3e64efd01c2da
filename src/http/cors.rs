//! Which pages may read the answers: those of the origins that the operator named, and those of a proven host name as
//! far as the answer is its own tenant's. Browsers ask and obey (Fetch standard, "HTTP-CORS protocol"); a program that
//! is no browser is not kept out by this, and need not be.
//!
//! Tokens travel in headers that the page sets, never in cookies: credentials mode is not offered.

use std::sync::Arc;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{HttpMessage, HttpRequest, HttpResponse};
use uuid::Uuid;

use super::caller::SignedInFact;
use super::fallback::Routes;

/// What a page may send besides what every page may.
const REQUEST_HEADERS: &str =
    "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, X-Request-Id";
/// What a page may read besides what every page may.
const ANSWER_HEADERS: &str = "ETag, Idempotency-Replayed, Link, Location, RateLimit, RateLimit-Policy, Retry-After, X-Request-Id";
/// Seconds that a browser may keep the answer to a preflight. It opens nothing by itself: the answer to the request
/// proper is judged again.
const MAX_AGE: &str = "7200";

/// Whose app is served at a host name, from memory: it is asked on every request of a page.
type Served = dyn Fn(&str) -> Option<Uuid> + Send + Sync;

/// The tenant whose answer it is, where the handler says so: nobody is signed in to a request that signs somebody in.
#[derive(Clone, Copy)]
pub(super) struct AnswerOf(pub(super) Uuid);

/// The origins whose pages may read answers.
#[derive(Clone)]
pub struct Origins {
    configured: Arc<[String]>,
    served: Arc<Served>,
}

/// Whose answers a page may read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Readable {
    /// Everybody's.
    All,
    /// This tenant's, and those that are nobody's.
    Of(Uuid),
}

impl Origins {
    /// The configured ones (`ROSTER_CORS_ORIGINS`), and the https origin of every host that `served` knows a tenant of.
    #[must_use]
    pub fn new(
        configured: &[String],
        served: impl Fn(&str) -> Option<Uuid> + Send + Sync + 'static,
    ) -> Self {
        Self {
            configured: configured.into(),
            served: Arc::new(served),
        }
    }

    /// What stands in an `Origin` header is compared as it is: browsers write an origin in one way only.
    fn readable(&self, origin: &str) -> Option<Readable> {
        if self.configured.iter().any(|known| known == origin) {
            return Some(Readable::All);
        }
        let host = origin.strip_prefix("https://")?;
        (self.served)(host).map(Readable::Of)
    }
}

/// A page's origin, and whose answers it may read.
struct Reader {
    origin: HeaderValue,
    readable: Readable,
}

impl Reader {
    /// None where the request comes from no page, or from one of an origin that nobody knows.
    fn of(request: &ServiceRequest) -> Option<Self> {
        let mut lines = request.headers().get_all(header::ORIGIN);
        let (origin, None) = (lines.next()?, lines.next()) else {
            return None;
        };
        let origins = request.app_data::<Data<Origins>>()?;
        Some(Self {
            readable: origins.readable(origin.to_str().ok()?)?,
            origin: origin.clone(),
        })
    }

    /// Whether the answer is one for this page: not that of somebody who is signed in to another tenant, or has just
    /// signed in to one.
    fn may_read(&self, request: &HttpRequest) -> bool {
        let Readable::Of(tenant) = self.readable else {
            return true;
        };
        let extensions = request.extensions();
        let answers = extensions.get::<AnswerOf>();
        if answers.is_some_and(|answer| answer.0 != tenant) {
            return false;
        }
        match extensions.get::<SignedInFact>().map(AsRef::as_ref) {
            Some(Ok(principal)) => principal.tenant.id == tenant,
            _ => true,
        }
    }
}

/// Lets pages read what they may, and answers their preflights.
///
/// # Errors
/// What the application answers.
pub async fn share_with_origins(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let reader = Reader::of(&request);
    if let (Some(reader), Some(methods)) = (&reader, preflight(&request)) {
        let answer = answer_preflight(reader, &methods);
        return Ok(request.into_response(answer));
    }
    let mut response = next.call(request).await?.map_into_boxed_body();
    let shared = reader.filter(|reader| reader.may_read(response.request()));
    let headers = response.headers_mut();
    // Caches must not give what one page got to another, nor what no page asked for to one.
    headers.append(header::VARY, HeaderValue::from_static("Origin"));
    if let Some(reader) = shared {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, reader.origin);
        headers.insert(
            header::ACCESS_CONTROL_EXPOSE_HEADERS,
            HeaderValue::from_static(ANSWER_HEADERS),
        );
    }
    Ok(response)
}

/// The methods of the path where the request is a preflight. Nobody is signed in to one, so that it is answered to every
/// page of a proven host.
fn preflight(request: &ServiceRequest) -> Option<String> {
    let asks = request
        .headers()
        .contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    if request.method() != Method::OPTIONS || !asks {
        return None;
    }
    let routes = request.app_data::<Data<Routes>>()?;
    let methods = routes.allowed(request.path());
    (!methods.is_empty()).then(|| methods.join(", "))
}

fn answer_preflight(reader: &Reader, methods: &str) -> HttpResponse {
    HttpResponse::build(StatusCode::NO_CONTENT)
        .insert_header((header::ACCESS_CONTROL_ALLOW_ORIGIN, reader.origin.clone()))
        .insert_header((header::ACCESS_CONTROL_ALLOW_METHODS, methods))
        .insert_header((header::ACCESS_CONTROL_ALLOW_HEADERS, REQUEST_HEADERS))
        .insert_header((header::ACCESS_CONTROL_MAX_AGE, MAX_AGE))
        .insert_header((header::VARY, "Origin"))
        .finish()
}

/// Takes what pages need to know over to the answer that replaces another one.
pub(super) fn carry_over(from: &HeaderMap, to: &mut HeaderMap) {
    const CARRIED: [HeaderName; 3] = [
        header::ACCESS_CONTROL_ALLOW_ORIGIN,
        header::ACCESS_CONTROL_EXPOSE_HEADERS,
        header::VARY,
    ];
    for name in CARRIED {
        for value in from.get_all(&name) {
            to.append(name.clone(), value.clone());
        }
    }
}
