//! Looks at every domain again and again, so that one whose record is gone is noticed and one whose record has come is
//! proven without anybody asking. Every instance watches; a look that is due is handed to one of them. The interval is
//! the same whatever the last answer was.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Mutex, PoisonError};
use std::thread::{self, Scope};
use std::time::Duration;

use uuid::Uuid;

use crate::audit::{Author, Entries, record};
use crate::clock::Clock;
use crate::db::Database;
use crate::domains::{self, Look, Proofs, Question};
use crate::error::{Error, Result};
use crate::tenants;

/// How long the watcher rests when nothing is due.
const PAUSE: Duration = Duration::from_secs(5);
/// Looks at a time. Most of one is waiting for name servers, and a slow one holds up no other.
const LOOKS: usize = 16;
/// So many of them at most are at domains of one tenant, whose name servers may all be silent.
const SHARE: usize = 8;
/// How often is asked, while looks are under way and there is room for more, whether another domain has come due.
const ATTENTION: Duration = Duration::from_millis(500);

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

    /// Looks at everything that is due, and at what comes due meanwhile; answers how many looks that were. Each look
    /// has a thread of its own, so that one at a silent name server takes a place, and nobody's turn.
    ///
    /// # Errors
    /// Where the database fails; what was found until then is written down.
    pub fn run_once(&self) -> Result<usize> {
        let turn = Mutex::new(());
        let (tell, ended) = channel();
        // The tenant of each look that is under way.
        let (mut looks, mut under_way) = (0, Vec::<Uuid>::new());
        thread::scope(|scope| -> Result<usize> {
            loop {
                while under_way.len() < LOOKS
                    && let Some(question) = in_turn(&turn, || self.claim(&busy(&under_way)))?
                {
                    under_way.push(question.tenant());
                    self.look_aside(scope, &turn, question, tell.clone())?;
                    looks += 1;
                }
                if under_way.is_empty() {
                    return Ok(looks);
                }
                // More may have come due when one ends, or while all wait for their name servers.
                if let Ok(tenant) = ended.recv_timeout(ATTENTION)
                    && let Some(place) = under_way.iter().position(|of| *of == tenant)
                {
                    under_way.swap_remove(place);
                }
            }
        })
    }

    /// A look on a thread of its own; tells its tenant when it has ended, in whatever way.
    fn look_aside<'scope>(
        &'scope self,
        scope: &'scope Scope<'scope, '_>,
        turn: &'scope Mutex<()>,
        question: Question,
        ended: Sender<Uuid>,
    ) -> Result<()> {
        let tenant = question.tenant();
        let look = move || {
            let look = AssertUnwindSafe(|| self.look(turn, question));
            if catch_unwind(look).is_err() {
                tracing::error!("a look panicked");
            }
            let _nobody_waits = ended.send(tenant);
        };
        let builder = thread::Builder::new().name("watcher".to_owned());
        let started = builder.spawn_scoped(scope, look);
        started.map(drop).map_err(Error::internal)
    }

    /// The threads take turns at the database, so that they take no more than one connection away from the requests,
    /// also where a tenant's row is locked for long.
    fn look(&self, turn: &Mutex<()>, question: Question) {
        let hostname = question.domain().hostname.clone();
        let done = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(Error::internal)
            .and_then(|runtime| runtime.block_on(self.proofs.look(question)))
            .and_then(|look| in_turn(turn, || self.record(look)));
        match done {
            // Removed in the meantime.
            Ok(()) | Err(Error::NotFound) => {}
            Err(error) => tracing::warn!(%hostname, cause = %error, "a look was in vain"),
        }
    }

    fn claim(&self, busy: &[Uuid]) -> Result<Option<Question>> {
        let (now, terms) = (self.clock.now(), self.proofs.terms());
        self.db.write(|tx| domains::claim_due(tx, now, terms, busy))
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

/// The tenants that have their share of the looks under way.
fn busy(under_way: &[Uuid]) -> Vec<Uuid> {
    let looks_of = |tenant: &Uuid| under_way.iter().filter(|of| *of == tenant).count();
    let tenants = under_way.iter().copied();
    tenants.filter(|tenant| looks_of(tenant) >= SHARE).collect()
}

fn in_turn<T>(turn: &Mutex<()>, work: impl FnOnce() -> T) -> T {
    let _mine = turn.lock().unwrap_or_else(PoisonError::into_inner);
    work()
}
