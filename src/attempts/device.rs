//! Tokens of devices: whoever signs in is given one, and shows it at the next sign-in to be told from strangers who
//! guess at the same account (OWASP, "Slow Down Online Guessing Attacks with Device Cookies"). It opens nothing: without
//! the password it is worth a few guesses of its own. Nothing of it is stored until one of those fails.

use chrono::TimeDelta;

use super::attempt::Account;
use crate::clock::Time;
use crate::error::Result;
use crate::secret::{MacKey, decode, encode, equal, random};

const PREFIX: &str = "dt_";
const ID: usize = 16;
const TIME: usize = 8;
const TAG: usize = 32;
const LENGTH: usize = ID + TIME + TAG;
/// Days that a token counts after the sign-in that gave it.
const DAYS: i64 = 180;

/// The server's key for the tokens of devices.
#[derive(Clone)]
pub struct DeviceKey(MacKey);

/// A device that signed in: 128 random bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Device([u8; ID]);

impl Device {
    /// One that was never seen before.
    ///
    /// # Errors
    /// Where the system gives no random numbers.
    pub fn make() -> Result<Self> {
        random().map(Self)
    }

    pub(super) fn id(&self) -> &[u8] {
        &self.0
    }
}

impl DeviceKey {
    /// The key of these bytes.
    #[must_use]
    pub fn new(bytes: &[u8]) -> Self {
        Self(MacKey::new(bytes))
    }

    /// What a device is given that has signed in to the account now: 78 characters.
    #[must_use]
    pub fn token(&self, account: &Account, device: Device, now: Time) -> String {
        let time = now.timestamp().to_be_bytes();
        let tag = self.tag(account, &device.0, time);
        let bytes = [device.0.as_slice(), &time, &tag].concat();
        format!("{PREFIX}{}", encode(&bytes))
    }

    /// The device of a token that was given for this account and still counts.
    #[must_use]
    pub fn parse(&self, text: &str, account: &Account, now: Time) -> Option<Device> {
        let bytes: [u8; LENGTH] = decode(text.strip_prefix(PREFIX)?)?.try_into().ok()?;
        let (id, rest) = bytes.split_first_chunk::<ID>()?;
        let (time, tag) = rest.split_first_chunk::<TIME>()?;
        let end = i64::from_be_bytes(*time).checked_add(TimeDelta::days(DAYS).num_seconds())?;
        let counts = equal(&self.tag(account, id, *time), tag) && now.timestamp() < end;
        counts.then_some(Device(*id))
    }

    fn tag(&self, account: &Account, id: &[u8; ID], time: [u8; TIME]) -> [u8; TAG] {
        self.0.sign(&[b"device", &account.0, id, &time])
    }
}
