//! The writing side of the activity log. Every write hands over its entries, and they are recorded in its own
//! transaction: what is not logged did not happen.

mod author;
mod changes;

pub use author::Author;

use diesel::connection::SimpleConnection;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Text;
use serde::Serialize;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::clock::Time;
use crate::error::{Error, Result};
use crate::schema::activity;

/// Where a request came from.
#[derive(Clone, Debug, Default)]
pub struct Origin {
    /// The client's address.
    pub ip: Option<String>,
    /// The client's own name for itself, cut to 200 characters.
    pub user_agent: Option<String>,
    /// The request's id.
    pub request_id: Option<String>,
}

/// Who did it.
#[derive(Clone, Debug)]
pub struct Actor {
    kind: &'static str,
    id: Option<Uuid>,
    name: String,
}

impl Actor {
    /// A person, by full name.
    #[must_use]
    pub fn user(id: Uuid, full_name: &str) -> Self {
        Self {
            kind: "user",
            id: Some(id),
            name: full_name.to_owned(),
        }
    }

    /// The service itself: its first start, its watchers, its command line.
    #[must_use]
    pub fn system() -> Self {
        Self {
            kind: "system",
            id: None,
            name: "System".to_owned(),
        }
    }
}

/// What it was done to.
#[derive(Clone, Debug)]
pub struct Target {
    kind: &'static str,
    id: String,
    name: String,
}

impl Target {
    /// A thing of this kind.
    #[must_use]
    pub fn new(kind: &'static str, id: impl std::fmt::Display, name: &str) -> Self {
        Self {
            kind,
            id: id.to_string(),
            name: name.to_owned(),
        }
    }
}

/// One entry of the activity log.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = activity)]
pub struct Entry {
    tenant_id: Uuid,
    id: Uuid,
    at: Time,
    action: &'static str,
    actor_type: &'static str,
    actor_id: Option<Uuid>,
    actor_name: String,
    target_type: &'static str,
    target_id: String,
    target_name: String,
    changes: Value,
    ip: Option<String>,
    user_agent: Option<String>,
    request_id: Option<String>,
}

impl Entry {
    /// An entry without changed fields.
    #[must_use]
    pub fn new(
        tenant_id: Uuid,
        at: Time,
        action: &'static str,
        actor: Actor,
        target: Target,
    ) -> Self {
        Self {
            tenant_id,
            id: Uuid::now_v7(),
            at,
            action,
            actor_type: actor.kind,
            actor_id: actor.id,
            actor_name: actor.name,
            target_type: target.kind,
            target_id: target.id,
            target_name: target.name,
            changes: json!({}),
            ip: None,
            user_agent: None,
            request_id: None,
        }
    }

    /// The same entry in the log of the tenant that it is about: by the platform, whose people are nobody's business
    /// there.
    #[must_use]
    pub fn of_tenant(mut self, tenant_id: Uuid) -> Self {
        self.tenant_id = tenant_id;
        self.id = Uuid::now_v7();
        self.actor_type = "system";
        self.actor_id = None;
        "Platform".clone_into(&mut self.actor_name);
        self.ip = None;
        self.user_agent = None;
        self
    }

    /// Says which request it came from.
    #[must_use]
    pub fn from(mut self, origin: &Origin) -> Self {
        self.ip.clone_from(&origin.ip);
        self.user_agent.clone_from(&origin.user_agent);
        self.request_id.clone_from(&origin.request_id);
        self
    }

    /// Says what changed, as the API shows it; what did not change is left out.
    ///
    /// # Errors
    /// Where a value cannot be serialised, which a resource always can.
    pub fn changed<T: Serialize>(mut self, before: Option<&T>, after: Option<&T>) -> Result<Self> {
        let (before, after) = (fields(before)?, fields(after)?);
        let mut changes = Map::new();
        for name in before.keys().chain(after.keys()) {
            let (from, to) = (before.get(name), after.get(name));
            if from != to && !UNREMARKABLE.contains(&name.as_str()) {
                changes.insert(name.clone(), json!({ "from": from, "to": to }));
            }
        }
        self.changes = Value::Object(changes);
        Ok(self)
    }

    /// Adds one remark beside the changed fields.
    #[must_use]
    pub fn with(mut self, name: &str, from: impl Into<Value>, to: impl Into<Value>) -> Self {
        if let Value::Object(changes) = &mut self.changes {
            changes.insert(
                name.to_owned(),
                json!({ "from": from.into(), "to": to.into() }),
            );
        }
        self
    }
}

/// Fields that move with every change, or with others' changes, and tell nothing; and what a domain's proof has to
/// say, which is not for everybody who reads the log.
const UNREMARKABLE: [&str; 8] = [
    "id",
    "created_at",
    "updated_at",
    "last_login_at",
    "user_count",
    "seats_used",
    "over_limit",
    "verification",
];

fn fields<T: Serialize>(value: Option<&T>) -> Result<Map<String, Value>> {
    match serde_json::to_value(value).map_err(Error::internal)? {
        Value::Object(fields) => Ok(fields
            .into_iter()
            .filter(|(_, value)| !value.is_null())
            .collect()),
        _ => Ok(Map::new()),
    }
}

/// What a write did; it cannot be committed without saying.
#[derive(Debug)]
#[must_use]
pub struct Entries(Vec<Entry>);

impl Entries {
    /// Nothing changed, for the reason given.
    pub fn none(_reason: &'static str) -> Self {
        Self(Vec::new())
    }

    /// These and those.
    pub fn join(mut self, others: Self) -> Self {
        self.0.extend(others.0);
        self
    }

    /// One more entry.
    pub fn and(mut self, entry: Entry) -> Self {
        self.0.push(entry);
        self
    }
}

impl From<Entry> for Entries {
    fn from(entry: Entry) -> Self {
        Self(vec![entry])
    }
}

impl From<Vec<Entry>> for Entries {
    fn from(entries: Vec<Entry>) -> Self {
        Self(entries)
    }
}

/// What the log calls somebody who was erased.
pub const ERASED: &str = "Erased user";

/// Makes the log forget a person: name, address and what was changed about them. That something was done, by
/// and to whom by id, stays.
///
/// # Errors
/// Where the database refuses.
pub fn anonymise(tx: &mut PgConnection, tenant: Uuid, user: Uuid) -> Result<()> {
    // Somebody who did much for years has many entries; the log is never left half forgotten.
    tx.batch_execute("SET LOCAL roster.purging = 'on'; SET LOCAL statement_timeout = 0")?;
    let of_tenant = activity::tenant_id.eq(tenant);
    diesel::update(
        activity::table
            .filter(of_tenant)
            .filter(activity::actor_id.eq(user)),
    )
    .set((
        activity::actor_name.eq(ERASED),
        activity::target_name.eq(sql::<Text>(
            "CASE WHEN target_type = 'session' THEN 'Erased user' ELSE target_name END",
        )),
        activity::ip.eq(None::<String>),
        activity::user_agent.eq(None::<String>),
    ))
    .execute(tx)?;
    let about = activity::target_type
        .eq("user")
        .and(activity::target_id.eq(user.to_string()));
    diesel::update(activity::table.filter(of_tenant).filter(about))
        .set((
            activity::target_name.eq(ERASED),
            activity::changes.eq(json!({})),
        ))
        .execute(tx)?;
    tx.batch_execute("SET LOCAL roster.purging = 'off'")?;
    Ok(())
}

/// Writes the entries, in the transaction of what they tell.
///
/// # Errors
/// Where the database refuses.
pub fn record(tx: &mut PgConnection, entries: &Entries) -> Result<()> {
    // Postgres takes 65,535 values a statement.
    for some in entries.0.chunks(1_000) {
        diesel::insert_into(activity::table)
            .values(some)
            .execute(tx)?;
    }
    Ok(())
}
