//! Seats: the one place that counts them. Whoever adds, revives or moves a user asks here, inside the same
//! transaction; the counters on tenant and tier never pass their limits.
//!
//! The tenant's row is locked first, then tiers, then users: every path that counts seats or watches over the
//! last admin takes the locks in this order.

mod store;

use uuid::Uuid;

use crate::access::Scope;
use crate::db::Connection;
use crate::error::Result;
use crate::http::confirm;

/// Locks the tenant's row: until the end of the transaction nobody else counts seats or changes who is admin.
///
/// # Errors
/// 404 where the tenant does not exist.
pub fn lock(tx: &mut Connection, tenant: Uuid) -> Result<()> {
    store::lock_tenant(tx, tenant)
}

/// The same for a request that gives somebody power or takes it away: who is calling is asked again, as others may have
/// changed that while this waited.
///
/// # Errors
/// 401 and 403 where the caller may do less than before.
pub fn lock_for(tx: &mut Connection, scope: &Scope) -> Result<()> {
    lock(tx, scope.tenant())?;
    confirm(tx, scope)
}

/// The same for a request that neither counts seats nor changes who is admin: several may go on beside each other, but
/// nobody who locks the tenant.
///
/// # Errors
/// 401 and 403 where the caller may do less than before.
pub fn share_for(tx: &mut Connection, scope: &Scope) -> Result<()> {
    store::share_tenant(tx, scope.tenant())?;
    confirm(tx, scope)
}

/// Whether the tenant has a seat left.
///
/// # Errors
/// Where the database fails.
pub fn is_free(conn: &mut Connection, tenant: Uuid) -> Result<bool> {
    store::is_free(conn, tenant)
}

/// Takes a seat of the tenant and of the tier.
///
/// # Errors
/// 409 `seat_limit_reached`; 422 where the tier does not exist.
pub fn take(tx: &mut Connection, tenant: Uuid, tier: &str) -> Result<()> {
    store::take_of_tenant(tx, tenant)?;
    store::take_of_tier(tx, tenant, tier)
}

/// Gives a seat back.
///
/// # Errors
/// Where the database fails.
pub fn release(tx: &mut Connection, tenant: Uuid, tier: &str) -> Result<()> {
    store::release_of_tenant(tx, tenant)?;
    store::release_of_tier(tx, tenant, tier)
}

/// Moves every seat of a tier to another one; the tenant's count stays.
///
/// # Errors
/// 409 `seat_limit_reached` where the other has not enough left.
pub fn transfer_all(tx: &mut Connection, tenant: Uuid, from: &str, to: &str) -> Result<()> {
    store::transfer_all(tx, tenant, from, to)
}

/// Moves a seat to another tier; the tenant's count stays.
///
/// # Errors
/// 409 `seat_limit_reached`; 422 where the tier does not exist.
pub fn transfer(tx: &mut Connection, tenant: Uuid, from: &str, to: &str) -> Result<()> {
    store::lock_tiers(tx, tenant, [from, to])?;
    store::take_of_tier(tx, tenant, to)?;
    store::release_of_tier(tx, tenant, from)
}
