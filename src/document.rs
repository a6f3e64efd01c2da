//! The OpenAPI document, completed: what follows from an operation's own declaration (its permission, its body,
//! its parameters) is written down here once instead of at every handler.

use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::{HttpMethod, Operation, ParameterBuilder, ParameterIn, PathItem};
use utoipa::openapi::response::{Response, ResponseBuilder};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::server::ServerBuilder;
use utoipa::openapi::tag::TagBuilder;
use utoipa::openapi::{Components, InfoBuilder, LicenseBuilder, OpenApi, Ref, RefOr, Required};
use utoipa::{PartialSchema, ToSchema};

use crate::error::{Fault, Problem, Remediation};

#[rustfmt::skip]
const TAGS: [(&str, &str); 13] = [
    ("Sign-in", "From e-mail and password to tokens, and back out."),
    ("Me", "What people read and change of themselves."),
    ("Users", "Who may sign in. Closed until the tenant's first white-label domain is proven."),
    ("Companies", "The external clients that users represent."),
    ("Roles", "Named sets of permissions."),
    ("Tiers", "Subscription plans: features and seats."),
    ("Permissions", "The catalogue of what roles can grant."),
    ("Access", "Who may do what, why not, and what would change it."),
    ("Domains", "White-label domains and their proof."),
    ("Branding", "How a tenant's app looks, also to people who are not signed in yet."),
    ("Activity", "Every change: who, what, before and after."),
    ("Tenants", "White-label customers; for the platform only."),
    ("Operations", "For load balancers and operators."),
];

const DESCRIPTION: &str = "User management of a white-label CMS: users, roles, subscription tiers, companies and \
    white-label domains. Errors are problems (RFC 9457) with a stable `code`; `GET /problems/{code}` explains each.";

/// Completes the document.
pub(crate) fn complete(document: &mut OpenApi) {
    document.info = InfoBuilder::new()
        .title("Roster")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(DESCRIPTION))
        .license(Some(
            LicenseBuilder::new()
                .name("MIT OR Apache-2.0")
                .identifier(Some("MIT OR Apache-2.0"))
                .build(),
        ))
        .build();
    document.servers = Some(vec![
        ServerBuilder::new()
            .url("/")
            .description(Some("The service itself"))
            .build(),
    ]);
    let tag =
        |(name, text): (&str, &str)| TagBuilder::new().name(name).description(Some(text)).build();
    document.tags = Some(TAGS.map(tag).into());
    let components = document.components.get_or_insert_with(Components::new);
    components
        .schemas
        .insert(Problem::name().into_owned(), Problem::schema());
    components
        .schemas
        .insert(Fault::name().into_owned(), Fault::schema());
    components
        .schemas
        .insert(Remediation::name().into_owned(), Remediation::schema());
    components
        .security_schemes
        .insert("bearer".to_owned(), RefOr::T(bearer()));
    for (path, item) in &mut document.paths.paths {
        for (method, operation) in operations(item) {
            complete_operation(path, &method, operation);
        }
    }
}

fn bearer() -> SecurityScheme {
    let text = "An access token of POST /v1/auth/login. The scopes of an operation are the permissions that it needs.";
    SecurityScheme::Http(
        HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .bearer_format("JWT")
            .description(Some(text))
            .build(),
    )
}

/// The operations of a path.
fn operations(item: &mut PathItem) -> Vec<(HttpMethod, &mut Operation)> {
    [
        (HttpMethod::Get, item.get.as_mut()),
        (HttpMethod::Post, item.post.as_mut()),
        (HttpMethod::Put, item.put.as_mut()),
        (HttpMethod::Patch, item.patch.as_mut()),
        (HttpMethod::Delete, item.delete.as_mut()),
    ]
    .into_iter()
    .filter_map(|(method, operation)| operation.map(|operation| (method, operation)))
    .collect()
}

fn complete_operation(path: &str, method: &HttpMethod, operation: &mut Operation) {
    let kind = Kind {
        signed_in: operation.security.is_some(),
        has_body: operation.request_body.is_some(),
        is_post: *method == HttpMethod::Post,
        is_read: *method == HttpMethod::Get,
    };
    // A public operation says so, and does not leave it to the reader.
    operation.security.get_or_insert_with(Vec::new);
    describe_path_parameters(operation);
    add_headers(path, &kind, operation);
    for (status, description) in statuses(path, &kind) {
        let responses = &mut operation.responses.responses;
        responses
            .entry(status.to_string())
            .or_insert_with(|| RefOr::T(problem(status, description)));
    }
    describe_successes(operation);
}

/// What follows from an operation's declaration.
#[expect(clippy::struct_excessive_bools, reason = "four independent facts")]
struct Kind {
    signed_in: bool,
    has_body: bool,
    is_post: bool,
    is_read: bool,
}

fn add_headers(path: &str, kind: &Kind, operation: &mut Operation) {
    if kind.signed_in && kind.is_post {
        let text = "Up to 255 characters; the same key and body within 24 hours answers the same again instead of doing it twice";
        parameter(operation, "Idempotency-Key", text, 255);
    }
    // Sessions have no version.
    if kind.signed_in && !kind.is_read && !kind.is_post && !path.contains("/sessions") {
        let text = "The `ETag` that you decided on; 412 where it is another by now";
        parameter(operation, "If-Match", text, 255);
    }
}

/// The problems that an operation can answer.
fn statuses(path: &str, kind: &Kind) -> Vec<(u16, &'static str)> {
    let mut all = vec![
        (400, "Parameters, headers or body cannot be read"),
        (500, "A fault of the service"),
        (503, "Busy, or the database cannot be reached"),
    ];
    if kind.signed_in {
        all.extend([(401, "Not signed in"), (403, "Not allowed")]);
    }
    if path.ends_with("/login") || path.ends_with("/refresh") {
        all.push((401, "Credentials that do not count"));
    }
    if path.ends_with("/login") || path == "/v1/me/password" {
        all.push((429, "Too many attempts failed"));
    }
    if path.contains('{') || path.starts_with("/v1/public/") {
        all.push((404, "There is no such thing, or it is not yours to see"));
    }
    if kind.has_body || kind.is_post {
        all.extend([
            (408, "The body did not arrive in time"),
            (413, "The body is too large"),
            (415, "The body has another type"),
            (422, "Fields are invalid"),
        ]);
    }
    if kind.signed_in && !kind.is_read {
        all.extend([
            (409, "The state of things does not allow this"),
            (412, "It was changed in the meantime"),
            (422, "Fields are invalid"),
        ]);
    }
    all
}

fn describe_path_parameters(operation: &mut Operation) {
    for parameter in operation.parameters.iter_mut().flatten() {
        let RefOr::T(parameter) = parameter else {
            continue;
        };
        if parameter.parameter_in == ParameterIn::Path {
            let text = match parameter.name.as_str() {
                "id" => "The id",
                "key" => "The key",
                _ => "The code",
            };
            parameter.description.get_or_insert_with(|| text.to_owned());
        }
    }
}

fn parameter(operation: &mut Operation, name: &str, description: &str, max_length: usize) {
    let schema = ObjectBuilder::new()
        .schema_type(Type::String)
        .max_length(Some(max_length))
        .build();
    let parameter = ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(description))
        .schema(Some(schema))
        .build();
    operation
        .parameters
        .get_or_insert_with(Vec::new)
        .push(RefOr::T(parameter));
}

fn problem(status: u16, description: &str) -> Response {
    let content = ContentBuilder::new()
        .schema(Some(Ref::from_schema_name("Problem")))
        .build();
    let mut response = ResponseBuilder::new()
        .description(description)
        .content("application/problem+json", content);
    if status == 401 {
        response = response.header("WWW-Authenticate", header("How to sign in (RFC 6750)"));
    }
    if status == 429 {
        response = response
            .header("RateLimit", header("What is left of which limit"))
            .header("RateLimit-Policy", header("The limits"));
    }
    if status == 429 || status == 503 {
        response = response.header("Retry-After", header("Seconds to wait"));
    }
    response.build()
}

fn describe_successes(operation: &mut Operation) {
    for (status, response) in &mut operation.responses.responses {
        let RefOr::T(response) = response else {
            continue;
        };
        let text = match status.as_str() {
            "200" => "Done",
            "201" => "Made",
            "204" => "Done; there is nothing to say",
            _ => continue,
        };
        if response.description.is_empty() {
            text.clone_into(&mut response.description);
        }
        if status == "201" {
            response
                .headers
                .insert("Location".to_owned(), RefOr::T(header("Where it is")));
            response.headers.insert(
                "ETag".to_owned(),
                RefOr::T(header("Its version, for `If-Match`")),
            );
        }
    }
}

fn header(description: &str) -> utoipa::openapi::Header {
    let text = ObjectBuilder::new().schema_type(Type::String).build();
    HeaderBuilder::new()
        .schema(Some(text))
        .description(Some(description))
        .build()
}
