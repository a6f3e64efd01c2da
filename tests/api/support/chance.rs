//! Chance that can be had again: `CHANCE_SEED` repeats a run, and a test that fails names its seed.

use uuid::Uuid;

/// A generator of numbers (`SplitMix64`).
pub(crate) struct Chance(u64);

/// The seed of this run.
pub(crate) fn seed() -> u64 {
    match std::env::var("CHANCE_SEED") {
        Ok(seed) => seed.parse().unwrap(),
        // The last half of a UUIDv7 is random.
        Err(_) => Uuid::now_v7().as_u64_pair().1,
    }
}

impl Chance {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Any number.
    pub(crate) fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        let end = u64::try_from(end).unwrap();
        usize::try_from(self.draw() % end).unwrap()
    }

    /// Once in so many times.
    pub(crate) fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    /// One of these.
    pub(crate) fn pick<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }

    /// Some of these, in their order: any number of them.
    pub(crate) fn some<T: Copy>(&mut self, all: &[T]) -> Vec<T> {
        let kept = self.draw();
        let is_kept = |(index, _): &(usize, &T)| (kept >> (index % 64)) & 1 == 1;
        let kept = all.iter().enumerate().filter(is_kept);
        kept.map(|(_, one)| *one).collect()
    }
}
