//! One of each error, as it would happen to the people of the users' guide: what the document and the pages about
//! problems show as examples.

use super::{Error, Fault, LinkFault, Problem, SignInFault};

/// The request id of all examples.
const REQUEST_ID: &str = "0192f6f0-7c1e-7d3a-9f43-3a1f0c6a2b11";

/// One problem of each code.
#[must_use]
pub fn samples() -> Vec<Problem> {
    let errors = [requests(), access(), states(), faults()];
    let errors = errors.into_iter().flatten();
    errors.map(|error| error.problem(REQUEST_ID)).collect()
}

/// What cannot be read.
fn requests() -> Vec<Error> {
    let sort = "must be full_name or created_at, with - before it for descending";
    vec![
        Error::MalformedJson("expected `,` or `}` at line 3 column 3".to_owned()),
        Error::InvalidQuery(vec![Fault::new("sort", "invalid", sort)]),
        Error::InvalidCursor,
        Error::InvalidHeader("If-Match", "an ETag as this service gives it, or *"),
        Error::MethodNotAllowed("GET, POST, HEAD".to_owned()),
        Error::RequestTimeout,
        Error::PayloadTooLarge(64 * 1024),
        Error::UnsupportedMediaType("application/json"),
        Error::Link(LinkFault::Invalid),
        Error::Link(LinkFault::Foreign),
        Error::Link(LinkFault::Used),
        Error::Link(LinkFault::Revoked),
        Error::Link(LinkFault::Expired),
    ]
}

/// Who may not.
fn access() -> Vec<Error> {
    vec![
        Error::Unauthenticated(SignInFault::Missing),
        Error::Unauthenticated(SignInFault::Expired),
        Error::Unauthenticated(SignInFault::Revoked),
        Error::InvalidCredentials,
        Error::PermissionDenied {
            permission: "users:create",
            role: "manager".to_owned(),
        },
        Error::PasswordChangeRequired,
        Error::DomainNotConfigured { lost: false },
        Error::PrivilegeEscalation {
            missing: vec!["settings:advanced".to_owned()],
        },
        Error::RateLimited(30),
    ]
}

/// What the state of things does not allow.
fn states() -> Vec<Error> {
    let refused = "use 15 characters or more; a few words are easier to remember than a riddle";
    vec![
        Error::NotFound,
        Error::AlreadyExists("/email"),
        Error::InUse {
            by: "users",
            count: 3,
        },
        Error::SeatLimitReached {
            scope: "tier",
            limit: 25,
        },
        Error::LastAdmin,
        Error::ClaimLimitReached(50),
        Error::Conflict("only removed users can be restored"),
        Error::IdempotencyInProgress,
        Error::StaleVersion(8),
        Error::Invalid(vec![
            Fault::new("/full_name", "required", "is required"),
            Fault::new("/password", "too_short", refused),
        ]),
        Error::IdempotencyKeyReused,
    ]
}

/// What is not the client's fault.
fn faults() -> Vec<Error> {
    vec![
        Error::Internal("an example".into()),
        Error::Overloaded,
        Error::DatabaseUnavailable("an example".to_owned()),
    ]
}
