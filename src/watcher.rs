//! Looks at every domain again and again, so that one whose record is gone is noticed and one whose record has come is
//! proven without anybody asking. Every instance watches; a look that is due is handed to one of them. The interval is
//! the same whatever the last answer was.

use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use crate::audit::{Author, Entries, record};
use crate::clock::Clock;
use crate::db::Database;
use crate::domains::{self, Look, Proofs, Question};
use crate::error::{Error, Result};
use crate::tenants;

/// How long the watcher rests when nothing is due.
const PAUSE: Duration = Duration::from_secs(5);
/// Looks at a time. Most of one is waiting for name servers, and a slow one holds up no other.
const LANES: usize = 16;

/// Watches over the domains.
#[derive(Clone)]
pub struct Watcher {
    db: Database,
    clock: Clock,
    proofs: Proofs,
}

impl Watcher {
    /// Watches over the domains of this database.
    #[must_use]
    pub fn new(db: Database, clock: Clock, proofs: Proofs) -> Self {
        Self { db, clock, proofs }
    }

    /// Runs on threads of its own, as long as the process lives.
    ///
    /// # Errors
    /// Where the first of them cannot be started.
    pub fn start(self) -> std::io::Result<()> {
        let pause = self.proofs.terms().recheck.to_std().unwrap_or(PAUSE);
        let rounds = move || {
            loop {
                if let Err(error) = self.run_once() {
                    tracing::warn!(cause = %error, "domains have to wait for the next round");
                }
                thread::sleep(pause.min(PAUSE));
            }
        };
        thread::Builder::new()
            .name("watcher".to_owned())
            .spawn(rounds)?;
        Ok(())
    }

    /// Looks at everything that is due now; answers how many domains that were.
    ///
    /// # Errors
    /// Where the database fails; what was found until then is written down.
    pub fn run_once(&self) -> Result<usize> {
        let now = self.clock.now();
        let due = self.db.read(|conn| domains::count_due(conn, now, LANES))?;
        let turn = Mutex::new(());
        let lane = || self.lane(&turn);
        let done: Vec<Result<usize>> = thread::scope(|scope| {
            let start = |_| {
                let builder = thread::Builder::new().name("watcher".to_owned());
                builder.spawn_scoped(scope, lane).map_err(Error::internal)
            };
            let lanes: Vec<_> = (0..due).map(start).collect();
            lanes
                .into_iter()
                .map(|lane| {
                    lane?
                        .join()
                        .map_err(|_| Error::internal("a look panicked"))?
                })
                .collect()
        });
        done.into_iter().sum()
    }

    /// One look after the other, until nothing is due. The threads take turns at the database, so that they take no
    /// more than one connection away from the requests, also where a tenant's row is locked for long.
    fn lane(&self, turn: &Mutex<()>) -> Result<usize> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(Error::internal)?;
        let mut looked = 0;
        while let Some(question) = in_turn(turn, || self.claim())? {
            let hostname = question.domain().hostname.clone();
            let done = runtime
                .block_on(self.proofs.look(question))
                .and_then(|look| in_turn(turn, || self.record(look)));
            match done {
                // Removed in the meantime.
                Ok(()) | Err(Error::NotFound) => {}
                Err(error) => tracing::warn!(%hostname, cause = %error, "a look was in vain"),
            }
            looked += 1;
        }
        Ok(looked)
    }

    fn claim(&self) -> Result<Option<Question>> {
        let (now, terms) = (self.clock.now(), self.proofs.terms());
        self.db.write(|tx| domains::claim_due(tx, now, terms))
    }

    fn record(&self, look: Look) -> Result<()> {
        let author = Author::system(look.question().tenant(), self.clock.now());
        let was = look.question().domain().status;
        let terms = self.proofs.terms();
        let domain = self.db.write_and_tell(|tx| {
            let (domain, entries) = domains::record_look(tx, &author, terms, look)?;
            let opened = if domain.is_proven() {
                tenants::open_users_section(tx, &author)?
            } else {
                Entries::none("nothing is proven")
            };
            let entries = entries.join(opened);
            record(tx, &entries)?;
            Ok((domain, entries.changes()))
        })?;
        if domain.status != was {
            let (from, to) = (was.as_str(), domain.status.as_str());
            tracing::info!(hostname = %domain.hostname, from, to, "a domain has changed");
        }
        Ok(())
    }
}

fn in_turn<T>(turn: &Mutex<()>, work: impl FnOnce() -> T) -> T {
    let _mine = turn.lock().unwrap_or_else(PoisonError::into_inner);
    work()
}
