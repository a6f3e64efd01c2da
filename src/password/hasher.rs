//! Argon2id on threads of its own, each with one buffer that it uses again and again. Whoever waits too long for a
//! turn is told to come back.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use argon2::password_hash::phc::{Ident, Output, PasswordHash as Phc, Salt};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use tokio::sync::oneshot;

use super::cost::{Cost, difference};
use super::judge::{KnownWords, judge};
use super::{Password, PasswordHash};
use crate::error::{Error, Refused, Result};

/// How long a request waits for its turn before it answers 503 `overloaded`.
const MAX_WAIT: Duration = Duration::from_secs(2);
/// Requests that may wait for one thread; more are refused at once.
const QUEUE_PER_THREAD: usize = 128;

type Work = Box<dyn FnOnce(&mut Vec<Block>) + Send>;

/// What came of comparing a password with a hash.
#[derive(Debug)]
pub enum Verdict {
    /// It does not fit, or there was no hash.
    Wrong,
    /// It fits.
    Right {
        /// The hash with the cost of now, where it was made with another.
        renewed: Option<PasswordHash>,
    },
}

/// The hashing threads.
#[derive(Clone)]
pub struct Hasher {
    queue: SyncSender<Work>,
    params: Params,
    /// What an unknown user's password is compared with, so that it takes the same time.
    decoy: Arc<Phc>,
}

impl Hasher {
    /// Starts `threads` hashing threads.
    ///
    /// # Errors
    /// Where the cost is out of argon2's range or a thread cannot be started.
    pub fn start(threads: usize, cost: Cost) -> Result<Self> {
        let params =
            Params::new(cost.memory_kib, cost.passes, 1, Some(32)).map_err(Error::internal)?;
        let (queue, jobs) = sync_channel::<Work>(threads.max(1) * QUEUE_PER_THREAD);
        let jobs = Arc::new(Mutex::new(jobs));
        for number in 0..threads.max(1) {
            let (jobs, blocks) = (Arc::clone(&jobs), params.block_count());
            std::thread::Builder::new()
                .name(format!("argon2-{number}"))
                .spawn(move || work_through(&jobs, blocks))
                .map_err(Error::internal)?;
        }
        let mut memory = vec![Block::default(); params.block_count()];
        let decoy = Arc::new(hash(&params, &Password::typed(""), &mut memory)?);
        Ok(Self {
            queue,
            params,
            decoy,
        })
    }

    /// Judges and hashes on the calling thread, before there are requests.
    ///
    /// # Errors
    /// Where the system gives no random numbers. Within: why the password is refused.
    pub fn choose_here(
        &self,
        password: &Password,
        known: &KnownWords,
    ) -> Result<std::result::Result<PasswordHash, Refused>> {
        let mut memory = vec![Block::default(); self.params.block_count()];
        choose(&self.params, password, known, &mut memory)
    }

    /// Judges a password that somebody chose for a person of whom others know these words, and hashes it with a new
    /// salt.
    ///
    /// # Errors
    /// 503 `overloaded` where it is not its turn within two seconds. Within: why the password is refused.
    pub async fn choose(
        &self,
        password: Password,
        known: KnownWords,
    ) -> Result<std::result::Result<PasswordHash, Refused>> {
        let params = self.params.clone();
        self.submit(move |memory| choose(&params, &password, &known, memory))
            .await?
    }

    /// Whether the password fits the hash.
    ///
    /// # Errors
    /// 503 `overloaded` where it is not its turn within two seconds; 500 where the stored hash is broken.
    pub async fn verify(&self, password: Password, hash: PasswordHash) -> Result<bool> {
        let phc = self.parse(Some(hash))?;
        self.submit(move |memory| verify(&phc, &password, memory))
            .await?
    }

    /// Whether the password fits the hash; without a hash it takes as long and does not. Where it fits and the cost was
    /// another when the hash was made, a new hash too.
    ///
    /// A hash that was made when the cost was lower takes as long as one of now, so that raising the cost does not show
    /// whose hash is old, and with it who exists. One that was made when it was higher takes longer until its owner signs
    /// in: what is unknown cannot take as long as the dearest hash there is without looking at all of them, and who lowers
    /// the cost wants the time back.
    ///
    /// # Errors
    /// 503 `overloaded` where it is not its turn within two seconds; 500 where the stored hash is broken.
    pub async fn verify_and_renew(
        &self,
        password: Password,
        hash: Option<PasswordHash>,
    ) -> Result<Verdict> {
        let known = hash.is_some();
        let (phc, params) = (self.parse(hash)?, self.params.clone());
        self.submit(move |memory| compare(&params, &phc, &password, known, memory))
            .await?
    }

    /// What the password is compared with.
    fn parse(&self, hash: Option<PasswordHash>) -> Result<Phc> {
        match hash {
            Some(hash) => Phc::new(&hash.0).map_err(Error::internal),
            None => Ok((*self.decoy).clone()),
        }
    }

    async fn submit<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Vec<Block>) -> T + Send + 'static,
    ) -> Result<T> {
        let (reply, answer) = oneshot::channel();
        let job: Work = Box::new(move |memory| {
            // Whoever gave up waiting does not cost a hash any more.
            if !reply.is_closed() {
                let _gone = reply.send(work(memory));
            }
        });
        self.queue.try_send(job).map_err(|_| Error::Overloaded)?;
        match tokio::time::timeout(MAX_WAIT, answer).await {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(_)) => Err(Error::internal("a hashing thread ended")),
            Err(_) => Err(Error::Overloaded),
        }
    }
}

fn work_through(jobs: &Mutex<Receiver<Work>>, blocks: usize) {
    let mut memory = vec![Block::default(); blocks];
    loop {
        let job = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
        match job {
            // A job that panics takes its answer along, and not the thread.
            Ok(job) => drop(catch_unwind(AssertUnwindSafe(|| job(&mut memory)))),
            Err(_) => return,
        }
    }
}

fn choose(
    params: &Params,
    password: &Password,
    known: &KnownWords,
    memory: &mut [Block],
) -> Result<std::result::Result<PasswordHash, Refused>> {
    if !password.generated
        && let Err(refused) = judge(password.expose(), known)
    {
        return Ok(Err(refused));
    }
    hash_text(params, password, memory).map(Ok)
}

/// `known` says whether the hash is somebody's.
fn compare(
    params: &Params,
    phc: &Phc,
    password: &Password,
    known: bool,
    memory: &mut Vec<Block>,
) -> Result<Verdict> {
    let was = Params::try_from(phc).map_err(Error::internal)?;
    if !(verify(phc, password, memory)? && known) {
        if let Some(rest) = difference(params, &was) {
            hash(&rest, password, memory)?;
        }
        return Ok(Verdict::Wrong);
    }
    let renewed = if was == *params {
        None
    } else {
        Some(hash_text(params, password, memory)?)
    };
    Ok(Verdict::Right { renewed })
}

fn hash_text(params: &Params, password: &Password, memory: &mut [Block]) -> Result<PasswordHash> {
    hash(params, password, memory).map(|phc| PasswordHash(phc.to_string()))
}

fn hash(params: &Params, password: &Password, memory: &mut [Block]) -> Result<Phc> {
    let salt = crate::secret::random::<16>()?;
    let mut output = [0; 32];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone())
        .hash_password_into_with_memory(password.expose().as_bytes(), &salt, &mut output, memory)
        .map_err(Error::internal)?;
    Ok(Phc {
        algorithm: Ident::new("argon2id").map_err(Error::internal)?,
        version: Some(Version::V0x13.into()),
        params: params.try_into().map_err(Error::internal)?,
        salt: Some(Salt::new(&salt).map_err(Error::internal)?),
        hash: Some(Output::new(&output).map_err(Error::internal)?),
    })
}

fn verify(phc: &Phc, password: &Password, memory: &mut Vec<Block>) -> Result<bool> {
    let params = Params::try_from(phc).map_err(Error::internal)?;
    let (Some(salt), Some(expected)) = (&phc.salt, &phc.hash) else {
        return Err(Error::internal(
            "a stored password hash has no salt or no output",
        ));
    };
    if memory.len() < params.block_count() {
        memory.resize(params.block_count(), Block::default());
    }
    let mut output = vec![0; expected.len()];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into_with_memory(
            password.expose().as_bytes(),
            salt.as_ref(),
            &mut output,
            memory,
        )
        .map_err(Error::internal)?;
    Ok(aws_lc_rs::constant_time::verify_slices_are_equal(&output, expected.as_bytes()).is_ok())
}
