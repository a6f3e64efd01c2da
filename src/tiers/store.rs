//! The table `tiers`; its seat counters belong to [`crate::seats`].

use diesel::dsl::sql;
use diesel::expression::SqlLiteral;
use diesel::prelude::*;
use diesel::sql_types::Bool;
use uuid::Uuid;

use super::{NewTier, Tier, TierChange};
use crate::access::KeySet;
use crate::clock::Time;
use crate::db::{IdColumn, SortColumn, Sorts, anywhere, next_version, search_fold};
use crate::error::Result;
use crate::http::{Listed, Search, Window};
use crate::schema::{tiers, users};

const SORTS: Sorts = Sorts {
    id: IdColumn {
        sql: "tiers.key",
        cast: "",
    },
    default: SortColumn {
        name: "created_at",
        sql: "tiers.created_at",
        cast: "::timestamptz",
        id: None,
    },
    others: &[SortColumn {
        name: "name",
        sql: "search_fold(tiers.name)",
        cast: "",
        id: None,
    }],
};

impl Listed for Tier {
    const SORTS: &'static Sorts = &SORTS;
    const SEARCHED: &'static str = "name and key";
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = tiers)]
struct Row {
    key: String,
    name: String,
    description: Option<String>,
    features: KeySet,
    seat_limit: Option<i32>,
    seats_used: i32,
    #[diesel(select_expression = over_limit(), select_expression_type = SqlLiteral<Bool>)]
    over_limit: bool,
    is_default: bool,
    is_builtin: bool,
    created_at: Time,
    updated_at: Time,
    version: i64,
}

fn over_limit() -> SqlLiteral<Bool> {
    sql("coalesce(tiers.seats_used > tiers.seat_limit, false)")
}

impl From<Row> for Tier {
    fn from(row: Row) -> Self {
        Self {
            key: row.key,
            name: row.name,
            description: row.description,
            features: row.features.to_vec(),
            seat_limit: row.seat_limit,
            seats_used: row.seats_used,
            over_limit: row.over_limit,
            is_default: row.is_default,
            is_builtin: row.is_builtin,
            created_at: row.created_at,
            updated_at: row.updated_at,
            version: row.version,
        }
    }
}

pub(super) fn find(conn: &mut PgConnection, tenant: Uuid, key: &str) -> Result<Tier> {
    Ok(tiers::table
        .find((tenant, key))
        .select(Row::as_select())
        .first(conn)?
        .into())
}

pub(super) fn lock(tx: &mut PgConnection, tenant: Uuid, key: &str) -> Result<Tier> {
    Ok(tiers::table
        .find((tenant, key))
        .select(Row::as_select())
        .for_update()
        .first(tx)?
        .into())
}

pub(super) fn default_key(conn: &mut PgConnection, tenant: Uuid) -> Result<String> {
    Ok(tiers::table
        .filter(tiers::tenant_id.eq(tenant))
        .filter(tiers::is_default)
        .select(tiers::key)
        .first(conn)?)
}

pub(super) fn exists(conn: &mut PgConnection, tenant: Uuid, key: &str) -> Result<bool> {
    Ok(tiers::table
        .find((tenant, key))
        .select(tiers::key)
        .first::<String>(conn)
        .optional()?
        .is_some())
}

/// The keys that a wrong one may have been meant for.
pub(super) fn keys(conn: &mut PgConnection, tenant: Uuid) -> Result<Vec<String>> {
    let query = tiers::table
        .filter(tiers::tenant_id.eq(tenant))
        .order(tiers::key)
        .limit(1_000)
        .select(tiers::key);
    Ok(query.load(conn)?)
}

/// Key, features, and whether a seat is free.
pub(super) fn all_features(
    conn: &mut PgConnection,
    tenant: Uuid,
) -> Result<Vec<(String, KeySet, bool)>> {
    let has_seat = sql::<Bool>("coalesce(tiers.seats_used < tiers.seat_limit, true)");
    let query = tiers::table
        .filter(tiers::tenant_id.eq(tenant))
        .order(tiers::key)
        .select((tiers::key, tiers::features, has_seat));
    Ok(query.load(conn)?)
}

pub(super) fn list(
    conn: &mut PgConnection,
    tenant: Uuid,
    search: &Search,
    window: &Window,
) -> Result<Vec<(Tier, String)>> {
    let mut query = tiers::table
        .filter(tiers::tenant_id.eq(tenant))
        .select((Row::as_select(), window.sort().value()))
        .order(window.sort().order())
        .limit(window.fetch())
        .into_boxed();
    for word in search.words() {
        query = query
            .filter(search_fold(tiers::name.concat(" ").concat(tiers::key)).like(anywhere(word)));
    }
    if let Some(after) = window.after() {
        query = query.filter(after);
    }
    let rows: Vec<(Row, String)> = query.load(conn)?;
    Ok(rows
        .into_iter()
        .map(|(row, value)| (row.into(), value))
        .collect())
}

pub(super) fn count(conn: &mut PgConnection, tenant: Uuid, search: &Search) -> Result<i64> {
    let mut query = tiers::table
        .filter(tiers::tenant_id.eq(tenant))
        .count()
        .into_boxed();
    for word in search.words() {
        query = query
            .filter(search_fold(tiers::name.concat(" ").concat(tiers::key)).like(anywhere(word)));
    }
    Ok(query.get_result(conn)?)
}

pub(super) fn insert(
    tx: &mut PgConnection,
    tenant: Uuid,
    new: &NewTier,
    features: &KeySet,
    now: Time,
) -> Result<Tier> {
    let row: Row = diesel::insert_into(tiers::table)
        .values((
            tiers::tenant_id.eq(tenant),
            tiers::key.eq(new.key.as_str()),
            tiers::name.eq(new.name.as_str()),
            tiers::description.eq(&new.description),
            tiers::features.eq(features),
            tiers::seat_limit.eq(new.seat_limit),
            tiers::is_default.eq(new.is_default),
            tiers::created_at.eq(now),
            tiers::updated_at.eq(now),
        ))
        .returning(Row::as_returning())
        .get_result(tx)?;
    Ok(row.into())
}

pub(super) fn insert_builtin(
    tx: &mut PgConnection,
    tenant: Uuid,
    features: KeySet,
    now: Time,
) -> Result<()> {
    diesel::insert_into(tiers::table)
        .values((
            tiers::tenant_id.eq(tenant),
            tiers::key.eq("standard"),
            tiers::name.eq("Standard"),
            tiers::description.eq("Includes every feature"),
            tiers::features.eq(features),
            tiers::is_builtin.eq(true),
            tiers::is_default.eq(true),
            tiers::created_at.eq(now),
            tiers::updated_at.eq(now),
        ))
        .execute(tx)?;
    Ok(())
}

/// Another tier is about to become the default.
pub(super) fn clear_default(tx: &mut PgConnection, tenant: Uuid, now: Time) -> Result<Vec<Tier>> {
    let rows: Vec<Row> = diesel::update(
        tiers::table
            .filter(tiers::tenant_id.eq(tenant))
            .filter(tiers::is_default),
    )
    .set((
        tiers::is_default.eq(false),
        tiers::updated_at.eq(now),
        tiers::version.eq(next_version()),
    ))
    .returning(Row::as_returning())
    .get_results(tx)?;
    Ok(rows.into_iter().map(Into::into).collect())
}

#[derive(AsChangeset)]
#[diesel(table_name = tiers)]
struct Changes<'a> {
    name: Option<&'a str>,
    description: Option<Option<&'a str>>,
    features: Option<&'a KeySet>,
    seat_limit: Option<Option<i32>>,
    is_default: Option<bool>,
    updated_at: Time,
}

pub(super) fn update(
    tx: &mut PgConnection,
    tenant: Uuid,
    key: &str,
    change: &TierChange,
    features: Option<&KeySet>,
    now: Time,
) -> Result<Tier> {
    let description = change.description.clone().into_change();
    let changes = Changes {
        name: change.name.as_ref().map(super::super::text::Name::as_str),
        description: description.as_ref().map(Option::as_deref),
        features,
        seat_limit: change.seat_limit.clone().into_change(),
        is_default: change.is_default,
        updated_at: now,
    };
    let row: Row = diesel::update(tiers::table.find((tenant, key)))
        .set((changes, tiers::version.eq(next_version())))
        .returning(Row::as_returning())
        .get_result(tx)?;
    Ok(row.into())
}

pub(super) fn count_users(tx: &mut PgConnection, tenant: Uuid, key: &str) -> Result<i64> {
    let query = users::table
        .filter(users::tenant_id.eq(tenant))
        .filter(users::tier.eq(key))
        .count();
    Ok(query.get_result(tx)?)
}

pub(super) fn delete(tx: &mut PgConnection, tenant: Uuid, key: &str) -> Result<()> {
    diesel::delete(tiers::table.find((tenant, key))).execute(tx)?;
    Ok(())
}
