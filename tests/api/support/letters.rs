//! Letters as they wait in the outbox. Without `ROSTER_SECRET_KEY` the tokens of their links stand there as they will stand
//! in the mail, and nobody delivers them unless a test does.

use std::thread::sleep;
use std::time::{Duration, Instant};

use super::TestApp;

/// How long what is written after an answer may take.
const PATIENCE: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(10);

impl TestApp {
    /// How many letters of this kind were written to an address.
    pub(crate) fn letters(&self, kind: &str, email: &str) -> i64 {
        self.database.number(&format!(
            "SELECT count(*) FROM outbox WHERE letter->>'kind' = '{kind}' AND email = '{email}'"
        ))
    }

    /// The token of the newest letter of this kind to an address.
    #[track_caller]
    pub(crate) fn token(&self, kind: &str, email: &str) -> String {
        let token = self.database.text(&format!(
            "SELECT coalesce((SELECT convert_from(link, 'UTF8') FROM outbox WHERE letter->>'kind' = '{kind}' \
             AND email = '{email}' ORDER BY created_at DESC, id DESC LIMIT 1), '')"
        ));
        assert!(token.starts_with("rl_"), "no {kind} for {email}: {token:?}");
        token
    }

    /// Waits until so many letters of this kind were written to an address.
    #[track_caller]
    pub(crate) fn await_letters(&self, count: i64, kind: &str, email: &str) {
        let start = Instant::now();
        while self.letters(kind, email) < count {
            assert!(start.elapsed() < PATIENCE, "no {kind} for {email}");
            sleep(PAUSE);
        }
    }
}
