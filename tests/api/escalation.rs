//! Nobody rises above themselves: not by granting, editing, resetting, suspending, removing or making roles.

use serde_json::{Value, json};

use crate::support::{Client, PASSWORD, Response, Tenant, TestApp, new_user};

/// Everything that a help desk needs, and not `settings:advanced`, `calls:manage` or `users:purge`.
const HELPDESK: &[&str] = &[
    "users:create",
    "users:read",
    "users:update",
    "users:delete",
    "roles:read",
    "roles:write",
    "calls:read",
];

struct Office {
    app: TestApp,
    tenant: Tenant,
    client: Client,
    user_id: String,
}

impl Office {
    fn open() -> Self {
        let app = TestApp::start();
        let tenant = app.tenant("Bright Calls");
        tenant.add_role("helpdesk", HELPDESK);
        tenant.add_role("advanced", &["settings:advanced"]);
        let (user_id, desk) = tenant.add_and_sign_in(&app, "desk@x.example", "Desk", "helpdesk");
        Self {
            app,
            tenant,
            client: desk,
            user_id,
        }
    }
}

#[test]
fn nobody_grants_a_role_above_themselves() {
    let it = Office::open();
    let below = it.tenant.add("below@x.example", "Below", "user");
    for (role, lacks) in [
        ("admin", "the role `admin`"),
        ("manager", "calls:manage"),
        ("advanced", "settings:advanced"),
    ] {
        let created = it
            .client
            .post("/v1/users", &new_user("new@x.example", "New", role));
        escalates(created, lacks);
        escalates(
            it.client
                .patch(&format!("/v1/users/{below}"), &json!({ "role": role })),
            lacks,
        );
        escalates(
            it.client.patch(
                &format!("/v1/users/{}", it.user_id),
                &json!({ "role": role }),
            ),
            lacks,
        );
    }
    it.client
        .post("/v1/users", &new_user("peer@x.example", "Peer", "helpdesk"))
        .expect(201);
    it.client
        .patch(
            &format!("/v1/users/{below}"),
            &json!({ "role": "helpdesk" }),
        )
        .expect(200);
    assert_eq!(it.client.get("/v1/me").expect(200).body["role"], "helpdesk");
    assert!(
        it.tenant
            .admin
            .get("/v1/users?q=new@x")
            .expect(200)
            .column("id")
            .is_empty()
    );
}

#[test]
fn nobody_touches_a_user_above_themselves() {
    let it = Office::open();
    let targets = [
        (it.tenant.admin_id(), "the role `admin`"),
        (
            it.tenant.add("m@x.example", "M", "manager"),
            "settings:read",
        ),
        (
            it.tenant.add("a@x.example", "A", "advanced"),
            "settings:advanced",
        ),
    ];
    for (id, lacks) in &targets {
        let path = format!("/v1/users/{id}");
        let before = it.tenant.admin.get(&path).expect(200);
        for (method, suffix, body) in dangerous() {
            escalates(
                it.client
                    .send(method, &format!("{path}{suffix}"), body.as_ref()),
                lacks,
            );
        }
        let after = it.tenant.admin.get(&path).expect(200);
        assert_eq!(
            (before.header("etag"), &before.body),
            (after.header("etag"), &after.body)
        );
    }
    it.tenant.admin.get("/v1/me").expect(200);
    it.app.sign_in(&it.tenant.slug, "a@x.example", PASSWORD);
}

#[test]
fn nobody_brings_back_a_user_above_themselves() {
    let it = Office::open();
    let suspended = it.tenant.add("m@x.example", "M", "manager");
    it.tenant
        .admin
        .put(&format!("/v1/users/{suspended}/suspension"), &json!({}))
        .expect(200);
    escalates(
        it.client
            .delete(&format!("/v1/users/{suspended}/suspension")),
        "calls:manage",
    );
    let removed = it.tenant.add("n@x.example", "N", "manager");
    it.tenant
        .admin
        .delete(&format!("/v1/users/{removed}"))
        .expect(204);
    escalates(
        it.client
            .post(&format!("/v1/users/{removed}/restoration"), &json!({})),
        "calls:manage",
    );
}

/// Whoever may erase and move people of a tier still manages nobody above them.
#[test]
fn nobody_erases_or_moves_a_user_above_themselves() {
    let it = Office::open();
    let keys = [HELPDESK, &["users:purge", "tiers:read", "tiers:write"]].concat();
    it.tenant.add_role("janitor", &keys);
    let (_, janitor) = it
        .tenant
        .add_and_sign_in(&it.app, "j@x.example", "Janitor", "janitor");
    for (n, role) in ["admin", "manager", "advanced"].into_iter().enumerate() {
        let id = it.tenant.add(&format!("u{n}@x.example"), "Above", role);
        let path = format!("/v1/users/{id}");
        let erase = format!("{path}?purge=true");
        escalates(janitor.delete(&erase), "");
        let tier = format!("tier{n}");
        it.tenant.add_tier(&tier, None);
        let change = json!({ "tier": tier });
        it.tenant.admin.patch(&path, &change).expect(200);
        let remove = format!("/v1/tiers/{tier}?reassign_to=standard");
        escalates(janitor.delete(&remove), "");
        // Also once they are in the trash.
        it.tenant.admin.delete(&path).expect(204);
        escalates(janitor.delete(&erase), "");
        escalates(janitor.delete(&remove), "");
    }
    let below = it.tenant.add("below@x.example", "Below", "user");
    it.tenant.add_tier("own", None);
    let change = json!({ "tier": "own" });
    let path = format!("/v1/users/{below}");
    janitor.patch(&path, &change).expect(200);
    let remove = "/v1/tiers/own?reassign_to=standard";
    janitor.delete(remove).expect(204);
    janitor.delete(&format!("{path}?purge=true")).expect(204);
}

#[test]
fn whoever_is_equal_or_below_can_be_managed() {
    let it = Office::open();
    for (n, role) in ["user", "helpdesk"].into_iter().enumerate() {
        let id = it.tenant.add(&format!("u{n}@x.example"), "U", role);
        for (method, suffix, body) in dangerous() {
            let answer = it
                .client
                .send(method, &format!("/v1/users/{id}{suffix}"), body.as_ref());
            assert!(
                answer.status < 300,
                "{} answered {}",
                answer.request,
                answer.text
            );
        }
    }
}

#[test]
fn nobody_makes_or_edits_a_role_above_themselves() {
    let it = Office::open();
    let make = |permissions: Value| {
        it.client.post(
            "/v1/roles",
            &json!({ "key": "mine", "name": "Mine", "permissions": permissions }),
        )
    };
    escalates(make(json!(["settings:advanced"])), "settings:advanced");
    escalates(make(json!(["calls:*"])), "calls:manage");
    escalates(make(json!(["*"])), "users:purge");
    make(json!(["calls:read", "users:read"])).expect(201);
    escalates(
        it.client.patch(
            "/v1/roles/mine",
            &json!({ "permissions": ["calls:read", "calls:manage"] }),
        ),
        "calls:manage",
    );
    escalates(
        it.client
            .patch("/v1/roles/helpdesk", &json!({ "permissions": ["*"] })),
        "settings:advanced",
    );
    for above in ["manager", "advanced"] {
        escalates(
            it.client
                .patch(&format!("/v1/roles/{above}"), &json!({ "name": "Renamed" })),
            "settings:",
        );
        escalates(
            it.client
                .patch(&format!("/v1/roles/{above}"), &json!({ "permissions": [] })),
            "settings:",
        );
    }
    escalates(it.client.delete("/v1/roles/advanced"), "settings:advanced");
    escalates(
        it.client
            .patch("/v1/roles/admin", &json!({ "name": "Renamed" })),
        "",
    );
    it.client
        .patch("/v1/roles/mine", &json!({ "permissions": ["calls:read"] }))
        .expect(200);
    it.client.delete("/v1/roles/mine").expect(204);
}

#[test]
fn escalation_is_told_before_the_version_and_the_references() {
    let it = Office::open();
    let above = it.tenant.add("m@x.example", "M", "manager");
    let stale = it.client.with("If-Match", "\"1\"");
    escalates(
        stale.patch(
            &format!("/v1/users/{above}"),
            &json!({ "tier": "none", "role": "nobody" }),
        ),
        "calls:manage",
    );
    let mut body = new_user("n@x.example", "N", "admin");
    body["tier"] = json!("none");
    escalates(it.client.post("/v1/users", &body), "the role `admin`");
}

#[test]
fn fixes_offer_only_what_the_asker_may_do() {
    let it = Office::open();
    let below = it.tenant.add("below@x.example", "Below", "user");
    let ask = |by: &Client, permission: &str| {
        let answer = by
            .post(
                "/v1/access/check",
                &json!({ "user_id": below, "permission": permission }),
            )
            .expect(200);
        assert_eq!(
            (&answer.body["allowed"], &answer.body["decided_by"]),
            (&json!(false), &json!("role"))
        );
        answer.body["fixes"].as_array().unwrap().clone()
    };
    assert!(
        ask(&it.client, "calls:manage").is_empty(),
        "the desk cannot grant manager"
    );
    let fixes = ask(&it.client, "users:read");
    assert_eq!(fixes.len(), 1, "{fixes:?}");
    assert_eq!(fixes[0]["body"], json!({ "role": "helpdesk" }));
    assert_eq!(
        ask(&it.tenant.admin, "calls:manage")[0]["body"],
        json!({ "role": "manager" }),
        "the smallest grant first"
    );
}

/// What is done to a user, last of all what removes them.
fn dangerous() -> Vec<(&'static str, &'static str, Option<Value>)> {
    vec![
        ("PATCH", "", Some(json!({ "full_name": "Changed" }))),
        (
            "PATCH",
            "",
            Some(json!({ "email": "changed@evil.example" })),
        ),
        (
            "PUT",
            "/password",
            Some(json!({ "password": "taken over completely" })),
        ),
        ("DELETE", "/sessions", None),
        ("PUT", "/suspension", Some(json!({}))),
        ("DELETE", "/suspension", None),
        ("DELETE", "", None),
    ]
}

fn escalates(answer: Response, lacks: &str) {
    let answer = answer.expect_problem(403, "privilege_escalation");
    assert!(
        answer.text_of("/detail").contains(lacks),
        "{} says not {lacks:?}: {}",
        answer.request,
        answer.text
    );
}
