//! Requests that start together.

use std::sync::Barrier;

use super::Response;

/// Runs `request(0..count)` on threads of their own that start at the same moment; answers in their order.
pub(crate) fn race(count: usize, request: impl Fn(usize) -> Response + Sync) -> Vec<Response> {
    let start = Barrier::new(count);
    let run = |index| {
        start.wait();
        request(index)
    };
    std::thread::scope(|scope| {
        let run = &run;
        let racers: Vec<_> = (0..count)
            .map(|index| scope.spawn(move || run(index)))
            .collect();
        racers
            .into_iter()
            .map(|racer| racer.join().unwrap())
            .collect()
    })
}
