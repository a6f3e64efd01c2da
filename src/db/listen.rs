//! The connection that hears of changes: LISTEN on one of its own, and a thread that does nothing else. When it is lost
//! that is known at once, and when there is another one everything is told, because nobody knows what was missed.
//!
//! libpq cannot be waited for with a time limit, so a connection may hang without an end. A second thread watches the
//! first, leaves it alone where it hangs, and starts another; the one that was left ends when it comes back.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Weak};
use std::thread::sleep;
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::changes::{Bell, Change, Changes};
use super::pool::with_options;
use crate::error::{Error, Result};

/// What the triggers of the migrations notify.
const CHANNEL: &str = "roster_changes";
/// What the trigger of the outbox notifies.
const MAIL_CHANNEL: &str = "roster_mail";
/// The connection's name in `pg_stat_activity`.
const NAME: &str = "roster changes";
/// A server that does not answer is given up after about two seconds.
const OPTIONS: [(&str, &str); 5] = [
    ("connect_timeout", "2"),
    ("tcp_user_timeout", "2000"),
    ("keepalives_idle", "1"),
    ("keepalives_interval", "1"),
    ("keepalives_count", "2"),
];
/// How often the connection is looked at: a system call that finds nothing.
const POLL: Duration = Duration::from_millis(20);
/// How often the server is asked, to prove that it is there: three times while a proof is good.
const PROOF_INTERVAL: Duration = Duration::from_millis(250);
/// How long one statement of this connection may take, in milliseconds.
const STATEMENT_TIMEOUT_MS: u32 = 5_000;
/// How long the connection may prove nothing before another one is opened.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often the watching thread looks up.
const ATTENTION: Duration = Duration::from_millis(500);
const SHORTEST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

impl Changes {
    /// Hears of changes on this database, on a thread of its own, as long as somebody has this value.
    ///
    /// # Errors
    /// Where the thread cannot be started. A database that is away is waited for.
    pub fn listen(&self, url: &str) -> Result<()> {
        let (url, bell) = (with_options(url, &OPTIONS), Arc::downgrade(&self.0));
        spawn(move || keep_listening(&url, &bell))
    }
}

fn spawn(work: impl FnOnce() + Send + 'static) -> Result<()> {
    std::thread::Builder::new()
        .name("changes".to_owned())
        .spawn(work)
        .map(drop)
        .map_err(Error::internal)
}

/// Opens connection after connection.
fn keep_listening(url: &str, bell: &Weak<Bell>) {
    let (mut pause, mut is_known) = (SHORTEST_PAUSE, false);
    while let Some(term) = begin_term(bell) {
        let began = Instant::now();
        let Some(cause) = serve_term(url, bell, term) else {
            return;
        };
        if began.elapsed() > PATIENCE {
            (pause, is_known) = (SHORTEST_PAUSE, false);
        }
        if is_known {
            tracing::debug!(%cause, "changes are still not heard");
        } else {
            tracing::warn!(
                %cause,
                "changes are not heard: every request asks the database"
            );
        }
        is_known = true;
        sleep(pause);
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

fn begin_term(bell: &Weak<Bell>) -> Option<u64> {
    let bell = bell.upgrade()?;
    Some(bell.terms.fetch_add(1, Ordering::AcqRel) + 1)
}

/// The bell, as long as somebody needs it and this is the newest connection.
fn bell_in(bell: &Weak<Bell>, term: u64) -> Option<Arc<Bell>> {
    bell.upgrade()
        .filter(|bell| bell.terms.load(Ordering::Acquire) == term)
}

/// One connection on a thread of its own; answers why it is no use any more, or none where nobody needs it.
fn serve_term(url: &str, bell: &Weak<Bell>, term: u64) -> Option<String> {
    let (tell, end) = channel();
    let (url, ours) = (url.to_owned(), Weak::clone(bell));
    let started = spawn(move || {
        let Err(cause) = listen(&url, &ours, term) else {
            return;
        };
        // Before anything else.
        if let Some(bell) = ours.upgrade() {
            bell.hearing.lose();
        }
        let _nobody_waits = tell.send(cause.to_string());
    });
    match started {
        Ok(()) => attend(bell, &end),
        Err(cause) => Some(cause.to_string()),
    }
}

/// Waits for the end of a connection, or until it hangs.
fn attend(bell: &Weak<Bell>, end: &Receiver<String>) -> Option<String> {
    let began = Instant::now();
    loop {
        match end.recv_timeout(ATTENTION) {
            Ok(cause) => return Some(cause),
            Err(RecvTimeoutError::Disconnected) => {
                bell.upgrade()?;
                return Some("the thread that listens has ended".to_owned());
            }
            Err(RecvTimeoutError::Timeout) => {}
        }
        let hearing = bell.upgrade()?.hearing.clone();
        if began.elapsed() > PATIENCE && !hearing.is_proven_within(PATIENCE) {
            return Some("the connection that listens hangs".to_owned());
        }
    }
}

/// Listens until the connection is lost or nobody needs it.
fn listen(url: &str, bell: &Weak<Bell>, term: u64) -> Result<()> {
    let mut conn = PgConnection::establish(url)
        .map_err(|error| Error::DatabaseUnavailable(error.to_string()))?;
    conn.batch_execute(&format!(
        "SET application_name = '{NAME}'; SET statement_timeout = {STATEMENT_TIMEOUT_MS}; LISTEN {CHANNEL}; LISTEN {MAIL_CHANNEL}"
    ))?;
    if let Some(bell) = bell_in(bell, term) {
        // What was committed until now, nobody here has heard.
        bell.hearing.miss();
        tracing::debug!("listening for changes");
    }
    let mut due = Instant::now();
    while let Some(bell) = bell_in(bell, term) {
        if bell.hearing.has_missed() {
            bell.hearing.catch_up();
            bell.tell(Change::Everything, &mut conn)?;
            due = Instant::now();
        }
        deliver(&bell, &mut conn)?;
        if Instant::now() >= due {
            prove(&bell, &mut conn)?;
            due = Instant::now() + PROOF_INTERVAL;
        }
        drop(bell);
        sleep(POLL);
    }
    Ok(())
}

/// Shows that the server is there, and with it that nothing it has sent before is still under way.
fn prove(bell: &Bell, conn: &mut PgConnection) -> Result<()> {
    let asked = bell.hearing.now();
    // A pooler between may have given the session that listens to somebody else.
    let listens: bool = diesel::select(sql::<Bool>(&format!(
        "EXISTS (SELECT FROM pg_listening_channels() AS channel WHERE channel = '{CHANNEL}')"
    )))
    .get_result(conn)?;
    if !listens {
        return Err(Error::DatabaseUnavailable(
            "the session does not listen any more".to_owned(),
        ));
    }
    deliver(bell, conn)?;
    bell.hearing.prove(asked);
    Ok(())
}

/// Tells what has arrived, once however often it was sent.
fn deliver(bell: &Bell, conn: &mut PgConnection) -> Result<()> {
    let arrived: QueryResult<BTreeSet<Change>> = conn
        .notifications_iter()
        .map(|news| {
            news.map(|news| match news.channel.as_str() {
                MAIL_CHANNEL => Change::Mail,
                _ => Change::parse(&news.payload),
            })
        })
        .collect();
    for change in arrived? {
        bell.tell(change, conn)?;
    }
    Ok(())
}
