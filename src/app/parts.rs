//! The parts of a service that somebody outside runs, asks or stops.

use super::Service;
use crate::access::Principals;
use crate::postman::Postman;
use crate::status::Draining;
use crate::upkeep::Upkeep;
use crate::watcher::Watcher;

impl Service {
    /// What turns readiness off before the server is stopped.
    #[must_use]
    pub fn draining(&self) -> Draining {
        self.draining.clone()
    }

    /// What is remembered of who may do what; whoever changes the database past the service may want it forgotten.
    #[must_use]
    pub fn principals(&self) -> Principals {
        self.principals.clone()
    }

    /// What looks after the database while the server runs.
    #[must_use]
    pub fn upkeep(&self) -> Upkeep {
        self.upkeep.clone()
    }

    /// What looks at the domains while the server runs.
    #[must_use]
    pub fn watcher(&self) -> Watcher {
        self.watcher.clone()
    }

    /// What delivers letters while the server runs.
    #[must_use]
    pub fn postman(&self) -> Postman {
        self.postman.clone()
    }
}
