//! The people of Bright Calls: how they join, what they may do, how they leave.

use serde_json::json;

use super::SECRET;
use super::record::Story;
use crate::support::{Client, TestApp};

/// Ana and Tom.
pub(super) fn join(story: &mut Story, grace: &Client) {
    let ana = json!({
        "email": "ana.silva@northwind.example",
        "full_name": "Ana María Silva",
        "role": "user",
        "tier": "standard",
        "company_name": "Northwind Traders Ltd",
        "password": SECRET,
        "external_id": "hr-1029",
        "metadata": { "extension": "204" },
    });
    let ana = story.make("create_user", grace, "/v1/users", &ana);
    let path = format!("/v1/users/{}", ana.id());
    let manager = json!({ "role": "manager", "metadata": { "extension": "205" } });
    story.edit("update_user", grace, &path, &manager);
    story.read("get_user", grace, &path);
    story.read(
        "list_users",
        grace,
        "/v1/users?q=silva&limit=50&include_total=true",
    );
}

/// What Ana may do, and why not.
pub(super) fn have_access(app: &TestApp, story: &mut Story, grace: &Client) {
    let ana = find(grace, "ana");
    let check = json!({ "user_id": ana, "permission": "settings:advanced" });
    story.ask(
        "check_access",
        grace,
        ("POST", "/v1/access/check"),
        Some(&check),
        200,
    );
    story.read("get_user_access", grace, &format!("/v1/users/{ana}/access"));
    story.read("get_my_access", grace, "/v1/me/access");
    app.sign_in("bright-calls", "ana.silva@northwind.example", SECRET);
    let sessions = format!("/v1/users/{ana}/sessions");
    story.read("list_user_sessions", grace, &sessions);
    story.remove("end_user_sessions", grace, &sessions);
}

/// A forgotten password, a suspension, a mistake.
pub(super) fn come_and_go(story: &mut Story, grace: &Client) {
    let ana = find(grace, "ana");
    let password = format!("/v1/users/{ana}/password");
    let generate = json!({ "generate": true });
    story.ask(
        "set_user_password",
        grace,
        ("PUT", &password),
        Some(&generate),
        200,
    );
    let given = json!({ "password": "a sentence of somebody else", "must_change": true });
    story.ask(
        "set_user_password",
        grace,
        ("PUT", &password),
        Some(&given),
        204,
    );
    let suspension = format!("/v1/users/{ana}/suspension");
    let reason = json!({ "reason": "On leave until June" });
    story.ask(
        "suspend_user",
        grace,
        ("PUT", &suspension),
        Some(&reason),
        200,
    );
    story.remove("reactivate_user", grace, &suspension);
    story.remove("delete_user", grace, &format!("/v1/users/{ana}"));
    let restoration = format!("/v1/users/{ana}/restoration");
    story.ask("restore_user", grace, ("POST", &restoration), None, 200);
}

fn find(grace: &Client, name: &str) -> String {
    let found = grace.get(&format!("/v1/users?q={name}")).expect(200);
    found.text_of("/data/0/id")
}
