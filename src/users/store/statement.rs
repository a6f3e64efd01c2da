//! The statements of a search, written out: which plan they get matters, and that hangs on how they are put.

use uuid::Uuid;

use super::sql::{Bind, Sql};
use crate::db::{Key, Sort};
use crate::users::ListUsers;
use crate::users::list::SORTS;

/// A part of what matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// All of it.
    Any,
    /// Whose name or address is exactly what was typed.
    Exact,
    /// Not exact, and every word starts one of the name's.
    Named,
    /// Neither, and every word starts one of the name's or the address.
    Addressed,
    /// What is left.
    Rest,
}

impl Part {
    pub(super) fn bucket(self) -> u8 {
        match self {
            Self::Any | Self::Exact => 0,
            Self::Named => 1,
            Self::Addressed => 2,
            Self::Rest => 3,
        }
    }
}

/// What all statements of one search have in common.
pub(super) struct Statement<'a> {
    pub(super) tenant: Uuid,
    pub(super) list: &'a ListUsers,
}

impl<'a> Statement<'a> {
    pub(super) fn new(tenant: Uuid, list: &'a ListUsers) -> Self {
        Self { tenant, list }
    }

    /// How many of the newest users match, and how many of them by the start of a word, by one of the name, and by one
    /// after its first.
    pub(super) fn sample(&self, size: i64) -> Sql {
        let mut sql = Sql::new();
        let (scope, limit) = (self.scope(&mut sql), sql.bind(Bind::Number(size)));
        let (any, starting) = (self.any(&mut sql), self.starting(&mut sql));
        let (named, first) = (self.named(&mut sql), self.first(&mut sql));
        let tenant = sql.bind(Bind::Uuid(self.tenant));
        sql.text = format!(
            "SELECT count(*) AS seen, count(*) FILTER (WHERE {any}) AS any, \
             count(*) FILTER (WHERE {any} AND {starting}) AS starting, \
             count(*) FILTER (WHERE {any} AND {named}) AS named, \
             count(*) FILTER (WHERE {any} AND {named} AND NOT ({first})) AS later, \
             (SELECT seats_used::bigint FROM tenants WHERE id = {tenant}) AS users FROM \
             (SELECT search FROM users WHERE {scope} ORDER BY users.created_at DESC, users.id DESC LIMIT {limit}) users"
        );
        sql
    }

    /// Reads the list in its order and stops when the page is full, or `length` entries on.
    pub(super) fn walk(
        &self,
        part: Part,
        sort: Sort,
        after: Option<&Key>,
        need: i64,
        length: i64,
    ) -> Sql {
        let mut sql = Sql::new();
        let (from, order, columns) = (source(sort), order(sort), columns(sort));
        let parts = sort.parts();
        let (scope, after) = (
            self.scope(&mut sql),
            beyond(&mut sql, sort, after, (parts.column, parts.id)),
        );
        let filter = self.part(&mut sql, part);
        let (length, need) = (sql.bind(Bind::Number(length)), sql.bind(Bind::Number(need)));
        let bucket = part.bucket();
        sql.text = format!(
            "SELECT id, value, {bucket} AS bucket FROM (SELECT {columns} FROM {from} WHERE {scope}{after} \
             ORDER BY {order} LIMIT {length}) users WHERE {filter} LIMIT {need}"
        );
        sql
    }

    /// Finds all of a part through an index and sorts them. `OFFSET 0` keeps the order out of the inner plan, which
    /// would walk otherwise.
    pub(super) fn gather(&self, part: Part, sort: Sort, after: Option<&Key>, need: i64) -> Sql {
        let mut sql = Sql::new();
        let (from, columns, scope) = (source(sort), columns(sort), self.scope(&mut sql));
        let candidates = match part {
            Part::Exact => self.exact_candidates(&mut sql),
            Part::Named => self.named(&mut sql),
            Part::Addressed => self.addressed_candidates(&mut sql),
            Part::Any | Part::Rest => self.any(&mut sql),
        };
        let filter = self.part(&mut sql, part);
        let after = beyond(&mut sql, sort, after, ("sort_key", "id"));
        let (bucket, need, direction) = (
            part.bucket(),
            sql.bind(Bind::Number(need)),
            sort.parts().direction,
        );
        sql.text = format!(
            "SELECT id, value, {bucket} AS bucket FROM (SELECT {columns} FROM {from} WHERE {scope} AND {candidates} \
             OFFSET 0) users WHERE {filter}{after} ORDER BY sort_key {direction}, id {direction} LIMIT {need}"
        );
        sql
    }

    /// The exact ones and those with a word of their name that starts with the one word that was typed. Whose first
    /// name does lie side by side in the order by name, far from where a walk begins, so they are read there; the
    /// others are walked to, `length` entries far, or gathered.
    pub(super) fn named_first(&self, after: Option<&Key>, need: i64, length: Option<i64>) -> Sql {
        let mut sql = Sql::new();
        let sort = by_name();
        let [exact_after, after] = [Part::Exact, Part::Named].map(|part| {
            let key = after.filter(|key| key.bucket == part.bucket());
            beyond(&mut sql, sort, key, ("users.search", "users.id"))
        });
        let unless_past_it = if after.is_empty() { "" } else { " AND false" };
        let (scope, exact) = (self.scope(&mut sql), self.exact(&mut sql));
        let (candidates, first) = (self.exact_candidates(&mut sql), self.first(&mut sql));
        let need = sql.bind(Bind::Number(need));
        let later = match length {
            Some(length) => {
                let (length, named) = (sql.bind(Bind::Number(length)), self.named(&mut sql));
                format!(
                    "SELECT id, search FROM (SELECT users.id, users.search FROM users WHERE {scope}{after} \
                     ORDER BY users.search, users.id LIMIT {length}) users \
                     WHERE {named} AND NOT ({first}) AND NOT ({exact}) LIMIT {need}"
                )
            }
            None => format!(
                "SELECT id, search FROM (SELECT users.id, users.search FROM users WHERE {scope} AND {} OFFSET 0) users \
                 WHERE NOT ({first}) AND NOT ({exact}){after} ORDER BY search, id LIMIT {need}",
                self.later(&mut sql)
            ),
        };
        sql.text = format!(
            "WITH later AS MATERIALIZED ({later}) SELECT id, value, bucket, (SELECT count(*) FROM later) AS later FROM (\
             (SELECT users.id, users.search AS value, 0 AS bucket FROM users \
             WHERE {scope} AND {candidates} AND {exact}{exact_after}{unless_past_it}) UNION ALL \
             (SELECT users.id, users.search, 1 FROM users WHERE {scope} AND {first} AND NOT ({exact}){after} \
             ORDER BY users.search, users.id LIMIT {need}) UNION ALL SELECT id, search, 1 FROM later) users \
             ORDER BY bucket, value, id LIMIT {need}"
        );
        sql
    }

    /// Finds all matches through the trigram index and ranks them; of `from` and the parts after it.
    pub(super) fn ranked(&self, from: Part, sort: Sort, after: Option<&Key>, need: i64) -> Sql {
        let mut sql = Sql::new();
        let (scope, any) = (self.scope(&mut sql), self.any(&mut sql));
        let (exact, named) = (self.exact(&mut sql), self.named(&mut sql));
        let starting = self.starting(&mut sql);
        let beyond = match after {
            Some(key) => {
                let bucket = sql.bind(Bind::Number(i64::from(key.bucket)));
                let (value, id) = (
                    sql.bind(Bind::Text(key.value.clone())),
                    sql.bind(Bind::Text(key.id.clone())),
                );
                format!("(bucket, sort_key, id) > ({bucket}, {value}, {id}::uuid)")
            }
            None => format!("bucket >= {}", from.bucket()),
        };
        let (need, columns) = (sql.bind(Bind::Number(need)), columns(sort));
        sql.text = format!(
            "SELECT id, value, bucket FROM (SELECT {columns}, CASE WHEN {exact} THEN 0 WHEN {named} THEN 1 \
             WHEN {starting} THEN 2 ELSE 3 END AS bucket FROM users WHERE {scope} AND {any} OFFSET 0) users \
             WHERE {beyond} ORDER BY bucket, sort_key, id LIMIT {need}"
        );
        sql
    }

    /// The tenant and the filters.
    pub(super) fn scope(&self, sql: &mut Sql) -> String {
        let list = self.list;
        let mut all = vec![format!(
            "users.tenant_id = {}",
            sql.bind(Bind::Uuid(self.tenant))
        )];
        all.push(match list.status {
            Some(status) => format!(
                "users.status = {}",
                sql.bind(Bind::Text(status.as_str().to_owned()))
            ),
            None => "users.status <> 'deleted'".to_owned(),
        });
        let filters = [
            ("users.role =", list.role.clone().map(Bind::Text)),
            ("users.tier =", list.tier.clone().map(Bind::Text)),
            ("users.company_id =", list.company_id.map(Bind::Uuid)),
            ("users.created_at >", list.created_after.map(Bind::Time)),
            ("users.created_at <", list.created_before.map(Bind::Time)),
        ];
        for (condition, bind) in filters {
            all.extend(bind.map(|bind| format!("{condition} {}", sql.bind(bind))));
        }
        all.join(" AND ")
    }
}

fn source(sort: Sort) -> &'static str {
    if sort.parts().column.contains("sign_ins") {
        "users JOIN sign_ins ON sign_ins.tenant_id = users.tenant_id AND sign_ins.user_id = users.id"
    } else {
        "users"
    }
}

/// What the outer query needs: the search text, and the sort key under names of its own.
fn columns(sort: Sort) -> String {
    let parts = sort.parts();
    format!(
        "users.search, users.id, ({})::text AS value, {} AS sort_key",
        parts.column, parts.column
    )
}

fn order(sort: Sort) -> String {
    let parts = sort.parts();
    format!(
        "{} {}, {} {}",
        parts.column, parts.direction, parts.id, parts.direction
    )
}

/// What comes after the key, over the names that sort value and id have there.
fn beyond(sql: &mut Sql, sort: Sort, after: Option<&Key>, (column, id): (&str, &str)) -> String {
    let Some(key) = after else {
        return String::new();
    };
    let parts = sort.parts();
    let (value, last) = (
        sql.bind(Bind::Text(key.value.clone())),
        sql.bind(Bind::Text(key.id.clone())),
    );
    format!(
        " AND ({column}, {id}) {} ({value}{}, {last}{})",
        parts.beyond, parts.column_cast, parts.id_cast
    )
}

/// How ranked lists are sorted within their parts.
pub(super) fn by_name() -> Sort {
    Sort::parse(&SORTS, "full_name").unwrap_or_else(|| Sort::default_of(&SORTS))
}
