//! What people see and change of themselves.

use serde_json::{Value, json};

use crate::support::{Client, PASSWORD, Tenant, TestApp};

const ANA: &str = "ana@northwind.example";
const NEW_PASSWORD: &str = "another quite long sentence";

fn start(role: &str) -> (TestApp, Tenant, String, Client) {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    let (id, ana) = tenant.add_and_sign_in(&app, ANA, "Ana Silva", role);
    (app, tenant, id, ana)
}

#[test]
fn me_is_the_user_with_tenant_and_permissions() {
    let (_app, tenant, id, ana) = start("manager");
    let me = ana.get("/v1/me").expect(200);
    let user = tenant.admin.get(&format!("/v1/users/{id}")).expect(200);
    assert_eq!(me.header("etag"), user.header("etag"));
    let mut body = me.body;
    let of_tenant = json!({ "id": tenant.id, "name": "Bright Calls", "slug": tenant.slug });
    let permissions = [
        "calls:manage",
        "calls:read",
        "companies:read",
        "roles:read",
        "settings:read",
        "tiers:read",
        "users:read",
    ];
    let fields = body.as_object_mut().unwrap();
    assert_eq!(fields.remove("tenant"), Some(of_tenant));
    assert_eq!(fields.remove("permissions"), Some(json!(permissions)));
    assert_eq!(fields.remove("pending_email"), Some(Value::Null));
    assert_eq!(body, user.body);
}

#[test]
fn an_admin_holds_everything_of_the_tenant_and_nothing_of_the_platform() {
    let (app, tenant, ..) = start("user");
    let permissions =
        |client: &Client| client.get("/v1/me").expect(200).body["permissions"].clone();
    let mut all: Vec<Value> = permissions(&app.platform()).as_array().unwrap().clone();
    let platform_only = ["permissions:write", "tenants:read", "tenants:write"];
    let before = all.len();
    all.retain(|key| !platform_only.contains(&key.as_str().unwrap()));
    assert_eq!(before - all.len(), 3);
    assert_eq!(permissions(&tenant.admin), json!(all));
}

#[test]
fn people_change_their_own_name_and_nothing_else() {
    let (_app, tenant, id, ana) = start("user");
    let changed = ana.patch("/v1/me", &json!({ "full_name": "Ana María Silva" }));
    let changed = changed.expect(200);
    assert_eq!(changed.body["full_name"], "Ana María Silva");
    assert_eq!(ana.get("/v1/me").expect(200).body, changed.body);
    let entry = tenant.entry_where(&format!("action=user.updated&target_id={id}"));
    assert_eq!(entry["actor"]["name"], "Ana Silva");
    assert_eq!(entry["target"]["name"], "Ana María Silva");
    let full_name = json!({ "from": "Ana Silva", "to": "Ana María Silva" });
    assert_eq!(entry["changes"], json!({ "full_name": full_name }));

    let fields = "role tier pending_email status tenant permissions id tenant_id";
    let all: serde_json::Map<_, _> = fields
        .split(' ')
        .map(|field| (field.to_owned(), json!("admin")))
        .collect();
    let mut refused = ana.patch("/v1/me", &all.into());
    refused = refused.expect_problem(422, "validation_failed");
    for field in fields.split(' ') {
        let owned = ["status", "id", "tenant_id"].contains(&field);
        let code = if owned { "read_only" } else { "unknown_field" };
        refused = refused.expect_fault(&format!("/{field}"), code);
    }
    for name in [json!(null), json!(""), json!(7), json!("x".repeat(201))] {
        let refused = ana.patch("/v1/me", &json!({ "full_name": name }));
        let refused = refused.expect_problem(422, "validation_failed");
        assert_eq!(refused.body["errors"][0]["pointer"], "/full_name");
    }
    assert_eq!(ana.get("/v1/me").expect(200).body, changed.body);
}

#[test]
fn a_stale_version_of_oneself_is_412() {
    let (_app, _tenant, _, ana) = start("user");
    let etag = ana.get("/v1/me").expect(200).header("etag").to_owned();
    let guarded = ana.with("If-Match", &etag);
    guarded
        .patch("/v1/me", &json!({ "full_name": "Ana One" }))
        .expect(200);
    let refused = guarded.patch("/v1/me", &json!({ "full_name": "Ana Two" }));
    refused.expect_problem(412, "stale_version");
    assert_eq!(ana.get("/v1/me").expect(200).body["full_name"], "Ana One");
}

#[test]
fn a_changed_password_signs_in_and_the_old_one_does_not() {
    let (app, tenant, id, ana) = start("user");
    let body = json!({ "current_password": PASSWORD, "new_password": NEW_PASSWORD });
    ana.put("/v1/me/password", &body).expect(204);
    let log_in = |password: &str| {
        let body = json!({ "tenant": tenant.slug, "email": ANA, "password": password });
        app.anonymous().post("/v1/auth/login", &body)
    };
    log_in(PASSWORD).expect_problem(401, "invalid_credentials");
    log_in(NEW_PASSWORD).expect(200);
    let entry = tenant.entry_where("action=user.password_changed");
    assert_eq!(
        entry["actor"],
        json!({ "type": "user", "id": id, "name": "Ana Silva" })
    );
    assert_eq!(
        entry["target"],
        json!({ "type": "user", "id": id, "name": "Ana Silva" })
    );
    let everything = app
        .database
        .text("SELECT string_agg(activity::text, ' ') FROM activity");
    assert!(!everything.contains(NEW_PASSWORD) && !everything.contains("argon2"));
}

#[test]
fn a_refused_password_change_changes_nothing() {
    let (app, tenant, _, ana) = start("user");
    let second = app.log_in(&tenant.slug, ANA);
    let refused = |current: &str, new: &str, pointer: &str, code: &str| {
        let body = json!({ "current_password": current, "new_password": new });
        let refused = ana.put("/v1/me/password", &body);
        refused
            .expect_problem(422, "validation_failed")
            .expect_fault(pointer, code);
    };
    refused(
        "wrong horse battery staple",
        NEW_PASSWORD,
        "/current_password",
        "wrong_password",
    );
    refused("", NEW_PASSWORD, "/current_password", "wrong_password");
    refused(
        PASSWORD,
        "fourteen chars",
        "/new_password",
        "password_too_short",
    );
    refused(PASSWORD, PASSWORD, "/new_password", "unchanged");
    let (long, longer) = ("x".repeat(257), "x".repeat(1_025));
    refused(PASSWORD, &long, "/new_password", "password_too_long");
    refused(PASSWORD, &longer, "/new_password", "too_long");
    ana.put("/v1/me/password", &json!({ "password": PASSWORD }))
        .expect_problem(422, "validation_failed")
        .expect_fault("/current_password", "required")
        .expect_fault("/new_password", "required")
        .expect_fault("/password", "unknown_field");
    second.client.get("/v1/me").expect(200);
    app.log_in(&tenant.slug, ANA);
    assert!(tenant.entries("action=user.password_changed").is_empty());
}

#[test]
fn a_password_counts_the_same_however_its_accents_are_composed() {
    let (app, tenant, _, ana) = start("user");
    let (composed, decomposed) = (
        "un café très corsé",
        "un cafe\u{301} tre\u{300}s corse\u{301}",
    );
    let body = json!({ "current_password": PASSWORD, "new_password": composed });
    ana.put("/v1/me/password", &body).expect(204);
    let body = json!({ "tenant": tenant.slug, "email": ANA, "password": decomposed });
    app.anonymous().post("/v1/auth/login", &body).expect(200);
}

#[test]
fn a_password_of_256_characters_may_be_typed_decomposed() {
    let (app, tenant, _, ana) = start("user");
    let words: Vec<_> = (0..40)
        .map(|n| format!("{} été à la forêt; ", n * 7_919))
        .collect();
    let words = words.concat();
    let composed: String = words.chars().take(256).collect();
    let decompose = |text: &str| {
        text.replace('é', "e\u{301}")
            .replace('à', "a\u{300}")
            .replace('ê', "e\u{302}")
    };
    let decomposed = decompose(&composed);
    assert!(decomposed.chars().count() > 280);
    let body = json!({ "current_password": PASSWORD, "new_password": decomposed });
    ana.put("/v1/me/password", &body).expect(204);
    for password in [&composed, &decomposed] {
        app.sign_in(&tenant.slug, ANA, password);
    }
    let longer = json!({ "current_password": composed, "new_password": format!("{decomposed}é") });
    ana.put("/v1/me/password", &longer)
        .expect_problem(422, "validation_failed")
        .expect_fault("/new_password", "password_too_long");
}

#[test]
fn a_session_beyond_two_hundred_ends_the_oldest() {
    let (app, tenant, id, ana) = start("user");
    ana.get("/v1/me").expect(200);
    let second = app.log_in(&tenant.slug, ANA);
    // Between the two, by a moment each.
    app.execute(&format!(
        "INSERT INTO sessions SELECT tenant_id, gen_random_uuid(), user_id, refresh_hash, NULL, rotated_at, ip,
            user_agent, created_at + n * interval '1 microsecond', expires_at
         FROM (SELECT * FROM sessions WHERE user_id = '{id}' ORDER BY created_at LIMIT 1) oldest,
            generate_series(1, 198) n"
    ));
    let count = format!("SELECT count(*) FROM sessions WHERE user_id = '{id}'");
    assert_eq!(app.database.number(&count), 200);
    ana.get("/v1/me").expect(200);
    let newest = app.log_in(&tenant.slug, ANA);
    assert_eq!(app.database.number(&count), 200);
    ana.get("/v1/me").expect_problem(401, "token_revoked");
    for session in [&second, &newest] {
        session.client.get("/v1/me").expect(200);
    }
    let entry = tenant.entry_where("action=session.ended");
    assert_eq!(entry["actor"]["id"], id);
    // Others have their own two hundred.
    tenant.admin.get("/v1/me").expect(200);
}

#[test]
fn people_see_where_they_are_signed_in_and_end_it() {
    let (app, tenant, id, ana) = start("user");
    let phone = app.anonymous().with("User-Agent", "Phone");
    let body = json!({ "tenant": tenant.slug, "email": ANA, "password": PASSWORD });
    let phone = phone.post("/v1/auth/login", &body).expect(200);
    let phone = app.client(&phone.text_of("/access_token"));
    let list = ana.get("/v1/me/sessions").expect(200);
    let rows = list.body["data"].as_array().unwrap();
    assert_eq!(rows.len(), 2, "{}", list.text);
    assert_eq!(
        (&rows[0]["user_agent"], &rows[0]["is_current"]),
        (&json!("Phone"), &json!(false))
    );
    assert_eq!(rows[1]["is_current"], true);
    assert!(
        rows.iter()
            .all(|row| row["user_id"] == id && row["ip"] == "127.0.0.1")
    );
    assert!(!list.text.contains("hash") && !list.text.contains("rt_"));

    let gone = rows[0]["id"].as_str().unwrap();
    ana.delete(&format!("/v1/me/sessions/{gone}")).expect(204);
    phone.get("/v1/me").expect_problem(401, "token_revoked");
    let again = ana.delete(&format!("/v1/me/sessions/{gone}"));
    again.expect_problem(404, "not_found");
    assert_eq!(ana.get("/v1/me/sessions").expect(200).column("id").len(), 1);
    let entry = tenant.entry_where("action=session.ended");
    assert_eq!(entry["target"]["id"], gone);
    assert_eq!(entry["actor"]["name"], "Ana Silva");
}

#[test]
fn nobody_ends_the_sessions_of_others_as_their_own() {
    let (_app, tenant, _, ana) = start("user");
    let list = tenant.admin.get("/v1/me/sessions").expect(200);
    let path = format!("/v1/me/sessions/{}", list.column("id")[0]);
    ana.delete(&path).expect_problem(404, "not_found");
    ana.delete("/v1/me/sessions/none")
        .expect_problem(404, "not_found");
    tenant.admin.get("/v1/me").expect(200);
}

#[test]
fn sessions_that_are_over_are_not_listed() {
    let (app, tenant, _, ana) = start("user");
    let second = app.log_in(&tenant.slug, ANA);
    app.clock.advance(7 * 24 * 60 * 60 - 60);
    let refreshed = app.refresh(&second.refresh).expect(200);
    app.clock.advance(120);
    let second = app.client(&refreshed.text_of("/access_token"));
    assert_eq!(
        second.get("/v1/me/sessions").expect(200).column("id").len(),
        1
    );
    ana.get("/v1/me").expect(401);
}

#[test]
fn everybody_may_ask_what_they_may_do() {
    let (_app, tenant, _, ana) = start("user");
    let access = ana.get("/v1/me/access").expect(200);
    let catalogue = tenant.admin.get("/v1/permissions").expect(200);
    let (mut asked, mut known) = (access.column("permission"), catalogue.column("key"));
    asked.sort();
    known.sort();
    assert_eq!(asked, known);
    let rows = access.body["data"].as_array().unwrap();
    let allowed: Vec<_> = rows.iter().filter(|row| row["allowed"] == true).collect();
    assert_eq!(allowed.len(), 1, "{}", access.text);
    assert_eq!(allowed[0]["permission"], "calls:read");
    assert!(
        rows.iter().all(|row| row["fixes"] == json!([])),
        "{}",
        access.text
    );
    let denied = rows
        .iter()
        .find(|row| row["permission"] == "settings:advanced");
    assert_eq!(denied.unwrap()["decided_by"], "role");
}
