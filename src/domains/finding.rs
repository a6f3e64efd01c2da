//! What a look for a proof comes to: the edges between a domain's states.

use uuid::Uuid;

use super::{Domain, DomainStatus, Finding, store};
use crate::access::Scope;
use crate::audit::{Entries, Entry};
use crate::db::Connection;
use crate::error::Result;
use crate::seats;

/// Writes down what a look found. Answers the domain and whether it is proven now.
///
/// # Errors
/// 404 where the domain is gone in the meantime.
pub fn record_finding(
    tx: &mut Connection,
    scope: &Scope,
    id: Uuid,
    finding: Finding,
) -> Result<(Domain, Entries)> {
    seats::lock(tx, scope.tenant())?;
    let before = store::lock(tx, scope.tenant(), id)?;
    scope.expect_version(before.version)?;
    let finding = match finding {
        Finding::Proven if !store::take_host(tx, scope.tenant(), &before)? => {
            Finding::claimed_elsewhere(&before)
        }
        other => other,
    };
    let (status, failure, definitive) = match finding {
        Finding::Proven => (DomainStatus::Active, None, true),
        Finding::NotProven {
            failure,
            definitive,
        } => (before.status, Some(failure), definitive),
    };
    let status = match before.status {
        DomainStatus::Active if failure.is_some() && definitive => DomainStatus::Degraded,
        _ => status,
    };
    let after = store::record_finding(tx, scope.tenant(), &before, status, failure, scope.now())?;
    let entries = match edge(&before, &after, scope) {
        Some(entry) => entry.into(),
        None => Entries::none("the state is the same as before the look"),
    };
    Ok((after, entries))
}

/// The entry of a change of state; a look that changes none is no activity.
fn edge(before: &Domain, after: &Domain, scope: &Scope) -> Option<Entry> {
    let action = match (before.status, after.status) {
        (was, is) if was == is => return None,
        (DomainStatus::Degraded | DomainStatus::Suspended, DomainStatus::Active) => {
            "domain.restored"
        }
        (_, DomainStatus::Active) => "domain.verified",
        (_, DomainStatus::Degraded) => "domain.degraded",
        (_, DomainStatus::Suspended) => "domain.suspended",
        _ => "domain.updated",
    };
    let entry = scope.entry(action, after.target()).with(
        "status",
        before.status.as_str(),
        after.status.as_str(),
    );
    Some(entry)
}
