//! `src/schema.rs` and the migrations say the same, and the migrations go down as well as up.

use std::collections::BTreeSet;
use std::path::Path;

use diesel::prelude::*;
use diesel::sql_types::Text;

use crate::support::database::Database;

/// Every column as the database has it, in the words of `src/schema.rs`.
const COLUMNS: &str = "
    SELECT format('%s.%s -> %s', c.relname, a.attname, CASE WHEN a.attnotnull THEN t.name ELSE 'Nullable<' || t.name || '>' END) AS line
    FROM pg_attribute a
    JOIN pg_class c ON c.oid = a.attrelid AND c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace
    CROSS JOIN LATERAL (SELECT CASE format_type(a.atttypid, null)
        WHEN 'bigint' THEN 'Int8' WHEN 'integer' THEN 'Int4' WHEN 'smallint' THEN 'Int2' WHEN 'boolean' THEN 'Bool'
        WHEN 'timestamp with time zone' THEN 'Timestamptz' WHEN 'text[]' THEN 'Array<Nullable<Text>>'
        ELSE initcap(format_type(a.atttypid, null)) END) t(name)
    WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relname <> '__diesel_schema_migrations'
    ORDER BY c.relname, a.attnum";
/// What a migration could leave behind.
const LEFT_BEHIND: &str = "
    SELECT (SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relname NOT LIKE '\\_\\_diesel%')
         + (SELECT count(*) FROM pg_proc p WHERE pronamespace = 'public'::regnamespace
            AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e'))
         + (SELECT count(*) FROM pg_type t WHERE typnamespace = 'public'::regnamespace AND typname NOT LIKE '%\\_\\_diesel%'
            AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = t.oid AND d.deptype = 'e'))";

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

#[test]
fn the_schema_in_the_code_is_what_the_migrations_make() {
    let made: BTreeSet<_> = columns_of(&Database::create()).into_iter().collect();
    let written: BTreeSet<_> = columns_in_code().into_iter().collect();
    let differing: Vec<_> = made.symmetric_difference(&written).collect();
    assert!(
        differing.is_empty(),
        "src/schema.rs is not what the migrations make: {differing:#?}"
    );
    assert!(made.len() > 60, "only {} columns were found", made.len());
}

#[test]
fn migrations_go_down_and_up_again() {
    let database = Database::create();
    let before = columns_of(&database);
    let reverted = roster::db::revert_all(database.url()).unwrap();
    assert!(reverted > 0);
    assert_eq!(
        database.number(LEFT_BEHIND),
        0,
        "something is left after all migrations are reverted"
    );
    assert_eq!(roster::db::migrate(database.url()).unwrap(), reverted);
    assert_eq!(columns_of(&database), before);
    assert_eq!(
        roster::db::migrate(database.url()).unwrap(),
        0,
        "a second run has nothing to do"
    );
}

fn columns_of(database: &Database) -> Vec<String> {
    let lines = diesel::sql_query(COLUMNS)
        .load::<Line>(&mut database.connect())
        .unwrap();
    lines.into_iter().map(|line| line.line).collect()
}

/// The lines `table.column -> Type` of `src/schema.rs`; the database's own names where the code has others.
fn columns_in_code() -> Vec<String> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/schema.rs");
    let source = std::fs::read_to_string(source).unwrap();
    let (mut table, mut renamed, mut columns) = (String::new(), None, Vec::new());
    for line in source.lines().map(str::trim) {
        if let Some((name, _)) = line
            .strip_suffix(") {")
            .and_then(|head| head.split_once(" ("))
        {
            name.clone_into(&mut table);
        } else if let Some(name) = line.strip_prefix("#[sql_name = \"") {
            renamed = name.strip_suffix("\"]").map(str::to_owned);
        } else if let Some((name, kind)) = line
            .strip_suffix(',')
            .and_then(|column| column.split_once(" -> "))
        {
            let name = renamed.take().unwrap_or_else(|| name.to_owned());
            columns.push(format!("{table}.{name} -> {kind}"));
        }
    }
    columns
}
