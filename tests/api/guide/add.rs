//! Adding a user: every field of the form.

use serde_json::{Value, json};

use crate::support::{PASSWORD, Response, Tenant, TestApp, new_user};

/// > If you are adding a member of your support team, register them with their email, assign them the Manager role, and place them under the Standard plan.
/// > Click on the Add User button in the upper right corner.
/// > Once all fields are filled in, click Add User and the account will be created immediately.
/// > Email: the email address the user will use to log in.
#[test]
fn the_support_team_member_is_added_and_can_sign_in_immediately() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    let ana = add_ana(&tenant);
    assert_eq!(
        json!([
            ana.body["email"],
            ana.body["role"],
            ana.body["tier"],
            ana.body["status"]
        ]),
        json!([
            "ana.silva@northwind.example",
            "manager",
            "standard",
            "active"
        ])
    );
    let signed_in = app.sign_in(&tenant.slug, "ana.silva@northwind.example", PASSWORD);
    assert_eq!(signed_in.get("/v1/me").expect(200).id(), ana.id());
}

/// > A form will open where you need to complete the basic information:
#[test]
fn a_form_that_is_not_filled_in_is_told_every_field_at_once() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    let empty = tenant
        .admin
        .post("/v1/users", &json!({}))
        .expect_problem(422, "validation_failed");
    for field in ["/email", "/full_name", "/role"] {
        assert!(
            empty
                .faults()
                .contains(&(field.to_owned(), "required".to_owned())),
            "{field}: {}",
            empty.text
        );
    }
}

/// > Make sure it is valid and active.
/// > Invalid email → make sure the email has no spaces or special characters.
#[test]
fn an_email_with_spaces_or_special_characters_is_refused_with_the_reason() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    for email in [
        "ana silva@x.example",
        "ana!silva@x.example",
        "ana<silva>@x.example",
        "ana@localhost",
        "not an address",
    ] {
        let answer = tenant
            .admin
            .post("/v1/users", &new_user(email, "Ana", "user"));
        let answer = answer
            .expect_problem(422, "validation_failed")
            .expect_fault("/email", "invalid_email");
        assert!(!answer.text_of("/errors/0/message").is_empty());
    }
    tenant.add("ana.silva+calls@x.example", "Ana", "user");
}

/// > Password: set a secure password, or let the user change it later.
#[test]
fn a_password_is_secure_or_changed_by_the_user_later() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    let mut form = new_user("ana@x.example", "Ana", "user");
    form["password"] = json!("too short");
    tenant
        .admin
        .post("/v1/users", &form)
        .expect_problem(422, "validation_failed")
        .expect_fault("/password", "password_too_short");
    form["password"] = json!(PASSWORD);
    form["must_change_password"] = json!(true);
    tenant.admin.post("/v1/users", &form).expect(201);
    let login = |password: &str| json!({ "tenant": tenant.slug, "email": "ana@x.example", "password": password });
    let first = app
        .anonymous()
        .post("/v1/auth/login", &login(PASSWORD))
        .expect(200);
    assert_eq!(first.body["password_change_required"], true);
    let ana = app.sign_in(&tenant.slug, "ana@x.example", PASSWORD);
    let own = json!({ "current_password": PASSWORD, "new_password": "a password of my own" });
    ana.put("/v1/me/password", &own).expect(204);
    assert_eq!(
        app.anonymous()
            .post("/v1/auth/login", &login("a password of my own"))
            .expect(200)
            .body["password_change_required"],
        false
    );
}

/// > Full Name: the person’s full name.
/// > This will appear in activity logs and makes it easier to identify each user.
#[test]
fn the_full_name_appears_in_activity_logs() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    let ana = add_ana(&tenant);
    assert_eq!(ana.body["full_name"], "Ana María Silva");
    let created = tenant.newest_entry("user.created", &ana.id());
    assert_eq!(
        (&created["actor"]["name"], &created["target"]["name"]),
        (&json!("Admin of Bright Calls"), &json!("Ana María Silva"))
    );
    let signed_in = app.sign_in(&tenant.slug, "ana.silva@northwind.example", PASSWORD);
    signed_in
        .patch("/v1/me", &json!({ "full_name": "Ana M. Silva" }))
        .expect(200);
    assert_eq!(
        tenant.newest_entry("user.updated", &ana.id())["actor"]["name"],
        "Ana María Silva"
    );
    assert!(
        !tenant
            .admin
            .get("/v1/activity?q=silva")
            .expect(200)
            .column("id")
            .is_empty()
    );
}

/// > Company Name: useful if you are managing external clients.
/// > You can link the user to the company they represent.
/// > From here, you can create accounts for your team, clients, or anyone who needs to use the platform.
#[test]
fn users_are_linked_to_the_company_they_represent_or_to_none() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    let ana = add_ana(&tenant);
    assert_eq!(ana.body["company_name"], "Northwind Traders");
    let company = ana.text_of("/company_id");
    let of_company = tenant
        .admin
        .get(&format!("/v1/users?company_id={company}"))
        .expect(200);
    assert_eq!(of_company.column("full_name"), ["Ana María Silva"]);
    let colleague = tenant.add("bo@brightcalls.example", "Bo of our team", "user");
    let colleague = tenant
        .admin
        .get(&format!("/v1/users/{colleague}"))
        .expect(200);
    assert_eq!(colleague.body["company_id"], json!(null));
}

/// > Subscription Tier: select the subscription plan applied to the user, for example Standard.
#[test]
fn the_subscription_tier_is_selected_among_the_tenants() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    assert_eq!(
        tenant.admin.get("/v1/tiers").expect(200).column("name"),
        ["Standard"]
    );
    tenant.add_tier("premium", None);
    let mut form = new_user("ana@x.example", "Ana", "user");
    for tier in ["standard", "premium"] {
        form["tier"] = json!(tier);
        form["email"] = json!(format!("{tier}@x.example"));
        assert_eq!(
            tenant.admin.post("/v1/users", &form).expect(201).body["tier"],
            tier
        );
    }
    form["tier"] = json!("platinum");
    tenant
        .admin
        .post("/v1/users", &form)
        .expect_problem(422, "validation_failed")
        .expect_fault("/tier", "unknown_reference");
}

/// The practical example of the guide, with every field of the form.
pub(super) fn add_ana(tenant: &Tenant) -> Response {
    tenant.admin.post("/v1/users", &ana()).expect(201)
}

fn ana() -> Value {
    json!({
        "email": "ana.silva@northwind.example", "password": PASSWORD, "full_name": "Ana María Silva",
        "company_name": "Northwind Traders", "role": "manager", "tier": "standard",
    })
}
