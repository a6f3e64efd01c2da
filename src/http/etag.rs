//! Entity tags (RFC 9110, section 8.8.3): the version of a row, strong.

use actix_web::HttpRequest;
use actix_web::http::header::IF_MATCH;

use crate::access::IfMatch;
use crate::error::{Error, Result};

/// The tag of a version.
#[must_use]
pub(super) fn etag(version: i64) -> String {
    format!("\"{version}\"")
}

/// What `If-Match` asks for; weak tags never match (RFC 9110, section 13.1.1).
pub(super) fn if_match(request: &HttpRequest) -> Result<Option<IfMatch>> {
    let mut versions = Vec::new();
    let mut present = false;
    for value in request.headers().get_all(IF_MATCH) {
        present = true;
        let text = value.to_str().map_err(|_| malformed())?;
        if text.trim() == "*" {
            return Ok(Some(IfMatch::Any));
        }
        for tag in text.split(',').map(str::trim) {
            let strong = tag.strip_prefix("W/").unwrap_or(tag);
            let quoted = strong
                .strip_prefix('"')
                .and_then(|rest| rest.strip_suffix('"'))
                .ok_or_else(malformed)?;
            if let (true, Ok(version)) = (strong.len() == tag.len(), quoted.parse()) {
                versions.push(version);
            }
        }
    }
    Ok(present.then_some(IfMatch::Versions(versions)))
}

fn malformed() -> Error {
    Error::InvalidHeader(
        "If-Match",
        "is `*` or the ETag of the last answer, in its quotes",
    )
}
