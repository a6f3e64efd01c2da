//! Keyset order: the SQL of a sort, of the key of a row, and of "after this key". One row comparison over the
//! columns of one index, so that a deep page costs what the first one costs.

use diesel::dsl::sql;
use diesel::expression::{AsExpression, SqlLiteral, UncheckedBind};
use diesel::sql_types::{Bool, Text, Untyped};
use serde::{Deserialize, Serialize};

/// Something that a list can be sorted by.
#[derive(Debug, PartialEq, Eq)]
pub struct SortColumn {
    /// Its name in the API.
    pub name: &'static str,
    /// Its expression; the same as in the index.
    pub sql: &'static str,
    /// What its text has to be cast to; none for text.
    pub cast: &'static str,
    /// The id's expression where its index is on another table than the list.
    pub id: Option<&'static str>,
}

/// What makes a sort unique.
#[derive(Debug, PartialEq, Eq)]
pub struct IdColumn {
    /// Its expression.
    pub sql: &'static str,
    /// What its text has to be cast to; none for text.
    pub cast: &'static str,
}

/// The sorts of a list.
#[derive(Debug, PartialEq, Eq)]
pub struct Sorts {
    /// The last column of every sort.
    pub id: IdColumn,
    /// What the list is sorted by unless asked otherwise, descending.
    pub default: SortColumn,
    /// What it can be sorted by besides.
    pub others: &'static [SortColumn],
}

impl Sorts {
    /// Everything that the list can be sorted by.
    pub fn all(&'static self) -> impl Iterator<Item = &'static SortColumn> {
        std::iter::once(&self.default).chain(self.others)
    }
}

/// A chosen sort.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sort {
    sorts: &'static Sorts,
    column: &'static SortColumn,
    descending: bool,
}

/// Where a row stands in a sort.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Key {
    /// Which part of a ranked list; 0 where a list has no parts.
    #[serde(rename = "b", default)]
    pub bucket: u8,
    /// The sort value, as text.
    #[serde(rename = "v")]
    pub value: String,
    /// The id, as text.
    #[serde(rename = "i")]
    pub id: String,
}

type Bind = <String as AsExpression<Text>>::Expression;
type OneBind = SqlLiteral<Bool, UncheckedBind<SqlLiteral<Bool>, Bind>>;

/// `(column, id) > (value, id)` with its two values.
pub type After = SqlLiteral<Bool, UncheckedBind<OneBind, Bind>>;

impl Sort {
    /// The sort of this name, `-` before it for descending.
    #[must_use]
    pub fn parse(sorts: &'static Sorts, raw: &str) -> Option<Self> {
        let (name, descending) = raw
            .strip_prefix('-')
            .map_or((raw, false), |name| (name, true));
        let column = sorts.all().find(|column| column.name == name)?;
        Some(Self {
            sorts,
            column,
            descending,
        })
    }

    /// The default sort.
    #[must_use]
    pub fn default_of(sorts: &'static Sorts) -> Self {
        Self {
            sorts,
            column: &sorts.default,
            descending: true,
        }
    }

    fn id(self) -> &'static str {
        self.column.id.unwrap_or(self.sorts.id.sql)
    }

    /// For ORDER BY.
    pub fn order(self) -> SqlLiteral<Untyped> {
        let direction = if self.descending { "DESC" } else { "ASC" };
        sql(&format!(
            "{} {direction}, {} {direction}",
            self.column.sql,
            self.id()
        ))
    }

    /// The first part of a row's key, as text.
    pub fn value(self) -> SqlLiteral<Text> {
        sql(&format!("({})::text", self.column.sql))
    }

    /// What comes after the key.
    pub fn after(self, key: &Key) -> After {
        let (id, beyond) = (self.id(), if self.descending { "<" } else { ">" });
        sql::<Bool>(&format!("({}, {}) {beyond} (", self.column.sql, id))
            .bind::<Text, _>(key.value.clone())
            .sql(&format!("{}, ", self.column.cast))
            .bind::<Text, _>(key.id.clone())
            .sql(&format!("{})", self.sorts.id.cast))
    }

    /// The parts of the sort as SQL, for statements that are written out.
    #[must_use]
    pub fn parts(self) -> SortParts {
        SortParts {
            column: self.column.sql,
            column_cast: self.column.cast,
            id: self.id(),
            id_cast: self.sorts.id.cast,
            direction: if self.descending { "DESC" } else { "ASC" },
            beyond: if self.descending { "<" } else { ">" },
        }
    }
}

/// The parts of a sort as SQL.
#[derive(Clone, Copy, Debug)]
pub struct SortParts {
    /// What is sorted by.
    pub column: &'static str,
    /// What its text has to be cast to.
    pub column_cast: &'static str,
    /// What makes it unique.
    pub id: &'static str,
    /// What its text has to be cast to.
    pub id_cast: &'static str,
    /// `ASC` or `DESC`.
    pub direction: &'static str,
    /// `>` or `<`.
    pub beyond: &'static str,
}
