//! Roles: made, searched, edited, removed; what they grant counts on the next request.

use serde_json::json;

use crate::support::TestApp;

#[test]
fn a_role_is_made_read_edited_and_removed() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    let body = json!({ "key": "supervisor", "name": "Supervisor", "description": "Leads", "permissions": ["users:read", "calls:read", "calls:read"] });
    let made = tenant.admin.post("/v1/roles", &body).expect(201);
    assert_eq!(made.header("location"), "/v1/roles/supervisor");
    assert_eq!(
        made.body["permissions"],
        json!(["calls:read", "users:read"]),
        "in order, each once"
    );
    assert_eq!(
        (&made.body["is_builtin"], &made.body["user_count"]),
        (&json!(false), &json!(0))
    );
    let read = tenant.admin.get("/v1/roles/supervisor").expect(200);
    assert_eq!(
        (read.header("etag"), &read.body),
        (made.header("etag"), &made.body)
    );

    let edited = tenant
        .admin
        .patch(
            "/v1/roles/supervisor",
            &json!({ "name": "Chief", "description": null, "permissions": [] }),
        )
        .expect(200);
    assert_eq!(
        (
            &edited.body["name"],
            &edited.body["description"],
            &edited.body["permissions"]
        ),
        (&json!("Chief"), &json!(null), &json!([]))
    );
    let changes = &tenant.newest_entry("role.updated", "supervisor")["changes"];
    assert_eq!(
        changes["name"],
        json!({ "from": "Supervisor", "to": "Chief" })
    );
    assert_eq!(
        changes["permissions"],
        json!({ "from": ["calls:read", "users:read"], "to": [] })
    );
    let stale = tenant.admin.with("If-Match", made.header("etag"));
    stale
        .patch("/v1/roles/supervisor", &json!({ "name": "X" }))
        .expect_problem(412, "stale_version");
    stale
        .delete("/v1/roles/supervisor")
        .expect_problem(412, "stale_version");
    tenant.admin.delete("/v1/roles/supervisor").expect(204);
    tenant
        .admin
        .get("/v1/roles/supervisor")
        .expect_problem(404, "not_found");
    tenant.newest_entry("role.created", "supervisor");
    tenant.newest_entry("role.deleted", "supervisor");
}

#[test]
fn the_built_in_roles_grant_what_the_guide_says() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    let permissions = |key: &str| {
        tenant
            .admin
            .get(&format!("/v1/roles/{key}"))
            .expect(200)
            .body["permissions"]
            .clone()
    };
    assert_eq!(permissions("user"), json!(["calls:read"]));
    let manager = [
        "calls:manage",
        "calls:read",
        "companies:read",
        "roles:read",
        "settings:read",
        "tiers:read",
        "users:read",
    ];
    assert_eq!(permissions("manager"), json!(manager));
    let all = tenant
        .admin
        .get("/v1/permissions")
        .expect(200)
        .column("key");
    assert_eq!(permissions("admin"), json!(all));
    let listed = tenant.admin.get("/v1/roles?q=admin").expect(200);
    assert_eq!(
        listed.body["data"][0]["permissions"],
        json!(all),
        "in a list too"
    );
    assert!(
        !all.iter()
            .any(|key| key.starts_with("tenants:") || key == "permissions:write"),
        "those are the platform's"
    );
}

#[test]
fn wildcards_are_expanded_when_they_are_granted() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    let made = tenant.admin.post("/v1/roles", &json!({ "key": "callers", "name": "Callers", "permissions": ["calls:*", "settings:read"] })).expect(201);
    assert_eq!(
        made.body["permissions"],
        json!(["calls:manage", "calls:read", "settings:read"])
    );
    app.platform()
        .put(
            "/v1/permissions/calls:export",
            &json!({ "name": "Export calls" }),
        )
        .expect(201);
    let read = tenant.admin.get("/v1/roles/callers").expect(200);
    assert_eq!(
        read.body["permissions"], made.body["permissions"],
        "what came later was not granted"
    );
    let edited = tenant
        .admin
        .patch("/v1/roles/callers", &json!({ "permissions": ["calls:*"] }))
        .expect(200);
    assert_eq!(
        edited.body["permissions"],
        json!(["calls:export", "calls:manage", "calls:read"])
    );
}

#[test]
fn an_unknown_permission_is_refused_with_a_suggestion() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    let body = json!({ "key": "x", "name": "X", "permissions": ["calls:raed", "calls:read", "nothing:alike", "tenants:write", "plants:*"] });
    let answer = tenant
        .admin
        .post("/v1/roles", &body)
        .expect_problem(422, "validation_failed");
    let at: Vec<_> = answer.faults().into_iter().map(|(at, _)| at).collect();
    assert_eq!(
        at,
        [
            "/permissions/0",
            "/permissions/2",
            "/permissions/3",
            "/permissions/4"
        ]
    );
    let message = |index: usize| answer.body["errors"][index]["message"].as_str().unwrap();
    assert!(
        message(0).contains("did you mean `calls:read`?"),
        "{}",
        answer.text
    );
    assert!(!message(1).contains("did you mean"), "{}", answer.text);
}

#[test]
fn admin_cannot_be_edited_and_built_in_roles_cannot_be_removed() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    for change in [
        json!({ "name": "Boss" }),
        json!({ "permissions": [] }),
        json!({ "permissions": ["*"] }),
    ] {
        tenant
            .admin
            .patch("/v1/roles/admin", &change)
            .expect_problem(409, "conflict");
    }
    for key in ["admin", "manager", "user"] {
        tenant
            .admin
            .delete(&format!("/v1/roles/{key}"))
            .expect_problem(409, "conflict");
    }
    let edited = tenant
        .admin
        .patch("/v1/roles/manager", &json!({ "permissions": ["calls:*"] }))
        .expect(200);
    assert_eq!(edited.body["is_builtin"], true);
}

#[test]
fn a_role_in_use_is_kept_and_the_count_is_told() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    tenant.add_role("agent", &["calls:read"]);
    for n in 0..3 {
        tenant.add(&format!("u{n}@x.example"), "U", "agent");
    }
    let answer = tenant
        .admin
        .delete("/v1/roles/agent")
        .expect_problem(409, "in_use");
    assert!(
        answer.text_of("/detail").starts_with("3 users"),
        "{}",
        answer.text
    );
    assert_eq!(
        tenant.admin.get("/v1/roles/agent").expect(200).body["user_count"],
        3
    );
}

#[test]
fn an_edited_role_counts_on_the_next_request() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    tenant.add_role("agent", &["calls:read"]);
    let (_, agent) = tenant.add_and_sign_in(&app, "a@x.example", "Agent", "agent");
    let denied = agent
        .get("/v1/users")
        .expect_problem(403, "permission_denied");
    assert!(
        denied.text.contains("users:read") && denied.text.contains("agent"),
        "{}",
        denied.text
    );
    tenant
        .admin
        .patch("/v1/roles/agent", &json!({ "permissions": ["users:read"] }))
        .expect(200);
    agent.get("/v1/users").expect(200);
    assert_eq!(
        agent.get("/v1/me").expect(200).body["permissions"],
        json!(["users:read"])
    );
    tenant
        .admin
        .patch("/v1/roles/agent", &json!({ "permissions": [] }))
        .expect(200);
    agent
        .get("/v1/users")
        .expect_problem(403, "permission_denied");
}

#[test]
fn roles_are_searched_by_name_and_key_and_sorted() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    for (key, name) in [("zz-top", "Écoute"), ("leads", "Team_Lead 100%")] {
        tenant
            .admin
            .post(
                "/v1/roles",
                &json!({ "key": key, "name": name, "permissions": [] }),
            )
            .expect(201);
    }
    let keys = |query: &str| {
        tenant
            .admin
            .get(&format!("/v1/roles?{query}"))
            .expect(200)
            .column("key")
    };
    assert_eq!(keys("q=ecoute"), ["zz-top"]);
    assert_eq!(keys("q=ZZ"), ["zz-top"]);
    assert_eq!(keys("q=lead%20team"), ["leads"]);
    assert_eq!(keys("q=%25"), ["leads"]);
    assert_eq!(keys("q=_"), ["leads"]);
    assert_eq!(
        keys("sort=name"),
        ["admin", "zz-top", "manager", "leads", "user"]
    );
    assert_eq!(
        keys("sort=-name"),
        ["user", "leads", "manager", "zz-top", "admin"]
    );
    assert_eq!(keys("limit=1"), ["leads"], "newest first");
}
