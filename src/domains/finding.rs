//! What a look comes to: the edges between a domain's states, and who has its host name afterwards.

use chrono::TimeDelta;
use uuid::Uuid;

use super::proof::{Finding, Holder, Look, Terms};
use super::{Domain, DomainStatus, Failure, store};
use crate::audit::{Author, Entries, Entry};
use crate::clock::Time;
use crate::db::Connection;
use crate::error::{Error, Result};
use crate::seats;

/// How long a claim may wait for its proof.
const CLAIM_DAYS: i64 = 30;
/// What the activity log of whoever loses a host name says.
const TAKEN_OVER: &str =
    "another account has proven this host name, and your record was not there any more";

/// Where a domain stands after a look.
pub(super) struct Standing {
    pub(super) status: DomainStatus,
    pub(super) failure: Option<Failure>,
    pub(super) verified_at: Option<Time>,
    pub(super) degraded_at: Option<Time>,
    pub(super) next_check_at: Option<Time>,
}

/// Whoever has the host name although their own record is gone for certain.
struct Rival {
    holder: Holder,
    failure: Failure,
}

/// Writes down what a look found, and gives the host name to whom it belongs now. Answers the domain.
///
/// # Errors
/// 404 where the domain is gone in the meantime.
pub fn record_look(
    tx: &mut Connection,
    author: &Author,
    terms: Terms,
    look: Look,
) -> Result<(Domain, Entries)> {
    let rival = Rival::of(look.question.holder, look.recheck);
    lock_tenants(tx, author.tenant(), rival.as_ref())?;
    let before = store::lock(tx, author.tenant(), look.question.domain.id)?;
    let proven = |domain: &Domain| domain.verification.verified_at;
    if !matches!(look.finding, Finding::Proven) && proven(&before) != proven(&look.question.domain)
    {
        // Somebody has seen the record since this look began.
        return Ok((before, Entries::none("a newer look has proven it")));
    }
    let (finding, lost) = claim_host(tx, author, &before, look.finding, rival)?;
    let standing = Standing::after(&before, finding, terms, author.now());
    let after = store::record_standing(tx, author.tenant(), &before, standing, author.now())?;
    let entries = match edge(&before, &after, author) {
        Some(entry) => entry.into(),
        None => Entries::none("the state is the same as before the look"),
    };
    Ok((after, entries.join(lost)))
}

impl Rival {
    fn of(holder: Option<Holder>, recheck: Option<Finding>) -> Option<Self> {
        match (holder, recheck) {
            (
                Some(holder),
                Some(Finding::NotProven {
                    failure,
                    definitive: true,
                }),
            ) => Some(Self { holder, failure }),
            _ => None,
        }
    }
}

/// One change of what is proven at a time; of both tenants where two are concerned, in the order of their ids, so that
/// no two wait for each other.
fn lock_tenants(tx: &mut Connection, own: Uuid, rival: Option<&Rival>) -> Result<()> {
    let mut tenants = vec![own];
    tenants.extend(rival.map(|rival| rival.holder.tenant));
    tenants.sort_unstable();
    for tenant in tenants {
        seats::lock(tx, tenant)?;
    }
    Ok(())
}

/// A proof counts where the host name is free, is the domain's already, or can be taken over.
fn claim_host(
    tx: &mut Connection,
    author: &Author,
    domain: &Domain,
    finding: Finding,
    rival: Option<Rival>,
) -> Result<(Finding, Entries)> {
    let nobody = Entries::none("nobody loses the host name");
    if !matches!(finding, Finding::Proven) || store::take_host(tx, author.tenant(), domain)? {
        return Ok((finding, nobody));
    }
    let lost = match rival {
        Some(rival) => take_over(tx, author, domain, rival)?,
        None => None,
    };
    Ok(match lost {
        Some(entry) => (finding, entry.into()),
        None => (Finding::claimed_elsewhere(domain), nobody),
    })
}

/// Gives the host name to the domain, and suspends the one that had it; answers what that one's tenant is told. None
/// where it has been proven again, or another one has the name, since the look.
fn take_over(
    tx: &mut Connection,
    author: &Author,
    domain: &Domain,
    rival: Rival,
) -> Result<Option<Entry>> {
    let Rival { holder, failure } = rival;
    let before = match store::lock(tx, holder.tenant, holder.domain.id) {
        Err(Error::NotFound) => return Ok(None),
        found => found?,
    };
    let proven_since = before.verification.verified_at != holder.domain.verification.verified_at;
    let (from, to) = ((holder.tenant, &before), (author.tenant(), domain));
    if proven_since || !store::move_host(tx, from, to)? {
        return Ok(None);
    }
    let standing = Standing {
        status: DomainStatus::Suspended,
        failure: Some(failure),
        verified_at: before.verification.verified_at,
        degraded_at: before.degraded_at.or(Some(author.now())),
        next_check_at: before.next_check_at,
    };
    let after = store::record_standing(tx, holder.tenant, &before, standing, author.now())?;
    let system = Author::system(holder.tenant, author.now());
    let entry = edge(&before, &after, &system)
        .unwrap_or_else(|| system.entry("domain.suspended", after.target()));
    Ok(Some(entry.with("reason", (), TAKEN_OVER)))
}

impl Standing {
    fn after(before: &Domain, finding: Finding, terms: Terms, now: Time) -> Self {
        let status = next_status(before, &finding, terms, now);
        let failure = match finding {
            Finding::Proven => None,
            Finding::NotProven { failure, .. } => Some(failure),
        };
        let verified_at = match failure {
            None => Some(now),
            Some(_) => before.verification.verified_at,
        };
        let degraded_at = match status {
            DomainStatus::Degraded | DomainStatus::Suspended => before.degraded_at.or(Some(now)),
            _ => None,
        };
        let next_check_at = match status {
            DomainStatus::Failed => None,
            _ => before.next_check_at.or(Some(now + terms.recheck)),
        };
        Self {
            status,
            failure,
            verified_at,
            degraded_at,
            next_check_at,
        }
    }
}

/// The state machine. Only a definitive answer makes a domain that was proven worse; a claim runs out by the calendar.
fn next_status(before: &Domain, finding: &Finding, terms: Terms, now: Time) -> DomainStatus {
    let definitive = match finding {
        Finding::Proven => return DomainStatus::Active,
        Finding::NotProven { definitive, .. } => *definitive,
    };
    let degraded_for = before
        .degraded_at
        .map_or(TimeDelta::zero(), |since| now - since);
    match before.status {
        DomainStatus::Pending if now - before.created_at >= TimeDelta::days(CLAIM_DAYS) => {
            DomainStatus::Failed
        }
        DomainStatus::Active if definitive => DomainStatus::Degraded,
        DomainStatus::Degraded if definitive && degraded_for >= terms.grace => {
            DomainStatus::Suspended
        }
        same => same,
    }
}

/// The entry of a change of state; a look that changes none is no activity.
fn edge(before: &Domain, after: &Domain, author: &Author) -> Option<Entry> {
    let action = match (before.status, after.status) {
        (was, is) if was == is => return None,
        (DomainStatus::Degraded | DomainStatus::Suspended, DomainStatus::Active) => {
            "domain.restored"
        }
        (_, DomainStatus::Active) => "domain.verified",
        (_, DomainStatus::Degraded) => "domain.degraded",
        (_, DomainStatus::Suspended) => "domain.suspended",
        (_, DomainStatus::Failed) => "domain.failed",
        (_, DomainStatus::Pending) => "domain.updated",
    };
    let code = |domain: &Domain| {
        let failure = domain.verification.failure.as_ref();
        failure.map(|failure| failure.code.clone())
    };
    let entry = author.entry(action, after.target()).with(
        "status",
        before.status.as_str(),
        after.status.as_str(),
    );
    let (was, is) = (code(before), code(after));
    Some(if was == is {
        entry
    } else {
        entry.with("failure", was, is)
    })
}
