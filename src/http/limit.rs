//! What is left of a limit, told in headers (draft-ietf-httpapi-ratelimit-headers-10).

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};

const LIMIT: HeaderName = HeaderName::from_static("ratelimit");
const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// How a limit stands after a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimit {
    /// All the limits of the operation, as the header has them.
    pub policies: &'static str,
    /// The limit that this is about.
    pub name: &'static str,
    /// What is left of it.
    pub remaining: i32,
    /// Seconds until there is more.
    pub seconds: i64,
}

impl RateLimit {
    /// Writes the headers.
    pub(super) fn write(&self, headers: &mut HeaderMap) {
        let limit = format!("\"{}\";r={};t={}", self.name, self.remaining, self.seconds);
        if let Ok(limit) = HeaderValue::from_str(&limit) {
            headers.insert(LIMIT, limit);
            headers.insert(POLICY, HeaderValue::from_static(self.policies));
        }
    }
}
