//! Waiting for what is allowed to take a moment, and not longer.

use std::thread::sleep;
use std::time::{Duration, Instant};

use super::Response;

/// How long a change may take to count on another instance.
const PROPAGATION: Duration = Duration::from_secs(1);
/// Pause between two tries.
const PAUSE: Duration = Duration::from_millis(10);

/// Asks until the answer is as wanted; fails where one that is asked for a second later is not.
#[track_caller]
pub(crate) fn within_a_second(
    ask: impl Fn() -> Response,
    wanted: impl Fn(&Response) -> bool,
) -> Response {
    let start = Instant::now();
    loop {
        let elapsed = start.elapsed();
        let answer = ask();
        if wanted(&answer) {
            return answer;
        }
        assert!(
            elapsed < PROPAGATION,
            "after {elapsed:?} {} answers {}: {}",
            answer.request,
            answer.status,
            answer.text
        );
        sleep(PAUSE);
    }
}
