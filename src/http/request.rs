//! The outermost layer: every request gets an id, a span, one line in the log, and a problem as its answer
//! whatever goes wrong inside, panics included.

use std::panic::AssertUnwindSafe;
use std::time::Instant;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::{Method, StatusCode, header};
use actix_web::middleware::Next;
use actix_web::{HttpMessage, HttpRequest, HttpResponse, ResponseError};
use futures_util::FutureExt;
use tracing::Instrument;
use uuid::Uuid;

use super::cors::carry_over;
use super::limit::RateLimit;
use crate::error::Error;

const REQUEST_ID: header::HeaderName = header::HeaderName::from_static("x-request-id");
const MAX_REQUEST_ID: usize = 128;

/// A failure that took the request along, so that only its id is left to answer with.
#[derive(Debug)]
struct Lost {
    error: Error,
    id: String,
}

impl Lost {
    fn new(error: Error, id: String) -> Self {
        tracing::error!(cause = %error, "failed");
        Self { error, id }
    }
}

impl std::fmt::Display for Lost {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.error.fmt(f)
    }
}

impl ResponseError for Lost {
    fn error_response(&self) -> HttpResponse {
        let mut response = self.error.respond(&self.id);
        finish(response.headers_mut(), &self.id);
        response
    }
}

/// The request's id.
#[derive(Clone)]
pub(super) struct RequestId(pub(super) String);

/// Wraps the whole application.
///
/// # Errors
/// Only one that answers as a problem: where a panic took the request along.
pub async fn guard_request(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let started = Instant::now();
    let id = request_id(request.request());
    request.extensions_mut().insert(RequestId(id.clone()));
    let span =
        tracing::info_span!("request", id, method = %request.method(), path = request.path());
    if request.path().contains("%00") {
        return Ok(nowhere(request, &id));
    }
    // HEAD is GET without the body, which the connection leaves out (RFC 9110, section 9.3.2).
    if request.method() == Method::HEAD {
        request.head_mut().method = Method::GET;
    }
    let outcome = AssertUnwindSafe(next.call(request))
        .catch_unwind()
        .instrument(span.clone())
        .await;
    let _entered = span.enter();
    let mut response = match outcome {
        Ok(Ok(response)) => response.map_into_boxed_body(),
        Ok(Err(error)) => return Err(Lost::new(foreign(error.as_response_error()), id).into()),
        Err(_) => return Err(Lost::new(Error::internal("a handler panicked"), id).into()),
    };
    if let Some(mut answer) = problem(&response, &id) {
        carry_over(response.headers(), answer.headers_mut());
        response = response.into_response(answer);
    }
    finish(response.headers_mut(), &id);
    show_limit(&mut response);
    let (status, ms) = (
        response.status().as_u16(),
        started.elapsed().as_secs_f64() * 1e3,
    );
    tracing::info!(status, ms, "answered");
    Ok(response)
}

/// Adds what the handler told of a limit.
fn show_limit(response: &mut ServiceResponse<BoxBody>) {
    let limit = response.request().extensions().get::<RateLimit>().copied();
    if let Some(limit) = limit {
        limit.write(response.headers_mut());
    }
}

/// No address has U+0000, which Postgres would choke on.
fn nowhere(request: ServiceRequest, id: &str) -> ServiceResponse<BoxBody> {
    let mut response = request.into_response(Error::NotFound.respond(id));
    finish(response.headers_mut(), id);
    response
}

/// The id that the client gave, where it is a sane token, or a new one.
fn request_id(request: &HttpRequest) -> String {
    let given = request
        .headers()
        .get(REQUEST_ID)
        .and_then(|value| value.to_str().ok());
    let sane = |id: &&str| {
        (1..=MAX_REQUEST_ID).contains(&id.len())
            && id
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"-_.:".contains(&b))
    };
    given
        .filter(sane)
        .map_or_else(|| Uuid::now_v7().to_string(), str::to_owned)
}

/// The problem that the answer has to be, where it is an error; ours are logged here, once.
fn problem(response: &ServiceResponse<BoxBody>, id: &str) -> Option<HttpResponse> {
    if let Some(error) = response.response().error() {
        let ours = match error.as_error::<Error>() {
            Some(error) => error,
            None => &foreign(error.as_response_error()),
        };
        if ours.is_ours() {
            tracing::error!(cause = %ours, "failed");
        }
        return Some(ours.respond(id));
    }
    // What answers without an error of ours, such as the files of the documentation.
    (response.status() == StatusCode::NOT_FOUND).then(|| Error::NotFound.respond(id))
}

/// The framework's own errors, in our terms.
fn foreign(error: &dyn ResponseError) -> Error {
    match error.status_code().as_u16() {
        404 => Error::NotFound,
        408 => Error::RequestTimeout,
        413 => Error::PayloadTooLarge(0),
        // Nothing else of theirs is known to come up; as anything else it would be ours to mend.
        _ => Error::internal(error.to_string()),
    }
}

fn finish(headers: &mut header::HeaderMap, id: &str) {
    if let Ok(value) = header::HeaderValue::from_str(id) {
        headers.insert(REQUEST_ID, value);
    }
    let fixed = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    for (name, value) in fixed {
        headers.insert(name, header::HeaderValue::from_static(value));
    }
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(
            header::CACHE_CONTROL,
            header::HeaderValue::from_static("no-store"),
        );
    }
}
