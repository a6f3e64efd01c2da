//! Texts that people type, as types that exist only valid. They are stored as they came, never trimmed. Where one names
//! what is not there, the nearest that is.

use unicode_normalization::UnicodeNormalization;

use crate::error::Refused;

/// Longest name, in characters.
pub const MAX_NAME: usize = 200;

/// A name of a person or thing: 1 to 200 characters, not only blanks, no control characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name(String);

impl Name {
    /// Checks a name.
    ///
    /// # Errors
    /// Where it is blank, too long, or has control characters (a line break could forge a mail header).
    pub fn parse(raw: String) -> Result<Self, Refused> {
        if raw.trim().is_empty() {
            return Err(Refused::new("blank", "cannot be blank"));
        }
        if raw.chars().count() > MAX_NAME {
            return Err(Refused::new(
                "too_long",
                format!("has at most {MAX_NAME} characters"),
            ));
        }
        if raw.chars().any(char::is_control) {
            return Err(Refused::new(
                "control_character",
                "cannot contain line breaks or other control characters",
            ));
        }
        Ok(Self(raw))
    }

    /// The name as it was typed.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name as it was typed.
    #[must_use]
    pub fn into_string(self) -> String {
        self.0
    }

    /// The same for two names that differ in letter case only.
    #[must_use]
    pub fn folded(&self) -> String {
        fold(&self.0)
    }
}

/// Lower case and NFC.
#[must_use]
pub fn fold(text: &str) -> String {
    text.nfc()
        .collect::<String>()
        .to_lowercase()
        .nfc()
        .collect()
}

/// An immutable slug: a lower-case letter, then letters, digits, `_` and `-`; at most 63 characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slug(String);

impl Slug {
    /// Checks a slug.
    ///
    /// # Errors
    /// Where it has another form.
    pub fn parse(raw: String) -> Result<Self, Refused> {
        let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
        let fits = raw.len() <= 63
            && raw.starts_with(|c: char| c.is_ascii_lowercase())
            && raw.chars().all(inner);
        if fits {
            Ok(Self(raw))
        } else {
            Err(Refused::new(
                "invalid_format",
                "starts with a lower-case letter and goes on with lower-case letters, digits, _ and -; at most 63 characters",
            ))
        }
    }

    /// The slug.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Longer words are nobody's typing error, and comparing them takes long.
const MAX_TYPED: usize = 80;

/// Says that there is no role (tier, permission) of this key, and which of those that there are may have been meant: at
/// most three typing errors away, fewer where the key is short.
#[must_use]
pub fn no_such<'a>(kind: &str, key: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    match closest(key, known) {
        Some(near) => format!("there is no {kind} `{key}`; did you mean `{near}`?"),
        None => format!("there is no {kind} `{key}`; GET /v1/{kind}s lists them"),
    }
}

fn closest<'a>(typed: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if typed.len() > MAX_TYPED {
        return None;
    }
    let typed = typed.to_lowercase();
    let most = (1 + typed.chars().count() / 4).min(3);
    known
        .into_iter()
        .map(|key| (strsim::damerau_levenshtein(&typed, key), key))
        .filter(|(distance, _)| *distance <= most)
        .min()
        .map(|(_, key)| key)
}
