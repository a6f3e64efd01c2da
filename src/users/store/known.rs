//! The names around a user, which others know too.

use diesel::prelude::*;
use uuid::Uuid;

use crate::error::Result;
use crate::schema::{companies, domains, tenants};

/// Nobody builds a password from more domains than that.
const MOST_HOSTNAMES: i64 = 20;

pub(in crate::users) fn company_name(
    conn: &mut PgConnection,
    tenant: Uuid,
    id: Uuid,
) -> Result<Option<String>> {
    Ok(companies::table
        .find((tenant, id))
        .select(companies::name)
        .first(conn)
        .optional()?)
}

/// The tenant's name and slug.
pub(in crate::users) fn tenant_names(
    conn: &mut PgConnection,
    tenant: Uuid,
) -> Result<(String, String)> {
    Ok(tenants::table
        .find(tenant)
        .select((tenants::name, tenants::slug))
        .first(conn)?)
}

/// The tenant's domains, the oldest first, proven or not.
pub(in crate::users) fn hostnames(conn: &mut PgConnection, tenant: Uuid) -> Result<Vec<String>> {
    Ok(domains::table
        .filter(domains::tenant_id.eq(tenant))
        .order((domains::created_at, domains::id))
        .limit(MOST_HOSTNAMES)
        .select(domains::hostname)
        .load(conn)?)
}
