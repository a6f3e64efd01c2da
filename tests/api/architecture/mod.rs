//! The house rules that no compiler checks, read from the source: which way dependencies go, how long things are,
//! who writes which table.

mod source;

use std::collections::BTreeSet;

use source::{Source, code, functions, sources, tables_written};

/// What may import what: a module may use those of earlier lines, and of its own line only itself. Design: the
/// kernel, then features from the ground up, then what puts them together.
const LAYERS: [&[&str]; 15] = [
    &["schema", "clock", "telemetry"],
    &["error"],
    &["secret", "text", "config"],
    &["db", "password"],
    &["audit"],
    &["access"],
    &["http"],
    &["sessions", "activity", "attempts", "seats", "permissions"],
    &["mail"],
    &["tiers", "roles", "companies", "domains", "links"],
    &["users"],
    &[
        "tenants", "auth", "status", "document", "matrix", "branding",
    ],
    &["postman", "upkeep", "watcher"],
    &["app"],
    &["cli", "main", "lib"],
];
/// Edges within a layer, each with its reason.
const WITHIN: [(&str, &str); 0] = [];
/// Whose tables are whose, where it is not the module of the same name.
const OWNERS: [(&str, &[&str]); 13] = [
    ("activity", &["audit"]),
    ("devices", &["sessions"]),
    ("idempotency_keys", &["http"]),
    ("outbox", &["mail"]),
    ("passwords", &["users"]),
    ("proven_hosts", &["domains"]),
    ("retired_challenges", &["domains"]),
    ("secrets", &["auth"]),
    ("sign_ins", &["users"]),
    ("signing_keys", &["auth"]),
    // Seats are counters of both, taken and given back in one place.
    ("tenants", &["tenants", "seats"]),
    ("tiers", &["tiers", "seats"]),
    ("sessions", &["sessions"]),
];
const LONGEST_FILE: usize = 300;
const LONGEST_FUNCTION: usize = 40;

#[test]
fn dependencies_go_one_way() {
    let mut wrong = BTreeSet::new();
    for source in sources() {
        let from = source.module();
        for to in source.imports() {
            if to != from && !may_import(&source, from, &to) {
                wrong.insert(format!("{} uses crate::{to}", source.path));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "against the direction of dependencies:\n{}",
        lines(&wrong)
    );
}

#[test]
fn every_module_has_its_place() {
    let modules: BTreeSet<String> = sources()
        .iter()
        .map(|source| source.module().to_owned())
        .collect();
    let placed: BTreeSet<String> = LAYERS.concat().into_iter().map(str::to_owned).collect();
    assert_eq!(
        modules, placed,
        "tests/api/architecture.rs does not know the same modules as src/"
    );
}

#[test]
fn files_and_functions_stay_short() {
    let mut long = BTreeSet::new();
    for source in sources().iter().filter(|source| source.path != "schema.rs") {
        let length = source.text.lines().count();
        if length > LONGEST_FILE {
            long.insert(format!("{} has {length} lines", source.path));
        }
        for (name, length) in functions(&source.text) {
            if length > LONGEST_FUNCTION {
                long.insert(format!("{}: {name} has {length} lines", source.path));
            }
        }
    }
    assert!(long.is_empty(), "too long:\n{}", lines(&long));
}

#[test]
fn every_module_says_why_it_exists() {
    let silent = sources()
        .into_iter()
        .filter(|source| source.path != "schema.rs" && !source.text.starts_with("//! "));
    let silent: BTreeSet<String> = silent.map(|source| source.path).collect();
    assert!(
        silent.is_empty(),
        "no `//!` at the head of:\n{}",
        lines(&silent)
    );
}

#[test]
fn nothing_is_allowed_silently_and_no_route_bypasses_the_document() {
    let mut wrong = BTreeSet::new();
    for source in sources() {
        for (number, line) in code(&source.text) {
            let at = format!("{}:{number}: {}", source.path, line.trim());
            if line.contains("#[allow(") || line.contains("#![allow(") {
                wrong.insert(at.clone());
            }
            if line.contains(".route(") && source.path != "app.rs" {
                wrong.insert(at.clone());
            }
            if line.contains("unsafe {") && source.path != "db/embedded/process.rs" {
                wrong.insert(at);
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "against the house rules:\n{}",
        lines(&wrong)
    );
}

#[test]
fn a_store_writes_its_own_tables_only() {
    let mut wrong = BTreeSet::new();
    let mut written = BTreeSet::new();
    for source in sources() {
        for table in tables_written(&source.text) {
            let owners = OWNERS.iter().find(|(name, _)| *name == table);
            let own = owners.map_or(source.module() == table, |(_, owners)| {
                owners.contains(&source.module())
            });
            if !own {
                wrong.insert(format!("{} writes {table}", source.path));
            }
            written.insert(table);
        }
    }
    assert!(
        written.len() >= 12,
        "writes are no longer found: {written:?}"
    );
    assert!(
        wrong.is_empty(),
        "somebody else's table:\n{}",
        lines(&wrong)
    );
}

#[test]
fn sql_stands_in_stores_and_the_kernel_only() {
    let kernel = ["db", "audit", "http", "schema", "error"];
    let mut wrong = BTreeSet::new();
    for source in sources()
        .iter()
        .filter(|source| !kernel.contains(&source.module()))
    {
        let is_store = source
            .path
            .split('/')
            .any(|part| part == "store" || part == "store.rs");
        let uses_tables = source.imports().contains("schema");
        if uses_tables && !is_store {
            wrong.insert(source.path.clone());
        }
    }
    assert!(
        wrong.is_empty(),
        "uses tables outside of a store:\n{}",
        lines(&wrong)
    );
}

fn may_import(source: &Source, from: &str, to: &str) -> bool {
    let layer = |module: &str| LAYERS.iter().position(|layer| layer.contains(&module));
    let (Some(here), Some(there)) = (layer(from), layer(to)) else {
        return false;
    };
    let is_feature = |at: usize| (7..12).contains(&at);
    // Routes and handlers may call any feature.
    (source.is_api() && is_feature(there)) || there < here || WITHIN.contains(&(from, to))
}

fn lines(all: &BTreeSet<String>) -> String {
    let all: Vec<_> = all.iter().map(String::as_str).collect();
    all.join("\n")
}
