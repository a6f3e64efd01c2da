//! Subscription tiers: features, limits, the default.

use serde_json::json;

use crate::support::{TestApp, new_user, race};

#[test]
fn a_tier_is_made_read_edited_and_removed() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    let body = json!({ "key": "premium", "name": "Premium", "description": "All", "features": ["calls:*", "settings:read"], "seat_limit": 2 });
    let made = tenant.admin.post("/v1/tiers", &body).expect(201);
    assert_eq!(made.header("location"), "/v1/tiers/premium");
    for field in ["key", "name", "description", "features", "seat_limit"] {
        assert_eq!(made.body[field], body[field], "{field}");
    }
    let rest = json!([
        made.body["seats_used"],
        made.body["over_limit"],
        made.body["is_default"],
        made.body["is_builtin"]
    ]);
    assert_eq!(rest, json!([0, false, false, false]));
    let read = tenant.admin.get("/v1/tiers/premium").expect(200);
    assert_eq!(
        (read.header("etag"), &read.body),
        (made.header("etag"), &made.body)
    );

    let edited = tenant
        .admin
        .patch(
            "/v1/tiers/premium",
            &json!({ "name": "Gold", "description": null, "seat_limit": null, "features": ["*"] }),
        )
        .expect(200);
    assert_eq!(
        json!([
            edited.body["name"],
            edited.body["description"],
            edited.body["seat_limit"],
            edited.body["features"]
        ]),
        json!(["Gold", null, null, ["*"]])
    );
    assert_eq!(
        tenant.newest_entry("tier.updated", "premium")["changes"]["seat_limit"],
        json!({ "from": 2, "to": null })
    );
    let stale = tenant.admin.with("If-Match", made.header("etag"));
    stale
        .patch("/v1/tiers/premium", &json!({ "name": "X" }))
        .expect_problem(412, "stale_version");
    stale
        .delete("/v1/tiers/premium")
        .expect_problem(412, "stale_version");
    tenant.admin.delete("/v1/tiers/premium").expect(204);
    tenant
        .admin
        .get("/v1/tiers/premium")
        .expect_problem(404, "not_found");
    tenant.newest_entry("tier.created", "premium");
    tenant.newest_entry("tier.deleted", "premium");
}

#[test]
fn a_body_about_a_tier_is_checked_whole() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    let body = json!({ "key": "a", "name": "", "seat_limit": -1, "features": ["calls:*", "Calls", "*:*"], "seats_used": 3, "is_default": 1 });
    let answer = tenant
        .admin
        .post("/v1/tiers", &body)
        .expect_problem(422, "validation_failed");
    let at: Vec<_> = answer.faults().into_iter().map(|(at, _)| at).collect();
    assert_eq!(
        at,
        [
            "/features/1",
            "/features/2",
            "/is_default",
            "/name",
            "/seat_limit",
            "/seats_used"
        ]
    );
    let large = json!({ "key": "a", "name": "A", "seat_limit": 2_147_483_648_u64 });
    tenant
        .admin
        .post("/v1/tiers", &large)
        .expect_problem(422, "validation_failed")
        .expect_fault("/seat_limit", "too_large");
}

#[test]
fn one_tier_is_always_the_default() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    let defaults = || {
        let list = tenant.admin.get("/v1/tiers").expect(200);
        let all = list.body["data"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|tier| tier["is_default"] == true);
        all.map(|tier| tier["key"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(defaults(), ["standard"]);
    tenant
        .admin
        .post(
            "/v1/tiers",
            &json!({ "key": "gold", "name": "Gold", "is_default": true }),
        )
        .expect(201);
    assert_eq!(defaults(), ["gold"]);
    tenant
        .admin
        .patch("/v1/tiers/gold", &json!({ "is_default": false }))
        .expect_problem(409, "conflict");
    tenant
        .admin
        .delete("/v1/tiers/gold")
        .expect_problem(409, "conflict");
    tenant
        .admin
        .patch("/v1/tiers/standard", &json!({ "is_default": true }))
        .expect(200);
    assert_eq!(defaults(), ["standard"]);
    tenant.admin.delete("/v1/tiers/gold").expect(204);
    tenant
        .admin
        .delete("/v1/tiers/standard")
        .expect_problem(409, "conflict");
}

#[test]
fn many_who_switch_the_default_at_once_leave_one() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    for n in 0..8 {
        tenant.add_tier(&format!("t{n}"), None);
    }
    let mover = tenant.add("mover@x.example", "Mover", "user");
    let answers = race(16, |n| match n {
        0..8 => tenant
            .admin
            .patch(&format!("/v1/tiers/t{n}"), &json!({ "is_default": true })),
        8..12 => tenant.admin.post(
            "/v1/tiers",
            &json!({ "key": format!("new{n}"), "name": "New", "is_default": true }),
        ),
        _ => tenant.admin.patch(
            &format!("/v1/users/{mover}"),
            &json!({ "tier": format!("t{}", n - 12) }),
        ),
    });
    for answer in answers {
        assert!(
            answer.status < 300,
            "{} answered {}",
            answer.request,
            answer.text
        );
    }
    assert_eq!(
        app.database.number(&format!(
            "SELECT count(*) FROM tiers WHERE is_default AND tenant_id = '{}'",
            tenant.id
        )),
        1
    );
}

#[test]
fn a_tier_in_use_is_kept_and_the_count_is_told() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    tenant.add_tier("premium", Some(5));
    for n in 0..2 {
        let mut body = new_user(&format!("u{n}@x.example"), "U", "user");
        body["tier"] = json!("premium");
        tenant.admin.post("/v1/users", &body).expect(201);
    }
    let answer = tenant
        .admin
        .delete("/v1/tiers/premium")
        .expect_problem(409, "in_use");
    assert!(
        answer.text_of("/detail").starts_with("2 users"),
        "{}",
        answer.text
    );
    let tier = tenant.admin.get("/v1/tiers/premium").expect(200);
    assert_eq!(
        (&tier.body["seats_used"], &tier.body["over_limit"]),
        (&json!(2), &json!(false))
    );
}

#[test]
fn a_limit_below_what_is_used_shows_as_over_limit() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    tenant.add("a@x.example", "A", "user");
    let over = |limit| {
        tenant
            .admin
            .patch("/v1/tiers/standard", &json!({ "seat_limit": limit }))
            .expect(200)
            .body["over_limit"]
            .clone()
    };
    assert_eq!(
        (
            over(json!(1)),
            over(json!(2)),
            over(json!(0)),
            over(json!(null))
        ),
        (json!(true), json!(false), json!(true), json!(false))
    );
}

#[test]
fn a_tier_takes_features_away_on_the_next_request() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    tenant
        .admin
        .post(
            "/v1/tiers",
            &json!({ "key": "basic", "name": "Basic", "features": ["calls:read"] }),
        )
        .expect(201);
    let id = tenant.add("m@x.example", "M", "manager");
    let check = |permission: &str| {
        let answer = tenant
            .admin
            .post(
                "/v1/access/check",
                &json!({ "user_id": id, "permission": permission }),
            )
            .expect(200);
        (
            answer.body["allowed"].as_bool().unwrap(),
            answer.text_of("/decided_by"),
        )
    };
    assert_eq!(check("calls:manage"), (true, "role".to_owned()));
    tenant
        .admin
        .patch(&format!("/v1/users/{id}"), &json!({ "tier": "basic" }))
        .expect(200);
    assert_eq!(check("calls:manage"), (false, "tier".to_owned()));
    assert!(check("calls:read").0);
    assert!(
        check("users:read").0,
        "a tier limits the application's permissions only"
    );
    tenant
        .admin
        .patch("/v1/tiers/basic", &json!({ "features": ["calls:*"] }))
        .expect(200);
    assert!(check("calls:manage").0);
}

#[test]
fn tiers_are_searched_by_name_and_key_and_sorted() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    for (key, name) in [("zz", "Prémium"), ("a100", "100%_Flat")] {
        tenant
            .admin
            .post("/v1/tiers", &json!({ "key": key, "name": name }))
            .expect(201);
    }
    let keys = |query: &str| {
        tenant
            .admin
            .get(&format!("/v1/tiers?{query}"))
            .expect(200)
            .column("key")
    };
    assert_eq!(keys("q=PREMIUM"), ["zz"]);
    assert_eq!(keys("q=100%25_"), ["a100"]);
    assert_eq!(keys("q=a1"), ["a100"]);
    assert_eq!(keys("sort=name"), ["a100", "zz", "standard"]);
    assert_eq!(keys("sort=created_at"), ["standard", "zz", "a100"]);
}
