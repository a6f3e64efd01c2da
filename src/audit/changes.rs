//! What a write has changed, read from the entries that it cannot be committed without: so whoever adds a feature cannot
//! forget to say it. What is not known here counts as a change of the whole tenant.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::{Entries, Entry};
use crate::db::Change;

/// More changes than this are told as those of their tenants.
const MANY: usize = 50;

impl Entries {
    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What they say has changed, of what somebody may have in memory.
    #[must_use]
    pub fn changes(&self) -> Vec<Change> {
        let each: BTreeSet<Change> = self.0.iter().flat_map(changes_of).collect();
        if each.len() <= MANY {
            return each.into_iter().collect();
        }
        let wide: BTreeSet<Change> = each.into_iter().map(Change::widened).collect();
        wide.into_iter().collect()
    }
}

fn changes_of(entry: &Entry) -> Vec<Change> {
    let (tenant, id) = (entry.tenant_id, entry.target_id.parse::<Uuid>());
    let is_new = entry.action.ends_with(".created");
    match (entry.target_type, id) {
        // Who is new nobody has in memory, and nothing that is there depends on companies.
        ("company", _) => Vec::new(),
        ("session", _) if is_new => Vec::new(),
        ("user", _) if is_new => vec![Change::Seats(tenant)],
        ("user", Ok(user)) if keeps_seats(entry) => vec![Change::User { tenant, user }],
        ("user", Ok(user)) => vec![Change::User { tenant, user }, Change::Seats(tenant)],
        ("session", Ok(session)) => vec![Change::Session { tenant, session }],
        ("domain", _) => vec![Change::Hosts(tenant)],
        // The platform's own log tells of other tenants.
        ("tenant", Ok(other)) => vec![Change::Tenant(tenant), Change::Tenant(other)],
        // The catalogue is everybody's, and so are the keys.
        ("permission" | "signing_key", _) => vec![Change::Everything],
        _ => vec![Change::Tenant(tenant)],
    }
}

/// Whether nobody has taken or given back a seat: an edit does so only where it changes the tier.
fn keeps_seats(entry: &Entry) -> bool {
    entry.action == "user.updated" && entry.changes.get("tier").is_none()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::{Actor, Target};
    use crate::clock::Clock;

    fn told(action: &'static str, kind: &'static str, id: impl std::fmt::Display) -> Vec<Change> {
        let target = Target::new(kind, id, "Somebody");
        let now = Clock::default().now();
        let entry = Entry::new(Uuid::nil(), now, action, Actor::system(), target);
        Entries::from(entry).changes()
    }

    #[test]
    fn entries_tell_what_has_changed() {
        let (tenant, id) = (Uuid::nil(), Uuid::now_v7());
        let seats = Change::Seats(tenant);
        assert_eq!(told("user.created", "user", id), [seats]);
        assert!(told("session.created", "session", id).is_empty());
        assert!(told("company.deleted", "company", id).is_empty());
        let user = Change::User { tenant, user: id };
        assert_eq!(told("user.suspended", "user", id), [user, seats]);
        assert_eq!(told("user.updated", "user", id), [user]);
        let session = Change::Session {
            tenant,
            session: id,
        };
        assert_eq!(told("session.ended", "session", id), [session]);
        let hosts = [Change::Hosts(tenant)];
        assert_eq!(told("domain.verified", "domain", id), hosts);
        let both = [Change::Tenant(tenant), Change::Tenant(id)];
        assert_eq!(told("tenant.suspended", "tenant", id), both);
        assert_eq!(
            told("permission.created", "permission", "calls:export"),
            [Change::Everything]
        );
        assert_eq!(
            told("signing_key.rotated", "signing_key", "ABC"),
            [Change::Everything]
        );
        for (action, kind) in [
            ("role.updated", "role"),
            ("tier.created", "tier"),
            ("user.updated", "user"),
            ("comet.sighted", "comet"),
        ] {
            assert_eq!(
                told(action, kind, "no id"),
                [Change::Tenant(tenant)],
                "{action}"
            );
        }
    }

    #[test]
    fn an_edit_that_changes_the_tier_moves_a_seat() {
        let (tenant, user) = (Uuid::nil(), Uuid::now_v7());
        let target = Target::new("user", user, "Somebody");
        let now = Clock::default().now();
        let entry = Entry::new(tenant, now, "user.updated", Actor::system(), target);
        let moved = Entries::from(entry.with("tier", "standard", "premium"));
        let both = [Change::User { tenant, user }, Change::Seats(tenant)];
        assert_eq!(moved.changes(), both);
    }

    #[test]
    fn many_changes_are_told_as_their_tenants() {
        let target = || Target::new("user", Uuid::now_v7(), "Somebody");
        let now = Clock::default().now();
        let entry = |_| Entry::new(Uuid::nil(), now, "user.updated", Actor::system(), target());
        let few = Entries::from((0..MANY).map(entry).collect::<Vec<_>>());
        assert_eq!(few.changes().len(), MANY);
        let many = Entries::from((0..=MANY).map(entry).collect::<Vec<_>>());
        assert_eq!(many.changes(), [Change::Tenant(Uuid::nil())]);
    }
}
