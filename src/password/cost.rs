//! What a hash costs, and what is left of it when an older one cost less.

use argon2::Params;

/// Less memory than this nobody recommends.
const LEAST_MEMORY_KIB: u32 = 7_168;
/// Nor less work, in KiB times passes.
const LEAST_WORK_KIB: u64 = 35_840;

/// Cost of a hash: memory in KiB and passes.
#[derive(Clone, Copy, Debug)]
pub struct Cost {
    /// KiB of memory.
    pub memory_kib: u32,
    /// Passes over it.
    pub passes: u32,
}

impl Default for Cost {
    /// OWASP Password Storage Cheat Sheet: argon2id, 19 MiB, two passes, one lane.
    fn default() -> Self {
        Self {
            memory_kib: 19_456,
            passes: 2,
        }
    }
}

impl Cost {
    /// What the operator asks for.
    ///
    /// # Errors
    /// Where it is cheaper than every recommendation of the OWASP Password Storage Cheat Sheet, of which the cheapest
    /// is five passes over 7 MiB.
    pub fn configured(memory_kib: u32, passes: u32) -> Result<Self, String> {
        let work = u64::from(memory_kib) * u64::from(passes);
        if memory_kib < LEAST_MEMORY_KIB || work < LEAST_WORK_KIB {
            return Err(format!(
                "ROSTER_PASSWORD_MEMORY_KIB is below {LEAST_MEMORY_KIB}, or below {LEAST_WORK_KIB} when multiplied by \
                 ROSTER_PASSWORD_PASSES: {memory_kib} x {passes}"
            ));
        }
        Ok(Self { memory_kib, passes })
    }
}

/// The parameters of a hash that takes as long as one of `now` takes longer than one that `was` made before; none where
/// that is no time. Argon2's time is that of filling its memory so many times.
pub(super) fn difference(now: &Params, was: &Params) -> Option<Params> {
    let work = |params: &Params| u64::from(params.m_cost()) * u64::from(params.t_cost());
    let passes = now.t_cost();
    let left = work(now).saturating_sub(work(was)) / u64::from(passes);
    let memory_kib = u32::try_from(left).ok()?;
    // Refused where it is less memory than argon2 takes.
    Params::new(memory_kib, passes, 1, Some(32)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_of_a_hash_is_as_much_work_as_it_costs_more() {
        let params = |memory_kib, passes| Params::new(memory_kib, passes, 1, Some(32)).unwrap();
        let left = |now: &Params, was: &Params| {
            difference(now, was).map(|left| (left.m_cost(), left.t_cost()))
        };
        let now = params(19_456, 2);
        assert_eq!(left(&now, &params(19_456, 1)), Some((9_728, 2)));
        assert_eq!(left(&now, &params(7_168, 5)), Some((1_536, 2)));
        assert_eq!(left(&now, &now), None);
        assert_eq!(left(&now, &params(65_536, 3)), None, "it cost more");
    }
}
