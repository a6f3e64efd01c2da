//! Queries, paths and headers that make no sense: each a 4xx problem that names what is wrong.

use serde_json::json;

use crate::support::{Tenant, TestApp};

fn start() -> (TestApp, Tenant) {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    (app, tenant)
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
fn the_nul_character_is_refused_in_queries_and_names_nothing() {
    let (_app, tenant) = start();
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
