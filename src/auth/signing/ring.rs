//! The signing keys in memory, so that no request asks the database for them. They are read again when they change
//! ([`Subscriber`](crate::db::Subscriber)), and when a token names one that is not here.

use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use jsonwebtoken::{DecodingKey, EncodingKey};

use super::{SigningKey, signer};
use crate::auth::store::{self, Secret};
use crate::clock::Time;
use crate::db::Connection;
use crate::error::{Error, Result};
use crate::secret::{SealingKey, encode};

/// The least time between two questions about keys that are not here: anybody can name any.
const PAUSE: Duration = Duration::from_secs(1);

/// The signing keys in memory.
pub(in crate::auth) struct Ring {
    sealing: Option<SealingKey>,
    held: RwLock<Arc<Vec<Held>>>,
    /// One reading at a time, so that what was read first never replaces what was read last.
    reading: Mutex<()>,
    asked: Mutex<Option<Instant>>,
}

/// A key that is ready to be used.
#[derive(Clone)]
pub(in crate::auth) struct Held {
    pub(in crate::auth) key: SigningKey,
    pub(in crate::auth) decoding: DecodingKey,
    /// None where the private half could not be read.
    encoding: Option<EncodingKey>,
}

impl Ring {
    /// No keys yet; private halves are encrypted under `sealing`.
    pub(in crate::auth) fn new(sealing: Option<SealingKey>) -> Self {
        Self {
            sealing,
            held: RwLock::default(),
            reading: Mutex::default(),
            asked: Mutex::default(),
        }
    }

    /// The keys as they were last read, in the order in which they sign.
    pub(in crate::auth) fn held(&self) -> Arc<Vec<Held>> {
        let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&held)
    }

    /// Reads the keys anew.
    pub(in crate::auth) fn load(&self, conn: &mut Connection) -> Result<()> {
        let turn = self.reading.lock();
        let _turn = turn.unwrap_or_else(PoisonError::into_inner);
        let rows = store::list_signing_keys(conn)?;
        let known = self.held();
        let held = rows
            .into_iter()
            .map(|(key, secret)| self.hold(&known, key, &secret))
            .collect::<Result<Vec<_>>>()?;
        *self.held.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(held);
        Ok(())
    }

    /// What another instance has encrypted since, this one may have read before.
    fn hold(&self, known: &[Held], key: SigningKey, secret: &Secret) -> Result<Held> {
        let before = known.iter().find(|held| held.key.kid == key.kid);
        let encoding = before.and_then(|held| held.encoding.clone());
        let encoding = encoding.or_else(|| match secret.open(self.sealing.as_ref()) {
            Ok(private) => Some(EncodingKey::from_ed_der(&private)),
            Err(cause) => {
                tracing::warn!(kid = %key.kid, %cause, "a signing key cannot be used here, only its tokens");
                None
            }
        });
        Ok(Held {
            decoding: DecodingKey::from_ed_components(&encode(&key.public))
                .map_err(Error::internal)?,
            encoding,
            key,
        })
    }

    /// Whether it is time to look for keys that are not here. Whoever is told so looks.
    pub(in crate::auth) fn may_ask(&self) -> bool {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let is_time = asked.is_none_or(|last| last.elapsed() >= PAUSE);
        if is_time {
            *asked = Some(Instant::now());
        }
        is_time
    }
}

/// The key that signs at a time, of those whose private half is here.
pub(in crate::auth) fn signing(held: &[Held], now: Time) -> Option<(&str, &EncodingKey)> {
    let usable = held.iter().filter(|held| held.encoding.is_some());
    let kid = &signer(usable.map(|held| &held.key), now)?.kid;
    let held = held.iter().find(|held| held.key.kid == *kid)?;
    Some((&held.key.kid, held.encoding.as_ref()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_are_not_here_are_looked_for_once_a_second_however_many_are_named() {
        let ring = Ring::new(None);
        assert!(ring.may_ask());
        assert!((0..1_000).all(|_| !ring.may_ask()));
        std::thread::sleep(PAUSE);
        assert!(ring.may_ask());
        assert!(!ring.may_ask());
    }
}
