//! The way to Postgres: pools, reads, writes, migrations. Feature code never sees a pool; it is handed a
//! connection by [`crate::http`], and runs on a thread that may block.

mod changes;
pub mod embedded;
mod keyset;
mod link;
mod listen;
mod migrate;
mod pool;

pub use changes::{Change, Changes, Hearing, Subscriber};
pub use keyset::{After, IdColumn, Key, Sort, SortColumn, SortParts, Sorts};
pub use migrate::{migrate, revert_all};
pub use pool::Database;

use diesel::dsl::sql;
use diesel::expression::{AsExpression, SqlLiteral, UncheckedBind};
use diesel::prelude::*;
use diesel::sql_types::Text;

type Bind = <String as AsExpression<Text>>::Expression;

/// A connection inside a transaction or a read.
pub type Connection = PgConnection;

#[expect(
    missing_docs,
    reason = "the macro writes the items; the functions are described in the migrations"
)]
mod functions {
    use diesel::sql_types::{BigInt, Nullable, SingleValue, Text};

    diesel::define_sql_function! { #[sql_name = "pg_try_advisory_xact_lock"] fn try_lock(key: BigInt) -> Bool; }
    diesel::define_sql_function! { #[sql_name = "nextval"] fn next_value(sequence: Text) -> BigInt; }
    diesel::define_sql_function! { fn like_literal(value: Text) -> Text; }
    diesel::define_sql_function! { fn search_fold(value: Text) -> Text; }
    diesel::define_sql_function! { fn coalesce<T: SingleValue>(a: Nullable<T>, b: T) -> T; }
}
pub use functions::{coalesce, like_literal, search_fold, try_lock};

/// The next version of a row, for its `ETag`.
#[must_use]
pub fn next_version() -> functions::next_value<&'static str> {
    functions::next_value("row_version")
}

/// The LIKE pattern of a typed word anywhere in a folded text; its `%`, `_` and `\` are letters.
pub fn anywhere(word: String) -> SqlLiteral<Text, UncheckedBind<SqlLiteral<Text>, Bind>> {
    sql::<Text>("'%' || like_literal(")
        .bind::<Text, _>(word)
        .sql(") || '%'")
}

/// The LIKE pattern of a typed word at the start of one, in a folded text with a blank before each word.
pub fn starting(word: String) -> SqlLiteral<Text, UncheckedBind<SqlLiteral<Text>, Bind>> {
    sql::<Text>("'% ' || like_literal(")
        .bind::<Text, _>(word)
        .sql(") || '%'")
}
