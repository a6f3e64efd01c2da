//! Adding a user.

use serde_json::json;

use crate::support::{PASSWORD, TestApp, new_user};

#[test]
fn a_user_is_created_with_everything_that_was_sent() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    tenant.add_tier("premium", None);
    let body = json!({
        "email": "Ana.Silva@Northwind.example", "full_name": "Ana María Silva", "role": "manager", "tier": "premium",
        "company_name": "Northwind Traders", "password": PASSWORD, "must_change_password": true,
        "external_id": "hr-1029", "metadata": { "extension": "204", "tags": ["a", 1, null] },
    });
    let created = tenant.admin.post("/v1/users", &body).expect(201);
    let id = created.id();
    assert_eq!(created.header("location"), format!("/v1/users/{id}"));
    for field in [
        "email",
        "full_name",
        "role",
        "tier",
        "company_name",
        "must_change_password",
        "external_id",
        "metadata",
    ] {
        assert_eq!(created.body[field], body[field], "{field}");
    }
    assert_eq!(created.body["status"], "active");
    assert_eq!(created.body["last_login_at"], json!(null));
    assert_eq!(created.body["created_at"], created.body["updated_at"]);
    assert_eq!(uuid::Uuid::parse_str(&id).unwrap().get_version_num(), 7);

    let read = tenant.admin.get(&format!("/v1/users/{id}")).expect(200);
    assert_eq!(read.body, created.body);
    assert_eq!(read.header("etag"), created.header("etag"));
    let company = created.text_of("/company_id");
    let company = tenant
        .admin
        .get(&format!("/v1/companies/{company}"))
        .expect(200);
    assert_eq!(company.body["name"], "Northwind Traders");
    assert_eq!(company.body["user_count"], 1);

    let entry = tenant.newest_entry("user.created", &id);
    assert_eq!(entry["actor"]["name"], "Admin of Bright Calls");
    assert_eq!(entry["target"]["name"], "Ana María Silva");
    assert_eq!(
        entry["changes"]["role"],
        json!({ "from": null, "to": "manager" })
    );
    assert_eq!(entry["request_id"], created.header("x-request-id"));
}

#[test]
fn what_is_not_sent_has_its_default() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    let body = new_user("bo@x.example", "Bo", "user");
    let user = tenant.admin.post("/v1/users", &body).expect(201).body;
    assert_eq!(user["tier"], "standard");
    assert_eq!(user["must_change_password"], false);
    assert_eq!(user["metadata"], json!({}));
    for field in ["company_id", "company_name", "external_id", "last_login_at"] {
        assert_eq!(
            user.get(field),
            Some(&json!(null)),
            "{field} is there and null"
        );
    }
    assert_eq!(user.get("generated_password"), None);

    let tier = json!({ "key": "gold", "name": "Gold", "is_default": true });
    tenant.admin.post("/v1/tiers", &tier).expect(201);
    let body = new_user("cy@x.example", "Cy", "user");
    let user = tenant.admin.post("/v1/users", &body).expect(201);
    assert_eq!(user.body["tier"], "gold", "the tenant's default tier");
}

#[test]
fn a_generated_password_is_told_once_works_and_must_be_changed() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    let body = json!({ "email": "gen@x.example", "full_name": "Gen", "role": "manager", "generate_password": true });
    let created = tenant.admin.post("/v1/users", &body).expect(201);
    let password = created.text_of("/generated_password");
    assert!(password.chars().count() >= 15, "{password}");
    assert_eq!(created.body["must_change_password"], true);
    let read = tenant
        .admin
        .get(&format!("/v1/users/{}", created.id()))
        .expect(200);
    assert_eq!(read.body.get("generated_password"), None);

    let gen_user = app.sign_in(&tenant.slug, "gen@x.example", &password);
    gen_user
        .get("/v1/users")
        .expect_problem(403, "password_change_required");
    gen_user
        .get("/v1/me")
        .expect_problem(403, "password_change_required");
    let change = json!({ "current_password": password, "new_password": "a password of her own" });
    gen_user.put("/v1/me/password", &change).expect(204);
    gen_user.get("/v1/users").expect(200);
    let login = json!({ "tenant": tenant.slug, "email": "gen@x.example", "password": password });
    app.anonymous()
        .post("/v1/auth/login", &login)
        .expect_problem(401, "invalid_credentials");

    let mut keep = body.clone();
    keep["email"] = json!("keep@x.example");
    keep["must_change_password"] = json!(false);
    let kept = tenant.admin.post("/v1/users", &keep).expect(201);
    assert_eq!(kept.body["must_change_password"], false);
}

#[test]
fn all_faults_of_a_body_come_back_at_once() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    let body = json!({
        "email": "a b@c", "full_name": "", "role": 7, "tier": ["x"], "company_id": "zz", "password": "short",
        "must_change_password": "yes", "external_id": "", "metadata": [], "nickname": "x", "status": "active", "id": "1",
    });
    let answer = tenant
        .admin
        .post("/v1/users", &body)
        .expect_problem(422, "validation_failed");
    let expected = [
        ("/company_id", "invalid_format"),
        ("/email", "invalid_email"),
        ("/external_id", "too_short"),
        ("/full_name", "too_short"),
        ("/id", "read_only"),
        ("/metadata", "wrong_type"),
        ("/must_change_password", "wrong_type"),
        ("/nickname", "unknown_field"),
        ("/password", "password_too_short"),
        ("/role", "wrong_type"),
        ("/status", "read_only"),
        ("/tier", "wrong_type"),
    ];
    let expected: Vec<_> = expected
        .iter()
        .map(|(at, code)| ((*at).to_owned(), (*code).to_owned()))
        .collect();
    assert_eq!(answer.faults(), expected, "{}", answer.text);

    let empty = tenant
        .admin
        .post("/v1/users", &json!({}))
        .expect_problem(422, "validation_failed");
    for pointer in ["/email", "/full_name", "/role", "/password"] {
        let _ = &empty
            .faults()
            .iter()
            .find(|(at, code)| at == pointer && code == "required")
            .unwrap_or_else(|| panic!("{pointer} is not required: {}", empty.text));
    }
    assert_eq!(
        tenant
            .admin
            .get("/v1/users?include_total=true")
            .expect(200)
            .body["total"],
        1
    );
}

#[test]
fn unknown_references_are_told_together_and_nothing_is_half_written() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    let mut body = new_user("bo@x.example", "Bo", "nobody");
    body["tier"] = json!("platinum");
    body["company_id"] = json!("0192f6f0-7c1e-7d3a-9f43-3a1f0c6a2b11");
    let answer = tenant
        .admin
        .post("/v1/users", &body)
        .expect_problem(422, "validation_failed");
    let pointers: Vec<_> = answer.faults().into_iter().map(|(at, _)| at).collect();
    assert_eq!(pointers, ["/company_id", "/role", "/tier"]);

    let mut body = new_user("bo@x.example", "Bo", "nobody");
    body["company_name"] = json!("Half Written Ltd");
    tenant
        .admin
        .post("/v1/users", &body)
        .expect(422)
        .expect_fault("/role", "unknown_reference");
    assert!(
        tenant
            .admin
            .get("/v1/companies?q=half")
            .expect(200)
            .column("name")
            .is_empty()
    );
    assert!(
        tenant
            .admin
            .get("/v1/activity?action=company.created")
            .expect(200)
            .column("id")
            .is_empty()
    );
}

#[test]
fn a_full_name_has_1_to_200_characters_and_no_control_characters() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    let refused = [
        ("", "too_short"),
        ("   ", "blank"),
        ("\u{2003}", "blank"),
        ("Ana\nSilva", "control_character"),
        ("Ana\u{7f}", "control_character"),
        ("Ana\u{0}", "nul_character"),
    ];
    for (name, code) in refused {
        let answer = tenant
            .admin
            .post("/v1/users", &new_user("n@x.example", name, "user"));
        answer
            .expect_problem(422, "validation_failed")
            .expect_fault("/full_name", code);
    }
    let long = "é".repeat(201);
    let answer = tenant
        .admin
        .post("/v1/users", &new_user("n@x.example", &long, "user"));
    answer
        .expect_problem(422, "validation_failed")
        .expect_fault("/full_name", "too_long");

    let accepted = [
        "É".repeat(200),
        "Ł".to_owned(),
        " Ana  Silva ".to_owned(),
        "李小龍".to_owned(),
        "Zoë O'Neil-García, Jr.".to_owned(),
    ];
    for (index, name) in accepted.iter().enumerate() {
        let user = tenant
            .admin
            .post(
                "/v1/users",
                &new_user(&format!("n{index}@x.example"), name, "user"),
            )
            .expect(201);
        assert_eq!(
            user.body["full_name"],
            json!(name),
            "stored as it came, never trimmed"
        );
    }
}
