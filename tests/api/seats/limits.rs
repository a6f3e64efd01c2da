//! Every path against the limit, one after the other.

use serde_json::json;

use super::{counters_are_right, limit, of_tier, suspension, user};
use crate::support::{Response, TestApp, new_user};

#[test]
fn a_tiers_limit_holds_on_every_path() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    tenant.add_tier("small", Some(1));
    let add = |email: &str, tier: &str| tenant.admin.post("/v1/users", &of_tier(email, tier));
    let holder = add("holder@x.example", "small").expect(201).id();
    let full = |answer: Response| {
        let answer = answer.expect_problem(409, "seat_limit_reached");
        assert!(
            answer.text_of("/detail").contains("the tier has 1 seats"),
            "{}",
            answer.text
        );
    };
    full(add("second@x.example", "small"));
    let other = add("second@x.example", "standard").expect(201).id();
    full(
        tenant
            .admin
            .patch(&user(&other), &json!({ "tier": "small" })),
    );

    tenant
        .admin
        .put(&suspension(&holder), &json!({}))
        .expect(200);
    tenant
        .admin
        .patch(&user(&other), &json!({ "tier": "small" }))
        .expect(200);
    full(tenant.admin.delete(&suspension(&holder)));
    tenant.admin.delete(&user(&holder)).expect(204);
    full(add("third@x.example", "small"));
    tenant.admin.delete(&user(&other)).expect(204);
    let third = add("third@x.example", "small").expect(201).id();
    full(
        tenant
            .admin
            .post(&format!("{}/restoration", user(&other)), &json!({})),
    );
    tenant
        .admin
        .delete(&format!("{}?purge=true", user(&third)))
        .expect(204);
    tenant
        .admin
        .post(&format!("{}/restoration", user(&other)), &json!({}))
        .expect(200);
    counters_are_right(&app);
}

#[test]
fn a_tenants_limit_holds_on_every_path() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    tenant.add_tier("premium", None);
    let holder = tenant.add("holder@x.example", "Holder", "user");
    limit(&app, &tenant, Some(2)).expect(200);
    let full = |answer: Response| {
        let answer = answer.expect_problem(409, "seat_limit_reached");
        assert!(
            answer.text_of("/detail").contains("the tenant has 2 seats"),
            "{}",
            answer.text
        );
    };
    let add = |email: &str| {
        tenant
            .admin
            .post("/v1/users", &new_user(email, "X", "user"))
    };
    full(add("second@x.example"));
    tenant
        .admin
        .patch(&user(&holder), &json!({ "tier": "premium" }))
        .expect(200);
    tenant
        .admin
        .put(&suspension(&holder), &json!({}))
        .expect(200);
    let second = add("second@x.example").expect(201).id();
    full(tenant.admin.delete(&suspension(&holder)));
    tenant.admin.delete(&user(&second)).expect(204);
    tenant.admin.delete(&suspension(&holder)).expect(204);
    full(
        tenant
            .admin
            .post(&format!("{}/restoration", user(&second)), &json!({})),
    );
    limit(&app, &tenant, None).expect(200);
    tenant
        .admin
        .post(&format!("{}/restoration", user(&second)), &json!({}))
        .expect(200);
    counters_are_right(&app);
}

#[test]
fn a_limit_below_what_is_used_closes_additions_and_removes_nobody() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    let ids: Vec<_> = (0..3)
        .map(|n| tenant.add(&format!("u{n}@x.example"), "U", "user"))
        .collect();
    let lowered = tenant
        .admin
        .patch("/v1/tiers/standard", &json!({ "seat_limit": 2 }))
        .expect(200);
    assert_eq!(
        (&lowered.body["seats_used"], &lowered.body["over_limit"]),
        (&json!(4), &json!(true))
    );
    limit(&app, &tenant, Some(1)).expect(200);
    tenant
        .admin
        .post("/v1/users", &new_user("x@x.example", "X", "user"))
        .expect_problem(409, "seat_limit_reached");
    for id in &ids {
        tenant
            .admin
            .patch(&user(id), &json!({ "role": "manager" }))
            .expect(200);
        tenant.admin.put(&suspension(id), &json!({})).expect(200);
        tenant.admin.delete(&user(id)).expect(204);
    }
    counters_are_right(&app);
}

#[test]
fn a_refused_creation_takes_no_seat() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    tenant.add("a@x.example", "A", "user");
    tenant
        .admin
        .post("/v1/users", &new_user("a@x.example", "A", "user"))
        .expect_problem(409, "already_exists");
    tenant
        .admin
        .post("/v1/users", &new_user("b@x.example", "B", "nobody"))
        .expect(422);
    counters_are_right(&app);
}

/// Who was asked to join and has not yet holds a seat like everybody else, and gets it back like everybody else.
#[test]
fn an_invited_user_holds_a_seat() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    tenant.add_tier("small", Some(1));
    let body = of_tier("ana@x.example", "small");
    let id = tenant.admin.post("/v1/users", &body).expect(201).id();
    app.execute(&format!(
        "UPDATE users SET status = 'invited' WHERE id = '{id}'"
    ));
    counters_are_right(&app);
    let next = || {
        let body = of_tier("bo@x.example", "small");
        tenant.admin.post("/v1/users", &body)
    };
    next().expect_problem(409, "seat_limit_reached");
    let suspended = tenant.admin.put(&suspension(&id), &json!({}));
    suspended.expect(200);
    counters_are_right(&app);
    tenant.admin.delete(&suspension(&id)).expect(204);
    let there = tenant.admin.get(&user(&id)).expect(200);
    assert_eq!(there.body["status"], "invited");
    next().expect_problem(409, "seat_limit_reached");
    tenant.admin.delete(&user(&id)).expect(204);
    counters_are_right(&app);
    next().expect(201);
    let restoration = format!("{}/restoration", user(&id));
    let full = tenant.admin.post(&restoration, &json!({}));
    full.expect_problem(409, "seat_limit_reached");
}
