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
        let deep = format!("{}1{}", open.repeat(10_000), close.repeat(10_000));
        post(&tenant, JSON, deep).expect(if open.len() == 1 { 400 } else { 413 });
        let within = format!(
            "{{\"metadata\":{}1{}}}",
            open.repeat(9_000),
            close.repeat(9_000)
        );
        post(&tenant, JSON, within).expect_problem(400, "malformed_json");
        let deeper = format!("{}1{}", open.repeat(100_000), close.repeat(100_000));
        post(&tenant, JSON, deeper).expect_problem(413, "payload_too_large");
        // Left open, and just as deep as fits.
        post(&tenant, JSON, "[".repeat(64 * 1024)).expect_problem(400, "malformed_json");
    }
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
fn the_nul_character_is_refused_wherever_it_stands() {
    let (_app, tenant) = start();
    let body = json!({ "email": "a\0@b.example", "full_name": "A\0", "metadata": { "a": ["\0"] } });
    post(&tenant, JSON, body.to_string())
        .expect_problem(422, "validation_failed")
        .expect_fault("/full_name", "nul_character")
        .expect_fault("/metadata/a/0", "nul_character");
    for path in [
        "/v1/users?q=%00",
        "/v1/users?q=a%00b",
        "/v1/companies?q=%00",
        "/v1/activity?action=%00",
    ] {
        let refused = tenant.admin.get(path).expect_problem(400, "invalid_query");
        assert_eq!(refused.body["errors"][0]["code"], "nul_character", "{path}");
    }
    for path in [
        "/v1/users/%00",
        "/v1/roles/%00",
        "/v1/roles/admin%00",
        "/%00",
        "/v1/tiers/a%00b",
    ] {
        tenant.admin.get(path).expect_problem(404, "not_found");
    }
}

/// Each list's way to a query: the parameter and what is wrong with it.
const QUERIES: [(&str, &str); 15] = [
    ("limit=0", "limit"),
    ("limit=-1", "limit"),
    ("limit=201", "limit"),
    ("limit=2147483648", "limit"),
    ("limit=99999999999999999999", "limit"),
    ("limit=abc", "limit"),
    ("limit=", "limit"),
    ("limit=1.5", "limit"),
    ("limit=1&limit=2", "limit"),
    ("sort=password_hash", "sort"),
    ("sort=created_at&sort=created_at", "sort"),
    ("sort=created_at%3BDROP", "sort"),
    ("include_total=perhaps", "include_total"),
    ("page=2", "page"),
    ("q=a&q=b", "q"),
];

#[test]
fn a_parameter_that_makes_no_sense_is_named() {
    let (app, tenant) = start();
    let platform = app.platform();
    let lists = [
        "users",
        "roles",
        "tiers",
        "companies",
        "domains",
        "activity",
        "tenants",
    ];
    for list in lists {
        let client = if list == "tenants" {
            &platform
        } else {
            &tenant.admin
        };
        for (query, parameter) in QUERIES {
            let refused = client.get(&format!("/v1/{list}?{query}"));
            let refused = refused.expect_problem(400, "invalid_query");
            let pointer = format!("/{parameter}");
            assert_eq!(
                refused.body["errors"][0]["pointer"], pointer,
                "{}",
                refused.text
            );
        }
        for cursor in ["x", "AAAA", "%25", &"A".repeat(1000), "ÿ"] {
            let cursor: String = url::form_urlencoded::byte_serialize(cursor.as_bytes()).collect();
            let refused = client.get(&format!("/v1/{list}?cursor={cursor}"));
            refused.expect_problem(400, "invalid_cursor");
        }
        let all = client.get(&format!(
            "/v1/{list}?limit=0&sort=x&page=2&q={}",
            "q".repeat(1001)
        ));
        let all = all.expect_problem(400, "invalid_query");
        let faults = all.body["errors"].as_array().unwrap();
        let mut pointers: Vec<_> = faults
            .iter()
            .map(|fault| fault["pointer"].clone())
            .collect();
        pointers.dedup();
        assert!(pointers.len() >= 4, "{}", all.text);
    }
}

#[test]
fn what_is_no_utf_8_is_refused() {
    let (_app, tenant) = start();
    for query in ["q=%ff", "q=%c3%28", "q=a%ed%a0%80", "%ff=1", "role=%ff"] {
        let refused = tenant.admin.get(&format!("/v1/users?{query}"));
        refused.expect_problem(400, "invalid_query");
    }
    for path in [
        "/v1/users/%ff",
        "/v1/roles/%ff",
        "/%ff",
        "/v1/roles/%c3%28",
        "/problems/%ff",
    ] {
        tenant.admin.get(path).expect_problem(404, "not_found");
    }
    tenant
        .admin
        .get("/v1/users?q=%F0%9F%98%80+%C3%A9")
        .expect(200);
}

#[test]
fn an_id_that_is_none_is_404() {
    let (_app, tenant) = start();
    let long = "a".repeat(5_000);
    let ids = [
        "1",
        "-1",
        "ana",
        "..",
        "%2e%2e",
        "%2F",
        "'--",
        "0192f6f0-7c1e-7d3a-9f43-3a1f0c6a2b1",
        "%F0%9F%98%80",
        &long,
    ];
    for id in ids {
        for list in ["users", "companies", "domains", "roles", "tiers"] {
            let unknown = tenant.admin.get(&format!("/v1/{list}/{id}"));
            unknown.expect_problem(404, "not_found");
        }
    }
}

#[test]
fn a_path_that_does_not_exist_is_404_and_a_method_that_it_lacks_405() {
    let (app, tenant) = start();
    for path in [
        "/",
        "/v1",
        "/v1/",
        "/v1/users/",
        "/v2/users",
        "/v1/Users",
        "//v1/users",
        "/v1/nope",
    ] {
        tenant.admin.get(path).expect_problem(404, "not_found");
        app.anonymous().get(path).expect_problem(404, "not_found");
    }
    for (method, path, allow) in [
        ("PUT", "/v1/users", "GET, HEAD, POST"),
        ("DELETE", "/v1/users", "GET, HEAD, POST"),
        ("POST", "/v1/me", "GET, HEAD, PATCH"),
        ("GET", "/v1/auth/login", "POST"),
        ("TRACE", "/v1/users", "GET, HEAD, POST"),
        ("OPTIONS", "/v1/users", "GET, HEAD, POST"),
        ("PROPFIND", "/v1/users", "GET, HEAD, POST"),
        ("POST", "/healthz", "GET, HEAD"),
    ] {
        let refused = app.anonymous().send(method, path, None);
        let refused = refused.expect_problem(405, "method_not_allowed");
        assert_eq!(refused.header("allow"), allow, "{method} {path}");
    }
}

#[test]
fn headers_that_make_no_sense_are_named() {
    let (_app, tenant) = start();
    for tag in ["7", "\"7", "W/7", "\"1\", 2", "'1'"] {
        let refused = tenant
            .admin
            .with("If-Match", tag)
            .patch("/v1/me", &json!({}));
        let refused = refused.expect_problem(400, "invalid_header");
        assert!(refused.text_of("/detail").contains("If-Match"), "{tag}");
    }
    for key in [String::new(), "k".repeat(256), "k\u{e9}".to_owned()] {
        let refused = tenant.admin.with("Idempotency-Key", &key).post("/v1/users", &json!({
            "email": "ana@x.example", "full_name": "Ana", "role": "user", "password": "correct horse battery staple",
        }));
        let refused = refused.expect_problem(400, "invalid_header");
        assert!(refused.text_of("/detail").contains("Idempotency-Key"));
    }
    assert!(
        tenant
            .admin
            .get("/v1/users?q=ana")
            .expect(200)
            .column("id")
            .is_empty()
    );
}

#[test]
fn a_request_id_is_taken_where_it_is_sane_and_made_otherwise() {
    let (_app, tenant) = start();
    let id = |given: &str| {
        let answer = tenant
            .admin
            .with("X-Request-Id", given)
            .get("/v1/users/none");
        answer
            .expect_problem(404, "not_found")
            .text_of("/request_id")
    };
    for sane in ["a", "req-1_2.3:4", &"x".repeat(128)] {
        assert_eq!(id(sane), sane);
    }
    for odd in ["", "a b", "a\"b", "é", "<script>", &"x".repeat(129)] {
        let made = id(odd);
        assert!(made != odd && made.len() == 36, "{odd}: {made}");
    }
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
