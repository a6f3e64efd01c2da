//! A limit that was lowered below what is used: who is in stays, nobody gets in, and the way out is open.

use serde_json::json;

use super::{counters_are_right, limit, of_tier, suspension, user};
use crate::support::{Response, Tenant, TestApp, new_user};

/// Three people of the tier `small`, which then gets one seat; and one of `standard`.
fn start() -> (TestApp, Tenant, [String; 3], String) {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    tenant.add_tier("small", None);
    let add = |email: &str, tier: &str| {
        let made = tenant.admin.post("/v1/users", &of_tier(email, tier));
        made.expect(201).id()
    };
    let inside = ["a@x.example", "b@x.example", "c@x.example"].map(|email| add(email, "small"));
    let outside = add("d@x.example", "standard");
    let lowered = set_limit(&tenant, 1);
    assert_eq!(lowered.body["over_limit"], true, "{}", lowered.text);
    (app, tenant, inside, outside)
}

fn set_limit(tenant: &Tenant, seats: u32) -> Response {
    let body = json!({ "seat_limit": seats });
    tenant.admin.patch("/v1/tiers/small", &body).expect(200)
}

/// Seats used of the tier `small`, and whether it says that these are too many.
fn state(tenant: &Tenant) -> (i64, bool) {
    let tier = tenant.admin.get("/v1/tiers/small").expect(200);
    let list = tenant.admin.get("/v1/tiers?q=small").expect(200);
    assert_eq!(list.body["data"][0], tier.body, "a list says the same");
    let used = tier.body["seats_used"].as_i64().unwrap();
    (used, tier.body["over_limit"].as_bool().unwrap())
}

#[test]
fn every_way_into_a_tier_over_its_limit_is_closed_and_everybody_in_it_stays() {
    let (app, tenant, inside, outside) = start();
    let full = |answer: Response| answer.expect_problem(409, "seat_limit_reached");
    full(
        tenant
            .admin
            .post("/v1/users", &of_tier("e@x.example", "small")),
    );
    let small = json!({ "tier": "small" });
    full(tenant.admin.patch(&user(&outside), &small));
    tenant.add_tier("other", None);
    let other = json!({ "tier": "other" });
    tenant.admin.patch(&user(&outside), &other).expect(200);
    full(tenant.admin.delete("/v1/tiers/other?reassign_to=small"));
    for id in &inside {
        let there = tenant.admin.get(&user(id)).expect(200);
        assert_eq!(there.body["status"], "active");
        assert_eq!(there.body["tier"], "small");
        let renamed = json!({ "full_name": "Still Here", "tier": "small" });
        tenant.admin.patch(&user(id), &renamed).expect(200);
    }
    // Giving a seat up is not taking it back.
    tenant
        .admin
        .put(&suspension(&inside[0]), &json!({}))
        .expect(200);
    full(tenant.admin.delete(&suspension(&inside[0])));
    tenant.admin.delete(&user(&inside[1])).expect(204);
    let restoration = format!("{}/restoration", user(&inside[1]));
    full(tenant.admin.post(&restoration, &json!({})));
    assert_eq!(state(&tenant), (1, false));
    counters_are_right(&app);
}

#[test]
fn moving_people_off_a_tier_over_its_limit_is_never_refused() {
    let (app, tenant, inside, _) = start();
    // Nor by the tenant's own limit, which is lowered too.
    limit(&app, &tenant, Some(2)).expect(200);
    let standard = json!({ "tier": "standard" });
    for (left, id) in [(2, &inside[0]), (1, &inside[1])] {
        tenant.admin.patch(&user(id), &standard).expect(200);
        assert_eq!(state(&tenant), (left, left > 1));
    }
    set_limit(&tenant, 0);
    let path = "/v1/tiers/small?reassign_to=standard";
    tenant.admin.delete(path).expect(204);
    let moved = tenant.admin.get(&user(&inside[2])).expect(200);
    assert_eq!(moved.body["tier"], "standard");
    let mut demoted = new_user("x@x.example", "X", "user");
    demoted["tier"] = json!("standard");
    let refused = tenant.admin.post("/v1/users", &demoted);
    refused.expect_problem(409, "seat_limit_reached");
    counters_are_right(&app);
}

#[test]
fn a_raised_limit_opens_the_tier_again() {
    let (_app, tenant, _, outside) = start();
    assert_eq!(state(&tenant), (3, true));
    set_limit(&tenant, 3);
    assert_eq!(state(&tenant), (3, false));
    let small = json!({ "tier": "small" });
    let refused = tenant.admin.patch(&user(&outside), &small);
    refused.expect_problem(409, "seat_limit_reached");
    set_limit(&tenant, 4);
    tenant.admin.patch(&user(&outside), &small).expect(200);
    assert_eq!(state(&tenant), (4, false));
}
