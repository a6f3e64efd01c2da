//! What a pool holds: connections that are left out of it as soon as something went wrong with them.
//!
//! diesel asks libpq whether a connection is broken, and not after every failure: one that the server has ended while
//! nobody used it can go back into the pool, and then fails whoever gets it next.

use diesel::connection::SimpleConnection;
use diesel::pg::PgConnection;
use diesel::r2d2::{ConnectionManager, Error as PoolError, ManageConnection};

use super::pool::{LOCK_TIMEOUT_MS, STATEMENT_TIMEOUT_MS};
use crate::error::{Error, Result};

/// A connection of a pool.
pub(super) struct Link {
    conn: PgConnection,
    is_lost: bool,
}

impl Link {
    /// Does this work. Where it failed for what may be the connection's fault, nobody gets the connection after it.
    pub(super) fn run<T>(
        &mut self,
        work: impl FnOnce(&mut PgConnection) -> Result<T>,
    ) -> Result<T> {
        let done = work(&mut self.conn);
        if let Err(Error::DatabaseUnavailable(_) | Error::Internal(_)) = done {
            self.is_lost = true;
        }
        done
    }
}

/// Opens connections, ready to be used.
pub(super) struct Links {
    inner: ConnectionManager<PgConnection>,
    read_only: bool,
}

impl Links {
    pub(super) fn to(url: String, read_only: bool) -> Self {
        let inner = ConnectionManager::new(url);
        Self { inner, read_only }
    }
}

impl ManageConnection for Links {
    type Connection = Link;
    type Error = PoolError;

    fn connect(&self) -> std::result::Result<Link, PoolError> {
        let mut conn = self.inner.connect()?;
        let read_only = if self.read_only { "on" } else { "off" };
        conn.batch_execute(&format!(
            "SET default_transaction_read_only = {read_only}; SET timezone = 'UTC'; \
             SET statement_timeout = {STATEMENT_TIMEOUT_MS}; SET lock_timeout = {LOCK_TIMEOUT_MS}; SET idle_in_transaction_session_timeout = 30000"
        ))
        .map_err(PoolError::QueryError)?;
        let is_lost = false;
        Ok(Link { conn, is_lost })
    }

    fn is_valid(&self, link: &mut Link) -> std::result::Result<(), PoolError> {
        self.inner.is_valid(&mut link.conn)
    }

    fn has_broken(&self, link: &mut Link) -> bool {
        link.is_lost || self.inner.has_broken(&mut link.conn)
    }
}
