//! A letter on its way: taken out of the outbox by one instance, written, and ended or put back.

use chrono::TimeDelta;
use secrecy::ExposeSecret;
use serde_json::Value;
use uuid::Uuid;

use super::letter::Facts;
use super::link::Seal;
use super::store::{self, DELIVERED, GIVEN_UP, Row, Sender};
use super::words::{Reader, Words};
use super::{page, words};
use crate::audit::{Author, Entries, Target};
use crate::clock::Time;
use crate::db::Connection;
use crate::error::{Error, Result};

/// A letter that nobody else has for the time being.
pub struct Taken {
    row: Row,
    sender: Sender,
}

/// A letter in words. Nothing in it has line breaks or other control characters, but for the two bodies.
pub struct Written {
    /// Where to.
    pub email: String,
    /// The reader's full name.
    pub full_name: String,
    /// What the app is called.
    pub app_name: String,
    /// Where answers go.
    pub reply_to: Option<String>,
    /// The subject.
    pub subject: String,
    /// Plain text.
    pub plain: String,
    /// The same as HTML.
    pub html: String,
}

/// How many letters are due, counted up to `most`.
///
/// # Errors
/// Where the database fails.
pub fn count_due(conn: &mut Connection, now: Time, most: usize) -> Result<usize> {
    store::count_due(conn, now, most)
}

/// Takes the letter that has been due for longest. Whoever has it and goes silent loses it after `lease`.
///
/// # Errors
/// Where the database fails.
pub fn take_due(tx: &mut Connection, now: Time, lease: TimeDelta) -> Result<Option<Taken>> {
    let Some(row) = store::take_due(tx, now, now + lease)? else {
        return Ok(None);
    };
    let sender = store::find_sender(tx, row.tenant_id)?;
    Ok(Some(Taken { row, sender }))
}

impl Taken {
    /// UUIDv7; the same at every attempt.
    #[must_use]
    pub fn id(&self) -> Uuid {
        self.row.id
    }

    /// Which letter it is, such as `password_changed`.
    #[must_use]
    pub fn kind(&self) -> &str {
        let kind = self.row.letter.get("kind").and_then(Value::as_str);
        kind.unwrap_or("unknown")
    }

    /// Which attempt this is, from 1.
    #[must_use]
    pub fn attempt(&self) -> u32 {
        u32::try_from(self.row.attempts).unwrap_or(1)
    }

    /// Whether it comes too late: its link has ended, or it has been tried for long enough.
    #[must_use]
    pub fn is_over(&self, now: Time) -> bool {
        now >= self.row.give_up_at
    }

    /// Puts it into words, as the tenant looks and speaks now. The link leads to the tenant's primary domain where that
    /// is active, else to `public_url`.
    ///
    /// # Errors
    /// Where it is a newer binary's, or its link cannot be opened.
    pub fn write(&self, seal: &Seal, public_url: &str) -> Result<Written> {
        let facts: Facts =
            serde_json::from_value(self.row.letter.clone()).map_err(Error::internal)?;
        let link = self.link(&facts, seal, public_url)?;
        let chosen = &self.sender.chosen;
        let app_name = chosen.app_name.as_ref().unwrap_or(&self.sender.tenant_name);
        let (app_name, full_name) = (one_line(app_name), one_line(&self.row.full_name));
        let reader = Reader {
            full_name: &full_name,
            app_name: &app_name,
            support: chosen.support_email.as_deref(),
        };
        let mut words: Words = words::choose(&facts, &reader, chosen.language.as_deref());
        words.subject = one_line(&words.subject);
        Ok(Written {
            plain: page::plain(&words, link.as_deref()),
            html: page::html(&words, &app_name, chosen, link.as_deref()),
            email: self.row.email.clone(),
            reply_to: chosen.support_email.clone(),
            subject: words.subject,
            full_name,
            app_name,
        })
    }

    fn link(&self, facts: &Facts, seal: &Seal, public_url: &str) -> Result<Option<String>> {
        let Some(page) = facts.page() else {
            return Ok(None);
        };
        let sealed = self.row.link.as_deref();
        let sealed = sealed.ok_or_else(|| Error::internal("a letter has lost its link"))?;
        let secret = seal.open(sealed, self.row.is_sealed)?;
        let base = match &self.sender.host {
            Some(host) => format!("https://{host}"),
            None => public_url.to_owned(),
        };
        // What stands behind the # never comes to a server, nor into its logs.
        Ok(Some(format!("{base}/{page}#{}", secret.expose_secret())))
    }

    /// Ends it: it is the next one's now.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn delivered(&self, tx: &mut Connection, now: Time) -> Result<()> {
        store::end(tx, &self.row, DELIVERED, now).map(drop)
    }

    /// Lets it wait.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn put_back(
        &self,
        tx: &mut Connection,
        now: Time,
        wait: TimeDelta,
        failure: &str,
    ) -> Result<()> {
        // Not beyond its end, so that nobody waits to hear of that.
        let next = (now + wait).min(self.row.give_up_at);
        store::put_back(tx, &self.row, next, failure)
    }

    /// Ends it undelivered, for the tenant's people to see.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn give_up(&self, tx: &mut Connection, now: Time) -> Result<Entries> {
        if !store::end(tx, &self.row, GIVEN_UP, now)? {
            return Ok(Entries::none("somebody else has ended it"));
        }
        let failure = self.row.failure.as_deref();
        let reason = failure.unwrap_or("its time was over before anybody could send it");
        let user = Target::new("user", self.row.user_id, &self.row.full_name);
        let entry = Author::system(self.row.tenant_id, now).entry("mail.given_up", user);
        Ok(entry
            .with("letter", Value::Null, self.kind())
            .with("reason", Value::Null, reason)
            .into())
    }
}

/// The text without line breaks and other control characters, which could begin another header.
fn one_line(text: &str) -> String {
    let is_break = |c: char| c.is_control() || c.is_whitespace();
    let words = text.split(is_break).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ")
}
