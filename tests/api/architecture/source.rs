//! The files of `src/`, and what can be read from them without a compiler.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// A file of the crate.
pub(super) struct Source {
    /// Below `src/`.
    pub(super) path: String,
    pub(super) text: String,
}

impl Source {
    /// The folder or file right below `src/`.
    pub(super) fn module(&self) -> &str {
        let first = self.path.split('/').next().unwrap();
        first.strip_suffix(".rs").unwrap_or(first)
    }

    pub(super) fn is_api(&self) -> bool {
        self.path
            .split('/')
            .any(|part| part == "api" || part == "api.rs")
    }

    /// Every module of the crate that the code names after `crate::`, groups included.
    pub(super) fn imports(&self) -> BTreeSet<String> {
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
pub(super) fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines()
        .enumerate()
        .map(|(index, line)| (index + 1, line))
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
}

/// The functions of formatted code, each with its number of lines from `fn` to the brace in the same column.
pub(super) fn functions(text: &str) -> Vec<(String, usize)> {
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
    (plain && line.ends_with(['{', '('])).then(|| name.to_owned())
}

/// The tables that are inserted into, updated or deleted from.
pub(super) fn tables_written(text: &str) -> BTreeSet<String> {
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
        .map(|table| variable(&code, &table))
        .collect()
}

/// The table behind `let rows = table.…; diesel::update(rows)`.
fn variable(code: &str, name: &str) -> String {
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

pub(super) fn sources() -> Vec<Source> {
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
