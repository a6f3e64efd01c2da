//! The keys of an installation: made on the first start, kept in the database, the same for all instances.

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};

use super::store;
use crate::attempts::DeviceKey;
use crate::clock::Time;
use crate::db::Connection;
use crate::error::{Error, Result};
use crate::secret::{MacKey, SealingKey, random};
use crate::sessions::RefreshKey;

/// The keys of an installation.
pub struct Keys {
    /// Signs cursors.
    pub cursor: MacKey,
    /// Signs refresh tokens and derives their successors.
    pub refresh: RefreshKey,
    /// Signs the tokens of devices.
    pub(super) devices: DeviceKey,
    /// Signs access tokens.
    pub(super) signing: SigningKey,
    /// Others whose tokens count: those that are to sign next, and those that did before.
    pub(super) others: Vec<SigningKey>,
}

/// An Ed25519 key pair.
pub(super) struct SigningKey {
    /// PKCS #8.
    pub(super) private: Vec<u8>,
    /// 32 bytes.
    pub(super) public: Vec<u8>,
}

/// The name of the key that signs; those of others begin with it and a dot.
const SIGNING_KEY: &str = "signing_key";

/// Reads the keys, making those that are missing. Under `sealing` they are stored encrypted.
///
/// # Errors
/// Where the database fails, or a key was encrypted under another `ROSTER_SECRET_KEY`.
pub fn load(tx: &mut Connection, sealing: Option<&SealingKey>, now: Time) -> Result<Keys> {
    let others = store::secrets_below(tx, SIGNING_KEY)?;
    let mut key = |name: &str, make: fn() -> Result<Vec<u8>>| secret(tx, sealing, name, make, now);
    let refresh = key("refresh_key", make_random)?;
    Ok(Keys {
        cursor: MacKey::new(&key("cursor_key", make_random)?),
        // Derived, so that there is no other secret to keep.
        devices: DeviceKey::new(&MacKey::new(&refresh).sign(&[b"devices"])),
        refresh: RefreshKey::new(&refresh),
        signing: SigningKey::read(key(SIGNING_KEY, make_signing_key)?)?,
        others: others
            .iter()
            .map(|name| SigningKey::read(key(name, make_signing_key)?))
            .collect::<Result<_>>()?,
    })
}

impl SigningKey {
    fn read(private: Vec<u8>) -> Result<Self> {
        let pair = Ed25519KeyPair::from_pkcs8(&private)
            .map_err(|_| Error::internal("a signing key is broken"))?;
        Ok(Self {
            public: pair.public_key().as_ref().to_vec(),
            private,
        })
    }
}

fn secret(
    tx: &mut Connection,
    sealing: Option<&SealingKey>,
    name: &str,
    make: fn() -> Result<Vec<u8>>,
    now: Time,
) -> Result<Vec<u8>> {
    if store::find_secret(tx, name)?.is_none() {
        let value = make()?;
        let stored = sealing.map(|key| key.seal(name, &value)).transpose()?;
        store::insert_secret(
            tx,
            name,
            stored.as_deref().unwrap_or(&value),
            stored.is_some(),
            now,
        )?;
    }
    // Read again: another instance may have been first.
    match (store::find_secret(tx, name)?, sealing) {
        (Some((value, false)), None) => Ok(value),
        (Some((value, false)), Some(key)) => {
            store::replace_secret(tx, name, &key.seal(name, &value)?)?;
            Ok(value)
        }
        (Some((value, true)), Some(key)) => key.open(name, &value),
        (Some((_, true)), None) => Err(Error::internal(format!(
            "the secret `{name}` is encrypted: set ROSTER_SECRET_KEY as it was before"
        ))),
        (None, _) => Err(Error::internal(format!("the secret `{name}` is gone"))),
    }
}

fn make_random() -> Result<Vec<u8>> {
    random::<32>().map(|bytes| bytes.to_vec())
}

fn make_signing_key() -> Result<Vec<u8>> {
    let pair = Ed25519KeyPair::generate().map_err(|_| Error::internal("no signing key"))?;
    let pkcs8 = pair
        .to_pkcs8v1()
        .map_err(|_| Error::internal("no signing key"))?;
    Ok(pkcs8.as_ref().to_vec())
}
