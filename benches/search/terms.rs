//! What is searched for: the commonest and the rarest fragments, found in the data itself.

use std::collections::HashMap;

use diesel::prelude::*;

use crate::Result;
use crate::data::texts;

/// How many users are looked at.
const SAMPLE: usize = 20_000;
/// How many terms of each group.
const TERMS: usize = 50;
/// How many characters a fragment has, besides whole words.
const LENGTHS: std::ops::RangeInclusive<usize> = 2..=6;

/// Fragments of one length, or whole words, and how many of the sample have them.
type Kind = Vec<(String, u32)>;

/// The two groups.
pub(crate) struct Terms {
    pub(crate) common: Vec<String>,
    pub(crate) rare: Vec<String>,
}

/// Finds them in a database.
pub(crate) fn find(url: &str) -> Result<Terms> {
    let mut conn = PgConnection::establish(url)?;
    let query = format!(
        "SELECT search AS name FROM users ORDER BY hashtextextended(id::text, 0) LIMIT {SAMPLE}"
    );
    let sample = texts(&mut conn, &query)?;
    let mut kinds: Vec<Kind> = LENGTHS.map(|length| count(&sample, Some(length))).collect();
    kinds.push(count(&sample, None));
    for kind in &mut kinds {
        kind.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    }
    let common = pick(&kinds);
    for kind in &mut kinds {
        kind.sort_by_cached_key(|(text, times)| (*times, roster::secret::sha256(text.as_bytes())));
    }
    let rare = pick(&kinds);
    Ok(Terms { common, rare })
}

/// How many texts have each fragment of a length, or each word; two letters count where a word starts.
fn count(sample: &[String], length: Option<usize>) -> Kind {
    let mut counts: HashMap<&str, (u32, usize)> = HashMap::new();
    for (row, text) in sample.iter().enumerate() {
        for word in text.split(' ') {
            for fragment in fragments(word, length) {
                let (times, last) = counts.entry(fragment).or_insert((0, usize::MAX));
                if *last != row {
                    (*times, *last) = (*times + 1, row);
                }
            }
        }
    }
    let owned = |(text, (times, _)): (&str, (u32, usize))| (text.to_owned(), times);
    counts.into_iter().map(owned).collect()
}

fn fragments(word: &str, length: Option<usize>) -> Vec<&str> {
    let Some(length) = length else {
        let is_name = !word.is_empty() && !word.contains('@');
        return is_name.then_some(word).into_iter().collect();
    };
    let starts = word.char_indices().map(|(at, _)| at);
    let all = starts.filter_map(|at| {
        let rest = word.get(at..)?;
        let mut end = rest.char_indices().map(|(end, _)| end).chain([rest.len()]);
        rest.get(..end.nth(length)?)
    });
    all.take(if length < 3 { 1 } else { usize::MAX }).collect()
}

/// The first of each kind in turn, without those that find the same users as one before.
fn pick(kinds: &[Kind]) -> Vec<String> {
    let mut chosen: Vec<(String, u32)> = Vec::new();
    let mut kinds: Vec<_> = kinds.iter().map(|kind| kind.iter()).collect();
    while chosen.len() < TERMS {
        let before = chosen.len();
        for kind in &mut kinds {
            let next = kind.find(|next| !chosen.iter().any(|other| is_same(next, other)));
            chosen.extend(next.cloned());
        }
        if chosen.len() == before {
            break;
        }
    }
    chosen.truncate(TERMS);
    chosen.into_iter().map(|(text, _)| text).collect()
}

fn is_same((a, a_times): &(String, u32), (b, b_times): &(String, u32)) -> bool {
    let close = a_times.abs_diff(*b_times) * 50 <= *a_times.max(b_times);
    close && (a.contains(b.as_str()) || b.contains(a.as_str()))
}
