//! The table `activity`, read.

use diesel::pg::Pg;
use diesel::prelude::*;
use serde_json::Value;
use uuid::Uuid;

use super::{ActivityEntry, Actor, ListActivity, Target};
use crate::clock::Time;
use crate::db::{IdColumn, SortColumn, Sorts, anywhere};
use crate::error::Result;
use crate::http::Window;
use crate::schema::activity;

pub(super) const SORTS: Sorts = Sorts {
    id: IdColumn {
        sql: "activity.id",
        cast: "::uuid",
    },
    default: SortColumn {
        name: "at",
        sql: "activity.at",
        cast: "::timestamptz",
        id: None,
    },
    others: &[],
};

#[derive(Queryable, Selectable)]
#[diesel(table_name = activity)]
struct Row {
    id: Uuid,
    at: Time,
    action: String,
    actor_type: String,
    actor_id: Option<Uuid>,
    actor_name: String,
    target_type: String,
    target_id: String,
    target_name: String,
    changes: Value,
    ip: Option<String>,
    user_agent: Option<String>,
    request_id: Option<String>,
}

impl From<Row> for ActivityEntry {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            at: row.at,
            action: row.action,
            actor: Actor {
                kind: row.actor_type,
                id: row.actor_id,
                name: row.actor_name,
            },
            target: Target {
                kind: row.target_type,
                id: row.target_id,
                name: row.target_name,
            },
            changes: row.changes,
            ip: row.ip,
            user_agent: row.user_agent,
            request_id: row.request_id,
        }
    }
}

type Condition<'a> =
    Box<dyn BoxableExpression<activity::table, Pg, SqlType = diesel::sql_types::Bool> + 'a>;

fn conditions(tenant: Uuid, list: &ListActivity) -> Vec<Condition<'_>> {
    let mut all: Vec<Condition<'_>> = vec![Box::new(activity::tenant_id.eq(tenant))];
    if let Some(id) = list.actor_id {
        all.push(Box::new(activity::actor_id.eq(id).assume_not_null()));
    }
    if let Some(action) = &list.action {
        all.push(Box::new(activity::action.eq(action)));
    }
    if let Some(kind) = &list.target_type {
        all.push(Box::new(activity::target_type.eq(kind)));
    }
    if let Some(id) = &list.target_id {
        all.push(Box::new(activity::target_id.eq(id)));
    }
    if let Some(since) = list.since {
        all.push(Box::new(activity::at.ge(since)));
    }
    if let Some(until) = list.until {
        all.push(Box::new(activity::at.lt(until)));
    }
    for word in list.search.words() {
        all.push(Box::new(activity::search.like(anywhere(word))));
    }
    all
}

pub(super) fn list(
    conn: &mut PgConnection,
    tenant: Uuid,
    list: &ListActivity,
    window: &Window,
) -> Result<Vec<(ActivityEntry, String)>> {
    let mut query = activity::table
        .select((Row::as_select(), window.sort().value()))
        .order(window.sort().order())
        .limit(window.fetch())
        .into_boxed();
    for condition in conditions(tenant, list) {
        query = query.filter(condition);
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

pub(super) fn count(conn: &mut PgConnection, tenant: Uuid, list: &ListActivity) -> Result<i64> {
    let mut query = activity::table.count().into_boxed();
    for condition in conditions(tenant, list) {
        query = query.filter(condition);
    }
    Ok(query.get_result(conn)?)
}
