//! The tables `sessions` and `devices`.

use diesel::prelude::*;
use uuid::Uuid;

use super::{MOST, Session};
use crate::clock::Time;
use crate::error::Result;
use crate::schema::{devices, sessions};

#[derive(Insertable)]
#[diesel(table_name = sessions)]
pub(super) struct NewSession<'a> {
    pub(super) tenant_id: Uuid,
    pub(super) id: Uuid,
    pub(super) user_id: Uuid,
    pub(super) refresh_hash: Vec<u8>,
    pub(super) rotated_at: Time,
    pub(super) ip: Option<&'a str>,
    pub(super) user_agent: Option<&'a str>,
    pub(super) created_at: Time,
    pub(super) expires_at: Time,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = sessions)]
pub(super) struct Locked {
    pub(super) user_id: Uuid,
    pub(super) refresh_hash: Vec<u8>,
    pub(super) previous_hash: Option<Vec<u8>>,
    pub(super) rotated_at: Time,
    pub(super) expires_at: Time,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = sessions)]
pub(super) struct Row {
    id: Uuid,
    user_id: Uuid,
    ip: Option<String>,
    user_agent: Option<String>,
    created_at: Time,
    rotated_at: Time,
    expires_at: Time,
}

impl Row {
    pub(super) fn into_session(self, current: Uuid) -> Session {
        Session {
            is_current: self.id == current,
            id: self.id,
            user_id: self.user_id,
            ip: self.ip,
            user_agent: self.user_agent,
            created_at: self.created_at,
            last_seen_at: self.rotated_at,
            expires_at: self.expires_at,
        }
    }
}

pub(super) fn insert(tx: &mut PgConnection, session: &NewSession<'_>) -> Result<()> {
    diesel::insert_into(sessions::table)
        .values(session)
        .execute(tx)?;
    Ok(())
}

pub(super) fn lock(tx: &mut PgConnection, tenant: Uuid, id: Uuid) -> Result<Option<Locked>> {
    let query = sessions::table
        .find((tenant, id))
        .select(Locked::as_select())
        .for_no_key_update();
    Ok(query.first(tx).optional()?)
}

pub(super) fn exists(conn: &mut PgConnection, tenant: Uuid, id: Uuid) -> Result<bool> {
    let session = sessions::table.find((tenant, id));
    Ok(diesel::select(diesel::dsl::exists(session)).get_result(conn)?)
}

pub(super) fn rotate(
    tx: &mut PgConnection,
    tenant: Uuid,
    id: Uuid,
    new: &[u8],
    old: &[u8],
    now: Time,
) -> Result<()> {
    diesel::update(sessions::table.find((tenant, id)))
        .set((
            sessions::refresh_hash.eq(new),
            sessions::previous_hash.eq(old),
            sessions::rotated_at.eq(now),
        ))
        .execute(tx)?;
    Ok(())
}

pub(super) fn delete(tx: &mut PgConnection, tenant: Uuid, id: Uuid) -> Result<usize> {
    Ok(diesel::delete(sessions::table.find((tenant, id))).execute(tx)?)
}

/// The oldest sessions of a user, but for so many that are newer: mostly none.
pub(super) fn beyond(
    tx: &mut PgConnection,
    tenant: Uuid,
    user: Uuid,
    kept: i64,
) -> Result<Vec<Uuid>> {
    let query = sessions::table
        .filter(sessions::tenant_id.eq(tenant))
        .filter(sessions::user_id.eq(user))
        .order((sessions::created_at.desc(), sessions::id.desc()))
        .offset(kept)
        .select(sessions::id);
    Ok(query.load(tx)?)
}

pub(super) fn delete_of_user(
    tx: &mut PgConnection,
    tenant: Uuid,
    user: Uuid,
    id: Uuid,
) -> Result<usize> {
    Ok(diesel::delete(
        sessions::table
            .find((tenant, id))
            .filter(sessions::user_id.eq(user)),
    )
    .execute(tx)?)
}

pub(super) fn delete_all(
    tx: &mut PgConnection,
    tenant: Uuid,
    user: Uuid,
    except: Option<Uuid>,
) -> Result<usize> {
    let kept = except.unwrap_or(Uuid::nil());
    let query = diesel::delete(sessions::table)
        .filter(sessions::tenant_id.eq(tenant))
        .filter(sessions::user_id.eq(user))
        .filter(sessions::id.ne(kept));
    Ok(query.execute(tx)?)
}

pub(super) fn delete_ended(tx: &mut PgConnection, now: Time, idle_since: Time) -> Result<usize> {
    let over = sessions::expires_at
        .le(now)
        .or(sessions::rotated_at.le(idle_since));
    let some: Vec<(Uuid, Uuid)> = sessions::table
        .filter(over)
        .limit(1_000)
        .select((sessions::tenant_id, sessions::id))
        .for_update()
        .skip_locked()
        .load(tx)?;
    for (tenant, id) in &some {
        delete(tx, *tenant, *id)?;
    }
    Ok(some.len())
}

pub(super) fn list(
    conn: &mut PgConnection,
    tenant: Uuid,
    user: Uuid,
    now: Time,
    idle_since: Time,
) -> Result<Vec<Row>> {
    let query = sessions::table
        .filter(sessions::tenant_id.eq(tenant))
        .filter(sessions::user_id.eq(user))
        .filter(sessions::expires_at.gt(now))
        .filter(sessions::rotated_at.gt(idle_since))
        .order((sessions::created_at.desc(), sessions::id.desc()))
        .limit(MOST)
        .select(Row::as_select());
    Ok(query.load(conn)?)
}

/// When somebody last signed in from there, to the day.
pub(super) fn device_seen_at(
    conn: &mut PgConnection,
    tenant: Uuid,
    user: Uuid,
    device: &[u8],
) -> Result<Option<Time>> {
    Ok(devices::table
        .find((tenant, user, device))
        .select(devices::seen_at)
        .first(conn)
        .optional()?)
}

pub(super) fn has_devices(conn: &mut PgConnection, tenant: Uuid, user: Uuid) -> Result<bool> {
    let known = devices::table
        .filter(devices::tenant_id.eq(tenant))
        .filter(devices::user_id.eq(user));
    Ok(diesel::select(diesel::dsl::exists(known)).get_result(conn)?)
}

pub(super) fn see_device(
    tx: &mut PgConnection,
    tenant: Uuid,
    user: Uuid,
    device: &[u8],
    now: Time,
) -> Result<()> {
    diesel::insert_into(devices::table)
        .values((
            devices::tenant_id.eq(tenant),
            devices::user_id.eq(user),
            devices::device.eq(device),
            devices::seen_at.eq(now),
        ))
        .on_conflict((devices::tenant_id, devices::user_id, devices::device))
        .do_update()
        .set(devices::seen_at.eq(now))
        .execute(tx)?;
    Ok(())
}

pub(super) fn delete_devices(tx: &mut PgConnection, before: Time) -> Result<usize> {
    let some: Vec<(Uuid, Uuid, Vec<u8>)> = devices::table
        .filter(devices::seen_at.le(before))
        .limit(1_000)
        .select((devices::tenant_id, devices::user_id, devices::device))
        .for_update()
        .skip_locked()
        .load(tx)?;
    for (tenant, user, device) in &some {
        diesel::delete(devices::table.find((*tenant, *user, device.as_slice()))).execute(tx)?;
    }
    Ok(some.len())
}
