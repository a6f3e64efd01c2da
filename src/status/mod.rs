//! How the service is: for load balancers, and for people who look up a problem code.

pub mod api;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether the service takes requests; false from the moment that it is asked to stop.
#[derive(Clone, Debug, Default)]
pub struct Draining(Arc<AtomicBool>);

impl Draining {
    /// From now on `/readyz` says no.
    pub fn begin(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    fn has_begun(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
