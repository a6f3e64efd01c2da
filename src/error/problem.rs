//! Errors as problems (RFC 9457): the one place that gives an error its status, code and words.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, HttpResponseBuilder, ResponseError};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Error, Fault, LinkFault, SignInFault};

/// What every 4xx and 5xx answers (RFC 9457), as `application/problem+json`.
#[derive(Debug, Serialize, ToSchema)]
pub struct Problem {
    /// Where the code is explained: `/problems/<code>`.
    #[serde(rename = "type")]
    #[schema(max_length = 128, examples("/problems/validation_failed"))]
    pub kind: String,
    /// What happened, the same for every occurrence.
    #[schema(max_length = 200, examples("The request has invalid fields"))]
    pub title: String,
    /// The HTTP status.
    #[schema(examples(422), minimum = 400, maximum = 599)]
    pub status: u16,
    /// What happened this time, and what to do.
    #[schema(
        max_length = 1001,
        examples("mend the fields listed in `errors` and send the request again")
    )]
    pub detail: String,
    /// Stable, for programs.
    #[schema(max_length = 64, examples("validation_failed"))]
    pub code: String,
    /// The request's id, as in `X-Request-Id` and in the service's log.
    #[schema(max_length = 128, examples("0192f6f0-7c1e-7d3a-9f43-3a1f0c6a2b11"))]
    pub request_id: String,
    /// Every invalid field.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 100)]
    pub errors: Vec<Fault>,
    /// What would mend it, as requests.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 10)]
    pub remediation: Vec<Remediation>,
}

/// A request that would mend a problem.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Remediation {
    /// What the link is.
    #[schema(max_length = 64, examples("create_domain"))]
    pub rel: String,
    /// HTTP method.
    #[schema(max_length = 6, examples("POST"))]
    pub method: String,
    /// Path.
    #[schema(max_length = 300, examples("/v1/domains"))]
    pub href: String,
    /// A sentence for a button.
    #[schema(max_length = 300, examples("Set up your white-label domain"))]
    pub title: String,
}

impl Remediation {
    /// What opens the white-label gate.
    #[must_use]
    pub fn domain(lost: bool) -> Self {
        if lost {
            let title = "See why your domain is not active";
            Self::new("list_domains", "GET", "/v1/domains", title)
        } else {
            let title = "Set up your white-label domain";
            Self::new("create_domain", "POST", "/v1/domains", title)
        }
    }

    fn new(rel: &str, method: &str, href: &str, title: &str) -> Self {
        Self {
            rel: rel.to_owned(),
            method: method.to_owned(),
            href: href.to_owned(),
            title: title.to_owned(),
        }
    }
}

/// What an error is on the wire.
#[derive(Debug)]
pub(super) struct Description {
    status: StatusCode,
    code: &'static str,
    title: &'static str,
    pub(super) detail: String,
}

impl Error {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.describe().code
    }

    #[rustfmt::skip]
    pub(super) fn describe(&self) -> Description {
        let (status, code, title, detail) = match self {
            Self::MalformedJson(why) => (400, "malformed_json", "The body is not JSON", why.clone()),
            Self::InvalidQuery(_) => (400, "invalid_query", "The query has invalid parameters", "mend the parameters listed in `errors`".into()),
            Self::InvalidCursor => (400, "invalid_cursor", "The cursor does not belong to this list", "a cursor continues the list that gave it, with the same filters and sort; start again without `cursor`".into()),
            Self::InvalidHeader(name, why) => (400, "invalid_header", "A header cannot be understood", format!("{name}: {why}")),
            Self::Link(LinkFault::Invalid) => (400, "link_invalid", "The link is none of ours", "its token was altered, cut off or made up; take it whole from the newest mail".into()),
            Self::Link(LinkFault::Foreign) => (400, "link_foreign", "The link is for something else", "its token belongs to another operation, or to another organisation's app".into()),
            Self::Link(LinkFault::Used) => (410, "link_used", "The link has been used", "each link works once; ask for a new one where something is left to do".into()),
            Self::Link(LinkFault::Revoked) => (410, "link_revoked", "The link does not count any more", "a newer mail, another address or password, a suspension or a removal has ended it; ask for a new one".into()),
            Self::Link(LinkFault::Expired) => (410, "link_expired", "The link has expired", "ask for a new one".into()),
            Self::Unauthenticated(SignInFault::Missing) => (401, "unauthenticated", "You are not signed in", "send `Authorization: Bearer <access token>`; POST /v1/auth/login gives one".into()),
            Self::Unauthenticated(SignInFault::Invalid) => (401, "unauthenticated", "You are not signed in", "the token was not issued by this service or was altered; sign in again".into()),
            Self::Unauthenticated(SignInFault::Expired) => (401, "token_expired", "The token has expired", "POST /v1/auth/refresh with your refresh token, or sign in again".into()),
            Self::Unauthenticated(SignInFault::Revoked) => (401, "token_revoked", "The session has ended", "sign in again".into()),
            Self::InvalidCredentials => (401, "invalid_credentials", "E-mail or password is wrong", "check both, and that this is the right sign-in page for your organisation".into()),
            Self::PermissionDenied { permission, role } => (403, "permission_denied", "Your role does not allow this", format!("this needs the permission `{permission}`, which your role `{role}` does not include")),
            Self::PasswordChangeRequired => (403, "password_change_required", "Change your password first", "PUT /v1/me/password with `current_password` and `new_password`; nothing else is possible before".into()),
            Self::DomainNotConfigured { lost: false } => (403, "domain_not_configured", "You do not have permission yet: set up a domain in White Label first", "users can be managed once your white-label domain is set up and proven".into()),
            Self::DomainNotConfigured { lost: true } => (403, "domain_not_configured", "You cannot add users: no white-label domain is active", "your domain is no longer proven; users can be read, edited and removed, and added again once it is".into()),
            Self::PrivilegeEscalation { missing } => (403, "privilege_escalation", "This is above your own permissions", format!("you cannot manage or grant what you do not hold yourself: {}", missing.join(", "))),
            Self::NotFound => (404, "not_found", "There is no such thing", "nothing is at this address, or it is not yours to see".into()),
            Self::MethodNotAllowed(allow) => (405, "method_not_allowed", "The path does not have this method", format!("allowed here: {allow}")),
            Self::RequestTimeout => (408, "request_timeout", "The body did not arrive in time", "send the whole body without pauses".into()),
            Self::AlreadyExists(pointer) => (409, "already_exists", "It exists already", format!("another one has the same {}", pointer.trim_start_matches('/'))),
            Self::InUse { by, count } => (409, "in_use", "It is still in use", format!("{count} {by} still refer to it; move them first, where the operation has `reassign_to` in the same request")),
            Self::SeatLimitReached { scope, limit } => (409, "seat_limit_reached", "No seat is left", format!("the {scope} has {limit} seats and all are taken; remove or suspend a user, or raise the limit")),
            Self::ClaimLimitReached(limit) => (409, "claim_limit_reached", "Too many domains are not proven", format!("{limit} domains may wait for their proof at a time; prove or remove some first")),
            Self::LastAdmin => (409, "last_admin", "A tenant keeps at least one active admin", "give another active user the role `admin` first".into()),
            Self::Conflict(why) => (409, "conflict", "The state of the target does not allow this", (*why).into()),
            Self::IdempotencyInProgress => (409, "idempotency_in_progress", "The same request is being worked on", "wait a moment and send it again with the same Idempotency-Key".into()),
            Self::StaleVersion(0) => (412, "stale_version", "It was changed in the meantime", "it is not there (any more)".into()),
            Self::StaleVersion(now) => (412, "stale_version", "It was changed in the meantime", format!("its ETag is now \"{now}\"; read it again and decide anew")),
            Self::PayloadTooLarge(limit) => (413, "payload_too_large", "The body is too large", format!("at most {limit} bytes are read here")),
            Self::UnsupportedMediaType(expected) => (415, "unsupported_media_type", "The body's type is not understood here", format!("send Content-Type: {expected}")),
            Self::Invalid(_) => (422, "validation_failed", "The request has invalid fields", "mend the fields listed in `errors` and send the request again".into()),
            Self::IdempotencyKeyReused => (422, "idempotency_key_reused", "The Idempotency-Key was used for another request", "use a new key for a new request".into()),
            Self::RateLimited(seconds) => (429, "rate_limited", "Too many attempts", format!("wait {seconds} seconds before the next attempt")),
            Self::Overloaded => (503, "overloaded", "The service is busy", "try again after the seconds in Retry-After".into()),
            Self::DatabaseUnavailable(_) => (503, "database_unavailable", "The database cannot be reached", "try again after the seconds in Retry-After; a POST with the same Idempotency-Key is not done twice".into()),
            Self::Internal(_) => (500, "internal", "Something went wrong on our side", "the operator finds the cause in the log under this request_id".into()),
        };
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Description { status, code, title, detail }
    }

    /// The problem document of this error.
    #[must_use]
    pub fn problem(&self, request_id: &str) -> Problem {
        let description = self.describe();
        let errors = match self {
            Self::Invalid(faults) | Self::InvalidQuery(faults) => faults.clone(),
            Self::AlreadyExists(pointer) => {
                vec![Fault::new(*pointer, "already_exists", "is taken already")]
            }
            _ => Vec::new(),
        };
        let remediation = match self {
            Self::DomainNotConfigured { lost } => vec![Remediation::domain(*lost)],
            Self::PermissionDenied { .. } => {
                let title = "See what your role allows, and why";
                let rel = "explain_access";
                vec![Remediation::new(rel, "GET", "/v1/me/access", title)]
            }
            Self::PasswordChangeRequired => {
                let (rel, title) = ("change_password", "Change your password");
                vec![Remediation::new(rel, "PUT", "/v1/me/password", title)]
            }
            _ => Vec::new(),
        };
        Problem {
            kind: format!("/problems/{}", description.code),
            title: description.title.to_owned(),
            status: description.status.as_u16(),
            detail: super::fault::shorten(description.detail),
            code: description.code.to_owned(),
            request_id: request_id.to_owned(),
            errors,
            remediation,
        }
    }

    /// The whole answer; `request_id` is the request's.
    #[must_use]
    pub fn respond(&self, request_id: &str) -> HttpResponse {
        let problem = self.problem(request_id);
        let mut builder = HttpResponseBuilder::new(self.describe().status);
        builder.insert_header((header::CONTENT_TYPE, "application/problem+json"));
        match self {
            Self::Unauthenticated(SignInFault::Missing) | Self::InvalidCredentials => {
                builder.insert_header((header::WWW_AUTHENTICATE, "Bearer realm=\"roster\""));
            }
            Self::Unauthenticated(_) => {
                builder.insert_header((
                    header::WWW_AUTHENTICATE,
                    format!("Bearer realm=\"roster\", error=\"invalid_token\", error_description=\"{}\"", problem.title),
                ));
            }
            Self::MethodNotAllowed(allow) => {
                builder.insert_header((header::ALLOW, allow.as_str()));
            }
            Self::Overloaded | Self::DatabaseUnavailable(_) | Self::IdempotencyInProgress => {
                builder.insert_header((header::RETRY_AFTER, "1"));
            }
            Self::RateLimited(seconds) => {
                builder.insert_header((header::RETRY_AFTER, seconds.to_string()));
            }
            _ => {}
        }
        builder.json(problem)
    }
}

impl ResponseError for Error {
    fn status_code(&self) -> StatusCode {
        self.describe().status
    }

    /// Without the request at hand; the outermost middleware answers again with its id.
    fn error_response(&self) -> HttpResponse {
        self.respond("")
    }
}
