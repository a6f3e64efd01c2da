//! The conditions of a search, in the words that its indexes know.

use super::sql::{Bind, Sql};
use super::statement::{Part, Statement};

/// Whether a word is found anywhere. One and two letters are found where a word starts, which is where the trigram index
/// knows them; in scripts that put no blanks between words (from U+2E80 on) they are words of their own.
pub(super) fn is_found_inside(word: &str) -> bool {
    let is_word_start = |letter: char| letter.is_alphanumeric() && letter < '\u{2e80}';
    word.chars().count() > 2 || !word.starts_with(is_word_start)
}

/// The signs that few names and addresses have.
const SIGNS: [char; 6] = ['-', '%', '_', '+', '\'', '\\'];
/// Who has one: the condition of the index `users_with_signs`, in its words.
const HAS_SIGN: &str = r"users.search ~ '[-%_+''\\]'";
/// The name's words after the first, each with a blank before it: what `users_by_later_names` knows, in its words.
const LATER_NAMES: &str = "substring(users.search from '^ [^ ]*( .* )')";
/// Whose name is a single word: the condition of the index `users_by_only_name`, in its words.
const ONLY_NAME: &str = " AND users.search NOT LIKE ' % % %'";

/// Whether a word has a sign that few have, and nowhere three letters in a row.
fn is_made_of_signs(word: &str) -> bool {
    let is_short = |run: &str| run.chars().count() < 3;
    word.contains(SIGNS)
        && word
            .split(|letter: char| !letter.is_alphanumeric())
            .all(is_short)
}

/// What stands before the @ of an address, where that is enough to find it by: the domain's trigrams are
/// everybody's, and looking at them costs more than looking at who is left.
fn distinct_part(word: &str) -> Option<&str> {
    let (local, domain) = word.split_once('@')?;
    let is_known = |run: &str| run.chars().count() > 2;
    let mut runs = local.split(|letter: char| !letter.is_alphanumeric());
    (!domain.is_empty() && runs.any(is_known)).then_some(local)
}

impl Statement<'_> {
    /// The condition of a part.
    pub(super) fn part(&self, sql: &mut Sql, part: Part) -> String {
        match part {
            Part::Any => self.any(sql),
            Part::Exact => self.exact(sql),
            Part::Named => format!("{} AND NOT ({})", self.named(sql), self.exact(sql)),
            Part::Addressed => format!(
                "{} AND NOT ({}) AND NOT ({})",
                self.starting(sql),
                self.named(sql),
                self.exact(sql)
            ),
            Part::Rest => format!(
                "{} AND NOT ({}) AND NOT ({})",
                self.any(sql),
                self.starting(sql),
                self.exact(sql)
            ),
        }
    }

    /// Every word is there: short ones where a word starts, others anywhere.
    pub(super) fn any(&self, sql: &mut Sql) -> String {
        let mut all: Vec<String> = Vec::new();
        for word in self.list.search.words() {
            let blank = if is_found_inside(&word) { "" } else { " " };
            let distinct = distinct_part(&word).map(str::to_owned);
            // What the trigram index has next to nothing of, or too much, is not asked of it.
            let column = if is_made_of_signs(&word) || distinct.is_some() {
                "(users.search || '')"
            } else {
                "users.search"
            };
            let like = |sql: &mut Sql, column: &str, word: String| {
                let word = sql.bind(Bind::Text(word));
                format!("{column} LIKE '%{blank}' || like_literal({word}) || '%'")
            };
            all.extend(distinct.map(|distinct| like(sql, "users.search", distinct)));
            all.push(like(sql, column, word));
        }
        if self.list.search.words().any(|word| word.contains(SIGNS)) {
            all.push(HAS_SIGN.to_owned());
        }
        all.join(" AND ")
    }

    /// Every word starts one of the name's or the address.
    pub(super) fn starting(&self, sql: &mut Sql) -> String {
        self.each_start(sql, "% ", "%")
    }

    /// Every word starts one of the name's: what comes after it still has the blank before the address.
    pub(super) fn named(&self, sql: &mut Sql) -> String {
        self.each_start(sql, "% ", "% %")
    }

    /// Every word starts the name.
    pub(super) fn first(&self, sql: &mut Sql) -> String {
        self.each_start(sql, " ", "% %")
    }

    /// Every word starts one of the name's after its first: through an index of them alone.
    pub(super) fn later(&self, sql: &mut Sql) -> String {
        self.each(sql, LATER_NAMES, "% ", "%")
    }

    /// What no word can start with starts none: all ways to a page agree on who is in which part.
    fn each_start(&self, sql: &mut Sql, before: &str, after: &str) -> String {
        if !self.can_start() {
            return "false".to_owned();
        }
        self.each(sql, "users.search", before, after)
    }

    fn each(&self, sql: &mut Sql, column: &str, before: &str, after: &str) -> String {
        let word = |word: String| {
            let word = sql.bind(Bind::Text(word));
            format!("{column} LIKE '{before}' || like_literal({word}) || '{after}'")
        };
        let all: Vec<String> = self.list.search.words().map(word).collect();
        all.join(" AND ")
    }

    /// What was typed is the whole name or the whole address: in the search text, all but the last word or the last
    /// word alone.
    pub(super) fn exact(&self, sql: &mut Sql) -> String {
        let typed = sql.bind(Bind::Text(self.typed()));
        format!(
            "(left(users.search, length(users.search) - strpos(reverse(users.search), ' ')) = ' ' || search_fold({typed}) \
             OR right(users.search, strpos(reverse(users.search), ' ') - 1) = search_fold({typed}))"
        )
    }

    /// Those who could be exact: a range of the index by name, of the one of single names for one word, and a place in
    /// the one by address.
    pub(super) fn exact_candidates(&self, sql: &mut Sql) -> String {
        let typed = self.typed();
        let name = sql.bind(Bind::Text(typed.clone()));
        let only = if self.is_one_word() { ONLY_NAME } else { "" };
        let name = format!("users.search LIKE ' ' || like_literal({name}) || ' %'{only}");
        // The key has the domain in its ASCII form; what stands before the @ is the same in both.
        match typed.split_once('@') {
            Some((local, _)) => {
                let local = sql.bind(Bind::Text(local.to_owned()));
                format!("({name} OR users.email_key LIKE like_literal({local}) || '@%')")
            }
            None => format!("({name})"),
        }
    }

    /// Those whose address could start with what was typed: a range of the index by address for one word. What stands
    /// before the @ is ASCII, so its key is what the search text has.
    pub(super) fn addressed_candidates(&self, sql: &mut Sql) -> String {
        if !self.is_one_word() {
            return self.starting(sql);
        }
        let typed = self.typed();
        let local = typed.split('@').next().unwrap_or_default();
        let local = sql.bind(Bind::Text(local.to_owned()));
        format!("users.email_key LIKE like_literal({local}) || '%'")
    }

    /// Whether a single word was typed.
    pub(super) fn is_one_word(&self) -> bool {
        self.list.search.words().count() == 1
    }

    /// Whether a word could start with what was typed: a word starts with a letter or digit.
    pub(super) fn can_start(&self) -> bool {
        self.list
            .search
            .words()
            .all(|word| word.starts_with(char::is_alphanumeric))
    }

    /// Whether what was typed is found inside words too.
    pub(super) fn can_be_inside(&self) -> bool {
        self.list.search.words().any(|word| is_found_inside(&word))
    }

    fn typed(&self) -> String {
        self.list.search.words().collect::<Vec<_>>().join(" ")
    }
}
