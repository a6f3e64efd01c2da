//! SQL that is written out, and its values.

use diesel::pg::Pg;
use diesel::query_builder::{BoxedSqlQuery, SqlQuery};
use diesel::sql_query;
use diesel::sql_types::{BigInt, Text, Timestamptz, Uuid as SqlUuid};
use uuid::Uuid;

use crate::clock::Time;

pub(super) enum Bind {
    Text(String),
    Uuid(Uuid),
    Time(Time),
    Number(i64),
}

/// SQL with its values.
pub(super) struct Sql {
    pub(super) text: String,
    binds: Vec<Bind>,
}

impl Sql {
    /// Nothing yet.
    pub(super) fn new() -> Self {
        Self {
            text: String::new(),
            binds: Vec::new(),
        }
    }

    /// Adds a value; answers its placeholder.
    pub(super) fn bind(&mut self, bind: Bind) -> String {
        self.binds.push(bind);
        format!("${}", self.binds.len())
    }

    /// The query, ready to run.
    pub(super) fn query(self) -> BoxedSqlQuery<'static, Pg, SqlQuery> {
        let start = sql_query(self.text).into_boxed();
        self.binds
            .into_iter()
            .fold(start, |query, bind| match bind {
                Bind::Text(value) => query.bind::<Text, _>(value),
                Bind::Uuid(value) => query.bind::<SqlUuid, _>(value),
                Bind::Time(value) => query.bind::<Timestamptz, _>(value),
                Bind::Number(value) => query.bind::<BigInt, _>(value),
            })
    }
}
