//! What was changed, told to whoever keeps it in memory: on this instance by the write itself, before it is answered; on
//! every other one by Postgres' NOTIFY, which triggers send and the thread in `listen` hears.
//!
//! Memory may be used as long as changes are heard, which is proven several times a second. Who cannot prove it asks the
//! database.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use diesel::pg::PgConnection;
use uuid::Uuid;

use crate::error::Result;

/// How long a proof is good for. What is changed elsewhere counts here within a second even where the connection that
/// hears of it hangs: from the last proof on, memory is used no longer than this.
const LEASE: Duration = Duration::from_millis(750);

/// Something that was changed and that somebody may have in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Change {
    /// A session was ended.
    Session {
        /// Its tenant.
        tenant: Uuid,
        /// The session.
        session: Uuid,
    },
    /// A user was edited, moved to another state or erased.
    User {
        /// Their tenant.
        tenant: Uuid,
        /// The user.
        user: Uuid,
    },
    /// A tenant, its roles, its tiers, or many of its users.
    Tenant(Uuid),
    /// The domains of a tenant, and with them its gate.
    Hosts(Uuid),
    /// Whether tiers of a tenant have seats left.
    Seats(Uuid),
    /// A letter was posted. Nobody has that in memory; the postmen want to know.
    Mail,
    /// Anything.
    Everything,
}

impl Change {
    /// Reads what a trigger sent. A word that is unknown here is a newer binary's, and may mean anything.
    pub(super) fn parse(payload: &str) -> Self {
        let (kind, ids) = payload.split_once(':').unwrap_or((payload, ""));
        let (tenant, id) = ids.split_once(':').unwrap_or((ids, ""));
        let Ok(tenant) = tenant.parse::<Uuid>() else {
            return Self::Everything;
        };
        match (kind, id.parse::<Uuid>()) {
            ("session", Ok(session)) => Self::Session { tenant, session },
            ("user", Ok(user)) => Self::User { tenant, user },
            ("tenant", _) => Self::Tenant(tenant),
            ("hosts", _) => Self::Hosts(tenant),
            ("seats", _) => Self::Seats(tenant),
            _ => Self::Everything,
        }
    }

    /// The same as part of a larger one: of its whole tenant.
    #[must_use]
    pub fn widened(self) -> Self {
        match self {
            Self::Session { tenant, .. } | Self::User { tenant, .. } => Self::Tenant(tenant),
            wide => wide,
        }
    }
}

/// Somebody who keeps in memory what others may change.
pub trait Subscriber: Send + Sync + 'static {
    /// Takes a change in: when this is done, nothing is answered any more from what was before it. `conn` sees the
    /// change and is in no transaction.
    ///
    /// # Errors
    /// Where the database fails. The change counts as missed then, and everything is told again.
    fn hear(&self, change: Change, conn: &mut PgConnection) -> Result<()>;
}

/// Whether changes are heard. Clones say the same.
#[derive(Clone)]
pub struct Hearing(Arc<Pulse>);

struct Pulse {
    began: Instant,
    /// When the newest proof was asked for, in milliseconds since `began`; 0 where there is none.
    proven: AtomicU64,
    missed: AtomicBool,
}

impl Default for Hearing {
    fn default() -> Self {
        Self(Arc::new(Pulse {
            began: Instant::now(),
            proven: AtomicU64::new(0),
            missed: AtomicBool::new(false),
        }))
    }
}

impl Hearing {
    /// Whether all that was committed until less than a second ago has been told here.
    #[must_use]
    pub fn is_heard(&self) -> bool {
        !self.has_missed() && self.is_proven_within(LEASE)
    }

    /// Whether there was a proof within this time.
    pub(super) fn is_proven_within(&self, time: Duration) -> bool {
        let proven = self.0.proven.load(Ordering::Acquire);
        let age = Duration::from_millis(self.now().saturating_sub(proven));
        proven != 0 && age < time
    }

    /// The time in milliseconds, never 0.
    pub(crate) fn now(&self) -> u64 {
        let elapsed = self.0.began.elapsed().as_millis();
        u64::try_from(elapsed).unwrap_or(u64::MAX).saturating_add(1)
    }

    /// Says that everything has been told that was committed until `asked`. An older proof does not replace a newer.
    pub(crate) fn prove(&self, asked: u64) {
        self.0.proven.fetch_max(asked, Ordering::AcqRel);
    }

    /// Says that from now on changes may go unheard.
    pub(super) fn lose(&self) {
        self.0.proven.store(0, Ordering::Release);
    }

    /// Says that a change may have gone unheard.
    pub(super) fn miss(&self) {
        self.0.missed.store(true, Ordering::Release);
        self.lose();
    }

    pub(super) fn has_missed(&self) -> bool {
        self.0.missed.load(Ordering::Acquire)
    }

    /// Begins anew; what was missed is about to be told.
    pub(super) fn catch_up(&self) {
        self.lose();
        self.0.missed.store(false, Ordering::Release);
    }
}

/// Tells subscribers what has changed. Clones tell the same ones.
#[derive(Clone)]
pub struct Changes(pub(super) Arc<Bell>);

pub(super) struct Bell {
    pub(super) hearing: Hearing,
    subscribers: Vec<Box<dyn Subscriber>>,
    /// Counts the connections that were opened to listen; only the newest one goes on.
    pub(super) terms: AtomicU64,
}

impl Changes {
    /// Tells these.
    #[must_use]
    pub fn new(hearing: Hearing, subscribers: Vec<Box<dyn Subscriber>>) -> Self {
        Self(Arc::new(Bell {
            hearing,
            subscribers,
            terms: AtomicU64::new(0),
        }))
    }

    /// Tells what this instance has just committed.
    pub(super) fn tell_own(&self, changes: &[Change], conn: &mut PgConnection) {
        for change in changes {
            if let Err(cause) = self.0.tell(*change, conn) {
                tracing::warn!(%cause, "a change has to be told again");
                self.0.hearing.miss();
            }
        }
    }

    /// Says that nobody knows whether something was committed.
    pub(super) fn miss(&self) {
        self.0.hearing.miss();
    }
}

impl Bell {
    /// Tells everybody, also after one of them has failed.
    pub(super) fn tell(&self, change: Change, conn: &mut PgConnection) -> Result<()> {
        let mut told = Ok(());
        for subscriber in &self.subscribers {
            told = told.and(subscriber.hear(change, conn));
        }
        told
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_triggers_send_is_understood_and_anything_else_means_everything() {
        let [a, b] = [Uuid::now_v7(), Uuid::now_v7()];
        let (tenant, session, user) = (a, b, b);
        for (payload, change) in [
            (
                format!("session:{a}:{b}"),
                Change::Session { tenant, session },
            ),
            (format!("user:{a}:{b}"), Change::User { tenant, user }),
            (format!("tenant:{a}"), Change::Tenant(a)),
            (format!("hosts:{a}"), Change::Hosts(a)),
            (format!("seats:{a}"), Change::Seats(a)),
            ("all".to_owned(), Change::Everything),
            (String::new(), Change::Everything),
            (format!("key:{a}:{b}"), Change::Everything),
            (format!("user:{a}"), Change::Everything),
            (format!("user:{a}:ana"), Change::Everything),
            (format!("user:ana:{b}"), Change::Everything),
        ] {
            assert_eq!(Change::parse(&payload), change, "{payload}");
        }
    }

    #[test]
    fn memory_is_used_only_after_a_proof_and_never_after_a_loss() {
        let hearing = Hearing::default();
        assert!(!hearing.is_heard());
        hearing.prove(hearing.now());
        assert!(hearing.is_heard());
        hearing.lose();
        assert!(!hearing.is_heard());
        hearing.prove(hearing.now());
        hearing.miss();
        hearing.prove(hearing.now());
        assert!(!hearing.is_heard(), "what was missed was not told again");
        hearing.catch_up();
        assert!(!hearing.is_heard(), "nothing was proven since");
        hearing.prove(hearing.now());
        assert!(hearing.is_heard());
        std::thread::sleep(LEASE);
        assert!(!hearing.is_heard(), "the proof is too old");
    }
}
