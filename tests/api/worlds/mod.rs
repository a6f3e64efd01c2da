//! Random worlds: in all of them the guards, the explanation and a model that was written on its own say the same, and
//! exactly those requests are offered as fixes that would be done and make the deciding layer pass. Most of them are
//! worlds in memory; some stand in a real service, where every fix is sent.

mod model;
mod real;
mod sent;

use std::fmt;
use std::num::NonZero;

use roster::access::{Decision, Layer, Subject, admit, decide};
use roster::error::Error;

use crate::support::{Chance, seed};
use model::{DELETE_USERS, KEYS, Person, Request, World, passes};
use real::{Real, Sets, need_to_restore, needs, request_of};

const WORLDS: u64 = 100_000;
/// Questions about each.
const QUESTIONS: usize = 2;

#[test]
fn in_100_000_worlds_guards_explanations_and_fixes_agree() {
    let (seed, sets) = (seed(), Sets::new());
    let worlds = std::env::var("CHANCE_WORLDS").map_or(WORLDS, |count| count.parse().unwrap());
    let workers = std::thread::available_parallelism().map_or(1, NonZero::get);
    std::thread::scope(|scope| {
        for worker in 0..workers {
            let (first, sets) = (u64::try_from(worker).unwrap(), &sets);
            scope.spawn(move || {
                for number in (first..worlds).step_by(workers) {
                    let mut chance = Chance::new(seed.wrapping_add(number));
                    let world = World::random(&mut chance);
                    let case = Case::new(&world, sets, seed);
                    case.guards_agree();
                    for _ in 0..QUESTIONS {
                        case.explanation_agrees(chance.below(KEYS.len()));
                    }
                }
            });
        }
    });
}

/// A world as the model has it and as the service's code has it.
struct Case<'a> {
    world: &'a World,
    real: Real<'a>,
    seed: u64,
}

impl fmt::Display for Case<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CHANCE_SEED={} in {:?}", self.seed, self.world)
    }
}

impl<'a> Case<'a> {
    fn new(world: &'a World, sets: &'a Sets, seed: u64) -> Self {
        let real = Real::of(world, sets);
        Self { world, real, seed }
    }

    /// What the guards of the operations let the asker do, and what the explanation says about them.
    fn guards_agree(&self) {
        for (bit, need) in needs() {
            let (key, asker) = (KEYS[bit], &self.real.asker);
            let decision = decide(Subject::from(asker), key);
            self.is_as_in_model(&decision, self.world.asker, bit);
            let told: &[Layer] = match admit(asker, &need) {
                Ok(()) => &[],
                Err(Error::Unauthenticated(_)) => &[Layer::Account, Layer::Tenant],
                Err(Error::PasswordChangeRequired) => &[Layer::Account],
                // Guards tell what the role lacks before they tell that the gate is closed.
                Err(Error::PermissionDenied { .. }) => &[Layer::Domain, Layer::Role],
                Err(Error::DomainNotConfigured { .. }) => &[Layer::Domain],
                Err(other) => panic!("{key}: {other}, {self}"),
            };
            assert_eq!(told.is_empty(), decision.allowed, "{key}, {self}");
            let is_told = decision.allowed || told.contains(&decision.decided_by);
            assert!(is_told, "{key}: not {:?}, {self}", decision.decided_by);
            let is_whole = decision.except.is_none();
            assert!(is_whole || bit == DELETE_USERS, "{key}, {self}");
        }
        self.restoring_agrees();
    }

    /// The one operation that is closed earlier than what else its permission stands for: the explanation says so too.
    fn restoring_agrees(&self) {
        let (key, need) = need_to_restore();
        let may_restore = admit(&self.real.asker, &need).is_ok();
        assert_eq!(may_restore, self.world.asker_may_restore(), "{self}");
        let decision = decide(Subject::from(&self.real.asker), key);
        let is_told = decision.allowed && decision.except.is_none();
        assert_eq!(may_restore, is_told, "restoring, {self}");
    }

    fn is_as_in_model(&self, decision: &Decision, person: Person, bit: usize) {
        let verdict = self.world.verdict(person, bit);
        assert_eq!(denied_by(decision), verdict, "{}, {self}", KEYS[bit]);
    }

    /// What is decided about the user, and what is offered to the asker.
    fn explanation_agrees(&self, bit: usize) {
        let (world, key) = (self.world, KEYS[bit]);
        let decision = decide(self.real.subject(world), key);
        self.is_as_in_model(&decision, world.target(), bit);
        let fixes = self.real.remedies(world).fixes(key, &decision);
        let offered: Vec<Request> = fixes.iter().map(|fix| request_of(world, fix)).collect();
        assert_eq!(offered, world.useful(bit), "fixes of {key}, {self}");
        for request in offered {
            let after = world.send(request);
            let after = after.unwrap_or_else(|| panic!("{request:?} is refused, {self}"));
            let then = Case::new(&after, self.real.sets, self.seed);
            if request == Request::Claim {
                // The first of two steps: the second is offered now.
                assert!(!after.useful(bit).is_empty(), "{key}, {self}");
                then.explanation_agrees(bit);
                continue;
            }
            let denied_by = denied_by(&decide(then.real.subject(&after), key));
            let passed = passes(decision.decided_by, denied_by);
            assert!(passed, "{request:?} mends nothing of {key}, {self}");
        }
    }
}

fn denied_by(decision: &Decision) -> Option<Layer> {
    (!decision.allowed).then_some(decision.decided_by)
}
