//! The secret of a link: 256 random bits behind a prefix that scanners of leaked secrets know.

use crate::error::{Error, LinkFault, Result};
use crate::secret::{decode, encode, random, sha256};

const PREFIX: &str = "rl_";
const LENGTH: usize = 32;

/// The secret of a link, as it stands in the mail.
#[derive(Clone, PartialEq, Eq)]
pub struct LinkSecret(String);

impl std::fmt::Debug for LinkSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("LinkSecret(…)")
    }
}

impl LinkSecret {
    pub(super) fn new() -> Result<Self> {
        let bytes = random::<LENGTH>()?;
        Ok(Self(format!("{PREFIX}{}", encode(&bytes))))
    }

    /// The secret of this text, where it has the form of one.
    ///
    /// # Errors
    /// 400 `link_invalid`.
    pub fn parse(text: &str) -> Result<Self> {
        let bytes = text.strip_prefix(PREFIX).and_then(decode);
        match bytes {
            // Base64 has several spellings of the same bytes, and the hash is over the text.
            Some(bytes) if bytes.len() == LENGTH => Ok(Self(text.to_owned())),
            _ => Err(Error::Link(LinkFault::Invalid)),
        }
    }

    /// The text for the mail, or for whoever breaks the glass; nobody else.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What is stored. Looking for a hash tells nothing about the secret by its time, and so many random bits need no
    /// slow one.
    pub(super) fn hash(&self) -> Vec<u8> {
        sha256(self.0.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_random_recognisable_and_never_shown_by_accident() {
        let [one, other] = [(); 2].map(|()| LinkSecret::new().unwrap());
        assert_ne!(one, other);
        assert!(one.reveal().starts_with("rl_") && one.reveal().len() == 46);
        assert_eq!(LinkSecret::parse(one.reveal()).unwrap(), one);
        assert_eq!(format!("{one:?}"), "LinkSecret(…)");
        assert_eq!(one.hash().len(), 32);
    }

    #[test]
    fn what_has_another_form_is_none() {
        let secret = LinkSecret::new().unwrap();
        let text = secret.reveal();
        let cut = text.get(..45).unwrap();
        for wrong in [
            "",
            "rl_",
            "rl_AAAA",
            "é",
            cut,
            &format!("{text}A"),
            &text.replace("rl_", "rt_"),
        ] {
            assert!(LinkSecret::parse(wrong).is_err(), "{wrong:?}");
        }
    }
}
