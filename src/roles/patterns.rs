//! What a request may write for permissions: keys, `area:*` and `*`.

use crate::access::KeySet;
use crate::error::{Error, Fault, Result};

/// The keys that the patterns stand for: `area:*` and `*` are expanded by the catalogue as it is now.
pub(super) fn expand(patterns: &[String], catalogue: &KeySet) -> Result<KeySet> {
    let mut keys = Vec::new();
    let mut faults = Vec::new();
    for (index, pattern) in patterns.iter().enumerate() {
        let wanted: KeySet = [pattern.as_str()].into_iter().collect();
        let before = keys.len();
        keys.extend(catalogue.iter().filter(|key| wanted.covers(key)));
        if keys.len() == before {
            let pointer = format!("/permissions/{index}");
            faults.push(unknown(&pointer, pattern, catalogue));
        }
    }
    if faults.is_empty() {
        Ok(keys.into_iter().collect())
    } else {
        Err(Error::Invalid(faults))
    }
}

/// 422 for a permission that the catalogue does not have, with the one that may have been meant.
#[must_use]
pub fn unknown_permission(pointer: &str, key: &str, catalogue: &KeySet) -> Error {
    Error::Invalid(vec![unknown(pointer, key, catalogue)])
}

fn unknown(pointer: &str, key: &str, catalogue: &KeySet) -> Fault {
    let message = match closest(key, catalogue) {
        Some(near) => format!("there is no permission `{key}`; did you mean `{near}`?"),
        None => format!("there is no permission `{key}`; GET /v1/permissions lists them"),
    };
    Fault::new(pointer, "unknown_reference", message)
}

fn closest<'a>(pattern: &str, catalogue: &'a KeySet) -> Option<&'a str> {
    catalogue
        .iter()
        .map(|key| (strsim::damerau_levenshtein(pattern, key), key))
        .filter(|(distance, _)| *distance <= 3)
        .min()
        .map(|(_, key)| key)
}
