//! What a request may write for permissions: keys, `area:*` and `*`.

use crate::access::KeySet;
use crate::error::{Error, Result};
use crate::permissions;

/// The keys that the patterns stand for: `area:*` and `*` are expanded by the catalogue as it is now.
pub(super) fn expand(patterns: &[String], catalogue: &KeySet) -> Result<KeySet> {
    let mut keys = Vec::new();
    let mut faults = Vec::new();
    for (index, pattern) in patterns.iter().enumerate() {
        let matching = permissions::matching(pattern, catalogue);
        if matching.is_empty() {
            let pointer = format!("/permissions/{index}");
            faults.push(permissions::unknown(&pointer, pattern, catalogue));
        }
        keys.extend(matching);
    }
    if faults.is_empty() {
        Ok(keys.into_iter().collect())
    } else {
        Err(Error::Invalid(faults))
    }
}
