//! Bodies, queries and headers that make no sense: each a 4xx problem, none of them half done.

use serde_json::{Value, json};

use crate::support::{Response, Tenant, TestApp};

const JSON: &str = "application/json";

fn start() -> (TestApp, Tenant) {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    (app, tenant)
}

fn post(tenant: &Tenant, kind: &str, body: impl Into<Vec<u8>>) -> Response {
    tenant
        .admin
        .send_raw("POST", "/v1/users", kind, body.into())
}

#[test]
fn what_is_no_json_is_malformed() {
    let (_app, tenant) = start();
    let bodies: [&[u8]; 18] = [
        b"",
        b" ",
        b"{",
        b"{\"email\":",
        b"{\"email\":\"a@b.example\",}",
        b"{'email':'a@b.example'}",
        b"{email:1}",
        b"{} {}",
        b"{}x",
        b"nul",
        b"{\"a\":01}",
        b"{\"a\":1e999}",
        b"{\"a\":NaN}",
        b"{\"a\":\"\n\"}",
        b"{\"a\":\"\\ud800\"}",
        b"{\"a\":\"\\udc00\\ud800\"}",
        b"{\"a\":\"\xff\xfe\"}",
        b"\xef\xbb\xbf{}",
    ];
    for body in bodies {
        let refused = post(&tenant, JSON, body).expect_problem(400, "malformed_json");
        assert!(!refused.text_of("/detail").is_empty(), "{body:?}");
    }
}

#[test]
fn a_name_that_stands_twice_in_an_object_is_malformed() {
    let (_app, tenant) = start();
    for body in [
        r#"{"email":"a@b.example","email":"c@d.example"}"#,
        r#"{"email":"a@b.example","em\u0061il":"c@d.example"}"#,
        r#"{"metadata":{"a":[{"b":1,"b":1}]}}"#,
    ] {
        let refused = post(&tenant, JSON, body).expect_problem(400, "malformed_json");
        let detail = refused.text_of("/detail");
        assert!(detail.contains("twice"), "{detail}");
    }
}

#[test]
fn json_that_is_no_object_is_refused() {
    let (_app, tenant) = start();
    for body in ["[]", "[{}]", "null", "true", "7", "\"text\""] {
        post(&tenant, JSON, body)
            .expect_problem(422, "validation_failed")
            .expect_fault("", "wrong_type");
    }
}

#[test]
fn deep_json_is_refused_and_breaks_nothing() {
    let (_app, tenant) = start();
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        for (depth, status, code) in [
            (9_000, 400, "malformed_json"),
            (100_000, 413, "payload_too_large"),
        ] {
            let deep = format!("{}1{}", open.repeat(depth), close.repeat(depth));
            post(&tenant, JSON, deep.clone()).expect_problem(status, code);
            let within = format!("{{\"metadata\":{deep}}}");
            post(&tenant, JSON, within).expect_problem(status, code);
        }
    }
    // Never closed, and as deep as fits.
    post(&tenant, JSON, "[".repeat(64 * 1024)).expect_problem(400, "malformed_json");
    tenant.admin.get("/v1/me").expect(200);
}

#[test]
fn a_body_has_64_kib_and_not_a_byte_more() {
    let (_app, tenant) = start();
    let of_length = |length: usize| {
        let body = json!({ "full_name": "" }).to_string();
        let name = "x".repeat(length - body.len());
        json!({ "full_name": name }).to_string()
    };
    post(&tenant, JSON, of_length(64 * 1024))
        .expect_problem(422, "validation_failed")
        .expect_fault("/full_name", "too_long");
    for length in [64 * 1024 + 1, 65 * 1024, 1024 * 1024] {
        let refused = post(&tenant, JSON, of_length(length));
        let refused = refused.expect_problem(413, "payload_too_large");
        assert!(refused.text_of("/detail").contains("65536"));
    }
}

#[test]
fn a_body_of_another_type_is_415_and_says_which_is_read() {
    let (_app, tenant) = start();
    let kinds = [
        "text/plain",
        "text/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/xml",
        "application/merge-patch+json",
        "application/jsonx",
        "json",
        "",
    ];
    for kind in kinds {
        let refused = post(&tenant, kind, "{}").expect_problem(415, "unsupported_media_type");
        assert!(refused.text_of("/detail").contains(JSON), "{kind}");
    }
    for kind in [
        "application/json; charset=utf-8",
        "Application/JSON",
        "application/json;x",
    ] {
        post(&tenant, kind, "{}").expect_problem(422, "validation_failed");
    }
    for kind in [JSON, "application/merge-patch+json"] {
        let change = br#"{"full_name":"Grace"}"#.to_vec();
        tenant
            .admin
            .send_raw("PATCH", "/v1/me", kind, change)
            .expect(200);
    }
    let refused = tenant
        .admin
        .send_raw("PATCH", "/v1/me", "text/plain", b"{}".to_vec());
    let refused = refused.expect_problem(415, "unsupported_media_type");
    assert!(refused.text_of("/detail").contains("merge-patch"));
}

#[test]
fn a_post_without_a_body_takes_nothing_or_an_empty_object() {
    let (_app, tenant) = start();
    let id = tenant
        .admin
        .get("/v1/domains")
        .expect(200)
        .column("id")
        .remove(0);
    let path = format!("/v1/domains/{id}/verification");
    tenant.admin.send("POST", &path, None).expect(200);
    tenant
        .admin
        .send("POST", &path, Some(&json!({})))
        .expect(200);
    let send = |kind: &str, body: &str| {
        let body = body.as_bytes().to_vec();
        tenant.admin.send_raw("POST", &path, kind, body)
    };
    send(JSON, r#"{"force":true}"#)
        .expect_problem(422, "validation_failed")
        .expect_fault("/force", "unknown_field");
    send(JSON, "[]").expect_problem(422, "validation_failed");
    send(JSON, "{").expect_problem(400, "malformed_json");
    send("text/plain", "{}").expect_problem(415, "unsupported_media_type");
}

#[test]
fn the_nul_character_is_refused_wherever_it_stands_in_a_body() {
    let (_app, tenant) = start();
    let body = json!({ "email": "a\0@b.example", "full_name": "A\0", "metadata": { "a": ["\0"] } });
    post(&tenant, JSON, body.to_string())
        .expect_problem(422, "validation_failed")
        .expect_fault("/full_name", "nul_character")
        .expect_fault("/metadata/a/0", "nul_character");
}

#[test]
fn nothing_of_what_was_refused_is_there() {
    let (app, tenant) = start();
    let count = |table: &str| {
        app.database
            .number(&format!("SELECT count(*) FROM {table}"))
    };
    let before = ["users", "companies", "activity", "idempotency_keys"].map(count);
    let body = json!({
        "email": "ana@x.example", "full_name": "Ana", "role": "user", "password": "correct horse battery staple",
        "company_name": "Northwind", "tier": "no-such", "surprise": Value::Null,
    });
    let keyed = tenant.admin.with("Idempotency-Key", "k1");
    keyed.post("/v1/users", &body).expect(422);
    let mut body = body;
    body.as_object_mut().unwrap().remove("surprise");
    keyed.post("/v1/users", &body).expect(422);
    let after = ["users", "companies", "activity", "idempotency_keys"].map(count);
    assert_eq!(after, before);
}
