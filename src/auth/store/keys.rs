//! The tables `secrets` and `signing_keys`.

use diesel::prelude::*;

use crate::auth::signing::SigningKey;
use crate::clock::Time;
use crate::error::Result;
use crate::schema::{secrets, signing_keys};

/// A secret as it is kept.
#[derive(Queryable, Selectable)]
#[diesel(table_name = secrets)]
pub(in crate::auth) struct Secret {
    pub(in crate::auth) name: String,
    pub(in crate::auth) value: Vec<u8>,
    pub(in crate::auth) encrypted: bool,
    pub(in crate::auth) created_at: Time,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = signing_keys)]
struct Row {
    kid: String,
    public: Vec<u8>,
    signs_from: Time,
    retires_at: Option<Time>,
}

impl From<Row> for SigningKey {
    fn from(row: Row) -> Self {
        Self {
            kid: row.kid,
            public: row.public,
            signs_from: row.signs_from,
            retires_at: row.retires_at,
        }
    }
}

pub(in crate::auth) fn find_secret(conn: &mut PgConnection, name: &str) -> Result<Option<Secret>> {
    let found = secrets::table.find(name).select(Secret::as_select());
    Ok(found.first(conn).optional()?)
}

/// Nothing happens where there is one already.
pub(in crate::auth) fn insert_secret(
    tx: &mut PgConnection,
    name: &str,
    value: &[u8],
    encrypted: bool,
    now: Time,
) -> Result<()> {
    diesel::insert_into(secrets::table)
        .values((
            secrets::name.eq(name),
            secrets::value.eq(value),
            secrets::encrypted.eq(encrypted),
            secrets::created_at.eq(now),
        ))
        .on_conflict_do_nothing()
        .execute(tx)?;
    Ok(())
}

pub(in crate::auth) fn replace_secret(
    tx: &mut PgConnection,
    name: &str,
    sealed: &[u8],
) -> Result<()> {
    diesel::update(secrets::table.find(name))
        .set((secrets::value.eq(sealed), secrets::encrypted.eq(true)))
        .execute(tx)?;
    Ok(())
}

/// All of them with their private halves, in the order in which they sign.
pub(in crate::auth) fn list_signing_keys(
    conn: &mut PgConnection,
) -> Result<Vec<(SigningKey, Secret)>> {
    let rows: Vec<(Row, Secret)> = signing_keys::table
        .inner_join(secrets::table)
        .order((signing_keys::signs_from, signing_keys::kid))
        .select((Row::as_select(), Secret::as_select()))
        .load(conn)?;
    let keys = rows.into_iter().map(|(row, secret)| (row.into(), secret));
    Ok(keys.collect())
}

/// From here on nobody else rotates, until the transaction ends.
pub(in crate::auth) fn lock_signing_keys(tx: &mut PgConnection) -> Result<()> {
    let _held: Vec<String> = signing_keys::table
        .order(signing_keys::kid)
        .select(signing_keys::kid)
        .for_update()
        .load(tx)?;
    Ok(())
}

/// Nothing happens where there is one already.
pub(in crate::auth) fn insert_signing_key(
    tx: &mut PgConnection,
    key: &SigningKey,
    secret: &str,
    now: Time,
) -> Result<()> {
    diesel::insert_into(signing_keys::table)
        .values((
            signing_keys::kid.eq(&key.kid),
            signing_keys::secret.eq(secret),
            signing_keys::public.eq(&key.public),
            signing_keys::created_at.eq(now),
            signing_keys::signs_from.eq(key.signs_from),
            signing_keys::retires_at.eq(key.retires_at),
        ))
        .on_conflict_do_nothing()
        .execute(tx)?;
    Ok(())
}

pub(in crate::auth) fn set_retires_at(tx: &mut PgConnection, kid: &str, at: Time) -> Result<()> {
    diesel::update(signing_keys::table.find(kid))
        .set(signing_keys::retires_at.eq(at))
        .execute(tx)?;
    Ok(())
}

/// With its private half.
pub(in crate::auth) fn delete_signing_key(tx: &mut PgConnection, kid: &str) -> Result<()> {
    let secret: String = diesel::delete(signing_keys::table.find(kid))
        .returning(signing_keys::secret)
        .get_result(tx)?;
    diesel::delete(secrets::table.find(secret)).execute(tx)?;
    Ok(())
}
