//! What Postgres does for a search: its own notes about the service's statements (`auto_explain`), read from its log.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};

use crate::Result;
use crate::data::folder;
use crate::service::Running;

/// Has every statement of a connection noted, with its plan.
const OPTIONS: &str = "-c session_preload_libraries=auto_explain -c auto_explain.log_min_duration=0 \
                       -c auto_explain.log_analyze=on -c auto_explain.log_buffers=on";

/// A service whose statements are noted; it is not the one that is measured.
pub(crate) struct Explained(Running);

/// A statement and its plan.
pub(crate) struct Plan(String);

impl Explained {
    pub(crate) fn start(url: &str) -> Result<Self> {
        let options = url::form_urlencoded::byte_serialize(OPTIONS.as_bytes()).collect::<String>();
        // libpq knows no plus sign for a blank.
        let options = options.replace('+', "%20");
        Running::start(&format!("{url}&options={options}")).map(Self)
    }

    /// The plans of a search's own statements.
    pub(crate) fn plans(&self, path: &str) -> Result<Vec<Plan>> {
        let mut log = File::open(folder().join("postgres.log"))?;
        log.seek(SeekFrom::End(0))?;
        self.0.get(path)?;
        let mut bytes = Vec::new();
        log.read_to_end(&mut bytes)?;
        let text = String::from_utf8_lossy(&bytes);
        let mut notes: Vec<Plan> = Vec::new();
        for line in text.lines() {
            match (line.strip_prefix('\t'), notes.last_mut()) {
                (Some(more), Some(Plan(note))) => note.extend([more, "\n"]),
                _ => notes.push(Plan(after_mark(line))),
            }
        }
        notes.retain(|note| note.way().is_some());
        Ok(notes)
    }

    /// The ways of a search, in one word.
    pub(crate) fn ways(&self, path: &str) -> Result<String> {
        let plans = self.plans(path)?;
        let ways = plans.iter().filter_map(Plan::way);
        Ok(ways.filter(|way| way != "s").collect::<Vec<_>>().join(" "))
    }

    pub(crate) fn sign_in(&mut self) -> Result<()> {
        self.0.sign_in()
    }
}

impl Plan {
    /// `s`ample, `n`ames, `r`anked, or `w`alk and `g`ather with the number of the part; none for all other statements.
    fn way(&self) -> Option<String> {
        let Self(text) = self;
        if text.contains("count(*) AS seen") {
            return Some("s".to_owned());
        }
        if text.contains("WITH later AS MATERIALIZED") {
            return Some("n".to_owned());
        }
        if text.contains("CASE WHEN") && text.contains("AS bucket FROM users") {
            return Some("r".to_owned());
        }
        let (before, _) = text.split_once(" AS bucket FROM (SELECT")?;
        let part = before.chars().next_back()?;
        let way = if text.contains("OFFSET 0)") { 'g' } else { 'w' };
        Some(format!("{way}{part}"))
    }

    /// Everything that was noted.
    pub(crate) fn text(&self) -> &str {
        &self.0
    }
}

/// The line without time and process.
fn after_mark(line: &str) -> String {
    let text = line.split_once("LOG:  ").map_or(line, |(_, text)| text);
    format!("{text}\n")
}
