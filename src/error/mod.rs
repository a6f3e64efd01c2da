//! Everything that can go wrong, in one type: what it is, which status and code it answers, and what a
//! database constraint means in terms of fields. Handlers have no error types of their own.

mod constraint;
mod explain;
mod fault;
mod problem;
mod samples;

pub use explain::{Explanation, explain};
pub use fault::{Fault, Faults, Refused};
pub use problem::{Problem, Remediation};
pub use samples::samples;

/// The result of everything that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a caller is not signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignInFault {
    /// No credentials, or none that can be read.
    Missing,
    /// Credentials that were never valid here.
    Invalid,
    /// An access token past its end.
    Expired,
    /// A session that was ended, or whose user may not sign in any more.
    Revoked,
}

/// Why a mailed link does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkFault {
    /// It was never made here.
    Invalid,
    /// It is good for something else, or in another tenant's app.
    Foreign,
    /// It was used before.
    Used,
    /// It was taken back.
    Revoked,
    /// It is past its end.
    Expired,
}

/// Everything that can go wrong.
#[derive(Debug)]
pub enum Error {
    /// 400: the body is no JSON.
    MalformedJson(String),
    /// 400: a query parameter is unknown or wrong.
    InvalidQuery(Vec<Fault>),
    /// 400: a cursor that was not made for this list.
    InvalidCursor,
    /// 400: a header that cannot be understood.
    InvalidHeader(&'static str, &'static str),
    /// 400 or 410: a mailed link that does not count.
    Link(LinkFault),
    /// 401.
    Unauthenticated(SignInFault),
    /// 401: e-mail and password do not fit; says nothing about which.
    InvalidCredentials,
    /// 403: the caller's role lacks a permission.
    PermissionDenied {
        /// The permission that the operation needs.
        permission: &'static str,
        /// The caller's role.
        role: String,
    },
    /// 403: a password change is due before anything else.
    PasswordChangeRequired,
    /// 403: the white-label gate; `lost` where a domain had been proven before.
    DomainNotConfigured {
        /// Whether the tenant once had a proven domain.
        lost: bool,
    },
    /// 403: the target or the grant is above the caller's own permissions.
    PrivilegeEscalation {
        /// What the caller lacks.
        missing: Vec<String>,
    },
    /// 404, also for what is another tenant's.
    NotFound,
    /// 405 with the methods that the path has.
    MethodNotAllowed(String),
    /// 408: the body did not arrive in time.
    RequestTimeout,
    /// 409 at the field that is taken.
    AlreadyExists(&'static str),
    /// 409: something still refers to the target.
    InUse {
        /// What refers to it, in plural.
        by: &'static str,
        /// How many.
        count: i64,
    },
    /// 409: too many claims of host names are not proven, with the limit.
    ClaimLimitReached(i64),
    /// 409: no seat is left.
    SeatLimitReached {
        /// `tenant` or `tier`.
        scope: &'static str,
        /// Its limit.
        limit: i32,
    },
    /// 409: the tenant would be left without an active admin.
    LastAdmin,
    /// 409: the state of the target does not allow this.
    Conflict(&'static str),
    /// 409: the same key is being worked on.
    IdempotencyInProgress,
    /// 412 with the version that the row has now.
    StaleVersion(i64),
    /// 413 with the limit in bytes.
    PayloadTooLarge(usize),
    /// 415 with what is expected.
    UnsupportedMediaType(&'static str),
    /// 422: every invalid field.
    Invalid(Vec<Fault>),
    /// 422: the key was used for another request.
    IdempotencyKeyReused,
    /// 429: too many failures, with the seconds until the next attempt.
    RateLimited(i64),
    /// 503: more work than the service takes on.
    Overloaded,
    /// 503 with the cause for the log.
    DatabaseUnavailable(String),
    /// 500 with the cause for the log.
    Internal(Box<dyn std::error::Error + Send + Sync>),
}

impl Error {
    /// One fault of a body.
    pub fn invalid(pointer: &str, code: &str, message: impl Into<String>) -> Self {
        Self::Invalid(vec![Fault::new(pointer, code, message)])
    }

    /// Something that cannot happen unless the code is wrong.
    pub fn internal(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Internal(cause.into())
    }

    /// Whether it is the service's fault, so that its cause belongs into the log.
    #[must_use]
    pub fn is_ours(&self) -> bool {
        matches!(
            self,
            Self::Internal(_) | Self::DatabaseUnavailable(_) | Self::Overloaded
        )
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Internal(cause) => write!(f, "internal: {cause}"),
            Self::DatabaseUnavailable(cause) => write!(f, "database unavailable: {cause}"),
            other => f.write_str(&other.describe().detail),
        }
    }
}

impl std::error::Error for Error {}
