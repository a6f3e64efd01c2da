//! Pools on the same database: one that writes in transactions, one whose connections cannot write at all, so that
//! a read needs neither BEGIN nor COMMIT, and one for reads that may lag behind, on a replica where there is one.

use std::time::{Duration, Instant};

use diesel::prelude::*;
use diesel::r2d2::{Pool, PooledConnection};

use super::changes::{Change, Changes, Hearing};
use super::link::Links;
use crate::error::{Error, Result};

/// How long a request waits for a connection before it answers 503.
const CONNECTION_TIMEOUT: Duration = Duration::from_millis(1_500);
/// How long one statement may take. A request that would take longer is given up.
pub(super) const STATEMENT_TIMEOUT_MS: u32 = 15_000;

/// How long a statement may wait for a row that another transaction holds, so that one tenant's long change does not
/// take all connections from the others.
pub(super) const LOCK_TIMEOUT_MS: u32 = 5_000;

/// A server that went without a word is given up after seconds, not after the quarter of an hour that TCP would take.
const TIMEOUTS: [(&str, &str); 3] = [
    ("connect_timeout", "2"),
    ("tcp_user_timeout", "10000"),
    ("keepalives_idle", "10"),
];

/// The database: reads and writes, each on its own pool.
#[derive(Clone)]
pub struct Database {
    reads: Pool<Links>,
    lagging: Pool<Links>,
    writes: Pool<Links>,
    changes: Changes,
}

impl Database {
    /// Opens pools of `size` connections each, lazily: a database that is down now may be up later.
    #[must_use]
    pub fn open(url: &str, replica: Option<&str>, size: u32) -> Self {
        let pool = |url: &str, read_only| {
            Pool::builder()
                .max_size(size)
                .min_idle(Some(size))
                .test_on_check_out(false)
                .connection_timeout(CONNECTION_TIMEOUT)
                .build_unchecked(Links::to(with_options(url, &TIMEOUTS), read_only))
        };
        let reads = pool(url, true);
        Self {
            lagging: replica.map_or_else(|| reads.clone(), |replica| pool(replica, true)),
            reads,
            writes: pool(url, false),
            changes: Changes::new(Hearing::default(), Vec::new()),
        }
    }

    /// The same database, whose writes are told to those who keep things in memory.
    #[must_use]
    pub fn telling(self, changes: Changes) -> Self {
        Self { changes, ..self }
    }

    /// Runs queries that change nothing. The work is repeated on another connection where the one it had
    /// turns out to be dead.
    ///
    /// # Errors
    /// What the work answers; 503 `database_unavailable` where no connection can be had.
    pub fn read<T>(&self, work: impl Fn(&mut PgConnection) -> Result<T>) -> Result<T> {
        read_on(&self.reads, work)
    }

    /// The same for what may be a moment old: from the replica where there is one.
    ///
    /// # Errors
    /// What the work answers; 503 `database_unavailable` where no connection can be had.
    pub fn read_lagging<T>(&self, work: impl Fn(&mut PgConnection) -> Result<T>) -> Result<T> {
        read_on(&self.lagging, work)
    }

    /// Runs the work in one transaction, committed where it succeeds. It is not repeated once it has begun. What it
    /// changes is heard of like another instance's: within a second.
    ///
    /// # Errors
    /// What the work answers; 503 `database_unavailable` where no connection can be had.
    pub fn write<T>(&self, work: impl FnOnce(&mut PgConnection) -> Result<T>) -> Result<T> {
        self.write_and_tell(|tx| Ok((work(tx)?, Vec::new())))
    }

    /// The same for work that says what it changes: nobody answers from older memory once this is done.
    ///
    /// # Errors
    /// What the work answers; 503 `database_unavailable` where no connection can be had.
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that opens transactions"
    )]
    pub fn write_and_tell<T>(
        &self,
        work: impl FnOnce(&mut PgConnection) -> Result<(T, Vec<Change>)>,
    ) -> Result<T> {
        let until = Instant::now() + CONNECTION_TIMEOUT;
        let mut work = Some(work);
        loop {
            let mut link = get(&self.writes)?;
            let done = link.run(|conn| {
                let (value, changes) = conn.transaction(|tx| match work.take() {
                    Some(work) => work(tx),
                    None => Err(Error::internal("a transaction ran twice")),
                })?;
                self.changes.tell_own(&changes, conn);
                Ok(value)
            });
            match done {
                Ok(value) => return Ok(value),
                Err(Error::DatabaseUnavailable(_)) if work.is_some() && Instant::now() < until => {}
                Err(error) => {
                    // A connection that is lost over the COMMIT does not say whether it was done.
                    if work.is_none() && matches!(error, Error::DatabaseUnavailable(_)) {
                        self.changes.miss();
                    }
                    return Err(error);
                }
            }
        }
    }
}

fn read_on<T>(pool: &Pool<Links>, work: impl Fn(&mut PgConnection) -> Result<T>) -> Result<T> {
    let until = Instant::now() + CONNECTION_TIMEOUT;
    loop {
        match get(pool)?.run(&work) {
            Err(Error::DatabaseUnavailable(_)) if Instant::now() < until => {}
            done => return done,
        }
    }
}

/// The URL with these options of libpq, where it does not set them itself.
pub(super) fn with_options(url: &str, options: &[(&str, &str)]) -> String {
    let is_url = url.starts_with("postgres://") || url.starts_with("postgresql://");
    let mut url = url.to_owned();
    for (name, value) in options {
        if is_url && !url.contains(name) {
            let joint = if url.contains('?') { '&' } else { '?' };
            url = format!("{url}{joint}{name}={value}");
        }
    }
    url
}

fn get(pool: &Pool<Links>) -> Result<PooledConnection<Links>> {
    pool.get()
        .map_err(|error| Error::DatabaseUnavailable(error.to_string()))
}
