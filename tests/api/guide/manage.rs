//! Finding, editing and removing users.

use serde_json::json;

use super::add::add_ana;
use crate::support::{PASSWORD, TestApp};

/// > After being created, users will appear in the list within this section.
/// > Use the search bar to quickly find them by name or email.
#[test]
fn a_new_user_is_in_the_list_and_found_by_name_or_email() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    let id = add_ana(&tenant).id();
    tenant.add("bo@x.example", "Bo", "user");
    assert!(
        tenant
            .admin
            .get("/v1/users")
            .expect(200)
            .column("id")
            .contains(&id)
    );
    for q in [
        "Ana%20Mar%C3%ADa%20Silva",
        "maria",
        "silva%20ana",
        "ana.silva@northwind.example",
        "@northwind",
        "SILVA@",
    ] {
        assert_eq!(
            tenant
                .admin
                .get(&format!("/v1/users?q={q}"))
                .expect(200)
                .column("id"),
            std::slice::from_ref(&id),
            "{q}"
        );
    }
}

/// > From here, you can also edit user details, change roles, update passwords, or remove users who should no longer have access.
#[test]
fn details_role_and_password_are_changed_and_the_user_removed() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    let id = add_ana(&tenant).id();
    let path = format!("/v1/users/{id}");
    let ana = app.sign_in(&tenant.slug, "ana.silva@northwind.example", PASSWORD);

    let details = json!({ "full_name": "Ana Silva Prado", "email": "ana.prado@northwind.example", "company_name": "Contoso" });
    let edited = tenant.admin.patch(&path, &details).expect(200);
    for field in ["full_name", "email", "company_name"] {
        assert_eq!(edited.body[field], details[field]);
    }
    ana.get("/v1/users").expect(200);
    tenant
        .admin
        .patch(&path, &json!({ "role": "user" }))
        .expect(200);
    ana.get("/v1/users")
        .expect_problem(403, "permission_denied");

    let new = "a wholly different phrase";
    tenant
        .admin
        .put(
            &format!("{path}/password"),
            &json!({ "password": new, "must_change": false }),
        )
        .expect(204);
    ana.get("/v1/me").expect_problem(401, "token_revoked");
    let ana = app.sign_in(&tenant.slug, "ana.prado@northwind.example", new);

    tenant.admin.delete(&path).expect(204);
    ana.get("/v1/me").expect_problem(401, "token_revoked");
    tenant.admin.get(&path).expect_problem(404, "not_found");
    let login =
        json!({ "tenant": tenant.slug, "email": "ana.prado@northwind.example", "password": new });
    app.anonymous()
        .post("/v1/auth/login", &login)
        .expect_problem(401, "invalid_credentials");
}

/// > Proper user management saves you security issues and keeps your application organized from day one.
#[test]
fn whoever_leaves_is_out_everywhere_at_once_and_every_step_is_on_record() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    let id = add_ana(&tenant).id();
    let devices: Vec<_> = (0..3)
        .map(|_| app.sign_in(&tenant.slug, "ana.silva@northwind.example", PASSWORD))
        .collect();
    tenant
        .admin
        .patch(&format!("/v1/users/{id}"), &json!({ "role": "user" }))
        .expect(200);
    tenant.admin.delete(&format!("/v1/users/{id}")).expect(204);
    for device in &devices {
        device.get("/v1/me").expect_problem(401, "token_revoked");
    }
    let log = tenant
        .admin
        .get(&format!("/v1/activity?target_id={id}&sort=at"))
        .expect(200);
    assert_eq!(
        log.column("action"),
        ["user.created", "user.updated", "user.deleted"]
    );
    assert_eq!(
        log.body["data"][1]["changes"]["role"],
        json!({ "from": "manager", "to": "user" })
    );
}
