//! Removing a role or tier whose users move to another one in the same transaction.

use serde_json::json;

use crate::support::{PASSWORD, Tenant, TestApp, new_user};

#[test]
fn the_users_of_a_removed_role_get_another_one() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    tenant.add_role("agent", &["users:read", "calls:read"]);
    let (id, agent) = tenant.add_and_sign_in(&app, "a@x.example", "Agent", "agent");
    let removed = tenant.add("gone@x.example", "Gone", "agent");
    tenant
        .admin
        .delete(&format!("/v1/users/{removed}"))
        .expect(204);
    agent.get("/v1/users").expect(200);
    let before = tenant.admin.get(&format!("/v1/users/{id}")).expect(200);

    tenant
        .admin
        .delete("/v1/roles/agent?reassign_to=user")
        .expect(204);
    tenant
        .admin
        .get("/v1/roles/agent")
        .expect_problem(404, "not_found");
    let after = tenant.admin.get(&format!("/v1/users/{id}")).expect(200);
    assert_eq!(after.body["role"], "user");
    assert_ne!(before.header("etag"), after.header("etag"));
    agent
        .get("/v1/users")
        .expect_problem(403, "permission_denied");
    let back = tenant
        .admin
        .post(&format!("/v1/users/{removed}/restoration"), &json!({}))
        .expect(200);
    assert_eq!(back.body["role"], "user", "those in the trash move too");
    assert_eq!(
        tenant.newest_entry("user.updated", &id)["changes"]["role"],
        json!({ "from": "agent", "to": "user" })
    );
    tenant.newest_entry("role.deleted", "agent");
}

#[test]
fn an_unknown_successor_is_refused_and_nothing_moves() {
    let app = TestApp::start();
    let (tenant, other) = (app.tenant("Ours"), app.tenant("Theirs"));
    other.add_role("theirs", &[]);
    other.add_tier("theirs", None);
    let id = of(&tenant, "agent", "premium");
    for (thing, itself) in [("roles", "agent"), ("tiers", "premium")] {
        for successor in ["nobody", "theirs", itself, ""] {
            let answer = tenant
                .admin
                .delete(&format!("/v1/{thing}/{itself}?reassign_to={successor}"));
            let answer = answer.expect_problem(422, "validation_failed");
            assert_eq!(
                answer.faults()[0].0,
                "/reassign_to",
                "{successor:?}: {}",
                answer.text
            );
        }
        tenant
            .admin
            .get(&format!("/v1/{thing}/{itself}"))
            .expect(200);
    }
    let user = tenant.admin.get(&format!("/v1/users/{id}")).expect(200);
    assert_eq!(
        (&user.body["role"], &user.body["tier"]),
        (&json!("agent"), &json!("premium"))
    );
    tenant
        .admin
        .delete("/v1/roles/agent?reassign=user")
        .expect_problem(400, "invalid_query");
}

#[test]
fn nobody_reassigns_to_a_role_above_themselves() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    tenant.add_role(
        "desk",
        &[
            "roles:write",
            "roles:read",
            "users:update",
            "users:read",
            "calls:read",
        ],
    );
    tenant.add_role("agent", &["calls:read"]);
    let id = tenant.add("a@x.example", "Agent", "agent");
    let (_, desk) = tenant.add_and_sign_in(&app, "d@x.example", "Desk", "desk");
    for above in ["admin", "manager"] {
        desk.delete(&format!("/v1/roles/agent?reassign_to={above}"))
            .expect_problem(403, "privilege_escalation");
    }
    assert_eq!(
        tenant
            .admin
            .get(&format!("/v1/users/{id}"))
            .expect(200)
            .body["role"],
        "agent"
    );
    desk.delete("/v1/roles/agent?reassign_to=user").expect(204);
}

#[test]
fn the_users_of_a_removed_tier_take_their_seats_along() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    tenant.add_tier("small", Some(1));
    let ids = [
        of(&tenant, "agent", "premium"),
        of(&tenant, "agent", "premium"),
        of(&tenant, "agent", "premium"),
    ];
    tenant
        .admin
        .put(&format!("/v1/users/{}/suspension", ids[2]), &json!({}))
        .expect(200);
    tenant
        .admin
        .delete("/v1/tiers/premium?reassign_to=small")
        .expect_problem(409, "seat_limit_reached");
    assert_eq!(
        tenant.admin.get("/v1/tiers/premium").expect(200).body["seats_used"],
        2
    );
    assert_eq!(
        tenant.admin.get("/v1/tiers/small").expect(200).body["seats_used"],
        0
    );

    tenant
        .admin
        .patch("/v1/tiers/small", &json!({ "seat_limit": 2 }))
        .expect(200);
    tenant
        .admin
        .delete("/v1/tiers/premium?reassign_to=small")
        .expect(204);
    tenant
        .admin
        .get("/v1/tiers/premium")
        .expect_problem(404, "not_found");
    assert_eq!(
        tenant.admin.get("/v1/tiers/small").expect(200).body["seats_used"],
        2,
        "the suspended one holds none"
    );
    for id in &ids {
        assert_eq!(
            tenant
                .admin
                .get(&format!("/v1/users/{id}"))
                .expect(200)
                .body["tier"],
            "small"
        );
        assert_eq!(
            tenant.newest_entry("user.updated", id)["changes"]["tier"],
            json!({ "from": "premium", "to": "small" })
        );
    }
    let tenants = app.database.number(&format!(
        "SELECT seats_used::bigint FROM tenants WHERE id = '{}'",
        tenant.id
    ));
    assert_eq!(tenants, 3, "the tenant's count stays");
    tenant
        .admin
        .delete(&format!("/v1/users/{}/suspension", ids[2]))
        .expect_problem(409, "seat_limit_reached");
}

#[test]
fn built_in_and_default_ones_stay_whatever_the_successor() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    tenant.add_role("agent", &["calls:read"]);
    tenant.add_tier("gold", None);
    for path in [
        "roles/admin?reassign_to=agent",
        "roles/user?reassign_to=agent",
        "tiers/standard?reassign_to=gold",
    ] {
        tenant
            .admin
            .delete(&format!("/v1/{path}"))
            .expect_problem(409, "conflict");
    }
    let me = tenant.admin.get("/v1/me").expect(200);
    assert_eq!(me.body["role"], "admin", "nobody loses it this way");
    tenant.admin.get("/v1/users").expect(200);
    app.sign_in(&tenant.slug, &tenant.admin_email, PASSWORD)
        .get("/v1/users")
        .expect(200);
}

/// A user of this role and tier, which are made where they are new.
fn of(tenant: &Tenant, role: &str, tier: &str) -> String {
    tenant.admin.post(
        "/v1/roles",
        &json!({ "key": role, "name": role, "permissions": ["calls:read"] }),
    );
    tenant
        .admin
        .post("/v1/tiers", &json!({ "key": tier, "name": tier }));
    let email = format!("{}@x.example", crate::support::unique("user"));
    let mut body = new_user(&email, "Moved", role);
    body["tier"] = json!(tier);
    tenant.admin.post("/v1/users", &body).expect(201).id()
}
