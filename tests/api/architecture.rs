//! The house rules that no compiler checks, read from the source: which way dependencies go, how long things are,
//! who writes which table.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// What may import what: a module may use those of earlier lines, and of its own line only itself. Design: the
/// kernel, then features from the ground up, then what puts them together.
const LAYERS: [&[&str]; 14] = [
    &["schema", "clock", "telemetry"],
    &["error"],
    &["secret", "text", "config"],
    &["db", "password"],
    &["audit"],
    &["access"],
    &["http"],
    &["sessions", "activity", "seats", "permissions"],
    &["tiers", "roles", "companies", "domains"],
    &["users"],
    &["tenants", "auth", "status", "document"],
    &["upkeep"],
    &["app"],
    &["cli", "main", "lib"],
];
/// Edges within a layer, each with its reason.
const WITHIN: [(&str, &str); 0] = [];
/// Whose tables are whose, where it is not the module of the same name.
const OWNERS: [(&str, &[&str]); 9] = [
    ("activity", &["audit"]),
    ("idempotency_keys", &["http"]),
    ("passwords", &["users"]),
    ("proven_hosts", &["domains"]),
    ("secrets", &["auth"]),
    ("sign_ins", &["users"]),
    // Seats are counters of both, taken and given back in one place.
    ("tenants", &["tenants", "seats"]),
    ("tiers", &["tiers", "seats"]),
    ("sessions", &["sessions"]),
];
const LONGEST_FILE: usize = 300;
const LONGEST_FUNCTION: usize = 40;

struct Source {
    /// Below `src/`.
    path: String,
    text: String,
}

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
    let is_feature = |at: usize| (7..11).contains(&at);
    // Routes and handlers may call any feature.
    (source.is_api() && is_feature(there)) || there < here || WITHIN.contains(&(from, to))
}

impl Source {
    /// The folder or file right below `src/`.
    fn module(&self) -> &str {
        let first = self.path.split('/').next().unwrap();
        first.strip_suffix(".rs").unwrap_or(first)
    }

    fn is_api(&self) -> bool {
        self.path
            .split('/')
            .any(|part| part == "api" || part == "api.rs")
    }

    /// Every module of the crate that the code names after `crate::`, groups included.
    fn imports(&self) -> BTreeSet<String> {
        let code: Vec<_> = code(&self.text).map(|(_, line)| line).collect();
        let code = code.join("\n");
        let mut found = BTreeSet::new();
        for rest in code.split("crate::").skip(1) {
            match rest.strip_prefix('{') {
                Some(group) => found.extend(first_words(group)),
                None => found.extend(word(rest)),
            }
        }
        found
    }
}

/// The first word of each item of a `use` group, up to its closing brace.
fn first_words(group: &str) -> Vec<String> {
    let (mut depth, mut words, mut item) = (0, Vec::new(), String::new());
    for c in group.chars() {
        match c {
            '}' if depth == 0 => break,
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => words.push(std::mem::take(&mut item)),
            _ => {}
        }
        item.push(c);
    }
    words.push(item);
    words
        .iter()
        .filter_map(|item| word(item.trim_start_matches([',', ' ', '\n'])))
        .collect()
}

fn word(text: &str) -> Option<String> {
    let word: String = text
        .chars()
        .take_while(|c| c.is_ascii_lowercase() || *c == '_')
        .collect();
    // What begins with a capital is re-exported by the crate's root, which has nothing of its own.
    (!word.is_empty()).then_some(word)
}

/// The lines that are no comments, numbered from 1.
fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines()
        .enumerate()
        .map(|(index, line)| (index + 1, line))
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
}

/// The functions of formatted code, each with its number of lines from `fn` to the brace in the same column.
fn functions(text: &str) -> Vec<(String, usize)> {
    let all: Vec<&str> = text.lines().collect();
    let mut found = Vec::new();
    for (start, line) in all.iter().enumerate() {
        let indent = line.len() - line.trim_start().len();
        let Some(name) = function_name(line.trim_start()) else {
            continue;
        };
        let end = |line: &&str| {
            line.len() > indent
                && line[..indent].trim().is_empty()
                && line[indent..].starts_with('}')
        };
        let length = all[start..].iter().position(end).map_or(1, |end| end + 1);
        found.push((name, length));
    }
    found
}

fn function_name(line: &str) -> Option<String> {
    let head = line.split('(').next()?;
    let (before, name) = head.rsplit_once("fn ")?;
    let words = [
        "pub",
        "pub(crate)",
        "pub(super)",
        "async",
        "const",
        "unsafe",
        "extern",
    ];
    let known = |word: &str| words.contains(&word) || word.starts_with("pub(in");
    let plain = before
        .split_whitespace()
        .all(|word| known(word) || word.ends_with(')'));
    (plain && line.ends_with('{') || plain && line.ends_with('(')).then(|| name.to_owned())
}

/// The tables that are inserted into, updated or deleted from.
fn tables_written(text: &str) -> BTreeSet<String> {
    let code: Vec<_> = code(text).map(|(_, line)| line).collect();
    let code = code.join("\n");
    let mut tables = BTreeSet::new();
    for call in [
        "insert_into(",
        "diesel::update(",
        "diesel::delete(",
        "replace_into(",
    ] {
        for rest in code.split(call).skip(1) {
            let named = rest
                .trim_start()
                .split("::table")
                .next()
                .unwrap_or_default();
            tables.insert(named.rsplit("::").next().unwrap_or_default().to_owned());
        }
    }
    for verb in ["INSERT INTO ", "UPDATE ", "DELETE FROM "] {
        tables.extend(code.split(verb).skip(1).filter_map(word));
    }
    // `FOR UPDATE` locks, `ON CONFLICT … DO UPDATE SET` writes what the INSERT names.
    tables.retain(|table| !["set", "of", "skip", "nowait"].contains(&table.as_str()));
    tables
        .into_iter()
        .map(|table| variable(&code, table))
        .collect()
}

/// The table behind `let rows = table.…; diesel::update(rows)`.
fn variable(code: &str, name: String) -> String {
    let simple = name.split([')', '.']).next().unwrap_or_default().to_owned();
    let defined = code.split(&format!("let {simple} = ")).nth(1);
    match defined.and_then(|rest| rest.split("::table").next()) {
        Some(table) if table.len() < 60 => table
            .trim()
            .rsplit("::")
            .next()
            .unwrap_or_default()
            .to_owned(),
        _ => simple,
    }
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    collect(&root, &mut found);
    let source = |path: PathBuf| Source {
        text: std::fs::read_to_string(&path).unwrap(),
        path: path
            .strip_prefix(&root)
            .unwrap()
            .to_str()
            .unwrap()
            .to_owned(),
    };
    let sources: Vec<_> = found.into_iter().map(source).collect();
    assert!(sources.len() > 80, "src/ was not found");
    sources
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

fn lines(all: &BTreeSet<String>) -> String {
    all.iter().map(|line| format!("  {line}\n")).collect()
}
