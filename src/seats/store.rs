//! The counters `seats_used` of tenants and tiers.

use diesel::prelude::*;
use uuid::Uuid;

use crate::error::{Error, Result};
use crate::schema::{tenants, tiers};

pub(super) fn lock_tenant(tx: &mut PgConnection, tenant: Uuid) -> Result<()> {
    tenants::table
        .find(tenant)
        .select(tenants::id)
        .for_no_key_update()
        .first::<Uuid>(tx)?;
    Ok(())
}

pub(super) fn share_tenant(tx: &mut PgConnection, tenant: Uuid) -> Result<()> {
    tenants::table
        .find(tenant)
        .select(tenants::id)
        .for_share()
        .first::<Uuid>(tx)?;
    Ok(())
}

pub(super) fn is_free(conn: &mut PgConnection, tenant: Uuid) -> Result<bool> {
    let free = tenants::seat_limit
        .is_null()
        .or(tenants::seats_used.nullable().lt(tenants::seat_limit));
    let tenant = tenants::table.find(tenant).filter(free.assume_not_null());
    Ok(diesel::select(diesel::dsl::exists(tenant)).get_result(conn)?)
}

/// Locks tiers in the order of their keys.
pub(super) fn lock_tiers(tx: &mut PgConnection, tenant: Uuid, keys: [&str; 2]) -> Result<()> {
    tiers::table
        .filter(tiers::tenant_id.eq(tenant))
        .filter(tiers::key.eq_any(keys))
        .order(tiers::key)
        .select(tiers::key)
        .for_no_key_update()
        .load::<String>(tx)?;
    Ok(())
}

pub(super) fn take_of_tenant(tx: &mut PgConnection, tenant: Uuid) -> Result<()> {
    let free = tenants::seat_limit
        .is_null()
        .or(tenants::seats_used.nullable().lt(tenants::seat_limit));
    let taken = diesel::update(tenants::table.find(tenant).filter(free))
        .set(tenants::seats_used.eq(tenants::seats_used + 1))
        .execute(tx)?;
    if taken == 1 {
        return Ok(());
    }
    let limit: Option<i32> = tenants::table
        .find(tenant)
        .select(tenants::seat_limit)
        .first(tx)?;
    Err(Error::SeatLimitReached {
        scope: "tenant",
        limit: limit.unwrap_or_default(),
    })
}

pub(super) fn take_of_tier(tx: &mut PgConnection, tenant: Uuid, tier: &str) -> Result<()> {
    let free = tiers::seat_limit
        .is_null()
        .or(tiers::seats_used.nullable().lt(tiers::seat_limit));
    let taken = diesel::update(tiers::table.find((tenant, tier)).filter(free))
        .set(tiers::seats_used.eq(tiers::seats_used + 1))
        .execute(tx)?;
    if taken == 1 {
        return Ok(());
    }
    let limit: Option<Option<i32>> = tiers::table
        .find((tenant, tier))
        .select(tiers::seat_limit)
        .first(tx)
        .optional()?;
    match limit {
        Some(limit) => Err(Error::SeatLimitReached {
            scope: "tier",
            limit: limit.unwrap_or_default(),
        }),
        None => Err(Error::invalid(
            "/tier",
            "unknown_reference",
            format!("there is no tier `{tier}`"),
        )),
    }
}

pub(super) fn release_of_tenant(tx: &mut PgConnection, tenant: Uuid) -> Result<()> {
    diesel::update(tenants::table.find(tenant))
        .set(tenants::seats_used.eq(tenants::seats_used - 1))
        .execute(tx)?;
    Ok(())
}

pub(super) fn release_of_tier(tx: &mut PgConnection, tenant: Uuid, tier: &str) -> Result<()> {
    diesel::update(tiers::table.find((tenant, tier)))
        .set(tiers::seats_used.eq(tiers::seats_used - 1))
        .execute(tx)?;
    Ok(())
}

pub(super) fn transfer_all(
    tx: &mut PgConnection,
    tenant: Uuid,
    from: &str,
    to: &str,
) -> Result<()> {
    lock_tiers(tx, tenant, [from, to])?;
    let moved: i32 = tiers::table
        .find((tenant, from))
        .select(tiers::seats_used)
        .for_no_key_update()
        .first(tx)?;
    let free = tiers::seat_limit
        .is_null()
        .or((tiers::seats_used + moved).nullable().le(tiers::seat_limit));
    let taken = diesel::update(tiers::table.find((tenant, to)).filter(free))
        .set(tiers::seats_used.eq(tiers::seats_used + moved))
        .execute(tx)?;
    if taken == 0 && moved > 0 {
        let limit: Option<i32> = tiers::table
            .find((tenant, to))
            .select(tiers::seat_limit)
            .first(tx)?;
        return Err(Error::SeatLimitReached {
            scope: "tier",
            limit: limit.unwrap_or_default(),
        });
    }
    diesel::update(tiers::table.find((tenant, from)))
        .set(tiers::seats_used.eq(0))
        .execute(tx)?;
    Ok(())
}
