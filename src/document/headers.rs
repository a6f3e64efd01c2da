//! The headers of answers, once among the document's components and by name at every answer that has them.

use std::collections::{BTreeMap, BTreeSet};

use utoipa::openapi::header::{Header, HeaderBuilder};
use utoipa::openapi::path::Operation;
use utoipa::openapi::response::Response;
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{Paths, Ref, RefOr};

use super::problems::takes;

/// Name, longest value, an example, and what it says.
#[rustfmt::skip]
const ALL: [(&str, usize, &str, &str); 12] = [
    ("Allow", 100, "GET, POST", "The methods that the path has (RFC 9110, section 10.2.1)"),
    ("Cache-Control", 100, "public, max-age=300", "How long everybody may keep the answer"),
    ("ETag", 100, "\"7\"", "Its version: for `If-Match` in a change, for `If-None-Match` where the operation answers 304"),
    ("Idempotency-Replayed", 4, "true", "Present where the answer is that of an earlier request with the same `Idempotency-Key`"),
    ("Link", 8192, "</v1/users?limit=50&cursor=MDE5MmY2ZjA>; rel=\"next\"", "The next page, where there is one (RFC 8288)"),
    ("Location", 2048, "/v1/users/0192f6f0-7c1e-7d3a-9f43-3a1f0c6a2b11", "The path of what was made"),
    ("RateLimit", 200, "\"account\";r=4;t=60", "What is left of which limit (draft-ietf-httpapi-ratelimit-headers)"),
    ("RateLimit-Policy", 400, "\"account\";q=5;w=60", "The limits of the operation"),
    ("Retry-After", 10, "1", "Seconds to wait before the next attempt"),
    ("Vary", 200, "Accept", "What else the answer depends on"),
    ("WWW-Authenticate", 400, "Bearer realm=\"roster\"", "How to sign in, and why a token did not count (RFC 6750)"),
    ("X-Request-Id", 128, "0192f6f0-7c1e-7d3a-9f43-3a1f0c6a2b11", "The request's id, as in the service's log; yours, where you sent one"),
];
/// What everybody may keep for a while.
const CACHEABLE: [&str; 3] = ["get_key_set", "get_problem", "get_public_branding"];

/// The headers, for the document's components.
pub(super) fn components() -> BTreeMap<String, RefOr<Header>> {
    let of = |(name, longest, example, text): (&str, usize, &str, &str)| {
        let schema = ObjectBuilder::new()
            .schema_type(Type::String)
            .max_length(Some(longest))
            .examples([example]);
        let header = HeaderBuilder::new()
            .schema(Some(schema.build()))
            .description(Some(text));
        (name.to_owned(), RefOr::T(header.build()))
    };
    ALL.map(of).into()
}

/// The schemas of what has a version: all that is made by POST or changed by PATCH.
pub(super) fn versioned(paths: &Paths) -> BTreeSet<String> {
    let items = paths.paths.values();
    let made = items
        .clone()
        .filter_map(|item| answer(item.post.as_ref()?, "201"));
    let put = items
        .clone()
        .filter_map(|item| answer(item.put.as_ref()?, "201"));
    let changed = items.filter_map(|item| answer(item.patch.as_ref()?, "200"));
    made.chain(put).chain(changed).collect()
}

/// Where the schema of an operation's answer stands.
fn answer(operation: &Operation, status: &str) -> Option<String> {
    match operation.responses.responses.get(status)? {
        RefOr::T(response) => reference(response),
        RefOr::Ref(_) => None,
    }
}

fn reference(response: &Response) -> Option<String> {
    let RefOr::T(content) = response.content.get("application/json")? else {
        return None;
    };
    match content.schema.as_ref()? {
        RefOr::Ref(reference) => Some(reference.ref_location.clone()),
        RefOr::T(_) => None,
    }
}

/// Names the headers of all of the operation's answers.
pub(super) fn add(operation: &mut Operation, versioned: &BTreeSet<String>) {
    let id = operation.operation_id.clone().unwrap_or_default();
    let is_list = takes(operation, "cursor");
    let is_idempotent = takes(operation, "Idempotency-Key");
    let responses = &mut operation.responses.responses;
    let is_limited = responses.contains_key("429");
    let has_tag = responses.contains_key("304");
    for (status, response) in responses {
        let RefOr::T(response) = response else {
            continue;
        };
        name("X-Request-Id", response);
        if is_limited {
            name("RateLimit", response);
            name("RateLimit-Policy", response);
        }
        if !status.starts_with(['2', '3']) {
            continue;
        }
        let has_version = reference(response).is_some_and(|schema| versioned.contains(&schema));
        let is_cacheable = CACHEABLE.contains(&id.as_str());
        let rules = [
            ("Cache-Control", is_cacheable),
            ("Vary", is_cacheable),
            ("ETag", has_version || has_tag),
            ("Link", is_list),
            ("Location", status == "201"),
            ("Idempotency-Replayed", is_idempotent),
        ];
        let apply = rules.into_iter().filter(|(_, applies)| *applies);
        apply.for_each(|(header, _)| name(header, response));
    }
}

/// Names the headers that come with problems of these codes.
pub(super) fn add_to_problem(status: u16, codes: &[String], response: &mut Response) {
    if status == 401 {
        name("WWW-Authenticate", response);
    }
    let waits = status == 429 || status == 503;
    if waits || codes.iter().any(|code| code == "idempotency_in_progress") {
        name("Retry-After", response);
    }
}

fn name(header: &str, response: &mut Response) {
    let reference = Ref::new(format!("#/components/headers/{header}"));
    response
        .headers
        .insert(header.to_owned(), RefOr::Ref(reference));
}
