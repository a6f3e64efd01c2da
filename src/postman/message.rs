//! A letter as mail is written (RFC 5322, MIME). Every header goes through a type that knows its form, and no name has a
//! line break in it any more when it comes here.

use std::time::SystemTime;

use lettre::address::Envelope;
use lettre::message::header::{Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message, MultiPart};
use lettre::{Address, error};
use uuid::Uuid;

use crate::clock::Time;
use crate::error::{Error, Result};
use crate::mail::Written;

/// Tells programs that answer by themselves to leave it (RFC 3834).
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

/// Who writes to whom, and where answers go.
struct Heads {
    from: Mailbox,
    to: Mailbox,
    reply_to: Option<Mailbox>,
}

/// Composes a letter; the same id gives the same Message-ID.
///
/// # Errors
/// Where there is no writing to an address.
pub(super) fn compose(from: &Address, id: Uuid, letter: &Written, now: Time) -> Result<Message> {
    let (from, to) = (ascii(from.as_ref())?, ascii(&letter.email)?);
    let reply_to = letter.reply_to.as_deref().map(ascii).transpose()?;
    let id = format!("<{id}@{}>", from.domain());
    let app_name = || Some(letter.app_name.clone());
    let named = Heads {
        from: Mailbox::new(app_name(), from.clone()),
        to: Mailbox::new(Some(letter.full_name.clone()), to.clone()),
        reply_to: reply_to
            .clone()
            .map(|email| Mailbox::new(app_name(), email)),
    };
    let bare = Heads {
        from: from.into(),
        to: to.into(),
        reply_to: reply_to.map(Mailbox::from),
    };
    // A name that cannot be written is no reason to write nothing.
    message(named, &id, letter, now)
        .or_else(|_| message(bare, &id, letter, now))
        .map_err(Error::internal)
}

fn message(heads: Heads, id: &str, letter: &Written, now: Time) -> Result<Message, error::Error> {
    let envelope = Envelope::new(Some(heads.from.email.clone()), vec![heads.to.email.clone()])?;
    let mut builder = Message::builder()
        .from(heads.from)
        .to(heads.to)
        .subject(letter.subject.clone())
        .date(SystemTime::from(now))
        .message_id(Some(id.to_owned()))
        .header(AutoSubmitted)
        .envelope(envelope);
    if let Some(reply_to) = heads.reply_to {
        builder = builder.reply_to(reply_to);
    }
    let bodies = MultiPart::alternative_plain_html(letter.plain.clone(), letter.html.clone());
    builder.multipart(bodies)
}

/// The address as every mail server takes it: international domains in their A-labels.
fn ascii(email: &str) -> Result<Address> {
    let no_address = || Error::internal("a letter goes to no address");
    let (local, domain) = email.rsplit_once('@').ok_or_else(no_address)?;
    let domain = idna::domain_to_ascii(domain).map_err(Error::internal)?;
    Address::new(local, domain).map_err(Error::internal)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;

    fn letter(full_name: &str, app_name: &str, subject: &str) -> Written {
        Written {
            email: "ana@bücher.example".to_owned(),
            full_name: full_name.to_owned(),
            app_name: app_name.to_owned(),
            reply_to: Some("help@brightcalls.example".to_owned()),
            subject: subject.to_owned(),
            plain: "Hello".to_owned(),
            html: "<p>Hello</p>".to_owned(),
        }
    }

    /// The lines of the head, folded ones put together again.
    fn head(letter: &Written) -> Vec<String> {
        let from = "no-reply@mail.example".parse().unwrap();
        let message = compose(&from, Uuid::nil(), letter, Clock::default().now()).unwrap();
        let text = String::from_utf8(message.formatted()).unwrap();
        let (head, _) = text.split_once("\r\n\r\n").unwrap();
        let unfolded = head.replace("\r\n ", " ");
        unfolded.lines().map(str::to_owned).collect()
    }

    #[test]
    fn heads_are_as_they_should_be() {
        let head = head(&letter("Ana Silva", "Bright Calls", "Hello"));
        for line in [
            "From: \"Bright Calls\" <no-reply@mail.example>",
            "To: \"Ana Silva\" <ana@xn--bcher-kva.example>",
            "Reply-To: \"Bright Calls\" <help@brightcalls.example>",
            "Subject: Hello",
            "Message-ID: <00000000-0000-0000-0000-000000000000@mail.example>",
            "Auto-Submitted: auto-generated",
        ] {
            let plain = line.replace('"', "");
            let is_there = head.iter().any(|is| is.replace('"', "") == plain);
            assert!(is_there, "{line} is not in {head:#?}");
        }
    }

    #[test]
    fn names_of_all_kinds_make_no_header() {
        let names = [
            "Silva, Ana",
            "Ana \"Bee\" Silva",
            "Ana <bcc@evil.example>",
            "Ana\\",
            "名前",
            "Ana 9 (Sales); x: y@z",
            "=?utf-8?q?x=0D=0ABcc:_bcc@evil.example?=",
        ];
        for name in names {
            let head = head(&letter(name, name, name));
            assert!(
                !head
                    .iter()
                    .any(|line| line.to_lowercase().starts_with("bcc")),
                "{name}: {head:#?}"
            );
            let of = |prefix: &str| head.iter().filter(|line| line.starts_with(prefix)).count();
            assert_eq!(
                (of("To: "), of("From: "), of("Subject: ")),
                (1, 1, 1),
                "{name}"
            );
        }
    }
}
