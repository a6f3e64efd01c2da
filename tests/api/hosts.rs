//! From a host name to a tenant: at sign-in and for sign-in pages, by exactly the names that were proven.

use roster::secret::decode;
use serde_json::{Value, json};

use crate::support::{Client, PASSWORD, Tenant, TestApp, within_a_second};

const HOST: &str = "app.bright.localhost";

/// Whose the sign-in is: the id of the tenant, or nothing where it is refused.
fn signs_in(client: &Client, email: &str, domain: Option<&str>) -> Option<String> {
    let mut body = json!({ "email": email, "password": PASSWORD });
    if let Some(domain) = domain {
        body["domain"] = domain.into();
    }
    let answer = client.post("/v1/auth/login", &body);
    if answer.status != 200 {
        answer.expect_problem(401, "invalid_credentials");
        return None;
    }
    Some(
        claims(&answer.text_of("/access_token"))["tid"]
            .as_str()?
            .to_owned(),
    )
}

fn claims(token: &str) -> Value {
    let text = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&decode(text).unwrap()).unwrap()
}

fn at(app: &TestApp, host: &str) -> Client {
    app.anonymous().with("Host", host)
}

/// The app's name that the sign-in page of this host shows; the platform's where it is nobody's.
fn page(app: &TestApp, host: &str) -> String {
    let answer = at(app, host).get("/v1/public/branding").expect(200);
    answer.text_of("/app_name")
}

fn tenant_at(app: &TestApp, name: &str, hostname: &str) -> Tenant {
    let tenant = app.closed_tenant(name);
    tenant.prove(hostname);
    tenant
}

fn set_status(app: &TestApp, hostname: &str, status: &str) {
    app.database.execute(&format!(
        "UPDATE domains SET status = '{status}' WHERE hostname = '{hostname}'"
    ));
}

#[test]
fn only_the_very_name_selects_the_tenant() {
    let app = TestApp::start();
    let tenant = tenant_at(&app, "Bright Calls", HOST);
    let email = tenant.admin_email.as_str();
    for host in [
        HOST,
        "APP.Bright.Localhost",
        "app.bright.localhost.",
        "app.bright.localhost:8443",
        "app.bright.localhost.:8443",
    ] {
        assert_eq!(page(&app, host), "Bright Calls", "{host}");
        let signed_in = signs_in(&at(&app, host), email, None);
        assert_eq!(signed_in.as_deref(), Some(tenant.id.as_str()), "{host}");
    }
    for host in [
        "bright.localhost",
        "x.app.bright.localhost",
        "app.bright.localhost.evil.example",
        "app-bright.localhost",
        "localhost",
        "[::1]:8080",
        "[::1]",
    ] {
        assert_eq!(page(&app, host), "Platform", "{host}");
        // Who fails as often has to wait.
        app.clock.advance(900);
        assert_eq!(signs_in(&at(&app, host), email, None), None, "{host}");
    }
}

#[test]
fn a_domain_is_named_as_people_write_it() {
    let app = TestApp::start();
    let tenant = tenant_at(&app, "Bright Calls", "bücher.localhost");
    for domain in [
        "bücher.localhost",
        "Bücher.Localhost.",
        "xn--bcher-kva.localhost",
    ] {
        let signed_in = signs_in(&app.anonymous(), &tenant.admin_email, Some(domain));
        assert_eq!(signed_in.as_ref(), Some(&tenant.id), "{domain}");
    }
    for domain in [
        "bucher.localhost",
        "https://xn--bcher-kva.localhost",
        "*",
        "",
    ] {
        app.clock.advance(900);
        let signed_in = signs_in(&app.anonymous(), &tenant.admin_email, Some(domain));
        assert_eq!(signed_in, None, "{domain}");
    }
}

#[test]
fn a_lost_record_locks_nobody_out() {
    let app = TestApp::start();
    let tenant = tenant_at(&app, "Bright Calls", HOST);
    let email = tenant.admin_email.as_str();
    set_status(&app, HOST, "degraded");
    assert_eq!(page(&app, HOST), "Bright Calls");
    assert!(signs_in(&at(&app, HOST), email, None).is_some());

    set_status(&app, HOST, "suspended");
    let ask = || at(&app, HOST).get("/v1/public/branding");
    within_a_second(ask, |answer| answer.body["app_name"] == "Platform");
    let by_name = format!("/v1/public/branding?host={HOST}");
    app.anonymous()
        .get(&by_name)
        .expect_problem(404, "not_found");
    for domain in [None, Some(HOST)] {
        let signed_in = signs_in(&at(&app, HOST), email, domain);
        assert_eq!(signed_in.as_ref(), Some(&tenant.id), "{domain:?}");
    }
}

#[test]
fn a_name_that_somebody_else_has_proven_is_theirs() {
    let app = TestApp::start();
    let before = tenant_at(&app, "Before", HOST);
    set_status(&app, HOST, "suspended");
    let after = app.closed_tenant("After");
    let claim = json!({ "hostname": HOST });
    let claimed = after.admin.post("/v1/domains", &claim).expect(201).id();
    // A claim is not a proof.
    assert!(signs_in(&at(&app, HOST), &before.admin_email, None).is_some());
    assert_eq!(signs_in(&at(&app, HOST), &after.admin_email, None), None);
    app.database.execute(&format!(
        "UPDATE proven_hosts SET tenant_id = '{}', domain_id = '{claimed}' WHERE hostname = '{HOST}';
         UPDATE domains SET status = 'active' WHERE id = '{claimed}'",
        after.id
    ));
    assert_eq!(signs_in(&at(&app, HOST), &before.admin_email, None), None);
    let signed_in = signs_in(&at(&app, HOST), &after.admin_email, None);
    assert_eq!(signed_in, Some(after.id));
    let ask = || at(&app, HOST).get("/v1/public/branding");
    within_a_second(ask, |answer| answer.body["app_name"] == "After");
}

#[test]
fn of_forwarded_hosts_the_nearest_proxys_word_counts_and_only_a_trusted_ones() {
    let app = TestApp::start();
    let tenant = tenant_at(&app, "Bright Calls", HOST);
    tenant_at(&app, "Other", "app.other.localhost");
    let settings = [("ROSTER_TRUSTED_PROXIES", "127.0.0.0/8")];
    let behind_proxy = TestApp::start_on(app.database.clone(), &settings);
    let page = |app: &TestApp, forwarded: &[&str]| {
        let client = forwarded.iter().fold(app.anonymous(), |client, line| {
            client.with("X-Forwarded-Host", line)
        });
        let answer = client.get("/v1/public/branding").expect(200);
        assert!(answer.header("vary").contains("X-Forwarded-Host"));
        answer.text_of("/app_name")
    };
    assert_eq!(page(&app, &[HOST]), "Platform");
    assert_eq!(page(&behind_proxy, &[HOST]), "Bright Calls");
    // What came before is what the client sent to the proxy.
    assert_eq!(
        page(
            &behind_proxy,
            &["app.other.localhost, app.bright.localhost:443"]
        ),
        "Bright Calls"
    );
    assert_eq!(
        page(&behind_proxy, &["app.other.localhost", HOST]),
        "Bright Calls"
    );
    assert_eq!(page(&behind_proxy, &[HOST, "nobody.localhost"]), "Platform");
    let client = behind_proxy.anonymous().with("X-Forwarded-Host", HOST);
    let elsewhere = client.with("Host", "app.other.localhost");
    let signed_in = signs_in(&elsewhere, &tenant.admin_email, None);
    assert_eq!(signed_in, Some(tenant.id));
}

#[test]
fn the_issuer_of_tokens_follows_no_host() {
    let app = TestApp::start();
    let settings = [
        ("ROSTER_TRUSTED_PROXIES", "127.0.0.0/8"),
        ("ROSTER_PUBLIC_URL", "https://users.roster.example"),
    ];
    let tenant = tenant_at(&app, "Bright Calls", HOST);
    let service = TestApp::start_on(app.database.clone(), &settings);
    let body = json!({ "email": tenant.admin_email, "password": PASSWORD });
    for client in [
        at(&service, HOST),
        service.anonymous().with("X-Forwarded-Host", HOST),
    ] {
        let answer = client.post("/v1/auth/login", &body).expect(200);
        let claims = claims(&answer.text_of("/access_token"));
        assert_eq!(claims["iss"], "https://users.roster.example");
    }
}
