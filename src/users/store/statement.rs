//! The statements of a search, written out: which plan they get matters, and that hangs on how they are put.

use uuid::Uuid;

use super::sql::{Bind, Sql};
use crate::db::{Key, Sort};
use crate::users::ListUsers;

/// A part of what matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// All of it.
    Any,
    /// Whose name or address is exactly what was typed.
    Exact,
    /// Not exact, and every word starts one of theirs.
    Starting,
    /// What is left.
    Rest,
}

impl Part {
    pub(super) fn bucket(self) -> u8 {
        match self {
            Self::Any | Self::Exact => 0,
            Self::Starting => 1,
            Self::Rest => 2,
        }
    }
}

/// Whether a word is found anywhere. One and two letters are found where a word starts, which is where the trigram index
/// knows them; in scripts that put no blanks between words (from U+2E80 on) they are words of their own.
pub(super) fn is_found_inside(word: &str) -> bool {
    let is_word_start = |letter: char| letter.is_alphanumeric() && letter < '\u{2e80}';
    word.chars().count() > 2 || !word.starts_with(is_word_start)
}

/// The signs that few names and addresses have.
const SIGNS: [char; 5] = ['%', '_', '+', '\'', '\\'];
/// Who has one: the condition of the index `users_with_signs`, in its words.
const HAS_SIGN: &str = r"users.search ~ '[%_+''\\]'";

/// What all statements of one search have in common.
pub(super) struct Statement<'a> {
    tenant: Uuid,
    list: &'a ListUsers,
}

impl<'a> Statement<'a> {
    pub(super) fn new(tenant: Uuid, list: &'a ListUsers) -> Self {
        Self { tenant, list }
    }

    /// How many of the newest users match, and how many of them by the start of a word.
    pub(super) fn sample(&self, size: i64) -> Sql {
        let mut sql = Sql::new();
        let (scope, limit) = (self.scope(&mut sql), sql.bind(Bind::Number(size)));
        let (starting, any) = (self.starting(&mut sql), self.any(&mut sql));
        let tenant = sql.bind(Bind::Uuid(self.tenant));
        sql.text = format!(
            "SELECT count(*) AS seen, count(*) FILTER (WHERE {any} AND {starting}) AS starting, \
             count(*) FILTER (WHERE {any}) AS any, \
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
            Part::Starting => self.starting(&mut sql),
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

    /// Finds all matches through the trigram index and ranks them.
    pub(super) fn ranked(&self, sort: Sort, after: Option<&Key>, need: i64) -> Sql {
        let mut sql = Sql::new();
        let (scope, any) = (self.scope(&mut sql), self.any(&mut sql));
        let (exact, starting) = (self.exact(&mut sql), self.starting(&mut sql));
        let from_bucket = match after {
            Some(key) => {
                let bucket = sql.bind(Bind::Number(i64::from(key.bucket)));
                let (value, id) = (
                    sql.bind(Bind::Text(key.value.clone())),
                    sql.bind(Bind::Text(key.id.clone())),
                );
                format!("WHERE (bucket, sort_key, id) > ({bucket}, {value}, {id}::uuid)")
            }
            None => String::new(),
        };
        let (need, columns) = (sql.bind(Bind::Number(need)), columns(sort));
        sql.text = format!(
            "SELECT id, value, bucket FROM (SELECT {columns}, CASE WHEN {exact} THEN 0 WHEN {starting} THEN 1 ELSE 2 END \
             AS bucket FROM users WHERE {scope} AND {any} OFFSET 0) users {from_bucket} ORDER BY bucket, sort_key, id LIMIT {need}"
        );
        sql
    }

    /// Whether a word could start with what was typed: a word starts with a letter or digit.
    pub(super) fn can_start(&self) -> bool {
        self.list
            .search
            .words()
            .all(|word| word.starts_with(char::is_alphanumeric))
    }

    /// The tenant and the filters.
    fn scope(&self, sql: &mut Sql) -> String {
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

    fn part(&self, sql: &mut Sql, part: Part) -> String {
        match part {
            Part::Any => self.any(sql),
            Part::Exact => self.exact(sql),
            Part::Starting => format!("{} AND NOT ({})", self.starting(sql), self.exact(sql)),
            Part::Rest => format!(
                "{} AND NOT ({}) AND NOT ({})",
                self.any(sql),
                self.starting(sql),
                self.exact(sql)
            ),
        }
    }

    /// Every word is there: short ones where a word starts, others anywhere.
    fn any(&self, sql: &mut Sql) -> String {
        let word = |word: String| {
            let blank = if is_found_inside(&word) { "" } else { " " };
            let word = sql.bind(Bind::Text(word));
            format!("users.search LIKE '%{blank}' || like_literal({word}) || '%'")
        };
        let mut all: Vec<String> = self.list.search.words().map(word).collect();
        if self.list.search.words().any(|word| word.contains(SIGNS)) {
            all.push(HAS_SIGN.to_owned());
        }
        all.join(" AND ")
    }

    /// Every word starts one.
    fn starting(&self, sql: &mut Sql) -> String {
        let word = |word: String| {
            format!(
                "users.search LIKE '% ' || like_literal({}) || '%'",
                sql.bind(Bind::Text(word))
            )
        };
        self.list
            .search
            .words()
            .map(word)
            .collect::<Vec<_>>()
            .join(" AND ")
    }

    /// What was typed is the whole name or the whole address: in the search text, all but the last word or the last
    /// word alone.
    fn exact(&self, sql: &mut Sql) -> String {
        let typed = sql.bind(Bind::Text(self.typed()));
        format!(
            "(left(users.search, length(users.search) - strpos(reverse(users.search), ' ')) = ' ' || search_fold({typed}) \
             OR right(users.search, strpos(reverse(users.search), ' ') - 1) = search_fold({typed}))"
        )
    }

    /// Those who could be exact: a range of the index by name, and a place in the one by address.
    fn exact_candidates(&self, sql: &mut Sql) -> String {
        let typed = sql.bind(Bind::Text(self.typed()));
        format!(
            "(users.search LIKE ' ' || like_literal({typed}) || ' %' OR users.email_key = search_fold({typed}))"
        )
    }

    fn typed(&self) -> String {
        self.list.search.words().collect::<Vec<_>>().join(" ")
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
