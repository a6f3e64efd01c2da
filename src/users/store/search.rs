//! Searching users. Without a named order the best come first: whose name or e-mail is exactly what was typed,
//! then whose name has words that start with it, then whose address does, then the rest, each part by name.
//!
//! Whose first name starts with what was typed lie side by side in the order by name, and are read there. To all others
//! two ways lead. Where many users match, the list is walked in its order and stops when the page is
//! full; where few match, the trigram index finds them all and they are sorted. A sample of the newest users tells
//! which it is, and a walk that takes longer than the sample promised is given up for the other way.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, Text, Uuid as SqlUuid};
use uuid::Uuid;

use super::statement::{Part, Statement, by_name};
use crate::db::{Key, Sort};
use crate::error::Result;
use crate::http::Window;
use crate::users::ListUsers;

/// How many of the newest users are looked at to guess how many match.
const SAMPLE: i64 = 1_000;
/// Index entries that a walk may read for every row that gathering would have to fetch: about half of what gathering
/// costs, so that a walk that fails is never the larger part.
const WALK_PER_ROW: i64 = 9;
/// Index entries that a walk reads at most.
const LONGEST_WALK: i64 = 300_000;

/// A user that was found: where it stands in the list.
#[derive(QueryableByName)]
pub(super) struct Found {
    #[diesel(sql_type = SqlUuid)]
    pub(super) id: Uuid,
    #[diesel(sql_type = Text)]
    pub(super) value: String,
    #[diesel(sql_type = Integer)]
    pub(super) bucket: i32,
}

/// One of those whose name was found, and of how many the statement knew who are found by a later name.
#[derive(QueryableByName)]
struct Named {
    #[diesel(embed)]
    found: Found,
    #[diesel(sql_type = BigInt)]
    later: i64,
}

#[derive(QueryableByName)]
struct Sampled {
    #[diesel(sql_type = BigInt)]
    seen: i64,
    #[diesel(sql_type = BigInt)]
    any: i64,
    #[diesel(sql_type = BigInt)]
    starting: i64,
    #[diesel(sql_type = BigInt)]
    named: i64,
    #[diesel(sql_type = BigInt)]
    later: i64,
    /// About how many users there are.
    #[diesel(sql_type = BigInt)]
    users: i64,
}

impl Sampled {
    fn of(&self, part: Part) -> i64 {
        match part {
            Part::Any => self.any,
            Part::Exact => 0,
            Part::Named => self.named,
            Part::Addressed => self.starting - self.named,
            Part::Rest => self.any - self.starting,
        }
    }
}

/// One page of what matches.
pub(super) fn find(
    conn: &mut PgConnection,
    tenant: Uuid,
    list: &ListUsers,
    window: &Window,
) -> Result<Vec<Found>> {
    let statement = Statement::new(tenant, list);
    let sampled: Sampled = statement.sample(SAMPLE).query().get_result(conn)?;
    let search = Searcher {
        conn,
        statement,
        sampled,
        last: window.last().cloned(),
        need: window.fetch(),
    };
    if window.is_sorted() {
        search.in_order(window.sort())
    } else {
        search.best_first(by_name())
    }
}

struct Searcher<'a> {
    conn: &'a mut PgConnection,
    statement: Statement<'a>,
    sampled: Sampled,
    last: Option<Key>,
    need: i64,
}

impl Searcher<'_> {
    /// All matches in the order that was asked for.
    fn in_order(mut self, sort: Sort) -> Result<Vec<Found>> {
        let last = self.last.clone();
        self.part(Part::Any, sort, last.as_ref(), self.need)
    }

    fn best_first(mut self, sort: Sort) -> Result<Vec<Found>> {
        let last = self.last.clone();
        let first = last.as_ref().map_or(0, |key| key.bucket);
        let mut found = Vec::new();
        let mut parts: &[Part] = &[Part::Exact, Part::Named, Part::Addressed, Part::Rest];
        if self.statement.is_one_word() && self.statement.can_start() {
            if first <= Part::Named.bucket() {
                found = self.names(last.as_ref())?;
            }
            parts = &[Part::Addressed, Part::Rest];
        }
        for part in parts.iter().copied() {
            let still = self.need - i64::try_from(found.len()).unwrap_or(self.need);
            if part.bucket() < first || still <= 0 || !self.can_have(part) {
                continue;
            }
            let after = last.as_ref().filter(|key| key.bucket >= part.bucket());
            let is_rare = self.walk_length(self.sampled.any, self.need).is_none();
            if is_rare && self.statement.can_be_inside() {
                let ranked = self.statement.ranked(part, sort, after, still);
                found.extend(ranked.query().load::<Found>(self.conn)?);
                return Ok(found);
            }
            let after = after.filter(|key| key.bucket == part.bucket());
            found.extend(self.part(part, sort, after, still)?);
        }
        Ok(found)
    }

    /// Whether there can be anybody in a part.
    fn can_have(&self, part: Part) -> bool {
        match part {
            Part::Any | Part::Exact => true,
            Part::Named | Part::Addressed => self.statement.can_start(),
            Part::Rest => self.statement.can_be_inside(),
        }
    }

    /// The exact ones and those with a name that starts with the one word that was typed.
    fn names(&mut self, after: Option<&Key>) -> Result<Vec<Found>> {
        let length = self.walk_length(self.sampled.later, self.need);
        let mut named = self.named_first(after, length)?;
        let later = named.first().map_or(0, |named| named.later);
        if length.is_some() && later < self.need {
            named = self.named_first(after, None)?;
        }
        Ok(named.into_iter().map(|named| named.found).collect())
    }

    fn named_first(&mut self, after: Option<&Key>, length: Option<i64>) -> Result<Vec<Named>> {
        let statement = self.statement.named_first(after, self.need, length);
        Ok(statement.query().load(self.conn)?)
    }

    /// The next `need` of one part.
    fn part(
        &mut self,
        part: Part,
        sort: Sort,
        after: Option<&Key>,
        need: i64,
    ) -> Result<Vec<Found>> {
        if let Some(length) = self.walk_length(self.sampled.of(part), need) {
            let walked: Vec<Found> = self
                .statement
                .walk(part, sort, after, need, length)
                .query()
                .load(self.conn)?;
            if i64::try_from(walked.len()).unwrap_or(need) >= need {
                return Ok(walked);
            }
        }
        Ok(self
            .statement
            .gather(part, sort, after, need)
            .query()
            .load(self.conn)?)
    }

    /// How far to walk for `need` rows of which the sample had `matching`; none where gathering is better.
    fn walk_length(&self, matching: i64, need: i64) -> Option<i64> {
        // Too few in the sample say nothing; a list that fits into the sample is gathered at once.
        if matching < 2 || self.sampled.seen < SAMPLE {
            return None;
        }
        let promised = need * SAMPLE / matching;
        let to_gather = self.sampled.users * matching / SAMPLE;
        let length = (to_gather * WALK_PER_ROW).min(LONGEST_WALK);
        (promised <= length).then_some(length)
    }
}
