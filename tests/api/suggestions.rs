//! Unknown permissions, roles and tiers: refused where they stand, with the one that may have been meant.

use serde_json::{Value, json};

use crate::support::{Response, Tenant, TestApp, new_user, unique};

fn start() -> (TestApp, Tenant) {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    tenant.add_role("supervisor", &["calls:read"]);
    tenant.add_tier("premium", None);
    (app, tenant)
}

/// The message of the fault at this place.
#[track_caller]
fn message(answer: Response, pointer: &str) -> String {
    let answer = answer
        .expect_problem(422, "validation_failed")
        .expect_fault(pointer, "unknown_reference");
    let faults = answer.body["errors"].as_array().unwrap().iter();
    let mut at_pointer = faults.filter(|fault| fault["pointer"] == pointer);
    let fault = at_pointer.next().unwrap();
    fault["message"].as_str().unwrap().to_owned()
}

#[track_caller]
fn suggests(answer: Response, pointer: &str, meant: &str) {
    let message = message(answer, pointer);
    let suggestion = format!("did you mean `{meant}`?");
    assert!(message.contains(&suggestion), "{message}");
}

#[track_caller]
fn suggests_nothing(answer: Response, pointer: &str) {
    let message = message(answer, pointer);
    assert!(!message.contains("did you mean"), "{message}");
}

#[test]
fn a_mistyped_role_is_suggested_wherever_one_is_named() {
    let (_app, tenant) = start();
    let id = tenant.add("ana@x.example", "Ana", "user");
    tenant.add_role("spare", &[]);
    for typed in ["supervisr", "supervisro", "Supervisor", "supervizors"] {
        let body = new_user(&format!("{}@x.example", unique("u")), "New", typed);
        suggests(tenant.admin.post("/v1/users", &body), "/role", "supervisor");
        let change = json!({ "role": typed });
        let edited = tenant.admin.patch(&format!("/v1/users/{id}"), &change);
        suggests(edited, "/role", "supervisor");
        let removed = format!("/v1/roles/spare?reassign_to={typed}");
        let removed = tenant.admin.delete(&removed);
        suggests(removed, "/reassign_to", "supervisor");
    }
}

#[test]
fn a_mistyped_tier_is_suggested_wherever_one_is_named() {
    let (_app, tenant) = start();
    let id = tenant.add("ana@x.example", "Ana", "user");
    tenant.add_tier("spare", None);
    for (typed, meant) in [("premum", "premium"), ("Standard", "standard")] {
        let mut body = new_user(&format!("{}@x.example", unique("u")), "New", "user");
        body["tier"] = json!(typed);
        suggests(tenant.admin.post("/v1/users", &body), "/tier", meant);
        let change = json!({ "tier": typed });
        let edited = tenant.admin.patch(&format!("/v1/users/{id}"), &change);
        suggests(edited, "/tier", meant);
        let removed = format!("/v1/tiers/spare?reassign_to={typed}");
        suggests(tenant.admin.delete(&removed), "/reassign_to", meant);
    }
}

#[test]
fn a_mistyped_permission_is_suggested_wherever_one_is_named() {
    let (_app, tenant) = start();
    let role =
        |permissions: Value| json!({ "key": unique("r"), "name": "R", "permissions": permissions });
    let tier = |features: Value| json!({ "key": unique("t"), "name": "T", "features": features });
    let typed = json!(["calls:read", "setings:advanced"]);
    let admin = &tenant.admin;
    for (answer, pointer) in [
        (admin.post("/v1/roles", &role(typed.clone())), "/permissions/1"),
        (
            admin.patch("/v1/roles/supervisor", &json!({ "permissions": typed })),
            "/permissions/1",
        ),
        (admin.post("/v1/tiers", &tier(typed.clone())), "/features/1"),
        (
            admin.patch("/v1/tiers/premium", &json!({ "features": typed })),
            "/features/1",
        ),
        (
            admin.post("/v1/access/check", &json!({ "permission": "setings:advanced" })),
            "/permission",
        ),
        (
            admin.post(
                "/v1/access/check",
                &json!({ "checks": [{ "permission": "calls:read" }, { "permission": "setings:advanced" }] }),
            ),
            "/checks/1/permission",
        ),
    ] {
        suggests(answer, pointer, "settings:advanced");
    }
}

#[test]
fn a_mistyped_area_is_suggested_as_an_area() {
    let (_app, tenant) = start();
    let admin = &tenant.admin;
    for (typed, meant) in [("cals:*", "calls:*"), ("Settings:*", "settings:*")] {
        let role = json!({ "permissions": ["calls:read", typed] });
        let edited = admin.patch("/v1/roles/supervisor", &role);
        suggests(edited, "/permissions/1", meant);
    }
    let tier = json!({ "features": ["cals:*"] });
    let edited = admin.patch("/v1/tiers/premium", &tier);
    suggests(edited, "/features/0", "calls:*");
    // Only areas of one's own: those of the platform are nobody's else.
    let role = json!({ "permissions": ["tenant:*", "calls:"] });
    let edited = admin.patch("/v1/roles/supervisor", &role);
    assert!(!edited.text.contains("did you mean"), "{}", edited.text);
}

#[test]
fn what_is_like_nothing_that_is_there_gets_no_suggestion() {
    let (_app, tenant) = start();
    let email = || format!("{}@x.example", unique("u"));
    for nothing_alike in ["nobody", "x", "ab", &"supervisor".repeat(6)] {
        let body = new_user(&email(), "New", nothing_alike);
        suggests_nothing(tenant.admin.post("/v1/users", &body), "/role");
        let mut body = new_user(&email(), "New", "user");
        body["tier"] = json!(nothing_alike);
        suggests_nothing(tenant.admin.post("/v1/users", &body), "/tier");
    }
    for nothing_alike in ["plants:*", "a:b", &"calls:".repeat(2_000)] {
        let body = json!({ "key": "r", "name": "R", "permissions": [nothing_alike] });
        suggests_nothing(tenant.admin.post("/v1/roles", &body), "/permissions/0");
    }
}

#[test]
fn what_is_another_tenants_or_the_platforms_is_never_suggested() {
    let (app, tenant) = start();
    let other = app.tenant("Other");
    let body = |role: &str, tier: &str| {
        let mut body = new_user(&format!("{}@x.example", unique("u")), "New", role);
        body["tier"] = json!(tier);
        body
    };
    // Theirs letter by letter, and nearly so.
    for (role, tier) in [("supervisor", "premium"), ("supervisr", "premum")] {
        let asked = || other.admin.post("/v1/users", &body(role, tier));
        suggests_nothing(asked(), "/role");
        suggests_nothing(asked(), "/tier");
    }
    let grants = json!({ "key": "r", "name": "R", "permissions": ["tenants:raed"] });
    suggests_nothing(tenant.admin.post("/v1/roles", &grants), "/permissions/0");
    app.platform()
        .post("/v1/roles", &grants)
        .expect_problem(422, "validation_failed");
}

#[test]
fn unknown_features_of_a_tier_are_refused_and_wildcards_of_known_areas_are_kept() {
    let (app, tenant) = start();
    let set = |features: Value| {
        let body = json!({ "features": features });
        tenant.admin.patch("/v1/tiers/premium", &body)
    };
    suggests_nothing(set(json!(["reports:*"])), "/features/0");
    suggests_nothing(set(json!(["*", "reports:read"])), "/features/1");
    let kept = set(json!(["calls:*", "settings:read"])).expect(200);
    assert_eq!(kept.body["features"], json!(["calls:*", "settings:read"]));
    // Unlike those of roles they are not expanded: they stand for what comes later, too.
    let later = json!({ "name": "Export calls" });
    let path = "/v1/permissions/calls:export";
    app.platform().put(path, &later).expect(201);
    let ana = json!({ "tier": "premium", "role": "admin" });
    let id = tenant.add("ana@x.example", "Ana", "user");
    let path = format!("/v1/users/{id}");
    tenant.admin.patch(&path, &ana).expect(200);
    let question = json!({ "user_id": id, "permission": "calls:export" });
    let answer = tenant.admin.post("/v1/access/check", &question).expect(200);
    assert_eq!(answer.body["allowed"], true, "{}", answer.text);
}
