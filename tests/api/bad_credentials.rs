//! Passwords and addresses that make no sense: each a problem of its own code, the same for accounts that exist and for
//! those that do not.

use serde_json::{Value, json};

use crate::support::{PASSWORD, Response, Tenant, TestApp};

const NOBODY: &str = "nobody@x.example";
/// Longer than a failure makes anybody wait.
const LONG: i64 = 1_000;

fn start() -> (TestApp, Tenant) {
    let app = TestApp::start();
    let tenant = app.closed_tenant("Bright Calls");
    (app, tenant)
}

fn log_in(app: &TestApp, tenant: &Tenant, email: &Value, password: &Value) -> Response {
    app.clock.advance(LONG);
    let body = json!({ "tenant": tenant.slug, "email": email, "password": password });
    app.anonymous().post("/v1/auth/login", &body)
}

/// The password's and the address's fault, or that they are wrong.
#[track_caller]
fn expect(answer: Response, pointer: &str, fault: Option<&str>) -> Value {
    let answer = match fault {
        Some(fault) => answer
            .expect_problem(422, "validation_failed")
            .expect_fault(pointer, fault),
        None => answer.expect_problem(401, "invalid_credentials"),
    };
    let mut body = answer.body;
    body.as_object_mut().unwrap().remove("request_id");
    body
}

#[test]
fn strange_passwords_are_refused_alike_whoever_is_meant() {
    let (app, tenant) = start();
    let cases = [
        (json!(""), None),
        (json!(" "), None),
        (json!("\t\r\n"), None),
        (json!(PASSWORD.to_uppercase()), None),
        (json!(format!("{PASSWORD} ")), None),
        (json!(format!(" {PASSWORD}")), None),
        (json!("\u{202e}\u{200b}\u{feff}"), None),
        (json!("é".repeat(1_024)), None),
        (json!("💥".repeat(1_024)), None),
        (json!("$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$aGFzaA"), None),
        (json!("x".repeat(1_025)), Some("too_long")),
        (json!("a\0b"), Some("nul_character")),
        (json!(null), Some("wrong_type")),
        (json!(7), Some("wrong_type")),
        (json!([PASSWORD]), Some("wrong_type")),
        (json!({ "$ne": "" }), Some("wrong_type")),
    ];
    for (password, fault) in cases {
        let known = log_in(&app, &tenant, &json!(tenant.admin_email), &password);
        let known = expect(known, "/password", fault);
        let unknown = log_in(&app, &tenant, &json!(NOBODY), &password);
        assert_eq!(expect(unknown, "/password", fault), known, "{password}");
    }
    let right = log_in(&app, &tenant, &json!(tenant.admin_email), &json!(PASSWORD));
    right.expect(200);
}

#[test]
fn strange_addresses_are_nobody_s() {
    let (app, tenant) = start();
    let cases = [
        (json!(""), None),
        (json!(" "), None),
        (json!("@"), None),
        (json!("%"), None),
        (json!("' OR 1=1 --"), None),
        (json!(format!(" {}", tenant.admin_email)), None),
        (json!(format!("{}\n", tenant.admin_email)), None),
        (json!(tenant.admin_email.replace('a', "а")), None),
        (json!("é".repeat(320)), None),
        (json!("x".repeat(321)), Some("too_long")),
        (json!("a\0@x.example"), Some("nul_character")),
        (json!(7), Some("wrong_type")),
    ];
    for (email, fault) in cases {
        let answer = log_in(&app, &tenant, &email, &json!(PASSWORD));
        expect(answer, "/email", fault);
    }
}

#[test]
fn strange_new_passwords_say_what_is_wrong_with_them() {
    let (app, tenant) = start();
    for (password, fault) in [
        (json!(""), "password_too_short"),
        (json!(" ".repeat(14)), "password_too_short"),
        (json!(" ".repeat(15)), "password_too_common"),
        (json!("\u{200b}".repeat(20)), "password_too_common"),
        // 28 code points, 14 of them after composition.
        (json!("e\u{301}".repeat(14)), "password_too_short"),
        (json!("👨‍👩‍👧‍👦".repeat(3)), "password_too_common"),
        (json!("x".repeat(257)), "password_too_long"),
        (json!("x".repeat(1_025)), "too_long"),
        (json!("a sentence with a \0 in it"), "nul_character"),
        (json!(15), "wrong_type"),
    ] {
        let body = json!({ "current_password": PASSWORD, "new_password": password });
        let refused = tenant.admin.put("/v1/me/password", &body);
        refused
            .expect_problem(422, "validation_failed")
            .expect_fault("/new_password", fault);
    }
    app.sign_in(&tenant.slug, &tenant.admin_email, PASSWORD);
}

#[test]
fn refresh_tokens_of_another_kind_or_tenant_are_401_and_end_nothing() {
    let (app, tenant) = start();
    let other = app.closed_tenant("Other");
    let mine = app.log_in(&tenant.slug, &tenant.admin_email);
    let theirs = app.log_in(&other.slug, &other.admin_email);
    let bytes = |token: &str| roster::secret::decode(token.trim_start_matches("rt_")).unwrap();
    let (one, two) = (bytes(&mine.refresh), bytes(&theirs.refresh));
    // Tenant, session, random part and tag, each of the other one's.
    for range in [0..16, 16..32, 32..64, 64..80] {
        let mut mixed = one.clone();
        mixed[range.clone()].copy_from_slice(&two[range]);
        let token = format!("rt_{}", roster::secret::encode(&mixed));
        app.refresh(&token).expect_problem(401, "unauthenticated");
    }
    for token in [
        "",
        " ",
        "rt_",
        "é",
        "💥",
        "rt_é",
        "null",
        mine.client.token(),
    ] {
        app.refresh(token).expect_problem(401, "unauthenticated");
    }
    app.refresh("a\0").expect_problem(422, "validation_failed");
    mine.client.get("/v1/me").expect(200);
    app.refresh(&mine.refresh).expect(200);
    app.refresh(&theirs.refresh).expect(200);
}
