//! The bare hash function, on all cores at once.

use std::num::NonZero;
use std::time::{Duration, Instant};

use argon2::{Algorithm, Argon2, Block, Params, Version};
use roster::password::Cost;

use crate::Result;

/// How many hashes the machine makes in a second when it does nothing else: one thread a core, each with memory that it
/// uses again.
pub(crate) fn per_second(time: Duration) -> Result<f64> {
    let cores = std::thread::available_parallelism().map_or(2, NonZero::get);
    let count: u32 = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..cores).map(|_| scope.spawn(|| hash_for(time))).collect();
        let counts = threads
            .into_iter()
            .map(|thread| thread.join().map_err(|_| "a hash ended in a panic")?);
        counts.sum::<Result<u32>>()
    })?;
    Ok(f64::from(count) / time.as_secs_f64())
}

fn hash_for(time: Duration) -> Result<u32> {
    let cost = Cost::default();
    let params = Params::new(cost.memory_kib, cost.passes, 1, Some(32));
    let params = params.map_err(|error| error.to_string())?;
    let mut memory = vec![Block::default(); params.block_count()];
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let (mut output, mut count) = ([0; 32], 0);
    let until = Instant::now() + time;
    while Instant::now() < until {
        argon2
            .hash_password_into_with_memory(
                b"wrong horse battery staple",
                b"sixteen bytes it",
                &mut output,
                &mut memory,
            )
            .map_err(|error| error.to_string())?;
        count += 1;
    }
    Ok(count)
}
