//! The README: its tour runs as it stands, its answers are true, and what it says of settings and commands is so.

use std::path::Path;
use std::process::{Command, Stdio};

use roster::config::SETTINGS;
use serde_json::Value;

use crate::support::process::{Folder, PATIENCE, Running, text};

/// The line that names the service; the only one that a run changes.
const BASE_LINE: &str = "BASE=http://127.0.0.1:8080\n";
/// Stands in the output after every block.
const END_OF_BLOCK: &str = "-- end of block --";
/// The statuses that each block of the tour answers, in order.
const STATUSES: [&[u16]; 19] = [
    &[],
    &[200],
    &[200],
    &[403],
    &[201, 200],
    &[200, 200],
    &[201],
    &[200, 200, 200],
    &[403],
    &[200, 200, 200],
    &[200, 200],
    &[200],
    &[200, 403, 204, 200],
    &[200, 200, 401, 200, 204],
    &[204, 200, 200, 200],
    &[200],
    &[422],
    &[200],
    &[200],
];

/// Commands and the excerpts that the README shows of their answers.
struct Block {
    commands: String,
    answers: Vec<Value>,
}

#[test]
fn the_tour_runs_line_by_line_and_its_answers_are_true() {
    let readme = read("README.md");
    let folder = Folder::new();
    let password = between(&readme, "ROSTER_ADMIN_PASSWORD='", "' make run");
    let settings = [("ROSTER_ADMIN_PASSWORD", password)];
    let service = Running::start(&folder, &settings, PATIENCE);
    let blocks = blocks_of(&readme);
    assert_eq!(blocks.len(), STATUSES.len(), "blocks of commands");

    let output = run_in_one_shell(&folder, &script_of(&blocks, &service.base));
    let said: Vec<_> = output
        .split_terminator(&format!("{END_OF_BLOCK}\n"))
        .collect();
    assert_eq!(said.len(), blocks.len(), "{output}");
    for ((block, said), statuses) in blocks.iter().zip(said).zip(STATUSES) {
        assert_eq!(statuses_in(said), statuses, "{}\n{said}", block.commands);
        let mut lines = said.lines().filter_map(|line| line.parse::<Value>().ok());
        for answer in &block.answers {
            assert!(
                lines.any(|line| contains(&line, answer)),
                "{answer} is no excerpt of what was answered, or out of order:\n{}\n{said}",
                block.commands
            );
        }
    }
    assert!(!folder.0.join("answer.txt").exists(), "it cleans up");
}

#[test]
fn the_two_commands_stand_before_everything_else() {
    let readme = read("README.md");
    let (before, after) = readme.split_once("```sh\n").unwrap();
    assert_eq!(
        before.lines().filter(|line| line.starts_with('#')).count(),
        1
    );
    assert!(!before.contains("```"), "{before}");
    assert!(before.lines().count() <= 8, "{before}");
    let (commands, _) = after.split_once("```").unwrap();
    let commands: Vec<_> = commands
        .lines()
        .map(|line| line.split('#').next().unwrap().trim())
        .collect();
    assert_eq!(commands, ["make run", "make test"]);
}

#[test]
fn every_make_target_of_the_readme_exists() {
    let (readme, makefile) = (read("README.md"), read("Makefile"));
    let in_code = readme.split("`make ").skip(1);
    let on_lines = readme.split("\nmake ").skip(1);
    for rest in in_code.chain(on_lines) {
        let target: String = rest.chars().take_while(char::is_ascii_lowercase).collect();
        let rule = format!("\n{target}:");
        assert!(makefile.contains(&rule), "make {target}");
    }
}

#[test]
fn the_table_of_settings_is_the_code_s() {
    let mut table = "| setting | default | what it is |\n|---|---|---|\n".to_owned();
    for setting in SETTINGS {
        let (variable, default, help) = (setting.variable, setting.default, setting.help);
        table = format!("{table}| `{variable}` | {default} | {help} |\n");
    }
    let readme = read("README.md");
    let shown = between(&readme, "\n## Settings\n", "\n## ");
    let (_, shown) = shown.split_once("\n\n|").unwrap();
    assert_eq!(
        format!("|{shown}"),
        table,
        "the README has to say:\n{table}"
    );
}

fn read(name: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap()
}

#[track_caller]
fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    let (_, rest) = text.split_once(before).unwrap();
    rest.split_once(after).unwrap().0
}

/// The blocks of the tour, each with the answers that follow it.
fn blocks_of(readme: &str) -> Vec<Block> {
    let tour = between(readme, "\n## A tour\n", "\n## ");
    let mut blocks: Vec<Block> = Vec::new();
    let fenced = tour.split("```").skip(1).step_by(2);
    for (language, content) in fenced.map(|block| block.split_once('\n').unwrap()) {
        match (language, blocks.last_mut()) {
            ("bash", _) => blocks.push(Block {
                commands: content.to_owned(),
                answers: Vec::new(),
            }),
            ("json", Some(block)) => block.answers.push(content.parse().unwrap()),
            ("sh", None) => {}
            _ => panic!("a block of {language}: {content}"),
        }
    }
    blocks
}

fn script_of(blocks: &[Block], base: &str) -> String {
    let marked = |block: &Block| format!("{}echo '{END_OF_BLOCK}'\n", block.commands);
    let script: String = blocks.iter().map(marked).collect();
    assert_eq!(script.matches(BASE_LINE).count(), 1);
    script.replace(BASE_LINE, &format!("BASE={base}\n"))
}

/// What the commands print; none of them may fail.
fn run_in_one_shell(folder: &Folder, script: &str) -> String {
    let output = Command::new("bash")
        .args(["-euo", "pipefail", "-c", script])
        .current_dir(&folder.0)
        .env("no_proxy", "127.0.0.1")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = text(&output.stdout);
    assert!(
        output.status.success() && output.stderr.is_empty(),
        "{}\n{said}\n{}",
        output.status,
        text(&output.stderr)
    );
    said
}

fn statuses_in(said: &str) -> Vec<u16> {
    let statuses = said.lines().filter_map(|line| line.strip_prefix("HTTP "));
    statuses.map(|status| status.parse().unwrap()).collect()
}

/// Whether the excerpt leaves things out of the whole and changes none. Lists keep their order.
fn contains(whole: &Value, excerpt: &Value) -> bool {
    match (whole, excerpt) {
        (Value::Object(whole), Value::Object(excerpt)) => excerpt
            .iter()
            .all(|(name, value)| whole.get(name).is_some_and(|given| contains(given, value))),
        (Value::Array(whole), Value::Array(excerpt)) if !excerpt.is_empty() => {
            let mut items = whole.iter();
            excerpt
                .iter()
                .all(|value| items.any(|item| contains(item, value)))
        }
        _ => whole == excerpt,
    }
}
