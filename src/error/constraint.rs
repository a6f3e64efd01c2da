//! What the database says, in terms of the API. Uniqueness and references are the constraints' to judge, never
//! a SELECT's before the write, which would race.

use diesel::result::{DatabaseErrorInformation, DatabaseErrorKind, Error as Diesel};

use super::{Error, Fault};

impl From<Diesel> for Error {
    fn from(error: Diesel) -> Self {
        match error {
            Diesel::NotFound => Self::NotFound,
            Diesel::DatabaseError(kind, info) => from_database(kind, info.as_ref()),
            Diesel::BrokenTransactionManager => {
                Self::DatabaseUnavailable("the transaction was cut off".to_owned())
            }
            other => Self::internal(other),
        }
    }
}

fn from_database(
    kind: DatabaseErrorKind,
    info: &(dyn DatabaseErrorInformation + Send + Sync),
) -> Error {
    let constraint = info.constraint_name().unwrap_or_default();
    match kind {
        DatabaseErrorKind::UniqueViolation => match taken(constraint) {
            Some(pointer) => Error::AlreadyExists(pointer),
            None => unexpected(info),
        },
        DatabaseErrorKind::ForeignKeyViolation => match reference(constraint) {
            Some((pointer, _)) if info.message().starts_with("insert") => {
                Error::Invalid(vec![Fault::new(
                    pointer,
                    "unknown_reference",
                    "there is nothing by this name in your tenant",
                )])
            }
            Some((_, by)) => Error::InUse { by, count: 1 },
            None => unexpected(info),
        },
        DatabaseErrorKind::ClosedConnection
        | DatabaseErrorKind::UnableToSendCommand
        | DatabaseErrorKind::ReadOnlyTransaction => {
            Error::DatabaseUnavailable(info.message().to_owned())
        }
        _ if is_outage(info.message()) => Error::DatabaseUnavailable(info.message().to_owned()),
        _ => unexpected(info),
    }
}

/// The field that a unique constraint or index guards.
fn taken(constraint: &str) -> Option<&'static str> {
    Some(match constraint {
        "users_email_unique" => "/email",
        "users_external_id_unique" | "companies_external_id_unique" => "/external_id",
        "companies_name_unique" => "/name",
        "roles_pkey" | "tiers_pkey" | "permissions_pkey" => "/key",
        "tenants_slug_unique" => "/slug",
        "domains_hostname_unique" => "/hostname",
        _ => return None,
    })
}

/// The field that a foreign key guards, and who refers through it.
fn reference(constraint: &str) -> Option<(&'static str, &'static str)> {
    Some(match constraint {
        "users_role_exists" => ("/role", "users"),
        "users_tier_exists" => ("/tier", "users"),
        "users_company_exists" => ("/company_id", "users"),
        _ => return None,
    })
}

/// Servers that shut down, start up or give up a statement say so in words; libpq hands on no more.
fn is_outage(message: &str) -> bool {
    [
        "terminating connection",
        "the database system is",
        "server closed the connection",
        "could not connect",
        "connection to server",
        "SSL connection has been closed",
        "no connection to the server",
        "statement timeout",
        "lock timeout",
        "deadlock detected",
        "could not serialize",
        "conflict with recovery",
    ]
    .iter()
    .any(|sign| message.contains(sign))
}

fn unexpected(info: &(dyn DatabaseErrorInformation + Send + Sync)) -> Error {
    Error::internal(format!(
        "database: {} (constraint {:?}, table {:?})",
        info.message(),
        info.constraint_name(),
        info.table_name()
    ))
}
