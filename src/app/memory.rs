//! The database, what is kept of it in memory, and the threads that hear when that changes.

use secrecy::ExposeSecret;

use crate::access::Principals;
use crate::auth::{self, Keys, Rotation, Tokens};
use crate::clock::Time;
use crate::config::Config;
use crate::db::{Changes, Database, Hearing};
use crate::domains::ProvenHosts;
use crate::error::Result;
use crate::postman::Doorbell;
use crate::secret::SealingKey;

/// The database and what is kept of it in memory.
pub(super) struct Memory {
    pub(super) db: Database,
    pub(super) principals: Principals,
    pub(super) hosts: ProvenHosts,
    pub(super) tokens: Tokens,
    pub(super) keys: Keys,
    pub(super) rotation: Rotation,
}

/// What encrypts the service's keys in the database, where that is wanted.
#[must_use]
pub fn sealing_key(config: &Config) -> Option<SealingKey> {
    let passphrase = config.secret_key.as_ref()?;
    Some(SealingKey::new(passphrase.expose_secret()))
}

/// Opens the database, with so many connections in each pool, and makes the keys that are missing in it. The bell rings
/// for letters that are posted.
pub(super) fn open(
    config: &Config,
    url: &str,
    connections: u32,
    doorbell: &Doorbell,
    now: Time,
) -> Result<Memory> {
    let replica = config
        .database_replica_url
        .as_ref()
        .map(ExposeSecret::expose_secret);
    let db = Database::open(url, replica, connections);
    let sealing = sealing_key(config);
    let keys = db.write(|tx| auth::load_keys(tx, sealing.as_ref(), now))?;
    let tokens = Tokens::new(&config.public_url, &keys, sealing.clone());
    let (hearing, hosts) = (Hearing::default(), ProvenHosts::default());
    let principals = Principals::new(hearing.clone());
    db.read(|conn| hosts.load(conn))?;
    let pool = db.clone();
    hosts.keep_fresh(hearing.clone(), move |hosts| {
        pool.read(|conn| hosts.load(conn))
    })?;
    db.read(|conn| tokens.load(conn))?;
    let changes = Changes::new(
        hearing,
        vec![
            Box::new(principals.clone()),
            Box::new(hosts.clone()),
            Box::new(tokens.clone()),
            Box::new(doorbell.clone()),
        ],
    );
    changes.listen(url)?;
    Ok(Memory {
        db: db.telling(changes),
        principals,
        hosts,
        tokens,
        keys,
        rotation: Rotation::new(config.key_rotation, sealing),
    })
}
