//! In whose name a tenant is changed, and when: by somebody's request, or by the service itself. Rules that both go
//! through take an author instead of a request.

use std::sync::Arc;

use uuid::Uuid;

use super::{Actor, Entry, Origin, Target};
use crate::clock::Time;

/// Who changes something of a tenant, and when.
#[derive(Clone, Debug)]
pub struct Author {
    tenant: Uuid,
    now: Time,
    actor: Actor,
    origin: Arc<Origin>,
}

impl Author {
    /// Somebody of the tenant, in a request.
    #[must_use]
    pub fn new(tenant: Uuid, now: Time, actor: Actor, origin: Arc<Origin>) -> Self {
        Self {
            tenant,
            now,
            actor,
            origin,
        }
    }

    /// The service itself.
    #[must_use]
    pub fn system(tenant: Uuid, now: Time) -> Self {
        Self::new(tenant, now, Actor::system(), Arc::default())
    }

    /// The tenant that every query is bound to.
    #[must_use]
    pub fn tenant(&self) -> Uuid {
        self.tenant
    }

    /// The time of the change, the same for all that it writes.
    #[must_use]
    pub fn now(&self) -> Time {
        self.now
    }

    /// An activity entry of the tenant.
    #[must_use]
    pub fn entry(&self, action: &'static str, target: Target) -> Entry {
        Entry::new(self.tenant, self.now, action, self.actor.clone(), target).from(&self.origin)
    }
}
