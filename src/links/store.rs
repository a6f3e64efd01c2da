//! The table `links`.

use diesel::prelude::*;
use uuid::Uuid;

use super::Link;
use crate::clock::Time;
use crate::error::Result;
use crate::schema::{links, users};

#[derive(Queryable, Selectable)]
#[diesel(table_name = links)]
pub(super) struct Row {
    pub(super) tenant_id: Uuid,
    pub(super) id: Uuid,
    pub(super) user_id: Uuid,
    pub(super) purpose: String,
    pub(super) address: String,
    pub(super) expires_at: Time,
    pub(super) used_at: Option<Time>,
    pub(super) revoked_at: Option<Time>,
}

/// One link of a purpose at a time: whoever makes or ends one holds the user's row.
pub(super) fn lock_user(tx: &mut PgConnection, tenant: Uuid, user: Uuid) -> Result<()> {
    users::table
        .find((tenant, user))
        .select(users::id)
        .for_no_key_update()
        .first::<Uuid>(tx)?;
    Ok(())
}

pub(super) fn insert(
    tx: &mut PgConnection,
    link: &Link,
    purpose: &str,
    hash: &[u8],
    now: Time,
) -> Result<()> {
    diesel::insert_into(links::table)
        .values((
            links::tenant_id.eq(link.tenant),
            links::id.eq(link.id),
            links::user_id.eq(link.user),
            links::purpose.eq(purpose),
            links::address.eq(&link.address),
            links::secret_hash.eq(hash),
            links::created_at.eq(now),
            links::expires_at.eq(link.expires_at),
        ))
        .execute(tx)?;
    Ok(())
}

pub(super) fn find_by_hash(conn: &mut PgConnection, hash: &[u8]) -> Result<Option<Row>> {
    Ok(links::table
        .filter(links::secret_hash.eq(hash))
        .select(Row::as_select())
        .first(conn)
        .optional()?)
}

pub(super) fn find(conn: &mut PgConnection, tenant: Uuid, id: Uuid) -> Result<Option<Row>> {
    Ok(links::table
        .find((tenant, id))
        .select(Row::as_select())
        .first(conn)
        .optional()?)
}

/// Answers whether it was still good.
pub(super) fn use_up(tx: &mut PgConnection, tenant: Uuid, id: Uuid, now: Time) -> Result<bool> {
    let used = diesel::update(links::table.find((tenant, id)))
        .filter(links::used_at.is_null())
        .filter(links::revoked_at.is_null())
        .filter(links::expires_at.gt(now))
        .set(links::used_at.eq(now))
        .execute(tx)?;
    Ok(used == 1)
}

/// Ends a user's open links of these purposes, the expired ones too; answers how many.
pub(super) fn revoke(
    tx: &mut PgConnection,
    tenant: Uuid,
    user: Uuid,
    purposes: &[&str],
    now: Time,
) -> Result<usize> {
    Ok(diesel::update(links::table)
        .filter(links::tenant_id.eq(tenant))
        .filter(links::user_id.eq(user))
        .filter(links::purpose.eq_any(purposes.iter().copied()))
        .filter(links::used_at.is_null())
        .filter(links::revoked_at.is_null())
        .set(links::revoked_at.eq(now))
        .execute(tx)?)
}

/// Where a user's open link of this purpose was mailed to.
pub(super) fn open_address(
    conn: &mut PgConnection,
    tenant: Uuid,
    user: Uuid,
    purpose: &str,
    now: Time,
) -> Result<Option<String>> {
    Ok(links::table
        .filter(links::tenant_id.eq(tenant))
        .filter(links::user_id.eq(user))
        .filter(links::purpose.eq(purpose))
        .filter(links::used_at.is_null())
        .filter(links::revoked_at.is_null())
        .filter(links::expires_at.gt(now))
        .select(links::address)
        .first(conn)
        .optional()?)
}

pub(super) fn delete_old(tx: &mut PgConnection, before: Time) -> Result<usize> {
    let some: Vec<(Uuid, Uuid)> = links::table
        .filter(links::expires_at.le(before))
        .limit(1_000)
        .select((links::tenant_id, links::id))
        .for_update()
        .skip_locked()
        .load(tx)?;
    for (tenant, id) in &some {
        diesel::delete(links::table.find((*tenant, *id))).execute(tx)?;
    }
    Ok(some.len())
}
