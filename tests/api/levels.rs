//! The levels of access of the built-in roles on two tiers, as the guide's example has them; and what becomes of them
//! when the catalogue or a role changes.

use serde_json::{Value, json};

use crate::support::{Client, Tenant, TestApp};

/// Someone's answer to a question about a permission: whether it is allowed, and what decides.
type Level = (bool, &'static str);

const ASKED: [&str; 6] = [
    "calls:read",
    "calls:manage",
    "settings:read",
    "settings:advanced",
    "users:read",
    "users:create",
];
const YES: Level = (true, "role");
const NOT_IN_ROLE: Level = (false, "role");
const NOT_IN_TIER: Level = (false, "tier");

#[rustfmt::skip]
const LEVELS: [(&str, &str, [Level; 6]); 6] = [
    ("admin", "standard", [YES, YES, YES, YES, YES, YES]),
    ("manager", "standard", [YES, YES, YES, NOT_IN_ROLE, YES, NOT_IN_ROLE]),
    ("user", "standard", [YES, NOT_IN_ROLE, NOT_IN_ROLE, NOT_IN_ROLE, NOT_IN_ROLE, NOT_IN_ROLE]),
    // The tier takes settings away, also from an admin; the service's own permissions it leaves alone.
    ("admin", "calls", [YES, YES, NOT_IN_TIER, NOT_IN_TIER, YES, YES]),
    ("manager", "calls", [YES, YES, NOT_IN_TIER, NOT_IN_ROLE, YES, NOT_IN_ROLE]),
    ("user", "calls", [YES, NOT_IN_ROLE, NOT_IN_ROLE, NOT_IN_ROLE, NOT_IN_ROLE, NOT_IN_ROLE]),
];

fn start() -> (TestApp, Tenant) {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    let calls = json!({ "key": "calls", "name": "Calls only", "features": ["calls:*"] });
    tenant.admin.post("/v1/tiers", &calls).expect(201);
    (app, tenant)
}

#[test]
fn admin_manager_and_user_have_their_levels_on_two_tiers() {
    let (app, tenant) = start();
    for (role, tier, levels) in LEVELS {
        let email = format!("{role}.{tier}@x.example");
        let (id, somebody) = tenant.add_and_sign_in(&app, &email, "Somebody", role);
        let path = format!("/v1/users/{id}");
        let change = json!({ "tier": tier });
        tenant.admin.patch(&path, &change).expect(200);
        let listed = tenant.admin.get(&format!("{path}/access")).expect(200);
        let mine = somebody.get("/v1/me/access").expect(200);
        for (permission, (allowed, decided_by)) in ASKED.into_iter().zip(levels) {
            let context = format!("{permission} for {role} on {tier}");
            let question = json!({ "permission": permission });
            let about = json!({ "permission": permission, "user_id": id });
            for answer in [
                somebody
                    .post("/v1/access/check", &question)
                    .expect(200)
                    .body,
                tenant
                    .admin
                    .post("/v1/access/check", &about)
                    .expect(200)
                    .body,
                of_list(&listed.body, permission),
                of_list(&mine.body, permission),
            ] {
                assert_eq!(answer["allowed"], allowed, "{context}: {answer}");
                assert_eq!(answer["decided_by"], decided_by, "{context}: {answer}");
            }
        }
        guards_do_the_same(&somebody, levels, &format!("{role} on {tier}"));
    }
}

/// What the service itself lets them do about users.
fn guards_do_the_same(somebody: &Client, levels: [Level; 6], who: &str) {
    let [.., (may_read, _), (may_create, _)] = levels;
    let read = somebody.get("/v1/users").status;
    assert_eq!(read, if may_read { 200 } else { 403 }, "{who}");
    let create = somebody.post("/v1/users", &json!({})).status;
    assert_eq!(create, if may_create { 422 } else { 403 }, "{who}");
}

fn of_list(list: &Value, permission: &str) -> Value {
    let mut answers = list["data"].as_array().unwrap().iter();
    let answer = answers.find(|answer| answer["permission"] == permission);
    answer.unwrap().clone()
}

/// On the tier `calls` a manager is offered the tiers that would do, and an upgrade of the role would not help.
#[test]
fn where_the_tier_decides_the_fix_is_a_tier() {
    let (_app, tenant) = start();
    for (key, features) in [
        ("settings", json!(["settings:*"])),
        ("reader", json!(["settings:read"])),
    ] {
        let body = json!({ "key": key, "name": key, "features": features });
        tenant.admin.post("/v1/tiers", &body).expect(201);
    }
    let id = tenant.add("ana@x.example", "Ana", "manager");
    let path = format!("/v1/users/{id}");
    let calls = json!({ "tier": "calls" });
    tenant.admin.patch(&path, &calls).expect(200);
    let question = json!({ "permission": "settings:read", "user_id": id });
    let ask = || {
        tenant
            .admin
            .post("/v1/access/check", &question)
            .expect(200)
            .body
    };
    let fixes = ask()["fixes"].as_array().unwrap().clone();
    let tiers: Vec<_> = fixes
        .iter()
        .map(|fix| fix["body"]["tier"].clone())
        .collect();
    assert_eq!(
        tiers,
        ["reader", "settings", "standard"],
        "the smallest first"
    );
    for fix in fixes {
        let href = fix["href"].as_str().unwrap();
        tenant.admin.patch(href, &fix["body"]).expect(200);
        assert_eq!(ask()["allowed"], true, "{fix}");
        tenant.admin.patch(&path, &calls).expect(200);
    }
}

/// What `*` stood for when it was granted is what the role has; what comes later it has not, and `admin` has it.
#[test]
fn wildcards_mean_the_catalogue_as_it_was() {
    let (app, tenant) = start();
    let all = json!({ "key": "all", "name": "All", "permissions": ["*"] });
    tenant.admin.post("/v1/roles", &all).expect(201);
    let area = json!({ "key": "area", "name": "Area", "permissions": ["calls:*"] });
    tenant.admin.post("/v1/roles", &area).expect(201);
    let people = ["all", "area", "admin"].map(|role| {
        let email = format!("{role}@x.example");
        tenant.add_and_sign_in(&app, &email, "Somebody", role).1
    });
    let path = "/v1/permissions/calls:export";
    let later = json!({ "name": "Export calls" });
    app.platform().put(path, &later).expect(201);
    let question = json!({ "permission": "calls:export" });
    let may = || {
        let ask = |who: &Client| who.post("/v1/access/check", &question).expect(200);
        people
            .each_ref()
            .map(|who| ask(who).body["allowed"] == true)
    };
    assert_eq!(may(), [false, false, true]);
    let again = json!({ "permissions": ["calls:*"] });
    tenant.admin.patch("/v1/roles/area", &again).expect(200);
    assert_eq!(may(), [false, true, true]);
    // Who has everything that there was is no admin: the new permission is above them.
    let [everything, ..] = &people;
    let refused = everything.post(
        "/v1/roles",
        &json!({ "key": "x", "name": "X", "permissions": ["*"] }),
    );
    let refused = refused.expect_problem(403, "privilege_escalation");
    assert!(refused.text_of("/detail").contains("calls:export"));
}

/// Whoever edits a role gives it to all who have it, so nobody writes into one what they lack, whoever has it.
#[test]
fn an_edited_role_is_granted_to_all_who_have_it() {
    let (app, tenant) = start();
    tenant.add_role(
        "desk",
        &["roles:write", "roles:read", "calls:read", "users:read"],
    );
    tenant.add_role("agent", &["calls:read"]);
    let (_, desk) = tenant.add_and_sign_in(&app, "desk@x.example", "Desk", "desk");
    let (_, agent) = tenant.add_and_sign_in(&app, "agent@x.example", "Agent", "agent");
    let set = |role: &str, permissions: Value| {
        let body = json!({ "permissions": permissions });
        desk.patch(&format!("/v1/roles/{role}"), &body)
    };
    for wanted in [json!(["calls:manage"]), json!(["calls:*"]), json!(["*"])] {
        for role in ["agent", "desk"] {
            let refused = set(role, wanted.clone());
            refused.expect_problem(403, "privilege_escalation");
        }
    }
    set("agent", json!(["users:read"])).expect(200);
    agent.get("/v1/users").expect(200);
    // An admin takes the role above the desk: from now on the desk does not even rename it.
    let above = json!({ "permissions": ["calls:manage"] });
    tenant.admin.patch("/v1/roles/agent", &above).expect(200);
    set("agent", json!([])).expect_problem(403, "privilege_escalation");
    agent
        .get("/v1/users")
        .expect_problem(403, "permission_denied");
}
