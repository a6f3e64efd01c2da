//! Seats: no path passes a limit of a tenant or a tier, also not when many try at once.

use serde_json::{Value, json};

use crate::support::{Response, Tenant, TestApp, new_user, race};

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

/// One seat left on the tier and 64 who want it, by creating, reactivating, restoring and changing tier.
#[test]
fn of_64_racers_for_the_last_seat_of_a_tier_one_wins() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    tenant.add_tier("small", Some(16));
    let ready: Vec<Runner> = (0..64)
        .map(|n| Runner::prepare(&tenant, n, "small"))
        .collect();
    tenant
        .admin
        .patch("/v1/tiers/small", &json!({ "seat_limit": 1 }))
        .expect(200);
    exactly_one_wins(&race(64, |n| ready[n].run(&tenant)));
    assert_eq!(
        tenant.admin.get("/v1/tiers/small").expect(200).body["seats_used"],
        1
    );
    counters_are_right(&app);
}

/// The same for the tenant's last seat; a change of tier needs none there.
#[test]
fn of_64_racers_for_the_last_seat_of_a_tenant_one_wins() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    let ready: Vec<Runner> = (0..64)
        .map(|n| Runner::prepare(&tenant, n % 3 + 4 * (n / 3), "standard"))
        .collect();
    limit(&app, &tenant, Some(2)).expect(200);
    exactly_one_wins(&race(64, |n| ready[n].run(&tenant)));
    counters_are_right(&app);
}

#[test]
fn seats_are_counted_right_while_everything_happens_at_once() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    tenant.add_tier("small", Some(5));
    tenant.add_tier("other", Some(5));
    let ids: Vec<_> = (0..6)
        .map(|n| {
            tenant
                .admin
                .post(
                    "/v1/users",
                    &of_tier(&format!("u{n}@x.example"), "standard"),
                )
                .expect(201)
                .id()
        })
        .collect();
    let answers = race(64, |n| {
        let (id, tiers) = (&ids[n % ids.len()], ["small", "other", "standard"]);
        match n / 6 % 6 {
            0 => tenant
                .admin
                .patch(&user(id), &json!({ "tier": tiers[n % 3] })),
            1 => tenant.admin.put(&suspension(id), &json!({})),
            2 => tenant.admin.delete(&suspension(id)),
            3 => tenant.admin.post(
                "/v1/users",
                &of_tier(&format!("r{n}@x.example"), tiers[n % 3]),
            ),
            4 => tenant.admin.delete(&user(id)),
            _ => tenant
                .admin
                .post(&format!("{}/restoration", user(id)), &json!({})),
        }
    });
    for answer in answers {
        assert!(
            answer.status < 500,
            "{} answered {}",
            answer.request,
            answer.text
        );
    }
    counters_are_right(&app);
}

/// Somebody who is one request away from a seat.
struct Runner {
    method: &'static str,
    path: String,
    body: Option<Value>,
}

impl Runner {
    fn prepare(tenant: &Tenant, n: usize, tier: &str) -> Self {
        let email = format!("r{n}@x.example");
        let run = |method, path, body| Self { method, path, body };
        if n.is_multiple_of(4) {
            return run("POST", "/v1/users".to_owned(), Some(of_tier(&email, tier)));
        }
        let changes_tier = n % 4 == 3;
        let start = if changes_tier { "standard" } else { tier };
        let id = tenant
            .admin
            .post("/v1/users", &of_tier(&email, start))
            .expect(201)
            .id();
        if changes_tier {
            return run("PATCH", user(&id), Some(json!({ "tier": tier })));
        }
        if n % 4 == 1 {
            tenant.admin.put(&suspension(&id), &json!({})).expect(200);
            return run("DELETE", suspension(&id), None);
        }
        tenant.admin.delete(&user(&id)).expect(204);
        run(
            "POST",
            format!("{}/restoration", user(&id)),
            Some(json!({})),
        )
    }

    fn run(&self, tenant: &Tenant) -> Response {
        tenant
            .admin
            .send(self.method, &self.path, self.body.as_ref())
    }
}

fn exactly_one_wins(answers: &[Response]) {
    let won = answers.iter().filter(|answer| answer.status < 300).count();
    assert_eq!(won, 1);
    for answer in answers.iter().filter(|answer| answer.status >= 300) {
        assert_eq!(
            (answer.status, &answer.body["code"]),
            (409, &json!("seat_limit_reached")),
            "{}",
            answer.text
        );
    }
}

/// The counters of every tenant and tier against a count of those who hold a seat.
fn counters_are_right(app: &TestApp) {
    let held = "count(*) FROM users u WHERE u.status IN ('invited', 'active') AND u.tenant_id =";
    let tenants =
        format!("SELECT count(*) FROM tenants t WHERE seats_used <> (SELECT {held} t.id)");
    let tiers = format!(
        "SELECT count(*) FROM tiers t WHERE seats_used <> (SELECT {held} t.tenant_id AND u.tier = t.key)"
    );
    assert_eq!(
        app.database.number(&tenants),
        0,
        "a tenant's count is wrong"
    );
    assert_eq!(app.database.number(&tiers), 0, "a tier's count is wrong");
}

fn limit(app: &TestApp, tenant: &Tenant, seats: Option<u32>) -> Response {
    app.platform().patch(
        &format!("/v1/tenants/{}", tenant.id),
        &json!({ "seat_limit": seats }),
    )
}

fn of_tier(email: &str, tier: &str) -> Value {
    let mut body = new_user(email, "Racer", "user");
    body["tier"] = json!(tier);
    body
}

fn user(id: &str) -> String {
    format!("/v1/users/{id}")
}

fn suspension(id: &str) -> String {
    format!("/v1/users/{id}/suspension")
}
