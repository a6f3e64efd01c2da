//! Passwords: their rules, and argon2id on threads of its own, so that hashing neither starves the database's
//! threads nor takes more memory than one buffer a thread (OWASP ASVS 5.0, 11.4.2).

mod commonest;
mod cost;
mod hasher;
mod judge;

pub use cost::Cost;
pub use hasher::{Hasher, Verdict};
pub use judge::KnownWords;

use secrecy::{ExposeSecret, SecretString};
use unicode_normalization::UnicodeNormalization;

use crate::error::{Refused, Result};

/// Fewest characters (code points after NFC) of a new password (NIST SP 800-63B-4, 3.1.1.2).
pub const MIN_LENGTH: usize = 15;
/// Most characters of a password, counted like those. Bodies take four times as many: so many code points can one
/// character of NFC be when it is typed decomposed (UAX #15, section 8).
pub const MAX_LENGTH: usize = 256;

/// A password as it was typed, in NFC.
#[derive(Clone, Debug)]
pub struct Password {
    text: SecretString,
    /// Made here, so that nobody has to judge it.
    generated: bool,
}

impl Password {
    /// A password that somebody signs in with; any length that we read at all.
    #[must_use]
    pub fn typed(raw: &str) -> Self {
        Self {
            text: SecretString::from(raw.nfc().collect::<String>()),
            generated: false,
        }
    }

    /// A password that somebody chooses. Whether it is easy to guess takes longer to find out; that is done where it
    /// is hashed, by [`Hasher::choose`].
    ///
    /// # Errors
    /// Where it is shorter than 15 or longer than 256 characters.
    pub fn chosen(raw: &str) -> std::result::Result<Self, Refused> {
        let password = Self::typed(raw);
        let length = password.expose().chars().count();
        if length < MIN_LENGTH {
            return Err(Refused::new(
                "password_too_short",
                format!(
                    "at least {MIN_LENGTH} characters; a sentence of a few words is easy to remember"
                ),
            ));
        }
        if length > MAX_LENGTH {
            return Err(Refused::new(
                "password_too_long",
                format!("at most {MAX_LENGTH} characters"),
            ));
        }
        Ok(password)
    }

    /// A password of 20 letters and digits without look-alikes: 116 bits.
    ///
    /// # Errors
    /// Where the system gives no random numbers.
    pub fn generate() -> Result<(Self, String)> {
        const ALPHABET: &[u8; 56] = b"ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789";
        let mut text = String::with_capacity(20);
        while text.len() < 20 {
            // 224 = 4 × 56: bytes above it would make some letters likelier.
            let [byte] = crate::secret::random::<1>()?;
            if let Some(&letter) = (byte < 224)
                .then(|| ALPHABET.get(usize::from(byte) % 56))
                .flatten()
            {
                text.push(char::from(letter));
            }
        }
        let password = Self {
            generated: true,
            ..Self::typed(&text)
        };
        Ok((password, text))
    }

    fn expose(&self) -> &str {
        self.text.expose_secret()
    }
}

/// A password hash in PHC form. Never serialised, never shown.
#[derive(Clone)]
pub struct PasswordHash(String);

impl std::fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PasswordHash(…)")
    }
}

impl PasswordHash {
    /// A hash as the database keeps it.
    #[must_use]
    pub fn stored(phc: String) -> Self {
        Self(phc)
    }

    /// For the store alone.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
