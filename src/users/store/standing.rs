//! The columns that say where a user stands, and what moves many users at once.

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;
use uuid::Uuid;

use crate::access::{KeySet, UserStatus};
use crate::clock::Time;
use crate::db::next_version;
use crate::error::Result;
use crate::http::forget_answers;
use crate::roles::ADMIN;
use crate::schema::{roles, users};
use crate::users::User;

pub(in crate::users) fn set_status(
    tx: &mut PgConnection,
    tenant: Uuid,
    user: &User,
    was: Option<UserStatus>,
) -> Result<i64> {
    let query = diesel::update(users::table.find((tenant, user.id)))
        .set((
            users::status.eq(user.status),
            users::status_before.eq(was),
            users::updated_at.eq(user.updated_at),
            users::version.eq(next_version()),
        ))
        .returning(users::version);
    Ok(query.get_result(tx)?)
}

pub(in crate::users) fn set_suspension_reason(
    tx: &mut PgConnection,
    tenant: Uuid,
    id: Uuid,
    reason: Option<&str>,
) -> Result<()> {
    diesel::update(users::table.find((tenant, id)))
        .set(users::suspension_reason.eq(reason))
        .execute(tx)?;
    Ok(())
}

pub(in crate::users) fn set_deleted_at(
    tx: &mut PgConnection,
    tenant: Uuid,
    id: Uuid,
    at: Option<Time>,
) -> Result<()> {
    diesel::update(users::table.find((tenant, id)))
        .set(users::deleted_at.eq(at))
        .execute(tx)?;
    Ok(())
}

pub(in crate::users) fn deleted_at(
    conn: &mut PgConnection,
    tenant: Uuid,
    id: Uuid,
) -> Result<Option<Time>> {
    Ok(users::table
        .find((tenant, id))
        .select(users::deleted_at)
        .first(conn)?)
}

pub(in crate::users) fn set_must_change_password(
    tx: &mut PgConnection,
    tenant: Uuid,
    id: Uuid,
    must: bool,
    now: Time,
) -> Result<()> {
    diesel::update(users::table.find((tenant, id)))
        .set((
            users::must_change_password.eq(must),
            users::updated_at.eq(now),
            users::version.eq(next_version()),
        ))
        .execute(tx)?;
    Ok(())
}

/// Gives the row another version, because of what stands elsewhere about the user.
pub(in crate::users) fn touch(
    tx: &mut PgConnection,
    tenant: Uuid,
    id: Uuid,
    now: Time,
) -> Result<i64> {
    let query = diesel::update(users::table.find((tenant, id)))
        .set((users::updated_at.eq(now), users::version.eq(next_version())))
        .returning(users::version);
    Ok(query.get_result(tx)?)
}

/// Locks some of the users who were removed before this time.
pub(in crate::users) fn lock_trash(
    tx: &mut PgConnection,
    before: Time,
) -> Result<Vec<(Uuid, Uuid)>> {
    let query = users::table
        .filter(sql::<Bool>("users.status = 'deleted'"))
        .filter(users::deleted_at.le(before))
        .limit(100)
        .select((users::tenant_id, users::id))
        .for_update()
        .skip_locked();
    Ok(query.load(tx)?)
}

/// Removes the row with all that hangs on it, and the answers that are kept for repeated requests.
pub(in crate::users) fn erase(tx: &mut PgConnection, tenant: Uuid, id: Uuid) -> Result<()> {
    forget_answers(tx, tenant, id)?;
    diesel::delete(users::table.find((tenant, id))).execute(tx)?;
    Ok(())
}

pub(in crate::users) fn reassign_role(
    tx: &mut PgConnection,
    tenant: Uuid,
    from: &str,
    to: &str,
    now: Time,
) -> Result<Vec<(Uuid, String)>> {
    let query = diesel::update(
        users::table
            .filter(users::tenant_id.eq(tenant))
            .filter(users::role.eq(from)),
    )
    .set((
        users::role.eq(to),
        users::updated_at.eq(now),
        users::version.eq(next_version()),
    ))
    .returning((users::id, users::full_name));
    Ok(query.get_results(tx)?)
}

pub(in crate::users) fn reassign_tier(
    tx: &mut PgConnection,
    tenant: Uuid,
    from: &str,
    to: &str,
    now: Time,
) -> Result<Vec<(Uuid, String)>> {
    let query = diesel::update(
        users::table
            .filter(users::tenant_id.eq(tenant))
            .filter(users::tier.eq(from)),
    )
    .set((
        users::tier.eq(to),
        users::updated_at.eq(now),
        users::version.eq(next_version()),
    ))
    .returning((users::id, users::full_name));
    Ok(query.get_results(tx)?)
}

/// What is granted to those who have a tier, the removed ones included, and whether as `admin`; every role once.
pub(in crate::users) fn roles_in_tier(
    tx: &mut PgConnection,
    tenant: Uuid,
    tier: &str,
) -> Result<Vec<(KeySet, bool)>> {
    let same_role = roles::tenant_id
        .eq(users::tenant_id)
        .and(roles::key.eq(users::role));
    let query = users::table
        .inner_join(roles::table.on(same_role))
        .filter(users::tenant_id.eq(tenant))
        .filter(users::tier.eq(tier))
        .select((
            roles::permissions,
            roles::is_builtin.and(roles::key.eq(ADMIN)),
        ))
        .distinct();
    Ok(query.load(tx)?)
}
