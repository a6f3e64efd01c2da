//! What there is to look at, and what was found. A look that is due is handed out once: whoever takes it moves its next
//! one into the future before anybody asks the DNS.

use diesel::prelude::*;
use uuid::Uuid;

use super::hosts::{holder, retired_hashes};
use super::{Row, find};
use crate::clock::Time;
use crate::db::next_version;
use crate::domains::Domain;
use crate::domains::finding::Standing;
use crate::domains::proof::{Holder, Question};
use crate::error::{Error, Result};
use crate::schema::{domains, tenants};

/// What there is to ask about a domain.
pub(in crate::domains) fn find_question(
    conn: &mut PgConnection,
    tenant: Uuid,
    id: Uuid,
) -> Result<Question> {
    let domain = find(conn, tenant, id)?;
    let holder = match holder(conn, &domain.hostname)? {
        Some((other, id)) if other != tenant => match find(conn, other, id) {
            // Removed between the two statements.
            Err(Error::NotFound) => None,
            found => Some(Holder {
                tenant: other,
                domain: found?,
            }),
        },
        _ => None,
    };
    let retired = retired_hashes(conn, tenant, &domain.hostname)?;
    Ok(Question {
        tenant,
        domain,
        holder,
        retired,
    })
}

/// Takes the domain that has been due for longest, a proven one before any other and none of a tenant that is busy; nobody
/// else gets it before `next`.
pub(in crate::domains) fn claim_due(
    tx: &mut PgConnection,
    now: Time,
    next: Time,
    busy: &[Uuid],
) -> Result<Option<Question>> {
    let due = match first_due(tx, now, ["active", "degraded"], busy)? {
        None => first_due(tx, now, ["pending", "suspended"], busy)?,
        proven => proven,
    };
    let Some((tenant, id)) = due else {
        return Ok(None);
    };
    diesel::update(domains::table.find((tenant, id)))
        .set(domains::next_check_at.eq(next))
        .execute(tx)?;
    find_question(tx, tenant, id).map(Some)
}

/// Of the domains in these states, not of these tenants, that nobody else is taking now, the one that has been due for
/// longest.
fn first_due(
    tx: &mut PgConnection,
    now: Time,
    states: [&'static str; 2],
    busy: &[Uuid],
) -> Result<Option<(Uuid, Uuid)>> {
    Ok(domains::table
        .filter(domains::next_check_at.le(now))
        .filter(domains::status.eq_any(states))
        .filter(domains::tenant_id.ne_all(busy.to_vec()))
        .order(domains::next_check_at)
        .select((domains::tenant_id, domains::id))
        .for_no_key_update()
        .skip_locked()
        .first(tx)
        .optional()?)
}

/// Writes down where a domain stands now. Its version moves with its state and its failure only: that it was looked at
/// again is no reason to refuse an edit.
pub(in crate::domains) fn record_standing(
    tx: &mut PgConnection,
    tenant: Uuid,
    before: &Domain,
    standing: Standing,
    now: Time,
) -> Result<Domain> {
    let same = standing.status == before.status && standing.failure == before.verification.failure;
    let looked = (
        domains::checked_at.eq(now),
        domains::verified_at.eq(standing.verified_at),
        domains::degraded_at.eq(standing.degraded_at),
        domains::next_check_at.eq(standing.next_check_at),
    );
    let row: Row = if same {
        diesel::update(domains::table.find((tenant, before.id)))
            .set(looked)
            .returning(Row::as_returning())
            .get_result(tx)?
    } else {
        let failure = standing.failure.map(serde_json::to_value).transpose();
        diesel::update(domains::table.find((tenant, before.id)))
            .set((
                looked,
                domains::status.eq(standing.status.as_str()),
                domains::failure.eq(failure.map_err(Error::internal)?),
                domains::updated_at.eq(now),
                domains::version.eq(next_version()),
            ))
            .returning(Row::as_returning())
            .get_result(tx)?
    };
    row.try_into()
}

/// Every tenant's claim of a host name, oldest first: the tenant's slug, its id and the domain's.
pub(in crate::domains) fn claims_of_host(
    conn: &mut PgConnection,
    hostname: &str,
) -> Result<Vec<(String, Uuid, Uuid)>> {
    Ok(domains::table
        .inner_join(tenants::table)
        .filter(domains::hostname.eq(hostname))
        .order((domains::created_at, domains::id))
        .select((tenants::slug, domains::tenant_id, domains::id))
        .load(conn)?)
}
