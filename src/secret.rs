//! Random numbers, keyed hashes and encryption, all of them `aws-lc-rs`'s: the few lines that give them the
//! shape this service needs.

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use aws_lc_rs::{constant_time, digest, hmac, rand};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::error::{Error, Result};

/// Random bytes from the system.
///
/// # Errors
/// Where the system gives none.
pub fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    rand::fill(&mut bytes).map_err(|_| Error::internal("no random numbers"))?;
    Ok(bytes)
}

/// SHA-256.
#[must_use]
pub fn sha256(bytes: &[u8]) -> Vec<u8> {
    digest::digest(&digest::SHA256, bytes).as_ref().to_vec()
}

/// Base64 for URLs, without padding (RFC 4648, section 5).
#[must_use]
pub fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The bytes of [`encode`]'s text, where it is one.
#[must_use]
pub fn decode(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

/// Whether two byte strings are equal, in a time that does not tell where they differ.
#[must_use]
pub fn equal(a: &[u8], b: &[u8]) -> bool {
    constant_time::verify_slices_are_equal(a, b).is_ok()
}

/// A key for keyed hashes (HMAC-SHA-256).
#[derive(Clone)]
pub struct MacKey(hmac::Key);

impl MacKey {
    /// The key of these bytes.
    #[must_use]
    pub fn new(bytes: &[u8]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, bytes))
    }

    /// The keyed hash of several parts; their boundaries count.
    #[must_use]
    pub fn sign(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mut context = hmac::Context::with_key(&self.0);
        for part in parts {
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part);
        }
        let mut out = [0; 32];
        out.copy_from_slice(context.sign().as_ref());
        out
    }
}

/// What encrypts the secrets that are kept in the database (AES-256-GCM).
#[derive(Clone)]
pub struct SealingKey([u8; 32]);

impl SealingKey {
    /// The key that is derived from the operator's `ROSTER_SECRET_KEY`.
    #[must_use]
    pub fn new(passphrase: &str) -> Self {
        let key = MacKey::new(passphrase.as_bytes());
        Self(key.sign(&[b"roster: secrets at rest"]))
    }

    /// Encrypts; the name is bound to the value.
    ///
    /// # Errors
    /// Where the cryptographic library refuses, which it does not.
    pub fn seal(&self, name: &str, value: &[u8]) -> Result<Vec<u8>> {
        let mut sealed = value.to_vec();
        let nonce = self
            .key()?
            .seal_in_place_append_tag(Aad::from(name.as_bytes()), &mut sealed)
            .map_err(|_| Error::internal("a secret could not be encrypted"))?;
        Ok([nonce.as_ref().as_slice(), &sealed].concat())
    }

    /// Decrypts what [`Self::seal`] made.
    ///
    /// # Errors
    /// Where it was made with another key or name.
    pub fn open(&self, name: &str, sealed: &[u8]) -> Result<Vec<u8>> {
        let wrong = || {
            Error::internal(format!(
                "the secret `{name}` cannot be decrypted: is ROSTER_SECRET_KEY the same as before?"
            ))
        };
        let (nonce, rest) = sealed.split_at_checked(NONCE_LEN).ok_or_else(wrong)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| wrong())?;
        let mut value = rest.to_vec();
        let length = self
            .key()?
            .open_in_place(nonce, Aad::from(name.as_bytes()), &mut value)
            .map_err(|_| wrong())?
            .len();
        value.truncate(length);
        Ok(value)
    }

    fn key(&self) -> Result<RandomizedNonceKey> {
        RandomizedNonceKey::new(&AES_256_GCM, &self.0)
            .map_err(|_| Error::internal("no encryption key"))
    }
}
