//! Pages in browsers: those of a proven host read what is their own tenant's, those of configured origins everything,
//! and all others nothing.

use serde_json::json;

use crate::support::{Client, PASSWORD, Response, Tenant, TestApp, within_a_second};
use crate::walk::Walk;

const HOST: &str = "app.bright.localhost";
const ORIGIN: &str = "https://app.bright.localhost";
const ALLOWED: &str = "access-control-allow-origin";

fn tenant_at(app: &TestApp, hostname: &str) -> Tenant {
    let tenant = app.closed_tenant("Bright Calls");
    tenant.prove(hostname);
    tenant
}

/// The origin that may read the answer; every answer tells caches that it depends on it.
#[track_caller]
fn reader(answer: &Response) -> &str {
    let vary = answer.headers.get_all("vary").iter();
    let vary: Vec<_> = vary.filter_map(|line| line.to_str().ok()).collect();
    assert!(vary.contains(&"Origin"), "{}: {vary:?}", answer.request);
    assert_eq!(answer.header("access-control-allow-credentials"), "");
    let allowed = answer.header(ALLOWED);
    let exposed = answer.header("access-control-expose-headers");
    assert_eq!(exposed.is_empty(), allowed.is_empty(), "{}", answer.request);
    allowed
}

/// A preflight for a GET.
fn preflight(client: &Client, path: &str) -> Response {
    let client = client.with("Access-Control-Request-Method", "GET");
    let client = client.with("Access-Control-Request-Headers", "authorization");
    client.send("OPTIONS", path, None)
}

#[test]
fn a_page_of_a_proven_host_reads_the_answers_to_its_own_tenant() {
    let app = TestApp::start();
    let tenant = tenant_at(&app, HOST);
    let page = tenant.admin.with("Origin", ORIGIN);
    let nobody = app.anonymous().with("Origin", ORIGIN);
    let expired = app.client("no.token.atall").with("Origin", ORIGIN);
    for answer in [
        page.get("/v1/me").expect(200),
        page.get("/v1/users?limit=0").expect(400),
        page.get("/v1/users/none").expect(404),
        page.get("/v1/nothing").expect(404),
        page.delete("/v1/me").expect(405),
        page.post("/v1/companies", &json!({ "x": 1 })).expect(422),
        page.get("/v1/tenants").expect(403),
        nobody.get("/v1/me").expect(401),
        expired.get("/v1/me").expect(401),
        nobody.get("/v1/public/branding").expect(200),
        nobody.get("/.well-known/jwks.json").expect(200),
    ] {
        assert_eq!(reader(&answer), ORIGIN, "{}", answer.request);
    }
    let made = page.post("/v1/companies", &json!({ "name": "Northwind" }));
    let made = made.expect(201);
    assert_eq!(reader(&made), ORIGIN);
    let exposed = made.header("access-control-expose-headers").to_lowercase();
    let exposed: Vec<_> = exposed.split(", ").collect();
    for name in [
        "etag",
        "location",
        "link",
        "x-request-id",
        "retry-after",
        "ratelimit",
        "ratelimit-policy",
        "idempotency-replayed",
    ] {
        assert!(exposed.contains(&name), "{exposed:?}");
    }
    for name in ["etag", "location", "x-request-id"] {
        assert!(!made.header(name).is_empty(), "{name}");
    }
}

#[test]
fn a_page_does_not_read_the_answers_to_another_tenant() {
    let app = TestApp::start();
    tenant_at(&app, HOST);
    let other = tenant_at(&app, "app.other.localhost");
    for client in [&other.admin, &app.platform()] {
        for path in ["/v1/me", "/v1/users/none", "/v1/public/branding"] {
            let answer = client.with("Origin", ORIGIN).get(path);
            assert_eq!(reader(&answer), "", "{path}");
        }
    }
    let own = other.admin.with("Origin", "https://app.other.localhost");
    assert_eq!(
        reader(&own.get("/v1/me").expect(200)),
        "https://app.other.localhost"
    );
}

#[test]
fn a_page_does_not_read_the_sign_in_to_another_tenant() {
    let app = TestApp::start();
    let own = tenant_at(&app, HOST);
    let other = tenant_at(&app, "app.other.localhost");
    let page = app.anonymous().with("Origin", ORIGIN);
    for (tenant, readable) in [(&own, ORIGIN), (&other, "")] {
        let mut login = json!({
            "tenant": tenant.slug, "email": tenant.admin_email, "password": PASSWORD
        });
        let answer = page.post("/v1/auth/login", &login).expect(200);
        assert_eq!(reader(&answer), readable);
        let refresh = json!({ "refresh_token": answer.text_of("/refresh_token") });
        let answer = page.post("/v1/auth/refresh", &refresh).expect(200);
        assert_eq!(reader(&answer), readable);
        // What is refused looks the same whoever it is, or which tenants there are could be seen.
        login["password"] = "not the password".into();
        let refused = page.post("/v1/auth/login", &login).expect(401);
        assert_eq!(reader(&refused), ORIGIN);
    }
    let elsewhere = app
        .anonymous()
        .with("Origin", "https://app.other.localhost");
    let login = json!({
        "tenant": other.slug, "email": other.admin_email, "password": PASSWORD
    });
    let answer = elsewhere.post("/v1/auth/login", &login).expect(200);
    assert_eq!(reader(&answer), "https://app.other.localhost");
}

#[test]
fn a_page_from_anywhere_else_reads_nothing() {
    let app = TestApp::start();
    let tenant = tenant_at(&app, HOST);
    let claim = json!({ "hostname": "app.claimed.example" });
    tenant.admin.post("/v1/domains", &claim).expect(201);
    for origin in [
        "http://app.bright.localhost",
        "https://app.bright.localhost:8443",
        "https://x.app.bright.localhost",
        "https://bright.localhost",
        "https://app.bright.localhost.evil.example",
        "https://app.bright.localhost/",
        "https://app.bright.localhost@evil.example",
        "https://app.claimed.example",
        "http://localhost:5173",
        "http://localhost:8080",
        "https://evil.example",
        "app.bright.localhost",
        "null",
        "*",
        "",
    ] {
        for client in [&tenant.admin, &app.anonymous()] {
            let page = client.with("Origin", origin);
            assert_eq!(reader(&page.get("/v1/me")), "", "{origin}");
            let refused = preflight(&page, "/v1/me");
            let refused = refused.expect_problem(405, "method_not_allowed");
            assert_eq!(reader(&refused), "", "{origin}");
        }
    }
    let two = tenant
        .admin
        .with("Origin", ORIGIN)
        .with("Origin", "https://evil.example");
    assert_eq!(reader(&two.get("/v1/me")), "");
    assert_eq!(reader(&tenant.admin.get("/v1/me").expect(200)), "");
}

#[test]
fn a_page_of_a_configured_origin_reads_everything() {
    let app = TestApp::start();
    let tenant = tenant_at(&app, HOST);
    let origins = "https://Admin.roster.example:443/, http://localhost:5173";
    let settings = [("ROSTER_CORS_ORIGINS", origins)];
    let service = TestApp::start_on(app.database.clone(), &settings);
    let tenants_client = service.client(tenant.admin.token());
    for client in [tenants_client, service.platform()] {
        for origin in ["https://admin.roster.example", "http://localhost:5173"] {
            let page = client.with("Origin", origin);
            assert_eq!(reader(&page.get("/v1/me").expect(200)), origin);
            let answer = preflight(&page, "/v1/me").expect(204);
            assert_eq!(answer.header(ALLOWED), origin);
        }
        for origin in [
            "http://admin.roster.example",
            "http://localhost:5174",
            "http://localhost",
        ] {
            let page = client.with("Origin", origin);
            assert_eq!(reader(&page.get("/v1/me").expect(200)), "", "{origin}");
        }
    }
}

#[test]
fn a_preflight_answers_the_methods_of_the_path() {
    let walk = Walk::start();
    walk.platform.prove(HOST);
    let page = walk.app.anonymous().with("Origin", ORIGIN);
    let operations = &walk.document.operations;
    for operation in operations {
        let path = operation.path.replace(['{', '}'], "");
        let answer = preflight(&page, &path).expect(204);
        assert_eq!(answer.text, "", "{path}");
        assert_eq!(answer.header(ALLOWED), ORIGIN, "{path}");
        assert_eq!(answer.header("vary"), "Origin", "{path}");
        assert_eq!(answer.header("access-control-max-age"), "7200");
        assert_eq!(answer.header("access-control-allow-credentials"), "");
        let methods = answer.header("access-control-allow-methods");
        let methods: Vec<_> = methods.split(", ").collect();
        assert!(
            methods.contains(&operation.method.as_str()),
            "{operation}: {methods:?}"
        );
        let of_path = operations
            .iter()
            .filter(|other| other.path == operation.path);
        let gets = usize::from(methods.contains(&"GET"));
        assert_eq!(
            methods.len(),
            of_path.count() + gets,
            "{operation}: {methods:?}"
        );
        let headers = answer.header("access-control-allow-headers").to_lowercase();
        let headers: Vec<_> = headers.split(", ").collect();
        for name in [
            "authorization",
            "content-type",
            "if-match",
            "if-none-match",
            "idempotency-key",
            "x-request-id",
        ] {
            assert!(headers.contains(&name), "{headers:?}");
        }
    }
    let answer = preflight(&page.with("X-Request-Id", "flight-1"), "/v1/me");
    assert_eq!(answer.header("x-request-id"), "flight-1");
}

#[test]
fn what_is_no_preflight_is_answered_as_ever() {
    let app = TestApp::start();
    tenant_at(&app, HOST);
    let page = app.anonymous().with("Origin", ORIGIN);
    let refused = |client: &Client, path: &str, status: u16, code: &str| {
        let answer = client.send("OPTIONS", path, None);
        assert_eq!(answer.header("access-control-allow-methods"), "");
        answer.expect_problem(status, code)
    };
    let without_origin = app.anonymous().with("Access-Control-Request-Method", "GET");
    for client in [&app.anonymous(), &without_origin, &page] {
        let answer = refused(client, "/v1/users", 405, "method_not_allowed");
        assert_eq!(answer.header("allow"), "GET, HEAD, POST");
    }
    let nowhere = page.with("Access-Control-Request-Method", "GET");
    refused(&nowhere, "/v1/nothing", 404, "not_found");
}

#[test]
fn what_a_page_may_read_follows_its_domain() {
    let app = TestApp::start();
    let tenant = app.closed_tenant("Bright Calls");
    let page = tenant.admin.with("Origin", ORIGIN);
    let ask = || page.get("/v1/me");
    let reads = |answer: &Response| reader(answer) == ORIGIN;
    assert!(!reads(&ask()));
    let id = tenant.prove(HOST);
    within_a_second(ask, reads);
    let set = |status: &str| {
        app.database.execute(&format!(
            "UPDATE domains SET status = '{status}' WHERE id = '{id}'"
        ));
    };
    set("degraded");
    std::thread::sleep(std::time::Duration::from_secs(1));
    assert!(reads(&ask()), "degraded counts as active");
    set("suspended");
    within_a_second(ask, |answer| !reads(answer));
    preflight(&page, "/v1/me").expect(405);
    set("active");
    within_a_second(ask, reads);
    tenant
        .admin
        .delete(&format!("/v1/domains/{id}"))
        .expect(204);
    within_a_second(ask, |answer| !reads(answer));
}

#[test]
fn a_page_can_read_that_the_database_is_gone() {
    let app = TestApp::start();
    let tenant = tenant_at(&app, HOST);
    let page = tenant.admin.with("Origin", ORIGIN);
    within_a_second(|| page.get("/v1/me"), |answer| reader(answer) == ORIGIN);
    app.database.close();
    preflight(&page, "/v1/me").expect(204);
    let answer = page.get("/v1/companies");
    let answer = answer.expect_problem(503, "database_unavailable");
    assert_eq!(reader(&answer), ORIGIN);
}
