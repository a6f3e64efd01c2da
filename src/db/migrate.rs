//! Migrations are embedded in the binary and run under an advisory lock, so that several instances may start
//! at once.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use crate::error::{Error, Result};

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations");
/// Any number that nothing else locks: "roster" in hexadecimal letters.
const LOCK: i64 = 0x726f_7374_6572;

/// Brings the database to this binary's schema; answers how many migrations ran.
///
/// # Errors
/// Where the database cannot be reached or a migration fails.
pub fn migrate(url: &str) -> Result<usize> {
    locked(url, |conn| {
        conn.run_pending_migrations(MIGRATIONS)
            .map(|done| done.len())
            .map_err(Error::internal)
    })
}

/// Takes every migration back; the data is gone then.
///
/// # Errors
/// Where the database cannot be reached or a migration fails.
pub fn revert_all(url: &str) -> Result<usize> {
    locked(url, |conn| {
        conn.revert_all_migrations(MIGRATIONS)
            .map(|done| done.len())
            .map_err(Error::internal)
    })
}

fn locked<T>(url: &str, work: impl FnOnce(&mut PgConnection) -> Result<T>) -> Result<T> {
    let mut conn =
        PgConnection::establish(url).map_err(|e| Error::DatabaseUnavailable(e.to_string()))?;
    conn.batch_execute(&format!(
        "SET client_min_messages = warning; SELECT pg_advisory_lock({LOCK})"
    ))?;
    // The lock is the connection's and ends with it, also when the work fails.
    work(&mut conn)
}
