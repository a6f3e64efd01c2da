//! Public answers that caches may keep: with how long, with what they depend on, and with a tag to ask again by.

use actix_web::body::BoxBody;
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, Responder};
use serde::Serialize;

use crate::error::Error;
use crate::secret::{encode, sha256};

/// 200 with something that everybody may keep; 304 to somebody who has it already.
pub struct Cacheable<T> {
    /// What is answered. Its tag is made of all that it shows, not of a version.
    pub value: T,
    /// How long it may be taken for current, in seconds.
    pub seconds: u32,
    /// Whether another host name would have been answered something else.
    pub varies_by_host: bool,
}

impl<T: Serialize> Responder for Cacheable<T> {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        let body = match serde_json::to_string(&self.value) {
            Ok(body) => body,
            Err(error) => return HttpResponse::from_error(Error::internal(error)),
        };
        let tag = format!("\"{}\"", encode(&sha256(body.as_bytes())));
        let known = is_known(request, &tag);
        let mut response = if known {
            HttpResponse::NotModified()
        } else {
            HttpResponse::Ok()
        };
        response.insert_header((header::ETAG, tag)).insert_header((
            header::CACHE_CONTROL,
            format!("public, max-age={}", self.seconds),
        ));
        if self.varies_by_host {
            response.insert_header((header::VARY, "Host, X-Forwarded-Host"));
        }
        if known {
            response.finish()
        } else {
            response.content_type("application/json").body(body)
        }
    }
}

/// Whether `If-None-Match` names the tag; weak tags do too (RFC 9110, section 13.1.2).
fn is_known(request: &HttpRequest, tag: &str) -> bool {
    request
        .headers()
        .get_all(header::IF_NONE_MATCH)
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(','))
        .map(str::trim)
        .any(|known| known == "*" || known.strip_prefix("W/").unwrap_or(known) == tag)
}
