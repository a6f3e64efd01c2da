//! Tenants, which only the platform sees: made with a first admin, listed, edited, suspended.

use serde_json::{Value, json};

use crate::support::{Client, PASSWORD, TestApp, entries};

fn new_tenant(name: &str, slug: &str) -> Value {
    json!({ "name": name, "slug": slug, "seat_limit": 25, "admin": {
        "email": "Grace@BrightCalls.example", "full_name": "Grace Okafor", "password": PASSWORD,
    }})
}

fn create(platform: &Client, name: &str, slug: &str) -> Value {
    platform
        .post("/v1/tenants", &new_tenant(name, slug))
        .expect(201)
        .body
}

#[test]
fn a_new_tenant_has_everything_it_starts_with_and_an_admin_who_signs_in() {
    let app = TestApp::start();
    let platform = app.platform();
    let body = new_tenant("Bright Calls", "bright-calls");
    let created = platform.post("/v1/tenants", &body).expect(201);
    let id = created.id();
    assert_eq!(created.header("location"), format!("/v1/tenants/{id}"));
    for (field, value) in [
        ("name", json!("Bright Calls")),
        ("slug", json!("bright-calls")),
        ("seat_limit", json!(25)),
        ("seats_used", json!(1)),
        ("status", json!("active")),
        ("is_platform", json!(false)),
        ("users_opened_at", Value::Null),
    ] {
        assert_eq!(created.body[field], value, "{field}");
    }
    assert!(!created.text.contains(PASSWORD));
    let read = platform.get(&format!("/v1/tenants/{id}")).expect(200);
    assert_eq!(
        (&read.body, read.header("etag")),
        (&created.body, created.header("etag"))
    );
    let grace = app.sign_in("bright-calls", "grace@brightcalls.example", PASSWORD);
    let me = grace.get("/v1/me").expect(200).body;
    assert_eq!(
        (&me["role"], &me["tier"]),
        (&json!("admin"), &json!("standard"))
    );
    assert_eq!(me["email"], "Grace@BrightCalls.example");
    let mut roles = grace.get("/v1/roles").expect(200).column("key");
    roles.sort();
    assert_eq!(roles, ["admin", "manager", "user"]);
    assert_eq!(
        grace.get("/v1/tiers").expect(200).column("key"),
        ["standard"]
    );
    grace
        .get("/v1/users")
        .expect_problem(403, "domain_not_configured");
}

#[test]
fn the_making_of_a_tenant_stands_in_its_own_log_and_in_the_platforms() {
    let app = TestApp::start();
    let platform = app.platform();
    let id = create(&platform, "Bright Calls", "bright-calls")["id"].clone();
    let grace = app.sign_in("bright-calls", "grace@brightcalls.example", PASSWORD);
    for admin in [&platform, &grace] {
        let made = entries(admin, "action=tenant.created&q=bright");
        assert_eq!(made.len(), 1);
        assert_eq!(
            made[0]["target"],
            json!({ "type": "tenant", "id": id, "name": "Bright Calls" })
        );
        let is_platform = admin.token() == platform.token();
        let actor = if is_platform {
            "Administrator"
        } else {
            "Platform"
        };
        assert_eq!(made[0]["actor"]["name"], actor);
        assert_eq!(made[0]["changes"]["slug"]["to"], "bright-calls");
    }
    let added = entries(&grace, "action=user.created");
    assert_eq!(added.len(), 1);
    assert_eq!(added[0]["target"]["name"], "Grace Okafor");
    // Who works at the platform is nobody's business here.
    assert_eq!(
        added[0]["actor"],
        json!({ "type": "system", "id": null, "name": "Platform" })
    );
    assert_eq!(added[0]["ip"], json!(null));
    assert!(entries(&platform, "action=user.created&q=grace").is_empty());
    assert!(!added[0].to_string().contains(PASSWORD));
}

#[test]
fn a_taken_slug_is_409_and_leaves_nothing_behind() {
    let app = TestApp::start();
    let platform = app.platform();
    create(&platform, "Bright Calls", "bright-calls");
    let count = || app.database.number("SELECT count(*) FROM users");
    let before = count();
    for slug in ["bright-calls", "platform"] {
        let refused = platform.post("/v1/tenants", &new_tenant("Another", slug));
        refused
            .expect_problem(409, "already_exists")
            .expect_fault("/slug", "already_exists");
    }
    assert_eq!(count(), before);
    // Names may repeat, and so may addresses of different tenants.
    create(&platform, "Bright Calls", "bright-calls-2");
}

#[test]
fn every_fault_of_a_new_tenant_is_told_with_its_place() {
    let app = TestApp::start();
    let body = json!({ "name": "", "slug": "Bright Calls", "seat_limit": 0, "is_platform": true, "plan": "x", "admin": {
        "email": "grace @brightcalls.example", "full_name": "", "password": "too short", "role": "user",
    }});
    let mut refused = app.platform().post("/v1/tenants", &body);
    refused = refused.expect_problem(422, "validation_failed");
    for (pointer, code) in [
        ("/name", "too_short"),
        ("/slug", "invalid_format"),
        ("/seat_limit", "too_small"),
        ("/is_platform", "read_only"),
        ("/plan", "unknown_field"),
        ("/admin/email", "invalid_email"),
        ("/admin/full_name", "too_short"),
        ("/admin/password", "password_too_short"),
        ("/admin/role", "unknown_field"),
    ] {
        refused = refused.expect_fault(pointer, code);
    }
    assert_eq!(refused.body["errors"].as_array().unwrap().len(), 9);
    app.platform()
        .post("/v1/tenants", &json!({ "admin": {} }))
        .expect_problem(422, "validation_failed")
        .expect_fault("/name", "required")
        .expect_fault("/slug", "required")
        .expect_fault("/admin/email", "required")
        .expect_fault("/admin/full_name", "required")
        .expect_fault("/admin/password", "required");
    let wrong = json!({ "name": "A", "slug": "a", "admin": "grace" });
    app.platform()
        .post("/v1/tenants", &wrong)
        .expect_problem(422, "validation_failed")
        .expect_fault("/admin", "wrong_type");
    assert_eq!(app.database.number("SELECT count(*) FROM tenants"), 1);
}

#[test]
fn tenants_are_listed_searched_sorted_and_paged() {
    let app = TestApp::start();
    let platform = app.platform();
    for (name, slug) in [
        ("Beta Calls", "beta"),
        ("alpha", "calls-a"),
        ("Gamma", "gamma"),
    ] {
        create(&platform, name, slug);
    }
    let slugs = |query: &str| {
        let list = platform.get(&format!("/v1/tenants?{query}")).expect(200);
        list.column("slug")
    };
    assert_eq!(slugs(""), ["gamma", "calls-a", "beta", "platform"]);
    assert_eq!(slugs("sort=name"), ["calls-a", "beta", "gamma", "platform"]);
    assert_eq!(slugs("q=CALLS&sort=name"), ["calls-a", "beta"]);
    assert_eq!(slugs("q=calls+beta"), ["beta"]);
    let first = platform
        .get("/v1/tenants?sort=-name&limit=3&include_total=true")
        .expect(200);
    assert_eq!(first.column("slug"), ["platform", "gamma", "beta"]);
    assert_eq!(first.body["total"], 4);
    let cursor = first.text_of("/next_cursor");
    assert_eq!(
        slugs(&format!("sort=-name&limit=3&cursor={cursor}")),
        ["calls-a"]
    );
    let foreign = platform.get(&format!("/v1/tenants?sort=name&limit=3&cursor={cursor}"));
    foreign.expect_problem(400, "invalid_cursor");
}

#[test]
fn a_tenant_is_renamed_and_its_seats_are_limited() {
    let app = TestApp::start();
    let platform = app.platform();
    let tenant = app.tenant("Bright Calls");
    let path = format!("/v1/tenants/{}", tenant.id);
    let change = json!({ "name": "Bright Calls Ltd", "seat_limit": 1 });
    let changed = platform.patch(&path, &change).expect(200);
    assert_eq!(
        (&changed.body["name"], &changed.body["seat_limit"]),
        (&change["name"], &json!(1))
    );
    let ana = crate::support::new_user("ana@x.example", "Ana Silva", "user");
    tenant
        .admin
        .post("/v1/users", &ana)
        .expect_problem(409, "seat_limit_reached");
    let changed = platform
        .patch(&path, &json!({ "seat_limit": null }))
        .expect(200);
    assert_eq!(
        (&changed.body["name"], &changed.body["seat_limit"]),
        (&change["name"], &Value::Null)
    );
    tenant.admin.post("/v1/users", &ana).expect(201);
    let me = tenant.admin.get("/v1/me").expect(200);
    assert_eq!(me.body["tenant"]["name"], "Bright Calls Ltd");
    let newest = &tenant.entries("action=tenant.updated")[1];
    assert_eq!(
        newest["changes"]["name"],
        json!({ "from": "Bright Calls", "to": "Bright Calls Ltd" })
    );
    assert_eq!(
        newest["changes"]["seat_limit"],
        json!({ "from": null, "to": 1 })
    );

    let stale = platform.with("If-Match", "\"1\"").patch(&path, &change);
    stale.expect_problem(412, "stale_version");
    let slug = platform.patch(&path, &json!({ "slug": "other", "status": "suspended" }));
    slug.expect_problem(422, "validation_failed")
        .expect_fault("/slug", "unknown_field")
        .expect_fault("/status", "read_only");
}

#[test]
fn a_tenant_is_suspended_and_reactivated() {
    let app = TestApp::start();
    let platform = app.platform();
    let tenant = app.tenant("Bright Calls");
    let path = format!("/v1/tenants/{}/suspension", tenant.id);
    let suspended = platform
        .put(&path, &json!({ "reason": "unpaid" }))
        .expect(200);
    assert_eq!(suspended.body["status"], "suspended");
    let again = platform
        .put(&path, &json!({ "reason": "unpaid" }))
        .expect(200);
    assert_eq!(again.header("etag"), suspended.header("etag"));
    for _ in 0..2 {
        platform.delete(&path).expect(204);
    }
    let read = platform
        .get(&format!("/v1/tenants/{}", tenant.id))
        .expect(200);
    assert_eq!(read.body["status"], "active");
    let admin = app.sign_in(&tenant.slug, &tenant.admin_email, PASSWORD);
    let suspended = entries(&admin, "action=tenant.suspended");
    assert_eq!(suspended.len(), 1);
    assert_eq!(suspended[0]["actor"]["name"], "Platform");
    assert_eq!(
        suspended[0]["changes"]["status"],
        json!({ "from": "active", "to": "suspended" })
    );
    assert_eq!(suspended[0]["changes"]["reason"]["to"], "unpaid");
    assert_eq!(entries(&admin, "action=tenant.reactivated").len(), 1);
    assert_eq!(entries(&platform, "action=tenant.suspended").len(), 1);
}

#[test]
fn the_platform_cannot_suspend_itself() {
    let app = TestApp::start();
    let platform = app.platform();
    let id = platform.get("/v1/me").expect(200).text_of("/tenant/id");
    let refused = platform.put(&format!("/v1/tenants/{id}/suspension"), &json!({}));
    refused.expect_problem(409, "conflict");
    platform.get("/v1/me").expect(200);
}

#[test]
fn nobody_but_the_platform_sees_tenants() {
    let app = TestApp::start();
    let (tenant, other) = (app.tenant("Bright Calls"), app.tenant("Other"));
    let body = new_tenant("Mine", "mine");
    for id in [&tenant.id, &other.id] {
        let path = format!("/v1/tenants/{id}");
        let suspension = format!("{path}/suspension");
        for (method, path, body, permission) in [
            ("GET", "/v1/tenants", None, "tenants:read"),
            ("POST", "/v1/tenants", Some(&body), "tenants:write"),
            ("GET", &path, None, "tenants:read"),
            (
                "PATCH",
                &path,
                Some(&json!({ "seat_limit": null })),
                "tenants:write",
            ),
            ("PUT", &suspension, Some(&json!({})), "tenants:write"),
            ("DELETE", &suspension, None, "tenants:write"),
        ] {
            let refused = tenant.admin.send(method, path, body);
            let refused = refused.expect_problem(403, "permission_denied");
            assert!(refused.text_of("/detail").contains(permission));
        }
    }
    let grant = json!({ "key": "owner", "name": "Owner", "permissions": ["tenants:read"] });
    let refused = tenant.admin.post("/v1/roles", &grant);
    refused
        .expect_problem(422, "validation_failed")
        .expect_fault("/permissions/0", "unknown_reference");
    let unknown = "/v1/tenants/0192f6f0-7c1e-7d3a-9f43-3a1f0c6a2b11";
    app.platform().get(unknown).expect_problem(404, "not_found");
}
