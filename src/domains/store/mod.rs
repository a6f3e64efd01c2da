//! The tables of this feature: `domains` here, who holds which host name in `hosts`, what is due and what was found
//! in `looks`.

mod hosts;
mod looks;

pub use hosts::tenant_of_host;
pub(super) use hosts::{list_hosts, move_host, retire_challenge, take_host};
pub(super) use looks::{claim_due, claims_of_host, find_question, record_standing};

use diesel::prelude::*;
use serde_json::Value;
use uuid::Uuid;

use super::{DnsRecord, Domain, DomainStatus, Hostname, Verification};
use crate::clock::Time;
use crate::db::{IdColumn, SortColumn, Sorts, anywhere, next_version};
use crate::error::{Error, Result};
use crate::http::{Listed, Search, Window};
use crate::schema::domains;

const SORTS: Sorts = Sorts {
    id: IdColumn {
        sql: "domains.id",
        cast: "::uuid",
    },
    default: SortColumn {
        name: "created_at",
        sql: "domains.created_at",
        cast: "::timestamptz",
        id: None,
    },
    others: &[SortColumn {
        name: "hostname",
        sql: "domains.hostname",
        cast: "",
        id: None,
    }],
};

impl Listed for Domain {
    const SORTS: &'static Sorts = &SORTS;
    const SEARCHED: &'static str = "the host name";
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = domains)]
struct Row {
    id: Uuid,
    hostname: String,
    is_primary: bool,
    status: String,
    challenge: String,
    checked_at: Option<Time>,
    verified_at: Option<Time>,
    failure: Option<Value>,
    created_at: Time,
    updated_at: Time,
    version: i64,
    degraded_at: Option<Time>,
    next_check_at: Option<Time>,
}

impl TryFrom<Row> for Domain {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let status = DomainStatus::parse(&row.status)
            .ok_or_else(|| Error::internal(format!("unknown domain status {}", row.status)))?;
        let local = row.hostname.ends_with(".localhost");
        Ok(Self {
            id: row.id,
            is_primary: row.is_primary,
            status,
            verification: Verification {
                method: if local { "local" } else { "dns_txt" }.to_owned(),
                record: DnsRecord {
                    kind: "TXT",
                    name: super::hostname::challenge_name(&row.hostname),
                    value: row.challenge,
                },
                checked_at: row.checked_at,
                verified_at: row.verified_at,
                failure: row
                    .failure
                    .map(serde_json::from_value)
                    .transpose()
                    .map_err(Error::internal)?,
            },
            hostname: row.hostname,
            created_at: row.created_at,
            updated_at: row.updated_at,
            version: row.version,
            degraded_at: row.degraded_at,
            next_check_at: row.next_check_at,
        })
    }
}

pub(super) fn find(conn: &mut PgConnection, tenant: Uuid, id: Uuid) -> Result<Domain> {
    domains::table
        .find((tenant, id))
        .select(Row::as_select())
        .first(conn)?
        .try_into()
}

pub(super) fn lock(tx: &mut PgConnection, tenant: Uuid, id: Uuid) -> Result<Domain> {
    domains::table
        .find((tenant, id))
        .select(Row::as_select())
        .for_update()
        .first(tx)?
        .try_into()
}

pub(super) fn list(
    conn: &mut PgConnection,
    tenant: Uuid,
    search: &Search,
    window: &Window,
) -> Result<Vec<(Domain, String)>> {
    let mut query = domains::table
        .filter(domains::tenant_id.eq(tenant))
        .select((Row::as_select(), window.sort().value()))
        .order(window.sort().order())
        .limit(window.fetch())
        .into_boxed();
    for word in search.words() {
        query = query.filter(domains::hostname.like(anywhere(word)));
    }
    if let Some(after) = window.after() {
        query = query.filter(after);
    }
    let rows: Vec<(Row, String)> = query.load(conn)?;
    rows.into_iter()
        .map(|(row, value)| Ok((row.try_into()?, value)))
        .collect()
}

pub(super) fn count(conn: &mut PgConnection, tenant: Uuid, search: &Search) -> Result<i64> {
    let mut query = domains::table
        .filter(domains::tenant_id.eq(tenant))
        .count()
        .into_boxed();
    for word in search.words() {
        query = query.filter(domains::hostname.like(anywhere(word)));
    }
    Ok(query.get_result(conn)?)
}

/// The claims of a tenant that are waiting for their proof, oldest first.
pub(super) fn unproven(conn: &mut PgConnection, tenant: Uuid) -> Result<Vec<Domain>> {
    let rows: Vec<Row> = domains::table
        .filter(domains::tenant_id.eq(tenant))
        .filter(domains::status.ne_all(["active", "degraded"]))
        .order((domains::created_at, domains::id))
        .limit(10)
        .select(Row::as_select())
        .load(conn)?;
    rows.into_iter().map(TryInto::try_into).collect()
}

/// How many claims of a tenant are not proven: those that wait for their proof, and those that ran out.
pub(super) fn count_unproven(conn: &mut PgConnection, tenant: Uuid) -> Result<i64> {
    Ok(domains::table
        .filter(domains::tenant_id.eq(tenant))
        .filter(domains::status.eq_any(["pending", "failed"]))
        .count()
        .get_result(conn)?)
}

/// Where a tenant's app is served: at its primary domain, where that is active or degraded.
///
/// # Errors
/// Where the database fails.
pub fn primary_host(conn: &mut PgConnection, tenant: Uuid) -> Result<Option<String>> {
    Ok(domains::table
        .filter(domains::tenant_id.eq(tenant))
        .filter(domains::is_primary)
        .filter(domains::status.eq_any(["active", "degraded"]))
        .select(domains::hostname)
        .first(conn)
        .optional()?)
}

pub(super) fn has_primary(conn: &mut PgConnection, tenant: Uuid) -> Result<bool> {
    let primary = domains::table
        .filter(domains::tenant_id.eq(tenant))
        .filter(domains::is_primary);
    Ok(diesel::select(diesel::dsl::exists(primary)).get_result(conn)?)
}

pub(super) fn insert(
    tx: &mut PgConnection,
    tenant: Uuid,
    hostname: &Hostname,
    is_primary: bool,
    challenge: &str,
    (now, next_check): (Time, Time),
) -> Result<Domain> {
    let row: Row = diesel::insert_into(domains::table)
        .values((
            domains::tenant_id.eq(tenant),
            domains::id.eq(Uuid::now_v7()),
            domains::hostname.eq(hostname.as_str()),
            domains::is_primary.eq(is_primary),
            domains::status.eq(DomainStatus::Pending.as_str()),
            domains::challenge.eq(challenge),
            domains::created_at.eq(now),
            domains::updated_at.eq(now),
            domains::next_check_at.eq(next_check),
        ))
        .returning(Row::as_returning())
        .get_result(tx)?;
    row.try_into()
}

/// Makes one the primary domain; answers it and those that were primary before.
pub(super) fn make_primary(
    tx: &mut PgConnection,
    tenant: Uuid,
    id: Uuid,
    now: Time,
) -> Result<(Domain, Vec<Domain>)> {
    let deposed: Vec<Row> = diesel::update(
        domains::table
            .filter(domains::tenant_id.eq(tenant))
            .filter(domains::is_primary),
    )
    .set((
        domains::is_primary.eq(false),
        domains::updated_at.eq(now),
        domains::version.eq(next_version()),
    ))
    .returning(Row::as_returning())
    .get_results(tx)?;
    let row: Row = diesel::update(domains::table.find((tenant, id)))
        .set((
            domains::is_primary.eq(true),
            domains::updated_at.eq(now),
            domains::version.eq(next_version()),
        ))
        .returning(Row::as_returning())
        .get_result(tx)?;
    let deposed: Result<Vec<Domain>> = deposed.into_iter().map(TryInto::try_into).collect();
    Ok((row.try_into()?, deposed?))
}

/// The oldest domain that is left becomes the primary one, a proven one before others.
pub(super) fn promote_another(
    tx: &mut PgConnection,
    tenant: Uuid,
    now: Time,
) -> Result<Option<Domain>> {
    let next: Option<Uuid> = domains::table
        .filter(domains::tenant_id.eq(tenant))
        .order((
            domains::status.eq_any(["active", "degraded"]).desc(),
            domains::created_at,
            domains::id,
        ))
        .select(domains::id)
        .first(tx)
        .optional()?;
    let promoted = next
        .map(|id| make_primary(tx, tenant, id, now))
        .transpose()?;
    Ok(promoted.map(|(domain, _)| domain))
}

pub(super) fn delete(tx: &mut PgConnection, tenant: Uuid, id: Uuid) -> Result<()> {
    diesel::delete(domains::table.find((tenant, id))).execute(tx)?;
    Ok(())
}
