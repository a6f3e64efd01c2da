//! The secrets of links that letters carry: each is worth an account, so it is sealed before it comes near the database
//! and never shown in a log.

use std::sync::Arc;

use secrecy::SecretString;

use crate::error::{Error, Result};
use crate::secret::SealingKey;

/// What sealed secrets are bound to.
const PURPOSE: &str = "link of a letter";

/// Seals the links of letters where the operator has set a key, and leaves them as they are where not. Clones seal
/// alike.
#[derive(Clone)]
pub struct Seal(Option<Arc<SealingKey>>);

impl Seal {
    /// Seals under this key.
    #[must_use]
    pub fn new(key: Option<SealingKey>) -> Self {
        Self(key.map(Arc::new))
    }

    pub(super) fn open(&self, bytes: &[u8], is_sealed: bool) -> Result<SecretString> {
        let plain = match (&self.0, is_sealed) {
            (Some(key), true) => key.open(PURPOSE, bytes)?,
            (None, true) => {
                let why = "a letter's link is encrypted, and ROSTER_SECRET_KEY is not set";
                return Err(Error::internal(why));
            }
            (_, false) => bytes.to_vec(),
        };
        let text = String::from_utf8(plain).map_err(|_| Error::internal("a link is no text"))?;
        Ok(text.into())
    }
}

/// The secret of a link, as it is kept until the letter has gone out.
pub struct LinkSecret {
    pub(super) bytes: Vec<u8>,
    pub(super) is_sealed: bool,
}

impl LinkSecret {
    /// The secret as it stands behind the `#` of the link: letters, digits, `-` and `_` only.
    ///
    /// # Errors
    /// Where it has other characters, or cannot be encrypted.
    pub fn new(secret: &str, seal: &Seal) -> Result<Self> {
        let is_plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        if secret.is_empty() || !secret.bytes().all(is_plain) {
            return Err(Error::internal("a link's secret has odd characters"));
        }
        Ok(Self {
            bytes: match &seal.0 {
                Some(key) => key.seal(PURPOSE, secret.as_bytes())?,
                None => secret.as_bytes().to_vec(),
            },
            is_sealed: seal.0.is_some(),
        })
    }
}

impl std::fmt::Debug for LinkSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("LinkSecret(…)")
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    const SECRET: &str = "inv_AZLymt0xfB-_9";

    #[test]
    fn a_sealed_secret_opens_under_its_key_only() {
        let seal = |key: &str| Seal::new(Some(SealingKey::new(key)));
        let link = LinkSecret::new(SECRET, &seal("one")).unwrap();
        assert!(link.is_sealed);
        let holds = |bytes: &[u8]| String::from_utf8_lossy(bytes).contains(SECRET);
        assert!(!holds(&link.bytes));
        let opened = seal("one").open(&link.bytes, true).unwrap();
        assert_eq!(opened.expose_secret(), SECRET);
        assert!(seal("two").open(&link.bytes, true).is_err());
        assert!(Seal::new(None).open(&link.bytes, true).is_err());

        let link = LinkSecret::new(SECRET, &Seal::new(None)).unwrap();
        assert!(!link.is_sealed && holds(&link.bytes));
        // A key that was set since.
        let opened = seal("one").open(&link.bytes, false).unwrap();
        assert_eq!(opened.expose_secret(), SECRET);
    }

    #[test]
    fn no_secret_shows_in_debug_or_ends_its_link() {
        let link = LinkSecret::new(SECRET, &Seal::new(None)).unwrap();
        assert_eq!(format!("{link:?}"), "LinkSecret(…)");
        for odd in ["", "a b", "a\r\nb", "a&b", "a\"b", "é"] {
            assert!(LinkSecret::new(odd, &Seal::new(None)).is_err(), "{odd:?}");
        }
    }
}
