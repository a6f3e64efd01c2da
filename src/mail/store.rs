//! The table `outbox`.

use diesel::prelude::*;
use serde_json::Value;
use uuid::Uuid;

use crate::clock::Time;
use crate::error::Result;
use crate::schema::outbox;

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

pub(super) fn insert(tx: &mut PgConnection, letter: &NewLetter<'_>) -> Result<()> {
    diesel::insert_into(outbox::table)
        .values(letter)
        .execute(tx)?;
    Ok(())
}
