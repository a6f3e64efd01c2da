//! The table `tenants`; its seat counter belongs to [`crate::seats`].

use diesel::prelude::*;
use uuid::Uuid;

use super::{NewTenant, Tenant, TenantChange, TenantStatus};
use crate::clock::Time;
use crate::db::{IdColumn, SortColumn, Sorts, anywhere, next_version, search_fold};
use crate::error::Result;
use crate::http::{Listed, Search, Window};
use crate::schema::tenants;
use crate::text::Name;

const SORTS: Sorts = Sorts {
    id: IdColumn {
        sql: "tenants.id",
        cast: "::uuid",
    },
    default: SortColumn {
        name: "created_at",
        sql: "tenants.created_at",
        cast: "::timestamptz",
        id: None,
    },
    others: &[SortColumn {
        name: "name",
        sql: "search_fold(tenants.name)",
        cast: "",
        id: None,
    }],
};

impl Listed for Tenant {
    const SORTS: &'static Sorts = &SORTS;
    const SEARCHED: &'static str = "name and slug";
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = tenants)]
struct Row {
    id: Uuid,
    name: String,
    slug: String,
    is_platform: bool,
    seat_limit: Option<i32>,
    seats_used: i32,
    suspended_at: Option<Time>,
    users_opened_at: Option<Time>,
    created_at: Time,
    updated_at: Time,
    version: i64,
}

impl From<Row> for Tenant {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            name: row.name,
            slug: row.slug,
            seat_limit: row.seat_limit,
            seats_used: row.seats_used,
            status: if row.suspended_at.is_some() {
                TenantStatus::Suspended
            } else {
                TenantStatus::Active
            },
            is_platform: row.is_platform,
            users_opened_at: row.users_opened_at,
            created_at: row.created_at,
            updated_at: row.updated_at,
            version: row.version,
        }
    }
}

/// The platform's own tenant, where there is one yet.
///
/// # Errors
/// Where the database fails.
pub fn platform_id(conn: &mut PgConnection) -> Result<Option<Uuid>> {
    Ok(tenants::table
        .filter(tenants::is_platform)
        .select(tenants::id)
        .first(conn)
        .optional()?)
}

/// The tenant of this slug.
///
/// # Errors
/// Where the database fails.
pub fn tenant_of_slug(conn: &mut PgConnection, slug: &str) -> Result<Option<Uuid>> {
    Ok(tenants::table
        .filter(tenants::slug.eq(slug))
        .select(tenants::id)
        .first(conn)
        .optional()?)
}

pub(super) fn find(conn: &mut PgConnection, id: Uuid) -> Result<Tenant> {
    Ok(tenants::table
        .find(id)
        .select(Row::as_select())
        .first(conn)?
        .into())
}

pub(super) fn lock(tx: &mut PgConnection, id: Uuid) -> Result<Tenant> {
    Ok(tenants::table
        .find(id)
        .select(Row::as_select())
        .for_no_key_update()
        .first(tx)?
        .into())
}

pub(super) fn list(
    conn: &mut PgConnection,
    search: &Search,
    window: &Window,
) -> Result<Vec<(Tenant, String)>> {
    let mut query = tenants::table
        .select((Row::as_select(), window.sort().value()))
        .order(window.sort().order())
        .limit(window.fetch())
        .into_boxed();
    for word in search.words() {
        query = query.filter(
            search_fold(tenants::name.concat(" ").concat(tenants::slug)).like(anywhere(word)),
        );
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

pub(super) fn count(conn: &mut PgConnection, search: &Search) -> Result<i64> {
    let mut query = tenants::table.count().into_boxed();
    for word in search.words() {
        query = query.filter(
            search_fold(tenants::name.concat(" ").concat(tenants::slug)).like(anywhere(word)),
        );
    }
    Ok(query.get_result(conn)?)
}

pub(super) fn insert(tx: &mut PgConnection, new: &NewTenant, now: Time) -> Result<Tenant> {
    let row: Row = diesel::insert_into(tenants::table)
        .values((
            tenants::id.eq(Uuid::now_v7()),
            tenants::name.eq(new.name.as_str()),
            tenants::slug.eq(new.slug.as_str()),
            tenants::seat_limit.eq(new.seat_limit),
            tenants::created_at.eq(now),
            tenants::updated_at.eq(now),
        ))
        .returning(Row::as_returning())
        .get_result(tx)?;
    Ok(row.into())
}

/// None where another instance has made it.
pub(super) fn insert_platform(tx: &mut PgConnection, now: Time) -> Result<Option<Tenant>> {
    let row: Option<Row> = diesel::insert_into(tenants::table)
        .values((
            tenants::id.eq(Uuid::now_v7()),
            tenants::name.eq("Platform"),
            tenants::slug.eq("platform"),
            tenants::is_platform.eq(true),
            tenants::created_at.eq(now),
            tenants::updated_at.eq(now),
        ))
        .on_conflict_do_nothing()
        .returning(Row::as_returning())
        .get_result(tx)
        .optional()?;
    Ok(row.map(Into::into))
}

#[derive(AsChangeset)]
#[diesel(table_name = tenants)]
struct Changes<'a> {
    name: Option<&'a str>,
    seat_limit: Option<Option<i32>>,
    updated_at: Time,
}

pub(super) fn update(
    tx: &mut PgConnection,
    id: Uuid,
    change: &TenantChange,
    now: Time,
) -> Result<Tenant> {
    let changes = Changes {
        name: change.name.as_ref().map(Name::as_str),
        seat_limit: change.seat_limit.clone().into_change(),
        updated_at: now,
    };
    let row: Row = diesel::update(tenants::table.find(id))
        .set((changes, tenants::version.eq(next_version())))
        .returning(Row::as_returning())
        .get_result(tx)?;
    Ok(row.into())
}

pub(super) fn set_suspended(
    tx: &mut PgConnection,
    id: Uuid,
    at: Option<Time>,
    now: Time,
) -> Result<Tenant> {
    let row: Row = diesel::update(tenants::table.find(id))
        .set((
            tenants::suspended_at.eq(at),
            tenants::updated_at.eq(now),
            tenants::version.eq(next_version()),
        ))
        .returning(Row::as_returning())
        .get_result(tx)?;
    Ok(row.into())
}

/// The tenant where this opened it; none where it was open.
pub(super) fn open_users_section(
    tx: &mut PgConnection,
    id: Uuid,
    now: Time,
) -> Result<Option<Tenant>> {
    let row: Option<Row> = diesel::update(
        tenants::table
            .find(id)
            .filter(tenants::users_opened_at.is_null()),
    )
    .set((
        tenants::users_opened_at.eq(now),
        tenants::version.eq(next_version()),
    ))
    .returning(Row::as_returning())
    .get_result(tx)
    .optional()?;
    Ok(row.map(Into::into))
}
