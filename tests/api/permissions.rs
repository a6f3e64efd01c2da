//! The catalogue of permissions, and the platform's hand on it.

use std::path::Path;

use serde_json::json;

use crate::support::TestApp;
use crate::walk::Document;

#[test]
fn the_catalogue_has_the_services_and_the_applications_permissions() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    let (_, user) = tenant.add_and_sign_in(&app, "u@x.example", "U", "user");
    let list = user.get("/v1/permissions").expect(200);
    let keys = list.column("key");
    assert!(keys.is_sorted());
    for (key, source, group) in [
        ("users:create", "service", "users"),
        ("calls:manage", "application", "calls"),
        ("settings:advanced", "application", "settings"),
    ] {
        let found = list.body["data"]
            .as_array()
            .unwrap()
            .iter()
            .find(|permission| permission["key"] == key)
            .unwrap();
        assert_eq!(
            (&found["source"], &found["group"]),
            (&json!(source), &json!(group))
        );
        assert!(!found["name"].as_str().unwrap().is_empty());
    }
    for platform_only in ["tenants:read", "tenants:write", "permissions:write"] {
        assert!(!keys.contains(&platform_only.to_owned()), "{platform_only}");
        assert!(
            app.platform()
                .get("/v1/permissions")
                .expect(200)
                .column("key")
                .contains(&platform_only.to_owned())
        );
    }
}

#[test]
fn admins_hold_a_new_permission_on_the_next_request() {
    let app = TestApp::start();
    let (tenant, platform) = (app.tenant("Bright Calls"), app.platform());
    let holds = || {
        tenant.admin.get("/v1/me").expect(200).body["permissions"]
            .as_array()
            .unwrap()
            .contains(&json!("calls:export"))
    };
    assert!(!holds());
    let body = json!({ "name": "Export calls", "description": "Downloads" });
    let made = platform
        .put("/v1/permissions/calls:export", &body)
        .expect(201);
    assert_eq!(
        json!([made.body["key"], made.body["source"], made.body["group"]]),
        json!(["calls:export", "application", "calls"])
    );
    assert!(holds());
    assert!(
        tenant
            .admin
            .get("/v1/me/access")
            .expect(200)
            .column("permission")
            .contains(&"calls:export".to_owned())
    );
    let changed = platform
        .put(
            "/v1/permissions/calls:export",
            &json!({ "name": "Download calls", "group": "Data" }),
        )
        .expect(200);
    assert_eq!(
        json!([
            changed.body["name"],
            changed.body["description"],
            changed.body["group"]
        ]),
        json!(["Download calls", null, "Data"])
    );
    platform
        .with("If-Match", made.header("etag"))
        .put("/v1/permissions/calls:export", &body)
        .expect_problem(412, "stale_version");
    platform.delete("/v1/permissions/calls:export").expect(204);
    assert!(!holds());
    platform
        .delete("/v1/permissions/calls:export")
        .expect_problem(404, "not_found");
    let log = platform
        .get("/v1/activity?target_type=permission&sort=at")
        .expect(200);
    assert_eq!(
        log.column("action"),
        [
            "permission.created",
            "permission.updated",
            "permission.deleted"
        ]
    );
}

#[test]
fn only_the_platform_changes_the_catalogue() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    let denied = tenant
        .admin
        .put("/v1/permissions/calls:export", &json!({ "name": "X" }))
        .expect_problem(403, "permission_denied");
    assert!(denied.text.contains("permissions:write"), "{}", denied.text);
    tenant
        .admin
        .delete("/v1/permissions/calls:read")
        .expect_problem(403, "permission_denied");
    let role = json!({ "key": "x", "name": "X", "permissions": ["permissions:write"] });
    tenant
        .admin
        .post("/v1/roles", &role)
        .expect_problem(422, "validation_failed");
}

#[test]
fn the_services_own_permissions_are_fixed_and_keys_have_a_form() {
    let app = TestApp::start();
    let platform = app.platform();
    platform
        .put("/v1/permissions/users:create", &json!({ "name": "X" }))
        .expect_problem(409, "conflict");
    platform
        .delete("/v1/permissions/users:create")
        .expect_problem(404, "not_found");
    let long = format!("a:{}", "b".repeat(63));
    for key in [
        "calls",
        "calls:",
        ":read",
        "Calls:read",
        "calls:read:all",
        "calls:*",
        "*",
        "calls%20x:read",
        "1calls:read",
        &long,
    ] {
        let answer = platform.put(&format!("/v1/permissions/{key}"), &json!({ "name": "X" }));
        answer
            .expect_problem(422, "validation_failed")
            .expect_fault("/key", "invalid_permission_key");
    }
    let answer = platform.put(
        "/v1/permissions/calls:x",
        &json!({ "name": "", "key": "calls:x", "source": "service" }),
    );
    let at: Vec<_> = answer
        .expect_problem(422, "validation_failed")
        .faults()
        .into_iter()
        .map(|(at, _)| at)
        .collect();
    assert_eq!(at, ["/key", "/name", "/source"]);
}

#[test]
fn a_permission_that_a_role_grants_is_in_use() {
    let app = TestApp::start();
    let (tenant, platform) = (app.tenant("Bright Calls"), app.platform());
    platform
        .put("/v1/permissions/calls:export", &json!({ "name": "X" }))
        .expect(201);
    tenant.add_role("exporter", &["calls:export"]);
    let answer = platform
        .delete("/v1/permissions/calls:export")
        .expect_problem(409, "in_use");
    assert!(
        answer.text_of("/detail").starts_with("1 roles"),
        "{}",
        answer.text
    );
    tenant.admin.delete("/v1/roles/exporter").expect(204);
    platform.delete("/v1/permissions/calls:export").expect(204);
}

#[test]
fn the_committed_tables_of_roles_are_the_codes() {
    let committed = Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi/permissions.md");
    let committed = std::fs::read_to_string(committed).unwrap();
    let fresh = roster::app::permissions_markdown().unwrap();
    assert!(
        committed == fresh,
        "openapi/permissions.md is not the code's: run `make openapi` and commit it"
    );
}

/// What the tables say, against what people of a new tenant hold.
#[test]
fn the_tables_of_roles_are_true() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    let tables = roster::app::permissions_markdown().unwrap();
    for (column, role) in ["admin", "manager", "user"].into_iter().enumerate() {
        let path = format!("/v1/roles/{role}");
        let granted = tenant.admin.get(&path).expect(200).body["permissions"].clone();
        let granted = granted.as_array().unwrap();
        for key in app
            .platform()
            .get("/v1/permissions")
            .expect(200)
            .column("key")
        {
            let row = format!("| `{key}` | ");
            let row = tables.lines().find_map(|line| line.strip_prefix(&row));
            let row = row.unwrap_or_else(|| panic!("{key} is in no row"));
            let cells: Vec<_> = row.trim_end_matches('|').split('|').skip(1).collect();
            let says = cells[column].trim() == "yes";
            assert_eq!(
                says,
                granted.contains(&json!(key)),
                "{key} of {role}: {row}"
            );
        }
    }
    for operation in Document::of(&app).operations {
        let row = format!("| `{operation}` | ");
        assert!(tables.contains(&row), "{operation} is in no row");
    }
}
