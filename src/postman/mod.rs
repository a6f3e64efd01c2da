//! Takes letters out of the outbox and hands them to the mail server, without anybody asking. Every instance does; a
//! letter is handed to one of them, which has it for the length of a lease and holds no transaction open meanwhile.
//!
//! A letter goes out at least once, and almost always exactly once: it is marked as delivered right after the mail
//! server has taken it. Only where the process or the database goes away between the two, for longer than the lease, it
//! goes out again, with the same Message-ID, by which mail programs and servers know that it is the same.

mod backoff;
mod doorbell;
mod message;
mod way;

pub use doorbell::Doorbell;

use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use chrono::TimeDelta;
use lettre::Address;

use crate::audit::record;
use crate::clock::Clock;
use crate::config::Config;
use crate::db::Database;
use crate::error::{Error, Result};
use crate::mail::{self, Seal, Taken};
use way::{Failure, Way};

/// How long the postman rests when nobody rings.
const PAUSE: Duration = Duration::from_secs(10);
/// Letters at a time. Most of one is waiting for the mail server.
const LANES: usize = 4;
/// How long a letter is somebody's; longer than a mail server that answers slowly can take.
const LEASE: TimeDelta = TimeDelta::minutes(10);
/// How often a letter that has gone out is marked so, while the database is away.
const MARKS: u32 = 60;
/// How long the letters in hand may take once the service is asked to stop.
const FINISH: Duration = Duration::from_secs(10);
/// The sender of letters that are only written to a folder.
const NOBODY: &str = "roster@roster.example";

/// Delivers letters.
#[derive(Clone)]
pub struct Postman {
    db: Database,
    clock: Clock,
    seal: Seal,
    public_url: Arc<str>,
    from: Address,
    way: Way,
    doorbell: Doorbell,
}

impl Postman {
    /// Delivers the letters of this database, woken by this bell.
    ///
    /// # Errors
    /// Where `ROSTER_SMTP_URL` leads nowhere.
    pub fn new(
        config: &Config,
        db: Database,
        clock: Clock,
        seal: Seal,
        doorbell: Doorbell,
    ) -> Result<Self> {
        let from = match &config.mail_from {
            Some(from) => from.clone(),
            None => NOBODY.parse().map_err(Error::internal)?,
        };
        Ok(Self {
            db,
            clock,
            seal,
            public_url: config.public_url.as_str().into(),
            from,
            way: Way::new(config)?,
            doorbell,
        })
    }

    /// Runs on threads of its own, until it is stopped.
    ///
    /// # Errors
    /// Where the first of them cannot be started.
    pub fn start(self) -> std::io::Result<()> {
        tracing::info!("{}", self.way.describe());
        let rounds = move || {
            while self.doorbell.begin() {
                if let Err(error) = self.run_once() {
                    tracing::warn!(cause = %error, "letters have to wait for the next round");
                }
                self.doorbell.rest(PAUSE);
            }
        };
        thread::Builder::new()
            .name("postman".to_owned())
            .spawn(rounds)?;
        Ok(())
    }

    /// Finishes the letters in hand and takes no more.
    pub fn stop(&self) {
        self.doorbell.close(FINISH);
    }

    /// Delivers everything that is due now; answers how many letters went out.
    ///
    /// # Errors
    /// Where the database fails; what has gone out until then is marked so.
    pub fn run_once(&self) -> Result<usize> {
        let now = self.clock.now();
        let due = self.db.read(|conn| mail::count_due(conn, now, LANES))?;
        let turn = Mutex::new(());
        let lane = || self.lane(&turn);
        let done: Vec<Result<usize>> = thread::scope(|scope| {
            let start = |_| {
                let builder = thread::Builder::new().name("postman".to_owned());
                builder.spawn_scoped(scope, lane).map_err(Error::internal)
            };
            let lanes: Vec<_> = (0..due).map(start).collect();
            let panicked = |_| Error::internal("a postman panicked");
            lanes
                .into_iter()
                .map(|lane| lane?.join().map_err(panicked)?)
                .collect()
        });
        done.into_iter().sum()
    }

    /// One letter after the other, until none is due or the mail server is away. The threads take turns at the database,
    /// so that they take no more than one connection away from the requests.
    fn lane(&self, turn: &Mutex<()>) -> Result<usize> {
        let mut delivered = 0;
        while let Some(letter) = in_turn(turn, || self.take())? {
            match self.send(&letter) {
                Ok(()) => {
                    self.mark(turn, &letter)?;
                    delivered += 1;
                }
                Err(failure) => {
                    in_turn(turn, || self.put_back(&letter, &failure))?;
                    if failure.is_away {
                        break;
                    }
                }
            }
        }
        Ok(delivered)
    }

    /// The next letter that is worth a try; those that are not are given up on the way to it.
    fn take(&self) -> Result<Option<Taken>> {
        while !self.doorbell.is_closed() {
            let now = self.clock.now();
            let taken = self.db.write(|tx| {
                let Some(letter) = mail::take_due(tx, now, LEASE)? else {
                    return Ok(None);
                };
                let is_over = letter.is_over(now);
                if is_over {
                    let entries = letter.give_up(tx, now)?;
                    record(tx, &entries)?;
                }
                Ok(Some((letter, is_over)))
            })?;
            match taken {
                Some((letter, true)) => {
                    tracing::warn!(letter = %letter.id(), kind = letter.kind(), "a letter is given up");
                }
                Some((letter, false)) => return Ok(Some(letter)),
                None => return Ok(None),
            }
        }
        Ok(None)
    }

    fn send(&self, letter: &Taken) -> Result<(), Failure> {
        let written = letter.write(&self.seal, &self.public_url);
        let now = self.clock.now();
        let message = written
            .and_then(|written| message::compose(&self.from, letter.id(), &written, now))
            .map_err(|cause| Failure::unwritten(&cause))?;
        self.way.send(letter.id(), &message)
    }

    /// It would go out again if this were not written down: where the database is away, that is tried for a while.
    fn mark(&self, turn: &Mutex<()>, letter: &Taken) -> Result<()> {
        let mut left = MARKS;
        loop {
            let now = self.clock.now();
            let marked = in_turn(turn, || self.db.write(|tx| letter.delivered(tx, now)));
            match marked {
                Err(Error::DatabaseUnavailable(_)) if left > 0 => left -= 1,
                done => return done,
            }
            thread::sleep(Duration::from_secs(1));
        }
    }

    fn put_back(&self, letter: &Taken, failure: &Failure) -> Result<()> {
        let (kind, attempt) = (letter.kind(), letter.attempt());
        tracing::warn!(letter = %letter.id(), kind, attempt, cause = %failure.cause, "a letter has to wait");
        let wait = backoff::wait(attempt, failure.is_refused)?;
        let now = self.clock.now();
        self.db
            .write(|tx| letter.put_back(tx, now, wait, &failure.summary))
    }
}

fn in_turn<T>(turn: &Mutex<()>, work: impl FnOnce() -> T) -> T {
    let _mine = turn.lock().unwrap_or_else(PoisonError::into_inner);
    work()
}
