//! What every worker shares. Private to the kernel: handlers reach it through [`super::Caller`] and
//! [`super::Public`] only.

use std::time::{Duration, Instant};

use crate::access::Principals;
use crate::clock::Clock;
use crate::db::{Change, Connection, Database};
use crate::error::{Error, Result};
use crate::password::Hasher;
use crate::secret::MacKey;

use super::origin::ConfirmedProxies;

/// What every worker shares.
#[derive(Clone)]
pub struct State {
    pub(super) db: Database,
    pub(super) principals: Principals,
    pub(super) hasher: Hasher,
    pub(super) clock: Clock,
    pub(super) cursor_key: MacKey,
    pub(super) proxies: ConfirmedProxies,
}

impl State {
    /// Puts the shared parts together; from here on the database is the kernel's.
    #[must_use]
    pub fn new(
        db: Database,
        principals: Principals,
        hasher: Hasher,
        clock: Clock,
        cursor_key: MacKey,
        proxies: ConfirmedProxies,
    ) -> Self {
        Self {
            db,
            principals,
            hasher,
            clock,
            cursor_key,
            proxies,
        }
    }

    /// A read on a thread that may block.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        work: impl Fn(&mut Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let db = self.db.clone();
        blocking(move || db.read(work)).await
    }

    /// A read of what may be a moment old, on a thread that may block.
    pub(super) async fn read_lagging<T: Send + 'static>(
        &self,
        work: impl Fn(&mut Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let db = self.db.clone();
        blocking(move || db.read_lagging(work)).await
    }

    /// A write in one transaction on a thread that may block. It says what it changes, which nobody on this instance
    /// remembers any more once it is done, whether or not the client is still there to be told.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> Result<(T, Vec<Change>)> + Send + 'static,
    ) -> Result<T> {
        let db = self.db.clone();
        blocking(move || db.write_and_tell(work)).await
    }
}

/// How long work may wait for its turn; whoever has waited longer is told to come back.
const MAX_WAIT: Duration = Duration::from_secs(1);

/// The one hand-over to the threads that may block; as many a worker as its share of connections.
#[expect(clippy::disallowed_methods, reason = "this is the one place")]
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    let (span, asked) = (tracing::Span::current(), Instant::now());
    let in_time = move || {
        if asked.elapsed() > MAX_WAIT {
            return Err(Error::Overloaded);
        }
        span.in_scope(work)
    };
    match actix_web::web::block(in_time).await {
        Ok(done) => done,
        Err(_) => Err(Error::internal(
            "a database thread panicked or was cancelled",
        )),
    }
}
