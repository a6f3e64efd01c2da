//! What happens by itself: sessions that are over, kept answers and failed attempts past their day, letters past their
//! week, mailed links past their month, devices past their half year and users past their month in the trash go, and keys
//! that sign are rotated. Every instance tries; a lock lets one of them do it.

use std::time::Duration;

use diesel::prelude::*;

use crate::audit::{Author, record};
use crate::auth::Rotation;
use crate::clock::Clock;
use crate::db::{Change, Connection, Database, try_lock};
use crate::error::Result;
use crate::{attempts, http, links, mail, sessions, tenants, users};

/// How often.
const INTERVAL: Duration = Duration::from_hours(1);
/// Any number that nothing else locks.
const LOCK: i64 = 0x7570_6b65_6570;

/// Looks after the database.
#[derive(Clone)]
pub struct Upkeep {
    db: Database,
    clock: Clock,
    rotation: Rotation,
}

impl Upkeep {
    /// Looks after this database, and its signing keys as this says.
    #[must_use]
    pub fn new(db: Database, clock: Clock, rotation: Rotation) -> Self {
        Self {
            db,
            clock,
            rotation,
        }
    }

    /// Runs every hour on a thread of its own, as long as the process lives.
    ///
    /// # Errors
    /// Where the thread cannot be started.
    pub fn start(self) -> std::io::Result<()> {
        let rounds = move || {
            loop {
                if let Err(error) = self.run_once() {
                    tracing::warn!(cause = %error, "upkeep has to wait for the next round");
                }
                std::thread::sleep(INTERVAL);
            }
        };
        std::thread::Builder::new()
            .name("upkeep".to_owned())
            .spawn(rounds)?;
        Ok(())
    }

    /// One round: batches until nothing is left to do.
    ///
    /// # Errors
    /// Where the database fails; what was done until then stays done.
    pub fn run_once(&self) -> Result<()> {
        while self.db.write_and_tell(|tx| self.batch(tx))? {}
        self.db.write_and_tell(|tx| self.rotate_keys(tx))
    }

    /// Answers whether there may be more to do, and what has changed.
    fn batch(&self, tx: &mut Connection) -> Result<(bool, Vec<Change>)> {
        if !diesel::select(try_lock(LOCK)).get_result::<bool>(tx)? {
            return Ok((false, Vec::new()));
        }
        let now = self.clock.now();
        let sessions = sessions::forget_ended(tx, now)?;
        let answers = http::forget_old_answers(tx, now)?;
        let attempts = attempts::forget_old(tx, now)?;
        let links = links::forget_old(tx, now)?;
        let letters = mail::forget_old(tx, now)?;
        let devices = sessions::forget_devices(tx, now)?;
        let (users, entries) = users::empty_trash(tx, now)?;
        record(tx, &entries)?;
        let done = sessions + answers + attempts + links + letters + devices + users;
        if done > 0 {
            tracing::info!(
                sessions, answers, attempts, links, letters, devices, users, "upkeep"
            );
        }
        Ok((done > 0, entries.changes()))
    }

    /// In a transaction of its own: keys that cannot be read keep nothing else from being done.
    fn rotate_keys(&self, tx: &mut Connection) -> Result<((), Vec<Change>)> {
        if !diesel::select(try_lock(LOCK)).get_result::<bool>(tx)? {
            return Ok(((), Vec::new()));
        }
        let Some(platform) = tenants::platform_id(tx)? else {
            return Ok(((), Vec::new()));
        };
        let author = Author::system(platform, self.clock.now());
        let entries = self.rotation.run(tx, &author)?;
        record(tx, &entries)?;
        if !entries.is_empty() {
            tracing::info!("signing keys were rotated");
        }
        Ok(((), entries.changes()))
    }
}
