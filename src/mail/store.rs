//! The table `outbox`, and what of a tenant's other tables its letters are made of.

use diesel::prelude::*;
use serde_json::Value;
use uuid::Uuid;

use crate::clock::Time;
use crate::error::{Error, Result};
use crate::schema::{branding, domains, outbox, tenants};

pub(super) const DELIVERED: &str = "delivered";
pub(super) const GIVEN_UP: &str = "given_up";
const WAITING: &str = "waiting";

#[derive(Insertable)]
#[diesel(table_name = outbox)]
pub(super) struct NewLetter<'a> {
    pub(super) tenant_id: Uuid,
    pub(super) id: Uuid,
    pub(super) user_id: Uuid,
    pub(super) email: &'a str,
    pub(super) full_name: &'a str,
    pub(super) letter: Value,
    pub(super) link: Option<&'a [u8]>,
    pub(super) is_sealed: bool,
    pub(super) created_at: Time,
    pub(super) give_up_at: Time,
    pub(super) next_try_at: Time,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = outbox)]
pub(super) struct Row {
    pub(super) tenant_id: Uuid,
    pub(super) id: Uuid,
    pub(super) user_id: Uuid,
    pub(super) email: String,
    pub(super) full_name: String,
    pub(super) letter: Value,
    pub(super) link: Option<Vec<u8>>,
    pub(super) is_sealed: bool,
    pub(super) attempts: i32,
    pub(super) failure: Option<String>,
    pub(super) give_up_at: Time,
}

/// What of its looks a tenant has chosen.
#[derive(Clone, Default, Queryable, Selectable)]
#[diesel(table_name = branding)]
pub(super) struct Chosen {
    pub(super) app_name: Option<String>,
    pub(super) logo_url: Option<String>,
    pub(super) primary_color: Option<String>,
    pub(super) language: Option<String>,
    pub(super) support_email: Option<String>,
}

/// How a tenant writes.
pub(super) struct Sender {
    pub(super) tenant_name: String,
    pub(super) chosen: Chosen,
    /// The primary domain, where it is active.
    pub(super) host: Option<String>,
}

pub(super) fn insert(tx: &mut PgConnection, letter: &NewLetter<'_>) -> Result<()> {
    diesel::insert_into(outbox::table)
        .values(letter)
        .execute(tx)?;
    Ok(())
}

/// How many letters are due, counted up to `most`.
pub(super) fn count_due(conn: &mut PgConnection, now: Time, most: usize) -> Result<usize> {
    let most = i64::try_from(most).map_err(Error::internal)?;
    let due: Vec<Uuid> = outbox::table
        .filter(outbox::next_try_at.le(now))
        .order(outbox::next_try_at)
        .limit(most)
        .select(outbox::id)
        .load(conn)?;
    Ok(due.len())
}

/// Takes the letter that has been due for longest; nobody else gets it before `until`. Its attempts are counted with this
/// one.
pub(super) fn take_due(tx: &mut PgConnection, now: Time, until: Time) -> Result<Option<Row>> {
    let due: Option<Row> = outbox::table
        .filter(outbox::next_try_at.le(now))
        .order(outbox::next_try_at)
        .select(Row::as_select())
        .for_no_key_update()
        .skip_locked()
        .first(tx)
        .optional()?;
    let Some(mut row) = due else {
        return Ok(None);
    };
    row.attempts += 1;
    diesel::update(outbox::table.find((row.tenant_id, row.id)))
        .set((
            outbox::next_try_at.eq(until),
            outbox::attempts.eq(row.attempts),
        ))
        .execute(tx)?;
    Ok(Some(row))
}

/// Lets a letter wait, unless somebody else has taken or ended it since.
pub(super) fn put_back(tx: &mut PgConnection, row: &Row, next: Time, failure: &str) -> Result<()> {
    diesel::update(
        outbox::table
            .find((row.tenant_id, row.id))
            .filter(outbox::status.eq(WAITING))
            .filter(outbox::attempts.eq(row.attempts)),
    )
    .set((outbox::next_try_at.eq(next), outbox::failure.eq(failure)))
    .execute(tx)?;
    Ok(())
}

/// Ends a letter and forgets its link; answers whether it was still waiting.
pub(super) fn end(tx: &mut PgConnection, row: &Row, status: &str, now: Time) -> Result<bool> {
    let ended = diesel::update(
        outbox::table
            .find((row.tenant_id, row.id))
            .filter(outbox::status.eq(WAITING)),
    )
    .set((
        outbox::status.eq(status),
        outbox::link.eq(None::<Vec<u8>>),
        outbox::next_try_at.eq(None::<Time>),
        outbox::ended_at.eq(now),
    ))
    .execute(tx)?;
    Ok(ended > 0)
}

/// Removes some of the letters that ended before this; answers how many.
pub(super) fn delete_ended(tx: &mut PgConnection, before: Time) -> Result<usize> {
    let some: Vec<(Uuid, Uuid)> = outbox::table
        .filter(outbox::ended_at.le(before))
        .limit(1_000)
        .select((outbox::tenant_id, outbox::id))
        .for_update()
        .skip_locked()
        .load(tx)?;
    for letter in &some {
        diesel::delete(outbox::table.find(*letter)).execute(tx)?;
    }
    Ok(some.len())
}

pub(super) fn find_sender(conn: &mut PgConnection, tenant: Uuid) -> Result<Sender> {
    let tenant_name = tenants::table
        .find(tenant)
        .select(tenants::name)
        .first(conn)?;
    let chosen: Option<Chosen> = branding::table
        .find(tenant)
        .select(Chosen::as_select())
        .first(conn)
        .optional()?;
    let host = domains::table
        .filter(domains::tenant_id.eq(tenant))
        .filter(domains::is_primary)
        .filter(domains::status.eq_any(["active", "degraded"]))
        .select(domains::hostname)
        .first(conn)
        .optional()?;
    Ok(Sender {
        tenant_name,
        chosen: chosen.unwrap_or_default(),
        host,
    })
}
