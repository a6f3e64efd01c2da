//! Times of searches and pages of users at 100,000 and 1,000,000 users of one tenant, over HTTP.
//!
//! `cargo bench --bench search` prints a table; `cargo bench --bench search -- --plans` prints, besides, the plans of
//! some common and some rare terms. The Postgres is the program's own (`target/bench-postgres`); its databases are
//! kept, so that only the first run takes the minutes of filling them.

mod data;
mod pages;
mod plans;
mod service;
mod table;
mod terms;

use std::io::Write;

use diesel::prelude::*;

use plans::Explained;
use service::Running;
use table::{Line, Table};

/// Whatever goes wrong ends the program.
type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// Users of the small and of the large tenant.
const SIZES: [i64; 2] = [100_000, 1_000_000];
/// How many terms of each group are shown with plans.
const EXPLAINED: usize = 3;

/// One size: the service that is measured, and one whose statements are explained.
struct Side {
    url: String,
    users: i64,
    measured: Running,
    explained: Explained,
}

fn main() -> Result<()> {
    // `cargo test --all-targets` starts it too, without this.
    if !std::env::args().any(|argument| argument == "--bench") {
        return Ok(());
    }
    let server = data::start()?;
    let [small, large] = SIZES.map(|users| Side::open(&server, users));
    let mut sides = [small?, large?];
    let [small, _] = &sides;
    let terms = terms::find(&small.url)?;
    let fixed = fixed_terms(&small.url)?;
    let groups = [
        ("The commonest fragments", &terms.common),
        ("The rarest fragments", &terms.rare),
        ("Fixed", &fixed),
    ];
    let mut out = std::io::stdout();
    for (title, terms) in groups {
        searches(&mut sides, title, terms)?.print(&mut out)?;
    }
    lists(&mut sides)?.print(&mut out)?;
    if std::env::args().any(|argument| argument == "--plans") {
        for group in [&terms.common, &terms.rare] {
            explain(&mut sides, group, &mut out)?;
        }
    }
    Ok(())
}

impl Side {
    fn open(server: &roster::db::embedded::Embedded, users: i64) -> Result<Self> {
        let url = data::database(server, users)?;
        Ok(Self {
            users,
            measured: Running::start(&url)?,
            explained: Explained::start(&url)?,
            url,
        })
    }

    fn sign_in(&mut self) -> Result<()> {
        self.measured.sign_in()?;
        self.explained.sign_in()
    }
}

fn search(term: &str) -> String {
    let term: String = url::form_urlencoded::byte_serialize(term.as_bytes()).collect();
    format!("/v1/users?q={term}&limit=50")
}

/// A full name and an address that are there, and what people type.
fn fixed_terms(url: &str) -> Result<Vec<String>> {
    let mut conn = PgConnection::establish(url)?;
    let query = "SELECT unnest(ARRAY[full_name, email]) AS name FROM users \
                 WHERE id = '01940000-0000-7000-8000-00000000c350'";
    let of_somebody = data::texts(&mut conn, query)?;
    let typed = ["an", "mar", "@gmail", "%"].map(str::to_owned);
    Ok(typed.into_iter().chain(of_somebody).collect())
}

fn searches(sides: &mut [Side; 2], title: &'static str, terms: &[String]) -> Result<Table> {
    let mut table = Table::new(title);
    for side in sides.iter_mut() {
        side.sign_in()?;
    }
    for (done, term) in terms.iter().enumerate() {
        if done % 10 == 0 {
            writeln!(std::io::stderr(), "{title}: {done} of {}", terms.len())?;
        }
        let path = search(term);
        let mut line = Line::new(term);
        for (side, column) in sides.iter().zip(&mut line.sides) {
            let (answer, _) = side.measured.get(&format!("{path}&include_total=true"))?;
            let data = answer.get("data").and_then(serde_json::Value::as_array);
            column.answers = data.map_or(0, Vec::len);
            column.matches = answer.get("total").and_then(serde_json::Value::as_i64);
            column.way = side.explained.ways(&path)?;
            column.best = side.measured.best(&path)?;
        }
        table.add(line);
    }
    Ok(table)
}

fn lists(sides: &mut [Side; 2]) -> Result<Table> {
    let mut table = Table::new("Pages");
    for side in sides.iter_mut() {
        side.sign_in()?;
    }
    for order in pages::orders() {
        writeln!(std::io::stderr(), "Pages by {order}")?;
        let mut first = Line::new(&format!("{order}, first"));
        let mut deep = Line::new(&format!("{order}, after 90 %"));
        for (side, (first, deep)) in sides
            .iter()
            .zip(first.sides.iter_mut().zip(&mut deep.sides))
        {
            let paths = (
                pages::first(&order),
                pages::deep(&side.url, &order, side.users)?,
            );
            for (path, column) in [(paths.0, first), (paths.1, deep)] {
                let (answer, _) = side.measured.get(&path)?;
                let data = answer.get("data").and_then(serde_json::Value::as_array);
                column.answers = data.map_or(0, Vec::len);
                column.best = side.measured.best(&path)?;
            }
        }
        table.add(first);
        table.add(deep);
    }
    Ok(table)
}

fn explain(sides: &mut [Side; 2], terms: &[String], out: &mut impl Write) -> Result<()> {
    for side in sides.iter_mut() {
        side.sign_in()?;
    }
    for term in terms.iter().take(EXPLAINED) {
        for side in sides.iter() {
            writeln!(out, "\n### `{term}` among {}\n", side.users)?;
            for plan in side.explained.plans(&search(term))? {
                writeln!(out, "```\n{}```", plan.text())?;
            }
        }
    }
    Ok(())
}
