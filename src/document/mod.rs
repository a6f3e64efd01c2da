//! The OpenAPI document, completed: what follows from an operation's own declaration (its permission, its body,
//! its parameters) is written down here once instead of at every handler.

mod bounds;
mod examples;
mod headers;
mod problems;

use utoipa::openapi::extensions::Extensions;
use utoipa::openapi::path::{HttpMethod, Operation, ParameterBuilder, ParameterIn, PathItem};
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::server::{Server, ServerBuilder};
use utoipa::openapi::tag::TagBuilder;
use utoipa::openapi::{Components, Info, InfoBuilder, LicenseBuilder, OpenApi, RefOr, Required};
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

/// What is named in a path and is no id: keys of permissions, the longest of keys, and codes.
const KEY_LENGTH: usize = 64;

const DESCRIPTION: &str = "User management of a white-label CMS: users, roles, subscription tiers, companies and \
    white-label domains. Errors are problems (RFC 9457) with a stable `code`; `GET /problems/{code}` explains each. A head of more than 96 lines \
    and an address of 64 KiB are refused with 431 or 400 before there is a request, without a problem.";

/// Completes the document.
pub(crate) fn complete(document: &mut OpenApi) {
    document.info = info();
    document.servers = Some(vec![server()]);
    let tag =
        |(name, text): (&str, &str)| TagBuilder::new().name(name).description(Some(text)).build();
    document.tags = Some(TAGS.map(tag).into());
    let (versioned, story) = (headers::versioned(&document.paths), examples::story());
    for (path, item) in &mut document.paths.paths {
        for (method, operation) in operations(item) {
            complete_operation(path, &method, operation);
            headers::add(operation, &versioned);
            examples::add(&story, operation);
        }
    }
    complete_components(document.components.get_or_insert_with(Components::new));
}

fn info() -> Info {
    let license = LicenseBuilder::new()
        .name("MIT OR Apache-2.0")
        .identifier(Some("MIT OR Apache-2.0"));
    InfoBuilder::new()
        .title("Roster")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(DESCRIPTION))
        .license(Some(license.build()))
        .build()
}

fn server() -> Server {
    let mut server = ServerBuilder::new()
        .url("/")
        .description(Some(
            "The installation that serves this document, local or in production",
        ))
        .build();
    let extension = ("x-internal".to_owned(), serde_json::Value::Bool(false));
    server.extensions = Some(Extensions::from_iter([extension]));
    server
}

fn complete_components(components: &mut Components) {
    let problems = [
        (Problem::name(), Problem::schema()),
        (Fault::name(), Fault::schema()),
        (Remediation::name(), Remediation::schema()),
    ];
    let problems = problems.map(|(name, schema)| (name.into_owned(), schema));
    components.schemas.extend(problems);
    components
        .security_schemes
        .insert("bearer".to_owned(), RefOr::T(bearer()));
    components.headers = headers::components();
    components.examples = problems::examples();
    bounds::complete(components);
}

fn bearer() -> SecurityScheme {
    let text = "An access token of POST /v1/auth/login. The scopes of an operation are the \
        permissions that it needs. Tokens are JWTs that follow RFC8725: one algorithm for each key, `typ`, `iss`, `aud`, `exp` and \
        `nbf` are checked, ten minutes of life.";
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
    take_headers(path, method, operation);
    problems::add(path, method, operation);
    // A public operation says so, and does not leave it to the reader.
    operation.security.get_or_insert_with(Vec::new);
    describe_parameters(operation);
    describe_successes(operation);
}

/// The headers that follow from the method.
fn take_headers(path: &str, method: &HttpMethod, operation: &mut Operation) {
    if operation.security.is_none() {
        return;
    }
    if *method == HttpMethod::Post {
        let text = "Up to 255 characters; the same key and body within 24 hours answers the same again instead of doing it twice";
        parameter(operation, "Idempotency-Key", text, 255);
    }
    let is_change = matches!(
        method,
        HttpMethod::Put | HttpMethod::Patch | HttpMethod::Delete
    );
    // Sessions have no version.
    if is_change && !path.contains("/sessions") {
        let text = "The `ETag` that you decided on; 412 where it is another by now";
        parameter(operation, "If-Match", text, 255);
    }
}

fn describe_parameters(operation: &mut Operation) {
    for parameter in operation.parameters.iter_mut().flatten() {
        let RefOr::T(parameter) = parameter else {
            continue;
        };
        parameter.schema.iter_mut().for_each(bounds::bound);
        if parameter.parameter_in == ParameterIn::Path {
            if let Some(RefOr::T(Schema::Object(key))) = &mut parameter.schema {
                key.max_length.get_or_insert(KEY_LENGTH);
            }
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

fn describe_successes(operation: &mut Operation) {
    for (status, response) in &mut operation.responses.responses {
        let RefOr::T(response) = response else {
            continue;
        };
        let text = match status.as_str() {
            "200" => "Done",
            "201" => "Made",
            "204" => "Done; there is nothing to say",
            "304" => "You have it already: the `ETag` is one of `If-None-Match`",
            _ => continue,
        };
        if response.description.is_empty() {
            text.clone_into(&mut response.description);
        }
    }
}
