//! Letters to users. They are posted in the transaction of what they tell, so that nothing is told that did not happen
//! and nothing that happened stays untold, and go out afterwards: by the postman, on whichever instance comes first.

mod device;
mod letter;
mod link;
mod page;
mod store;
mod taken;
mod words;

pub use letter::{ChangedBy, Letter};
pub use link::{LinkSecret, Seal};
pub use taken::{Taken, Written, count_due, take_due};

use chrono::TimeDelta;
use uuid::Uuid;

use crate::clock::Time;
use crate::db::Connection;
use crate::error::{Error, Result};

/// A letter that could not be delivered is given up after so many days, or with its link.
pub const PATIENCE_DAYS: i64 = 3;
/// What has become of a letter is known for so many days.
const KEPT_DAYS: i64 = 7;

/// Whom a letter goes to.
#[derive(Clone, Debug)]
pub struct Addressee<'a> {
    /// The user; the letter is gone with them.
    pub user: Uuid,
    /// Where to; not always the address that the user has now.
    pub email: &'a str,
    /// How the letter calls them.
    pub full_name: &'a str,
}

/// Puts a letter into the outbox, in the transaction of what it tells. It goes out within a second of the commit.
///
/// # Errors
/// Where the database fails.
pub fn post(
    tx: &mut Connection,
    tenant: Uuid,
    to: &Addressee<'_>,
    letter: &Letter,
    now: Time,
) -> Result<()> {
    let facts = letter.facts();
    let patience = now + TimeDelta::days(PATIENCE_DAYS);
    let link = letter.link();
    store::insert(
        tx,
        &store::NewLetter {
            tenant_id: tenant,
            id: Uuid::now_v7(),
            user_id: to.user,
            email: to.email,
            full_name: to.full_name,
            letter: serde_json::to_value(&facts).map_err(Error::internal)?,
            link: link.map(|link| link.bytes.as_slice()),
            is_sealed: link.is_some_and(|link| link.is_sealed),
            created_at: now,
            give_up_at: facts.expires_at().map_or(patience, |end| end.min(patience)),
            next_try_at: now,
        },
    )
}

/// Removes some of the letters that ended a week ago; answers how many.
///
/// # Errors
/// Where the database fails.
pub fn forget_old(tx: &mut Connection, now: Time) -> Result<usize> {
    store::delete_ended(tx, now - TimeDelta::days(KEPT_DAYS))
}
