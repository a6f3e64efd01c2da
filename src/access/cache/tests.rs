//! Memory never answers from before a change, whatever the order of loading and changing was.

use chrono::TimeDelta;

use super::*;
use crate::access::{GateState, Tenant, UserStatus};
use crate::clock::Clock;

fn heard() -> Hearing {
    let hearing = Hearing::default();
    hearing.prove(hearing.now());
    hearing
}

fn principal(bearer: Bearer) -> Principal {
    Principal {
        tenant: Tenant {
            id: bearer.tenant,
            name: "Bright Calls".to_owned(),
            slug: "bright-calls".to_owned(),
            is_platform: false,
            suspended: false,
            gate: GateState::Open,
        },
        user_id: bearer.user,
        session_id: bearer.session,
        full_name: "Ana Silva".to_owned(),
        status: UserStatus::Active,
        must_change_password: false,
        role: "manager".to_owned(),
        is_admin: false,
        tier: "standard".to_owned(),
        features: KeySet::default(),
        permissions: KeySet::default(),
    }
}

fn somebody() -> Bearer {
    let [tenant, user, session] = [Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7()];
    Bearer {
        tenant,
        user,
        session,
    }
}

#[test]
fn a_load_that_began_before_a_change_counts_for_nothing() {
    let (ana, now) = (somebody(), Clock::default().now());
    let until = now + TimeDelta::days(1);
    let Bearer {
        tenant,
        user,
        session,
    } = ana;
    for change in [
        Change::Session { tenant, session },
        Change::User { tenant, user },
        Change::Tenant(tenant),
        Change::Hosts(tenant),
        Change::Everything,
    ] {
        let memory = Principals::new(heard());
        let before = memory.as_of();
        memory.forget(change);
        let _late = memory.keep(before, principal(ana), until);
        assert!(memory.find(ana, now).is_none(), "{change:?}");
        let _anew = memory.keep(memory.as_of(), principal(ana), until);
        assert!(memory.find(ana, now).is_some(), "{change:?}");
        memory.forget(change);
        assert!(memory.find(ana, now).is_none(), "{change:?}");
    }
}

#[test]
fn what_concerns_others_drops_nobody() {
    let (ana, bo, now) = (somebody(), somebody(), Clock::default().now());
    let memory = Principals::new(heard());
    let _known = memory.keep(memory.as_of(), principal(ana), now + TimeDelta::days(1));
    memory.forget(Change::Tenant(bo.tenant));
    memory.forget(Change::User {
        tenant: ana.tenant,
        user: bo.user,
    });
    memory.forget(Change::Session {
        tenant: ana.tenant,
        session: bo.session,
    });
    assert!(memory.find(ana, now).is_some());
    assert!(memory.of_tenant(ana.tenant).user(ana.user).is_some());
    // Nobody is known in another tenant, nor by another's session.
    assert!(memory.of_tenant(bo.tenant).user(ana.user).is_none());
    for other in [
        Bearer {
            user: bo.user,
            ..ana
        },
        Bearer {
            tenant: bo.tenant,
            ..ana
        },
        Bearer {
            session: bo.session,
            ..ana
        },
    ] {
        assert!(memory.find(other, now).is_none(), "{other:?}");
    }
}

#[test]
fn the_end_of_a_session_is_compared_with_the_time_of_the_request() {
    let (ana, now) = (somebody(), Clock::default().now());
    let memory = Principals::new(heard());
    let until = now + TimeDelta::seconds(5);
    let _known = memory.keep(memory.as_of(), principal(ana), until);
    let last = until - TimeDelta::microseconds(1);
    assert!(memory.find(ana, last).is_some());
    assert!(memory.find(ana, until).is_none());
}

#[test]
fn too_many_marks_count_as_a_change_of_everything() {
    let (ana, now) = (somebody(), Clock::default().now());
    let memory = Principals::new(heard());
    let _known = memory.keep(memory.as_of(), principal(ana), now + TimeDelta::days(1));
    for _ in 0..MARKS {
        memory.forget(Change::Tenant(Uuid::now_v7()));
    }
    assert!(memory.find(ana, now).is_some());
    memory.forget(Change::Tenant(Uuid::now_v7()));
    assert!(memory.find(ana, now).is_none());
    assert!(memory.marks.read().unwrap().last.is_empty());
}

#[test]
fn memory_answers_nothing_while_changes_are_not_heard() {
    let (ana, now) = (somebody(), Clock::default().now());
    let memory = Principals::new(Hearing::default());
    let _known = memory.keep(memory.as_of(), principal(ana), now + TimeDelta::days(1));
    let tenant = memory.of_tenant(ana.tenant);
    tenant.keep(no_facts(), Vec::new());
    assert!(memory.find(ana, now).is_none());
    assert!(tenant.user(ana.user).is_none());
    assert!(tenant.facts().is_none() && tenant.tiers().is_none());
    memory.hearing.prove(memory.hearing.now());
    assert!(memory.find(ana, now).is_some());
    assert!(tenant.facts().is_some() && tenant.tiers().is_some());
    memory.forget(Change::Tenant(ana.tenant));
    assert!(tenant.facts().is_none() && tenant.tiers().is_none());
    tenant.keep(no_facts(), Vec::new());
    assert!(tenant.facts().is_none(), "they were loaded before it");
    assert!(tenant.tiers().is_none(), "they were loaded before it");
}

fn no_facts() -> Facts {
    Facts {
        catalogue: KeySet::default(),
        roles: Vec::new(),
        claims: None,
    }
}

#[test]
fn a_seat_that_is_taken_drops_the_tiers_and_nothing_else() {
    let (ana, bo, now) = (somebody(), somebody(), Clock::default().now());
    let memory = Principals::new(heard());
    let _known = memory.keep(memory.as_of(), principal(ana), now + TimeDelta::days(1));
    let tenant = memory.of_tenant(ana.tenant);
    tenant.keep(no_facts(), Vec::new());
    memory.forget(Change::Seats(bo.tenant));
    assert!(tenant.tiers().is_some());
    memory.forget(Change::Seats(ana.tenant));
    assert!(tenant.tiers().is_none());
    assert!(tenant.facts().is_some() && memory.find(ana, now).is_some());
    let anew = memory.of_tenant(ana.tenant);
    anew.keep(no_facts(), Vec::new());
    assert!(anew.tiers().is_some());
}
