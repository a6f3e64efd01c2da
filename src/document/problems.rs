//! The problems that an operation can answer: those that follow from its declaration, and those that it names itself
//! in `x-problem-codes`.

use std::collections::BTreeMap;

use serde_json::json;
use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::example::{Example, ExampleBuilder};
use utoipa::openapi::extensions::Extensions;
use utoipa::openapi::path::{HttpMethod, Operation, ParameterIn};
use utoipa::openapi::response::{Response, ResponseBuilder};
use utoipa::openapi::{Ref, RefOr};

use super::headers;
use crate::error::samples;

/// Where an operation names the codes that do not follow from anything else.
const OWN: &str = "x-problem-codes";

/// Any operation.
const ALWAYS: [&str; 4] = [
    "internal",
    "invalid_query",
    "overloaded",
    "database_unavailable",
];
const SIGNED_IN: [&str; 3] = ["unauthenticated", "token_expired", "token_revoked"];
const WITH_BODY: [&str; 5] = [
    "malformed_json",
    "request_timeout",
    "payload_too_large",
    "unsupported_media_type",
    "validation_failed",
];
const IDEMPOTENT: [&str; 3] = [
    "invalid_header",
    "idempotency_in_progress",
    "idempotency_key_reused",
];
const WITH_VERSION: [&str; 2] = ["invalid_header", "stale_version"];
/// What somebody may do who has to change their password first.
const BEFORE_A_NEW_PASSWORD: [&str; 2] = ["change_my_password", "log_out"];

/// One example of each code, for the document's components.
pub(super) fn examples() -> BTreeMap<String, RefOr<Example>> {
    let of = |problem: crate::error::Problem| {
        let example = ExampleBuilder::new()
            .summary(problem.title.clone())
            .value(serde_json::to_value(&problem).ok());
        (problem.code, RefOr::T(example.build()))
    };
    samples().into_iter().map(of).collect()
}

/// Adds the problems to the operation's responses.
pub(super) fn add(path: &str, method: &HttpMethod, operation: &mut Operation) {
    let all = samples();
    let mut statuses: BTreeMap<u16, Vec<String>> = BTreeMap::new();
    for code in codes(path, method, operation) {
        let status = all.iter().find(|problem| problem.code == code);
        let codes = statuses.entry(status.map_or(500, |problem| problem.status));
        let codes = codes.or_default();
        if !codes.contains(&code) {
            codes.push(code);
        }
    }
    for (status, mut codes) in statuses {
        codes.sort();
        let responses = &mut operation.responses.responses;
        responses.insert(status.to_string(), RefOr::T(problem(status, &codes)));
    }
}

/// The codes that the operation can answer.
fn codes(path: &str, method: &HttpMethod, operation: &mut Operation) -> Vec<String> {
    let mut codes = ALWAYS.to_vec();
    codes.extend(of_the_guard(operation));
    // A POST without a body of its own still reads one, to refuse what it does not know.
    if operation.request_body.is_some() || *method == HttpMethod::Post {
        codes.extend(WITH_BODY);
    }
    if takes(operation, "Idempotency-Key") {
        codes.extend(IDEMPOTENT);
    }
    if takes(operation, "If-Match") {
        codes.extend(WITH_VERSION);
    }
    if takes(operation, "cursor") {
        codes.push("invalid_cursor");
    }
    if path.contains('{') {
        codes.push("not_found");
    }
    let own = operation
        .extensions
        .as_mut()
        .and_then(|all| all.remove(OWN));
    let own = own.and_then(|codes| serde_json::from_value::<Vec<String>>(codes).ok());
    let codes = codes.into_iter().map(str::to_owned);
    codes.chain(own.unwrap_or_default()).collect()
}

/// What is answered before anything of the body is looked at.
fn of_the_guard(operation: &Operation) -> Vec<&'static str> {
    let schemes = operation.security.as_ref().and_then(|all| all.first());
    let Some(schemes) = schemes.and_then(|all| serde_json::to_value(all).ok()) else {
        return Vec::new();
    };
    let mut codes = SIGNED_IN.to_vec();
    let id = operation.operation_id.as_deref().unwrap_or_default();
    if !BEFORE_A_NEW_PASSWORD.contains(&id) {
        codes.push("password_change_required");
    }
    if schemes.pointer("/bearer/0").is_some() {
        codes.push("permission_denied");
    }
    codes
}

/// Whether the operation has this parameter.
pub(super) fn takes(operation: &Operation, name: &str) -> bool {
    let mut parameters = operation.parameters.iter().flatten();
    parameters.any(|parameter| match parameter {
        RefOr::T(parameter) => {
            parameter.name == name && parameter.parameter_in != ParameterIn::Path
        }
        RefOr::Ref(_) => false,
    })
}

fn problem(status: u16, codes: &[String]) -> Response {
    let mut content = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem")));
    for code in codes {
        let example = Ref::new(format!("#/components/examples/{code}"));
        content = content.examples_from_iter([(code.clone(), RefOr::Ref(example))]);
    }
    let listed: Vec<_> = codes.iter().map(|code| format!("`{code}`")).collect();
    let extensions = Extensions::from_iter([(OWN.to_owned(), json!(codes))]);
    let mut response = ResponseBuilder::new()
        .description(format!("{}: {}", meaning(status), listed.join(", ")))
        .content("application/problem+json", content.build())
        .build();
    response.extensions = Some(extensions);
    headers::add_to_problem(status, codes, &mut response);
    response
}

fn meaning(status: u16) -> &'static str {
    match status {
        400 => "Parameters, headers or body cannot be read",
        401 => "Not signed in, or credentials that do not count",
        403 => "Not allowed",
        404 => "There is no such thing, or it is not yours to see",
        408 => "The body did not arrive in time",
        409 => "The state of things does not allow this",
        410 => "The mailed link does not count any more",
        412 => "It was changed in the meantime",
        413 => "The body is too large",
        415 => "The body has another type",
        422 => "Fields are invalid",
        429 => "Too many attempts",
        503 => "Busy, or the database cannot be reached",
        _ => "A fault of the service",
    }
}
