//! Requests that start together.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Barrier;
use std::sync::mpsc::{Sender, channel};

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

/// Runs `request(round, 0..count)` on threads that stay, so that their connections do too: in every round all start at
/// the same moment, and `judge` gets their answers in their order and prepares the next round.
pub(crate) fn race_rounds(
    count: usize,
    rounds: usize,
    request: impl Fn(usize, usize) -> Response + Sync,
    mut judge: impl FnMut(usize, Vec<Response>),
) {
    let (start, request) = (Barrier::new(count), &request);
    let start = &start;
    std::thread::scope(|scope| {
        let (tell, told) = channel();
        let racer = |racer: usize| {
            let (begin, rounds_of_one) = channel::<usize>();
            let tell: Sender<(usize, std::thread::Result<Response>)> = tell.clone();
            scope.spawn(move || {
                for round in rounds_of_one {
                    start.wait();
                    // Nobody waits for somebody who fell: it is told like an answer.
                    let answer = catch_unwind(AssertUnwindSafe(|| request(round, racer)));
                    if tell.send((racer, answer)).is_err() {
                        return;
                    }
                }
            });
            begin
        };
        let racers: Vec<_> = (0..count).map(racer).collect();
        for round in 0..rounds {
            for begin in &racers {
                begin.send(round).unwrap();
            }
            let mut answers: Vec<_> = told.iter().take(count).collect();
            answers.sort_by_key(|(racer, _)| *racer);
            let answer = |(_, answer): (usize, std::thread::Result<Response>)| {
                answer.unwrap_or_else(|cause| resume_unwind(cause))
            };
            judge(round, answers.into_iter().map(answer).collect());
        }
    });
}

/// How many rounds a race has: `RACE_ROUNDS`, or as many as it asks for.
pub(crate) fn rounds(usual: usize) -> usize {
    std::env::var("RACE_ROUNDS").map_or(usual, |rounds| rounds.parse().unwrap())
}
