//! Durations as people write them into settings: `90s`, `15m`, `72h`, `30d`.

use chrono::TimeDelta;

/// Nothing here makes sense for less, or for more.
const SHORTEST: TimeDelta = TimeDelta::seconds(1);
const LONGEST: TimeDelta = TimeDelta::days(3_650);

/// A whole number with its unit.
pub(super) fn parse(text: &str) -> Option<TimeDelta> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 60 * 60,
        "d" => 24 * 60 * 60,
        _ => return None,
    };
    let all = number.parse::<u32>().ok().map(i64::from)? * seconds;
    TimeDelta::try_seconds(all).filter(|duration| (SHORTEST..=LONGEST).contains(duration))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_a_number_with_its_unit() {
        for (text, seconds) in [("1s", 1), ("90s", 90), ("15m", 900), ("72h", 259_200)] {
            assert_eq!(parse(text), Some(TimeDelta::seconds(seconds)), "{text}");
        }
        assert_eq!(parse("3650d"), Some(LONGEST));
        for text in [
            "", "0s", "m", "15", "15 m", "-1h", "1.5h", "15min", "3651d", "15é",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
