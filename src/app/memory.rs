//! The database, what is kept of it in memory, and the thread that hears when that changes.

use secrecy::ExposeSecret;

use crate::access::Principals;
use crate::config::Config;
use crate::db::{Changes, Database, Hearing};
use crate::domains::ProvenHosts;
use crate::error::Result;
use crate::postman::Doorbell;

/// Opens the database, with so many connections in each pool. The bell rings for letters that are posted.
pub(super) fn open_database(
    config: &Config,
    url: &str,
    connections: u32,
    doorbell: &Doorbell,
) -> Result<(Database, Principals, ProvenHosts)> {
    let replica = config
        .database_replica_url
        .as_ref()
        .map(ExposeSecret::expose_secret);
    let db = Database::open(url, replica, connections);
    let (hearing, hosts) = (Hearing::default(), ProvenHosts::default());
    let principals = Principals::new(hearing.clone());
    db.read(|conn| hosts.load(conn))?;
    let changes = Changes::new(
        hearing,
        vec![
            Box::new(principals.clone()),
            Box::new(hosts.clone()),
            Box::new(doorbell.clone()),
        ],
    );
    changes.listen(url)?;
    Ok((db.telling(changes), principals, hosts))
}
