//! Who has proven which host name: the table `proven_hosts`, as sign-in and memory read it.

use diesel::prelude::*;
use uuid::Uuid;

use crate::domains::DomainStatus;
use crate::error::{Error, Result};
use crate::schema::{domains, proven_hosts};

/// The tenant that has proven this host name.
///
/// # Errors
/// Where the database fails.
pub fn tenant_of_host(conn: &mut PgConnection, hostname: &str) -> Result<Option<Uuid>> {
    Ok(proven_hosts::table
        .find(hostname)
        .select(proven_hosts::tenant_id)
        .first(conn)
        .optional()?)
}

/// Every proven host name with its tenant and where its domain stands; those of one tenant where it is named.
pub(in crate::domains) fn list_hosts(
    conn: &mut PgConnection,
    tenant: Option<Uuid>,
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
    if let Some(tenant) = tenant {
        query = query.filter(proven_hosts::tenant_id.eq(tenant));
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
