//! What wakes the postman: a letter was posted, on this instance or on another one; and what lets it go home.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::db::{Change, Connection, Subscriber};
use crate::error::Result;

/// Rings when there is something to do. Clones are the same bell.
#[derive(Clone, Default)]
pub struct Doorbell(Arc<Door>);

#[derive(Default)]
struct Door {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    is_rung: bool,
    is_closed: bool,
    is_at_work: bool,
}

impl Doorbell {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn is_closed(&self) -> bool {
        self.state().is_closed
    }

    /// Begins a round; false where there is none any more.
    pub(super) fn begin(&self) -> bool {
        let mut state = self.state();
        state.is_rung = false;
        state.is_at_work = !state.is_closed;
        state.is_at_work
    }

    /// Ends a round and waits: for the bell, for the end, or for so long.
    pub(super) fn rest(&self, pause: Duration) {
        let mut state = self.state();
        state.is_at_work = false;
        self.0.changed.notify_all();
        let nothing = |state: &mut State| !state.is_rung && !state.is_closed;
        let waited = self.0.changed.wait_timeout_while(state, pause, nothing);
        drop(waited);
    }

    /// Lets no round begin any more, and waits for the one that runs, but not longer than this.
    pub(super) fn close(&self, patience: Duration) {
        let mut state = self.state();
        state.is_closed = true;
        self.0.changed.notify_all();
        let at_work = |state: &mut State| state.is_at_work;
        let waited = self.0.changed.wait_timeout_while(state, patience, at_work);
        drop(waited);
    }
}

impl Subscriber for Doorbell {
    fn hear(&self, change: Change, _: &mut Connection) -> Result<()> {
        if matches!(change, Change::Mail | Change::Everything) {
            self.state().is_rung = true;
            self.0.changed.notify_all();
        }
        Ok(())
    }
}
