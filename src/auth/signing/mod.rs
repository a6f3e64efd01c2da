//! Signing keys: which one signs access tokens, from when, and until when the tokens of the others count. The times
//! stand in the database, so that instances agree without talking, and each is read ahead of when it matters:
//!
//! - A key is published an hour before it signs. Whoever verifies tokens may keep the key set for five minutes, and an
//!   instance that does not hear of changes has long noticed.
//! - Its predecessor is published and accepted until its last tokens have ended, with five minutes for clocks that
//!   differ. Then it goes, its private half too.

mod ring;

pub(super) use ring::{Held, Ring, signing};

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use chrono::TimeDelta;

use super::token::LIFETIME_SECONDS;
use super::{keys, store};
use crate::audit::{Author, Entries, Target};
use crate::clock::Time;
use crate::db::Connection;
use crate::error::{Error, Result};
use crate::secret::{SealingKey, encode, sha256};

/// How long others may take the key set for current, in seconds.
pub(super) const FRESH_SECONDS: u32 = 300;
/// How long a key is published before it signs, in seconds.
const LEAD_SECONDS: u32 = 3_600;
/// By how many seconds the clocks of instances may differ.
const SKEW_SECONDS: i64 = 300;
/// The secret that is the first key's private half; those of later ones begin with it, a dot, and end with their ids.
const FIRST: &str = "signing_key";

const _: () = assert!(LEAD_SECONDS > 2 * FRESH_SECONDS, "published too late");

/// A signing key, without its private half.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SigningKey {
    /// What tokens call it.
    pub kid: String,
    /// Its public half: 32 bytes, Ed25519.
    pub public: Vec<u8>,
    /// When it begins to sign.
    pub signs_from: Time,
    /// When its tokens count no more; none while no other follows.
    pub retires_at: Option<Time>,
}

impl SigningKey {
    fn of(private: &[u8], signs_from: Time) -> Result<Self> {
        let pair = Ed25519KeyPair::from_pkcs8(private)
            .map_err(|_| Error::internal("a signing key is broken"))?;
        let public = pair.public_key().as_ref().to_vec();
        Ok(Self {
            kid: encode(&sha256(&public)).chars().take(16).collect(),
            public,
            signs_from,
            retires_at: None,
        })
    }

    /// Whether its tokens count no more.
    #[must_use]
    pub fn is_retired(&self, now: Time) -> bool {
        self.retires_at.is_some_and(|end| end <= now)
    }

    fn target(&self) -> Target {
        Target::new("signing_key", &self.kid, &self.kid)
    }
}

/// Where a signing key stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// Published, and does not sign yet.
    Next,
    /// The one that signs.
    Signs,
    /// It signed before; its tokens count.
    Ends,
    /// Its tokens count no more.
    Retired,
}

/// The key that signs at a time: the last one whose time has come. Where a clock is behind, the first there is.
pub(super) fn signer<'a>(
    keys: impl Iterator<Item = &'a SigningKey> + Clone,
    now: Time,
) -> Option<&'a SigningKey> {
    let live = keys.filter(move |key| !key.is_retired(now));
    let begun = live.clone().filter(|key| key.signs_from <= now);
    begun
        .max_by_key(|key| key.signs_from)
        .or_else(|| live.min_by_key(|key| key.signs_from))
}

/// All signing keys, in the order in which they sign, each with where it stands.
///
/// # Errors
/// Where the database fails.
pub fn list(conn: &mut Connection, now: Time) -> Result<Vec<(SigningKey, Turn)>> {
    let rows = store::list_signing_keys(conn)?;
    let keys: Vec<SigningKey> = rows.into_iter().map(|(key, _)| key).collect();
    let signing = signer(keys.iter(), now).map(|key| key.kid.clone());
    let turn = |key: &SigningKey| {
        if key.is_retired(now) {
            Turn::Retired
        } else if signing.as_ref() == Some(&key.kid) {
            Turn::Signs
        } else if key.signs_from > now {
            Turn::Next
        } else {
            Turn::Ends
        }
    };
    let all = keys.into_iter().map(|key| {
        let turn = turn(&key);
        (key, turn)
    });
    Ok(all.collect())
}

/// Sees to it that there is a key, and that none is kept in the clear where there is a key for encrypting them.
pub(super) fn ensure(tx: &mut Connection, sealing: Option<&SealingKey>, now: Time) -> Result<()> {
    if store::list_signing_keys(tx)?.is_empty() {
        // Older binaries made it without a row, and it is as old as they say.
        let private = keys::own(tx, sealing, FIRST, make, now)?;
        let since = store::find_secret(tx, FIRST)?.map_or(now, |secret| secret.created_at);
        let first = SigningKey::of(&private, since)?;
        store::insert_signing_key(tx, &first, FIRST, now)?;
    }
    for (_, secret) in store::list_signing_keys(tx)? {
        secret.settle(tx, sealing)?;
    }
    Ok(())
}

/// Publishes a new key, which signs an hour later.
///
/// # Errors
/// 409 where one is waiting for its turn already; where `sealing` is not what the other keys are encrypted with.
pub fn rotate(
    tx: &mut Connection,
    sealing: Option<&SealingKey>,
    author: &Author,
) -> Result<(SigningKey, Entries)> {
    let before = hold(tx, sealing)?;
    if before
        .last()
        .is_some_and(|key| key.signs_from > author.now())
    {
        return Err(Error::Conflict(
            "the next key is published and does not sign yet; `roster keys list` says when it will",
        ));
    }
    hand_over(tx, sealing, author, &before)
}

/// Replaces all keys at once, because somebody else may know them: tokens that they signed count no more.
///
/// # Errors
/// Where `sealing` is not what the keys are encrypted with.
pub fn replace(
    tx: &mut Connection,
    sealing: Option<&SealingKey>,
    author: &Author,
) -> Result<(SigningKey, Entries)> {
    let (before, now) = (hold(tx, sealing)?, author.now());
    insert(tx, sealing, author, &before, (now, now))
}

/// How signing keys are rotated by themselves.
#[derive(Clone)]
pub struct Rotation {
    every: TimeDelta,
    sealing: Option<SealingKey>,
}

impl Rotation {
    /// A key signs for so long; new ones are encrypted under `sealing`.
    #[must_use]
    pub fn new(every: TimeDelta, sealing: Option<SealingKey>) -> Self {
        Self { every, sealing }
    }

    /// Takes away what is retired, and publishes the next key ahead of its time.
    ///
    /// # Errors
    /// Where the database fails, or the keys in it were encrypted under another `ROSTER_SECRET_KEY`.
    pub fn run(&self, tx: &mut Connection, author: &Author) -> Result<Entries> {
        let sealing = self.sealing.as_ref();
        let mut entries = Entries::none("no key's time has come");
        let (retired, kept): (Vec<_>, Vec<_>) = hold(tx, sealing)?
            .into_iter()
            .partition(|key| key.is_retired(author.now()));
        for key in &retired {
            store::delete_signing_key(tx, &key.kid)?;
            entries = entries.and(author.entry("signing_key.removed", key.target()));
        }
        if self.is_due(&kept, author.now()) {
            let (_, made) = hand_over(tx, sealing, author, &kept)?;
            entries = entries.join(made);
        }
        Ok(entries)
    }

    fn is_due(&self, keys: &[SigningKey], now: Time) -> bool {
        let is_due = |newest: &SigningKey| {
            newest.signs_from <= now && newest.signs_from + self.every <= now + lead()
        };
        keys.last().is_some_and(is_due)
    }
}

/// All keys in the order in which they sign, for whoever is about to make another one: nobody else does.
fn hold(tx: &mut Connection, sealing: Option<&SealingKey>) -> Result<Vec<SigningKey>> {
    store::lock_signing_keys(tx)?;
    let rows = store::list_signing_keys(tx)?;
    if rows.is_empty() {
        return Err(Error::internal(
            "there are no signing keys: the service makes them on its first start",
        ));
    }
    for (_, secret) in &rows {
        secret.open(sealing)?;
        if sealing.is_some() && !secret.encrypted {
            return Err(Error::internal(
                "the keys in the database are not encrypted: start the service with this ROSTER_SECRET_KEY first",
            ));
        }
    }
    Ok(rows.into_iter().map(|(key, _)| key).collect())
}

fn hand_over(
    tx: &mut Connection,
    sealing: Option<&SealingKey>,
    author: &Author,
    before: &[SigningKey],
) -> Result<(SigningKey, Entries)> {
    let signs_from = author.now() + lead();
    let others_until = signs_from + TimeDelta::seconds(LIFETIME_SECONDS + SKEW_SECONDS);
    insert(tx, sealing, author, before, (signs_from, others_until))
}

/// Makes a key and says until when the others count.
fn insert(
    tx: &mut Connection,
    sealing: Option<&SealingKey>,
    author: &Author,
    before: &[SigningKey],
    (signs_from, others_until): (Time, Time),
) -> Result<(SigningKey, Entries)> {
    let private = make()?;
    let key = SigningKey::of(&private, signs_from)?;
    let secret = format!("{FIRST}.{}", key.kid);
    keys::insert(tx, sealing, &secret, &private, author.now())?;
    store::insert_signing_key(tx, &key, &secret, author.now())?;
    for other in before {
        if other.retires_at.is_none_or(|end| end > others_until) {
            store::set_retires_at(tx, &other.kid, others_until)?;
        }
    }
    let signing = signer(before.iter(), author.now()).map(|key| key.kid.clone());
    let entry = author
        .entry("signing_key.rotated", key.target())
        .with("kid", signing, key.kid.as_str())
        .with("signs_from", (), signs_from.to_rfc3339())
        .with("others_until", (), others_until.to_rfc3339());
    Ok((key, entry.into()))
}

fn lead() -> TimeDelta {
    TimeDelta::seconds(i64::from(LEAD_SECONDS))
}

fn make() -> Result<Vec<u8>> {
    let pair = Ed25519KeyPair::generate().map_err(|_| Error::internal("no signing key"))?;
    let pkcs8 = pair
        .to_pkcs8v1()
        .map_err(|_| Error::internal("no signing key"))?;
    Ok(pkcs8.as_ref().to_vec())
}
