//! Many who want the last seat at once.

use serde_json::{Value, json};

use super::{counters_are_right, limit, of_tier, suspension, user};
use crate::support::{Response, Tenant, TestApp, race};

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
