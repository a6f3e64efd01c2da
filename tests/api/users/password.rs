//! Setting somebody's password, and that no password is ever told again.

use serde_json::json;

use crate::support::{PASSWORD, TestApp, new_user};

const NEW: &str = "another horse, another battery";

#[test]
fn a_new_password_works_at_once_ends_sessions_and_is_due_for_a_change() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    let (id, ana) = tenant.add_and_sign_in(&app, "ana@x.example", "Ana", "user");
    let path = format!("/v1/users/{id}/password");
    let set = tenant
        .admin
        .put(&path, &json!({ "password": NEW }))
        .expect(204);
    assert!(set.text.is_empty());
    ana.get("/v1/me").expect_problem(401, "token_revoked");
    let login = |password: &str| json!({ "tenant": tenant.slug, "email": "ana@x.example", "password": password });
    app.anonymous()
        .post("/v1/auth/login", &login(PASSWORD))
        .expect_problem(401, "invalid_credentials");
    let again = app
        .anonymous()
        .post("/v1/auth/login", &login(NEW))
        .expect(200);
    assert_eq!(
        again.body["password_change_required"], true,
        "due unless said otherwise"
    );

    tenant
        .admin
        .put(
            &path,
            &json!({ "password": PASSWORD, "must_change": false }),
        )
        .expect(204);
    app.sign_in(&tenant.slug, "ana@x.example", PASSWORD)
        .get("/v1/me")
        .expect(200);
    let entry = tenant.newest_entry("user.password_changed", &id);
    assert_eq!(entry["actor"]["name"], "Admin of Bright Calls");
    assert_eq!(
        entry["changes"],
        json!({ "must_change_password": { "from": true, "to": false } })
    );
}

#[test]
fn a_password_can_be_generated_for_somebody() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    let id = tenant.add("ana@x.example", "Ana", "user");
    let path = format!("/v1/users/{id}/password");
    let made = tenant
        .admin
        .put(&path, &json!({ "generate": true, "must_change": false }))
        .expect(200);
    assert_eq!(made.body.as_object().unwrap().len(), 1);
    app.sign_in(
        &tenant.slug,
        "ana@x.example",
        &made.text_of("/generated_password"),
    )
    .get("/v1/me")
    .expect(200);
    let again = tenant
        .admin
        .put(&path, &json!({ "generate": true }))
        .expect(200);
    assert_ne!(again.text, made.text);
}

#[test]
fn a_password_has_15_to_256_characters_and_is_given_or_generated() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    let id = tenant.add("ana@x.example", "Ana", "user");
    let (short, long) = ("é".repeat(14), "x".repeat(257));
    let refused = [
        (json!({ "password": short }), "password_too_short"),
        (json!({ "password": long }), "password_too_long"),
        (json!({}), "required"),
        (json!({ "generate": false }), "required"),
        (json!({ "password": 1 }), "wrong_type"),
        (
            json!({ "password": PASSWORD, "generate": true }),
            "conflicting",
        ),
    ];
    for (body, code) in refused {
        let answer = tenant.admin.put(&format!("/v1/users/{id}/password"), &body);
        answer
            .expect_problem(422, "validation_failed")
            .expect_fault("/password", code);
        let mut new = new_user("bo@x.example", "Bo", "user");
        new["password"] = body.get("password").cloned().unwrap_or(json!(null));
        new["generate_password"] = body.get("generate").cloned().unwrap_or(json!(false));
        let answer = tenant.admin.post("/v1/users", &new);
        answer
            .expect_problem(422, "validation_failed")
            .expect_fault("/password", code);
    }
    let longest: Vec<String> = (0..40)
        .map(|n| format!("{} bottles; ", n * 7_919))
        .collect();
    let longest: String = longest.concat().chars().take(256).collect();
    let fitting = ["éèàùçâêîôûëïüÿñ", &longest, " blanks are ok "];
    for (index, password) in fitting.iter().enumerate() {
        let mut new = new_user(&format!("p{index}@x.example"), "P", "user");
        new["password"] = json!(password);
        tenant.admin.post("/v1/users", &new).expect(201);
        app.sign_in(&tenant.slug, &format!("p{index}@x.example"), password);
    }
}

#[test]
fn no_answer_and_no_activity_entry_tells_a_password_or_hash() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    let (given, changed, own) = (
        "hunter2 met a tall giraffe",
        "hunter3 sold a blue piano",
        "hunter4 mended seven clocks",
    );
    let mut body = new_user("ana@x.example", "Ana", "manager");
    body["password"] = json!(given);
    let created = tenant.admin.post("/v1/users", &body).expect(201);
    let path = format!("/v1/users/{}", created.id());
    let mut answers = vec![created];
    let set = json!({ "password": changed, "must_change": false });
    answers.push(
        tenant
            .admin
            .put(&format!("{path}/password"), &set)
            .expect(204),
    );
    let generated = tenant
        .admin
        .put(&format!("{path}/password"), &json!({ "generate": true }))
        .expect(200)
        .text_of("/generated_password");
    answers.push(
        tenant
            .admin
            .put(&format!("{path}/password"), &set)
            .expect(204),
    );
    let ana = app.sign_in(&tenant.slug, "ana@x.example", changed);
    answers.push(
        ana.put(
            "/v1/me/password",
            &json!({ "current_password": changed, "new_password": own }),
        )
        .expect(204),
    );
    answers.push(
        ana.patch("/v1/me", &json!({ "full_name": "Ana B" }))
            .expect(200),
    );
    answers.push(
        tenant
            .admin
            .patch(&path, &json!({ "full_name": "Ana" }))
            .expect(200),
    );
    answers.push(
        tenant
            .admin
            .put(&format!("{path}/suspension"), &json!({}))
            .expect(200),
    );
    for list in [
        path.as_str(),
        "/v1/users",
        "/v1/activity?limit=200",
        "/v1/me",
        &format!("{path}/sessions"),
        &format!("{path}/access"),
    ] {
        answers.push(tenant.admin.get(list).expect(200));
    }
    let secrets = [
        given,
        changed,
        own,
        &generated,
        "argon2",
        "\"hash\"",
        "password_hash",
        "\"password\"",
    ];
    for answer in &answers {
        for secret in secrets {
            assert!(
                !answer.text.contains(secret),
                "{} tells {secret}: {}",
                answer.request,
                answer.text
            );
        }
    }
    let logged = app
        .database
        .text("SELECT string_agg(activity::text, ' ') FROM activity");
    let kept = app
        .database
        .text("SELECT coalesce(string_agg(idempotency_keys::text, ' '), '') FROM idempotency_keys");
    for secret in [given, changed, own, &generated, "argon2"] {
        assert!(
            !logged.contains(secret) && !kept.contains(secret),
            "{secret}"
        );
    }
}
