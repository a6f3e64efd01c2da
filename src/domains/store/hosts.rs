//! Who holds a host name, and what those who gave it up were told to publish. One row a host name: its key decides
//! who is first, also in a race.

use diesel::prelude::*;
use uuid::Uuid;

use crate::clock::Time;
use crate::domains::{Domain, DomainStatus};
use crate::error::{Error, Result};
use crate::schema::{domains, proven_hosts, retired_challenges};
use crate::secret::sha256;

/// How many earlier claims of a host name are remembered at a look.
const RETIRED_KNOWN: i64 = 20;

/// Makes the host name this domain's, unless it is another's; the key decides, also in a race.
pub(in crate::domains) fn take_host(
    tx: &mut PgConnection,
    tenant: Uuid,
    domain: &Domain,
) -> Result<bool> {
    diesel::insert_into(proven_hosts::table)
        .values((
            proven_hosts::hostname.eq(&domain.hostname),
            proven_hosts::tenant_id.eq(tenant),
            proven_hosts::domain_id.eq(domain.id),
        ))
        .on_conflict_do_nothing()
        .execute(tx)?;
    Ok(holder(tx, &domain.hostname)? == Some((tenant, domain.id)))
}

/// The tenant and the domain that have the host name.
pub(super) fn holder(conn: &mut PgConnection, hostname: &str) -> Result<Option<(Uuid, Uuid)>> {
    Ok(proven_hosts::table
        .find(hostname)
        .select((proven_hosts::tenant_id, proven_hosts::domain_id))
        .first(conn)
        .optional()?)
}

/// Gives the host name from one tenant's domain to another's; false where the one does not have it any more.
pub(in crate::domains) fn move_host(
    tx: &mut PgConnection,
    (tenant, domain): (Uuid, &Domain),
    (to_tenant, to_domain): (Uuid, &Domain),
) -> Result<bool> {
    let moved = diesel::update(
        proven_hosts::table
            .find(&to_domain.hostname)
            .filter(proven_hosts::tenant_id.eq(tenant))
            .filter(proven_hosts::domain_id.eq(domain.id)),
    )
    .set((
        proven_hosts::tenant_id.eq(to_tenant),
        proven_hosts::domain_id.eq(to_domain.id),
    ))
    .execute(tx)?;
    Ok(moved == 1)
}

/// Remembers what the record of a domain had to say that is removed.
pub(in crate::domains) fn retire_challenge(
    tx: &mut PgConnection,
    tenant: Uuid,
    domain: &Domain,
    now: Time,
) -> Result<()> {
    let challenge = domain.verification.record.value.as_bytes();
    diesel::insert_into(retired_challenges::table)
        .values((
            retired_challenges::tenant_id.eq(tenant),
            retired_challenges::hostname.eq(&domain.hostname),
            retired_challenges::hash.eq(sha256(challenge)),
            retired_challenges::retired_at.eq(now),
        ))
        .execute(tx)?;
    Ok(())
}

/// What the tenant's removed claims of this host name were told to publish, hashed; the newest ones.
pub(super) fn retired_hashes(
    conn: &mut PgConnection,
    tenant: Uuid,
    hostname: &str,
) -> Result<Vec<Vec<u8>>> {
    Ok(retired_challenges::table
        .filter(retired_challenges::tenant_id.eq(tenant))
        .filter(retired_challenges::hostname.eq(hostname))
        .order(retired_challenges::retired_at.desc())
        .limit(RETIRED_KNOWN)
        .select(retired_challenges::hash)
        .load(conn)?)
}

/// The tenant that has proven this host name, also where its record is gone since: nobody is locked out.
///
/// # Errors
/// Where the database fails.
pub fn tenant_of_host(conn: &mut PgConnection, hostname: &str) -> Result<Option<Uuid>> {
    Ok(holder(conn, hostname)?.map(|(tenant, _)| tenant))
}

/// Every proven host name with its tenant and where its domain stands; or only those of one tenant, and some names
/// whoever has them.
pub(in crate::domains) fn list_hosts(
    conn: &mut PgConnection,
    of: Option<(Uuid, Vec<String>)>,
) -> Result<Vec<(String, Uuid, DomainStatus)>> {
    let same_domain = domains::tenant_id
        .eq(proven_hosts::tenant_id)
        .and(domains::id.eq(proven_hosts::domain_id));
    let mut query = proven_hosts::table
        .inner_join(domains::table.on(same_domain))
        .select((
            proven_hosts::hostname,
            proven_hosts::tenant_id,
            domains::status,
        ))
        .into_boxed();
    if let Some((tenant, names)) = of {
        let is_theirs = proven_hosts::tenant_id.eq(tenant);
        query = query.filter(is_theirs.or(proven_hosts::hostname.eq_any(names)));
    }
    let rows: Vec<(String, Uuid, String)> = query.load(conn)?;
    rows.into_iter()
        .map(|(hostname, tenant, status)| {
            let status = DomainStatus::parse(&status)
                .ok_or_else(|| Error::internal(format!("unknown domain status {status}")))?;
            Ok((hostname, tenant, status))
        })
        .collect()
}
