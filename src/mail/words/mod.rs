//! What letters say, in the languages that there are. Each language is a file of texts; what is common to them is here.

mod english;
mod spanish;

use super::letter::Facts;
use crate::clock::Time;

/// Whom a letter speaks to, and for which app.
pub(super) struct Reader<'a> {
    pub(super) full_name: &'a str,
    pub(super) app_name: &'a str,
    /// Where the app's people find help.
    pub(super) support: Option<&'a str>,
}

/// A letter in words, before it is laid out.
pub(super) struct Words {
    /// The language's tag.
    pub(super) language: &'static str,
    pub(super) subject: String,
    pub(super) greeting: String,
    /// What stands before the link.
    pub(super) paragraphs: Vec<String>,
    /// What the link is called, where there is one.
    pub(super) button: Option<&'static str>,
    /// What stands before the link that is written out.
    pub(super) copy: &'static str,
    /// What stands after the link.
    pub(super) closing: Vec<String>,
}

/// The words of a letter in the language of this tag (BCP 47); in English where there is none of it.
pub(super) fn choose(facts: &Facts, reader: &Reader<'_>, language: Option<&str>) -> Words {
    let primary = language.and_then(|tag| tag.split('-').next());
    match primary {
        Some(tag) if tag.eq_ignore_ascii_case("es") => spanish::words(facts, reader),
        _ => english::words(facts, reader),
    }
}

/// A time as every language can read it.
fn moment(time: &Time) -> String {
    time.format("%Y-%m-%d %H:%M UTC").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_is_that_of_the_tag_without_its_region() {
        let facts = Facts::PasswordChanged {
            by: crate::mail::ChangedBy::Owner,
        };
        let reader = Reader {
            full_name: "Ana",
            app_name: "Bright Calls",
            support: None,
        };
        for (tag, language) in [
            (Some("es"), "es"),
            (Some("es-MX"), "es"),
            (Some("ES-419"), "es"),
            (Some("en-GB"), "en"),
            (Some("est"), "en"),
            (Some("de"), "en"),
            (None, "en"),
        ] {
            assert_eq!(choose(&facts, &reader, tag).language, language, "{tag:?}");
        }
    }
}
