//! Whether a new password is easy to guess: common, a repetition, or built from what others know of the person (NIST
//! SP 800-63B-4, 3.1.1.2). There are no rules about kinds of characters; only what guessers try first is refused.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use zxcvbn::{Score, zxcvbn};

use super::commonest::{PASSWORDS, WORDS};
use crate::error::Refused;

/// How many characters the estimate looks at. Its time grows faster than the text's length, and what is weak shows in
/// so many.
const LOOKED_AT: usize = 64;
/// Shorter pieces of names stand in too many other words.
const SHORTEST_WORD: usize = 3;
/// Nobody has more names; a tenant's domains are what there can be many of.
const MOST_WORDS: usize = 200;

/// What others know of a person: no password may be built from these words.
#[derive(Clone, Debug, Default)]
pub struct KnownWords(Vec<String>);

impl KnownWords {
    /// The words of these texts: names, addresses, host names.
    #[must_use]
    pub fn of<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        Self::default().and(texts)
    }

    /// These words, and those of more texts.
    #[must_use]
    pub fn and<'a>(mut self, texts: impl IntoIterator<Item = &'a str>) -> Self {
        texts.into_iter().for_each(|text| self.add(text));
        self
    }

    /// Every word of the text, and all of them written together.
    fn add(&mut self, text: &str) {
        let folded = latin(text).to_ascii_lowercase();
        let mut words: Vec<&str> = folded.split(is_separator).collect();
        let whole = words.concat();
        words.push(&whole);
        for word in words {
            if word.len() >= SHORTEST_WORD && self.0.len() < MOST_WORDS {
                self.0.push(word.to_owned());
                self.0.push(word.chars().rev().collect());
            }
        }
    }
}

/// Refuses what is easy to guess.
pub(super) fn judge(password: &str, known: &KnownWords) -> Result<(), Refused> {
    let typed = latin(password);
    let folded = typed.to_ascii_lowercase();
    let squeezed = folded.replace(is_separator, "");
    let is_listed = PASSWORDS.contains(&squeezed.as_str());
    if is_listed || is_repetition(password) || strength(&typed) < Score::Three {
        return Err(common());
    }
    if is_built_from(&folded, WORDS.iter().copied()) {
        return Err(common());
    }
    let all = known.0.iter().map(String::as_str);
    if is_built_from(&folded, all.chain(WORDS.iter().copied())) {
        return Err(Refused::new(
            "password_too_personal",
            "is easy to guess: it is built from the person's name, e-mail, company, tenant or domain; take a sentence of \
             a few words that have nothing to do with them",
        ));
    }
    Ok(())
}

fn common() -> Refused {
    Refused::new(
        "password_too_common",
        "is easy to guess: it is a common password, or made of common words, a repetition or a run of keys; take a \
         sentence of a few words that do not belong together",
    )
}

fn is_separator(c: char) -> bool {
    !c.is_ascii_alphanumeric()
}

/// The text in ASCII: accents fall away, and each letter of another script becomes a letter that stands for it, the
/// same every time and neighbours in order, so that repetitions and runs stay what they are.
fn latin(text: &str) -> String {
    text.nfkd()
        .filter(|c| !is_combining_mark(*c))
        .map(|c| if c.is_ascii() { c } else { stand_in(c) })
        .collect()
}

fn stand_in(c: char) -> char {
    let lower = c.to_lowercase().next().unwrap_or(c);
    let place = u8::try_from(u32::from(lower) % 26).unwrap_or_default();
    char::from(b'a' + place)
}

/// How hard the text is to guess.
fn strength(text: &str) -> Score {
    let start: String = text.chars().take(LOOKED_AT).collect();
    if start.is_empty() {
        return Score::Zero;
    }
    zxcvbn(&start, &[]).score()
}

/// Whether it is something shorter, twice or more, the last time perhaps not to its end.
fn is_repetition(text: &str) -> bool {
    let letters: Vec<char> = text.to_lowercase().chars().collect();
    (1..=letters.len() / 2).any(|period| {
        let shifted = letters.iter().skip(period);
        letters.iter().zip(shifted).all(|(one, other)| one == other)
    })
}

/// Whether nothing worth guessing is left without these words, which somebody may have spelled with digits.
fn is_built_from<'a>(folded: &str, words: impl Iterator<Item = &'a str>) -> bool {
    let spellings = [folded.to_owned(), unleet(folded, 'i'), unleet(folded, 'l')];
    let mut covered = vec![false; folded.len()];
    for word in words {
        for (start, found) in spellings.iter().flat_map(|text| text.match_indices(word)) {
            let letters = covered.iter_mut().skip(start).take(found.len());
            letters.for_each(|letter| *letter = true);
        }
    }
    covered.contains(&true) && strength(&uncovered(folded, &covered)) < Score::Two
}

/// What is left between the words, without the signs that joined it to them.
fn uncovered(folded: &str, covered: &[bool]) -> String {
    let mut pieces = vec![String::new()];
    for (letter, covered) in folded.chars().zip(covered) {
        if *covered {
            pieces.push(String::new());
        } else if let Some(piece) = pieces.last_mut() {
            piece.push(letter);
        }
    }
    let pieces = pieces.iter().map(|piece| piece.trim_matches(is_separator));
    pieces.collect()
}

/// The text with letters where digits and signs stand for them; `1` is an `i` or an `l`.
fn unleet(text: &str, one: char) -> String {
    let letter = |c| match c {
        '0' => 'o',
        '1' | '!' | '|' => one,
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' | '+' => 't',
        '8' => 'b',
        other => other,
    };
    text.chars().map(letter).collect()
}
