//! What to look at: for the watcher whatever is due, for the doctor every claim of a host name.

use uuid::Uuid;

use super::{Hostname, Question, Terms, store};
use crate::clock::Time;
use crate::db::Connection;
use crate::error::Result;

/// Takes the domain that has been due for longest, if there is one, and a proven one before any claim: people depend on
/// it. Those of tenants that are `busy` have to wait. Nobody else gets it before the interval has passed, whatever becomes
/// of the look.
///
/// # Errors
/// Where the database fails.
pub fn claim_due(
    tx: &mut Connection,
    now: Time,
    terms: Terms,
    busy: &[Uuid],
) -> Result<Option<Question>> {
    store::claim_due(tx, now, now + terms.recheck, busy)
}

/// What there is to ask about every tenant's claim of a host name, oldest first, each with the tenant's slug.
///
/// # Errors
/// Where the database fails.
pub fn claims_of_host(
    conn: &mut Connection,
    hostname: &Hostname,
) -> Result<Vec<(String, Question)>> {
    store::claims_of_host(conn, hostname.as_str())?
        .into_iter()
        .map(|(slug, tenant, id)| Ok((slug, store::find_question(conn, tenant, id)?)))
        .collect()
}
