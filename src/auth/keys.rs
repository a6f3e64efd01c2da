//! The secrets of an installation: made on the first start, kept in the database, the same for all instances.

use super::{signing, store};
use crate::attempts::DeviceKey;
use crate::clock::Time;
use crate::db::Connection;
use crate::error::{Error, Result};
use crate::secret::{MacKey, SealingKey, random};
use crate::sessions::RefreshKey;

/// The keys of an installation that never change. Those that sign access tokens do: `signing`.
pub struct Keys {
    /// Signs cursors.
    pub cursor: MacKey,
    /// Signs refresh tokens and derives their successors.
    pub refresh: RefreshKey,
    /// Signs the tokens of devices.
    pub(super) devices: DeviceKey,
}

/// Reads the keys, making those that are missing, signing keys included. Under `sealing` they are stored encrypted.
///
/// # Errors
/// Where the database fails, or a key was encrypted under another `ROSTER_SECRET_KEY`.
pub fn load(tx: &mut Connection, sealing: Option<&SealingKey>, now: Time) -> Result<Keys> {
    let cursor = own(tx, sealing, "cursor_key", make_random, now)?;
    let refresh = own(tx, sealing, "refresh_key", make_random, now)?;
    signing::ensure(tx, sealing, now)?;
    Ok(Keys {
        cursor: MacKey::new(&cursor),
        // Derived, so that there is no other secret to keep.
        devices: DeviceKey::new(&MacKey::new(&refresh).sign(&[b"devices"])),
        refresh: RefreshKey::new(&refresh),
    })
}

/// A secret in the clear, made where it is missing.
pub(super) fn own(
    tx: &mut Connection,
    sealing: Option<&SealingKey>,
    name: &str,
    make: fn() -> Result<Vec<u8>>,
    now: Time,
) -> Result<Vec<u8>> {
    if store::find_secret(tx, name)?.is_none() {
        insert(tx, sealing, name, &make()?, now)?;
    }
    // Read again: another instance may have been first.
    let secret = store::find_secret(tx, name)?
        .ok_or_else(|| Error::internal(format!("the secret `{name}` is gone")))?;
    secret.settle(tx, sealing)
}

/// Keeps a secret, encrypted where there is a key for that.
pub(super) fn insert(
    tx: &mut Connection,
    sealing: Option<&SealingKey>,
    name: &str,
    value: &[u8],
    now: Time,
) -> Result<()> {
    let sealed = sealing.map(|key| key.seal(name, value)).transpose()?;
    let stored = sealed.as_deref().unwrap_or(value);
    store::insert_secret(tx, name, stored, sealed.is_some(), now)
}

impl store::Secret {
    /// What it is in the clear.
    pub(super) fn open(&self, sealing: Option<&SealingKey>) -> Result<Vec<u8>> {
        match (self.encrypted, sealing) {
            (false, _) => Ok(self.value.clone()),
            (true, Some(key)) => key.open(&self.name, &self.value),
            (true, None) => Err(Error::internal(format!(
                "the secret `{}` is encrypted: set ROSTER_SECRET_KEY as it was before",
                self.name
            ))),
        }
    }

    /// The same; from now on it is stored encrypted where there is a key for that.
    pub(super) fn settle(
        &self,
        tx: &mut Connection,
        sealing: Option<&SealingKey>,
    ) -> Result<Vec<u8>> {
        let value = self.open(sealing)?;
        if let (false, Some(key)) = (self.encrypted, sealing) {
            store::replace_secret(tx, &self.name, &key.seal(&self.name, &value)?)?;
            tracing::info!(name = %self.name, "a secret in the database is encrypted from now on");
        }
        Ok(value)
    }
}

fn make_random() -> Result<Vec<u8>> {
    random::<32>().map(|bytes| bytes.to_vec())
}
