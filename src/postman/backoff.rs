//! How long a letter waits before the next attempt: longer each time, and never as long as the next one, so that many
//! letters do not come back at once.

use chrono::TimeDelta;

use crate::error::Result;
use crate::secret::random;

/// After the first attempt, in seconds; then twice as long each time.
const FIRST_SECONDS: i64 = 10;
/// Not longer, or a link would be over before a server that is back gets it.
const LONGEST_SECONDS: i64 = 15 * 60;
/// A server that refuses a letter for good (5xx) may still be told to take it, by whoever looks after it.
const REFUSED_SECONDS: i64 = 60 * 60;

/// The wait after this attempt, the first being 1: give or take a quarter.
///
/// # Errors
/// Where the system gives no random numbers.
pub(super) fn wait(attempt: u32, is_refused: bool) -> Result<TimeDelta> {
    let [chance] = random::<1>()?;
    Ok(spread(base_seconds(attempt, is_refused), chance))
}

fn base_seconds(attempt: u32, is_refused: bool) -> i64 {
    if is_refused {
        return REFUSED_SECONDS;
    }
    let doublings = attempt.saturating_sub(1).min(16);
    (FIRST_SECONDS << doublings).min(LONGEST_SECONDS)
}

fn spread(seconds: i64, chance: u8) -> TimeDelta {
    // Three quarters to five quarters of it.
    TimeDelta::milliseconds(seconds * 1_000 * (384 + i64::from(chance)) / 512)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_a_quarter_of_an_hour() {
        let waits: Vec<i64> = (1..=9)
            .map(|attempt| base_seconds(attempt, false))
            .collect();
        assert_eq!(waits, [10, 20, 40, 80, 160, 320, 640, 900, 900]);
        assert_eq!(base_seconds(0, false), 10);
        assert_eq!(base_seconds(u32::MAX, false), 900);
        assert_eq!(base_seconds(1, true), 3600);
    }

    #[test]
    fn no_two_letters_have_to_wait_alike() {
        assert_eq!(spread(100, 0), TimeDelta::seconds(75));
        assert_eq!(spread(100, 128), TimeDelta::seconds(100));
        assert!(spread(100, u8::MAX) < TimeDelta::seconds(125));
        let wait = wait(1, false).unwrap();
        let range = TimeDelta::milliseconds(7_500)..TimeDelta::milliseconds(12_500);
        assert!(range.contains(&wait), "{wait}");
    }
}
