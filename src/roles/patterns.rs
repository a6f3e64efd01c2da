//! What a request may write for permissions: keys, `area:*` and `*`.

use crate::access::KeySet;
use crate::error::Faults;
use crate::permissions;

/// The keys that the patterns stand for: `area:*` and `*` are expanded by the catalogue as it is now. A pattern that stands
/// for nothing is a fault.
pub(super) fn expand(patterns: &[String], catalogue: &KeySet, faults: &mut Faults) -> KeySet {
    let mut keys = Vec::new();
    for (index, pattern) in patterns.iter().enumerate() {
        let matching = permissions::matching(pattern, catalogue);
        if matching.is_empty() {
            let pointer = format!("/permissions/{index}");
            let fault = permissions::unknown(&pointer, pattern, catalogue);
            faults.add(fault.pointer, &fault.code, fault.message);
        }
        keys.extend(matching);
    }
    keys.into_iter().collect()
}
