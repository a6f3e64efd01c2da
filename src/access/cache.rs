//! What is remembered of who may do what, so that a request of somebody who was here before asks the database nothing.
//!
//! Nothing is taken out when it changes; the change is marked. Whatever was loaded carries the number of marks there were
//! when its loading began, and counts only where none of the marks since concerns it. So a load that began before a
//! change and ends after it is worthless by itself, without any lock around loading.
//!
//! Memory is used only while changes are heard ([`Hearing`]). What depends on the time alone, the end of a session, is
//! kept as a time and compared on every request.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use moka::sync::Cache;
use uuid::Uuid;

use super::fix::{Claim, Grants};
use super::permission::KeySet;
use super::principal::Principal;
use crate::clock::Time;
use crate::db::{Change, Connection, Hearing, Subscriber};
use crate::error::Result;

/// How many sessions, and how many users, are remembered: some kilobytes each.
const SESSIONS: u64 = 10_000;
/// Of how many tenants the facts are remembered.
const TENANTS: u64 = 1_000;
/// What nobody has asked for so long is forgotten; an access token lives ten minutes.
const IDLE: Duration = Duration::from_mins(15);
/// So many marks are kept; with one more, everything counts as changed and there are none.
const MARKS: usize = 10_000;

/// Whom an access token names.
#[derive(Clone, Copy, Debug)]
pub struct Bearer {
    /// The tenant.
    pub tenant: Uuid,
    /// The user.
    pub user: Uuid,
    /// The session.
    pub session: Uuid,
}

/// What is the same for all users of a tenant, for questions about access.
#[derive(Clone, Debug)]
pub struct Facts {
    /// Every permission that people of the tenant may hold.
    pub catalogue: KeySet,
    /// Every role, in the order in which fixes are offered: its key, what it grants, and whether it is the built-in
    /// `admin`.
    pub roles: Vec<(String, KeySet, bool)>,
    /// The claims that wait for their proof; none where nobody looked, because the gate was open.
    pub claims: Option<Vec<Claim>>,
}

impl Facts {
    /// The roles as they concern somebody who may grant some of them.
    #[must_use]
    pub fn roles_for(&self, asker: &Principal) -> Vec<Grants> {
        let grants = |(key, keys, is_admin): &(String, KeySet, bool)| {
            Grants::of_role(asker, key.clone(), keys.clone(), *is_admin)
        };
        self.roles.iter().map(grants).collect()
    }
}

/// The principals and facts that are remembered. Clones share one memory.
#[derive(Clone)]
pub struct Principals {
    hearing: Hearing,
    marks: Arc<RwLock<Marks>>,
    sessions: Cache<Uuid, Arc<Known>>,
    /// Of each user, the principal of the session that was loaded last.
    users: Cache<Uuid, Arc<Known>>,
    facts: OfTenants<Facts>,
    /// Apart from the facts: every seat that is taken may change them.
    tiers: OfTenants<Vec<Grants>>,
}

/// Something of each tenant, and as of when.
type OfTenants<T> = Cache<Uuid, (u64, Arc<T>)>;

/// A principal as it was loaded.
struct Known {
    principal: Arc<Principal>,
    /// When its session ends, unless it is refreshed before.
    until: Time,
    as_of: u64,
}

/// When what was last changed, by count.
#[derive(Default)]
struct Marks {
    count: u64,
    /// Everything was changed then.
    floor: u64,
    last: HashMap<Change, u64>,
}

impl Marks {
    fn set(&mut self, change: Change) {
        self.count += 1;
        let narrow = match change {
            // The gate, which is the tenant's.
            Change::Hosts(tenant) => Change::Tenant(tenant),
            other => other,
        };
        if narrow == Change::Everything || self.last.len() >= MARKS {
            self.last.clear();
            self.floor = self.count;
        } else {
            self.last.insert(narrow, self.count);
        }
    }

    /// Whether none of these was changed since.
    fn none_since(&self, as_of: u64, changes: &[Change]) -> bool {
        let before = |change: &Change| self.last.get(change).is_none_or(|&mark| mark <= as_of);
        self.floor <= as_of && changes.iter().all(before)
    }
}

impl Principals {
    /// An empty memory, used while changes are heard.
    #[must_use]
    pub fn new(hearing: Hearing) -> Self {
        let principals = || {
            Cache::builder()
                .max_capacity(SESSIONS)
                .time_to_idle(IDLE)
                .build()
        };
        Self {
            hearing,
            marks: Arc::default(),
            sessions: principals(),
            users: principals(),
            facts: of_tenants(),
            tiers: of_tenants(),
        }
    }

    /// The principal of a session, where it is remembered and nothing of it has changed.
    #[must_use]
    pub fn find(&self, bearer: Bearer, now: Time) -> Option<Arc<Principal>> {
        let known = self.known(&self.sessions, bearer.session)?;
        let Bearer {
            tenant, session, ..
        } = bearer;
        let is_theirs =
            known.principal.tenant.id == tenant && known.principal.user_id == bearer.user;
        let goes_on = now < known.until
            && self.none_since(known.as_of, &[Change::Session { tenant, session }]);
        (is_theirs && goes_on).then(|| Arc::clone(&known.principal))
    }

    /// How many changes there were. Asked before something is loaded, and handed over with what was.
    #[must_use]
    pub fn as_of(&self) -> u64 {
        let marks = self.marks.read().unwrap_or_else(PoisonError::into_inner);
        marks.count
    }

    /// Remembers a principal whose loading began at `as_of`; the session ends at `until`.
    #[must_use]
    pub fn keep(&self, as_of: u64, principal: Principal, until: Time) -> Arc<Principal> {
        let principal = Arc::new(principal);
        let known = Arc::new(Known {
            principal: Arc::clone(&principal),
            until,
            as_of,
        });
        self.users.insert(principal.user_id, Arc::clone(&known));
        self.sessions.insert(principal.session_id, known);
        principal
    }

    /// What is remembered of one tenant. Made before something is loaded that is to be kept in it.
    #[must_use]
    pub fn of_tenant(&self, tenant: Uuid) -> Memory {
        Memory {
            principals: self.clone(),
            tenant,
            as_of: self.as_of(),
        }
    }

    /// Says that something has changed: nothing that was loaded before counts any more, as far as this concerns it.
    pub fn forget(&self, change: Change) {
        let mut marks = self.marks.write().unwrap_or_else(PoisonError::into_inner);
        marks.set(change);
    }

    /// A principal of whose user and tenant nothing has changed.
    fn known(&self, cache: &Cache<Uuid, Arc<Known>>, id: Uuid) -> Option<Arc<Known>> {
        let known = cache.get(&id).filter(|_| self.hearing.is_heard())?;
        let (tenant, user) = (known.principal.tenant.id, known.principal.user_id);
        let its = [Change::Tenant(tenant), Change::User { tenant, user }];
        self.none_since(known.as_of, &its).then_some(known)
    }

    fn none_since(&self, as_of: u64, changes: &[Change]) -> bool {
        let marks = self.marks.read().unwrap_or_else(PoisonError::into_inner);
        marks.none_since(as_of, changes)
    }
}

fn of_tenants<T: Send + Sync + 'static>() -> OfTenants<T> {
    Cache::builder()
        .max_capacity(TENANTS)
        .time_to_idle(IDLE)
        .build()
}

impl Subscriber for Principals {
    fn hear(&self, change: Change, _: &mut Connection) -> Result<()> {
        if change != Change::Mail {
            self.forget(change);
        }
        Ok(())
    }
}

/// What is remembered of one tenant: for answers that need nothing else.
#[derive(Clone)]
pub struct Memory {
    principals: Principals,
    tenant: Uuid,
    as_of: u64,
}

impl Memory {
    /// Somebody of the tenant who has a session.
    #[must_use]
    pub fn user(&self, id: Uuid) -> Option<Arc<Principal>> {
        let known = self.principals.known(&self.principals.users, id)?;
        (known.principal.tenant.id == self.tenant).then(|| Arc::clone(&known.principal))
    }

    /// What is the same for all of its users.
    #[must_use]
    pub fn facts(&self) -> Option<Arc<Facts>> {
        let kept = self.principals.facts.get(&self.tenant)?;
        self.if_unchanged(kept, &[Change::Tenant(self.tenant)])
    }

    /// Its tiers in the order in which fixes are offered, and whether they have a seat left.
    #[must_use]
    pub fn tiers(&self) -> Option<Arc<Vec<Grants>>> {
        let kept = self.principals.tiers.get(&self.tenant)?;
        let changes = [Change::Tenant(self.tenant), Change::Seats(self.tenant)];
        self.if_unchanged(kept, &changes)
    }

    fn if_unchanged<T>(&self, (as_of, kept): (u64, Arc<T>), changes: &[Change]) -> Option<Arc<T>> {
        let memory = &self.principals;
        let counts = memory.hearing.is_heard() && memory.none_since(as_of, changes);
        counts.then_some(kept)
    }

    /// Remembers facts and tiers that were loaded since this value was made.
    pub fn keep(&self, facts: Facts, tiers: Vec<Grants>) {
        let (memory, as_of) = (&self.principals, self.as_of);
        memory.facts.insert(self.tenant, (as_of, Arc::new(facts)));
        memory.tiers.insert(self.tenant, (as_of, Arc::new(tiers)));
    }
}

#[cfg(test)]
mod tests;
