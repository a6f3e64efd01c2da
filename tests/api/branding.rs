//! How a tenant's app looks: what can be said of it, who sees it, and how long caches keep it.

use serde_json::{Value, json};

use crate::support::{Client, Response, Tenant, TestApp, race, within_a_second};

const PATH: &str = "/v1/branding";
const HOST: &str = "app.bright.localhost";

fn everything() -> Value {
    json!({
        "app_name": "Bright",
        "logo_url": "https://cdn.bright.example/logo.svg",
        "favicon_url": "https://cdn.bright.example/favicon.ico",
        "primary_color": "#0B5fff",
        "accent_color": "#c2410c",
        "default_theme": "system",
        "language": "pt-BR",
        "currency": "EUR",
        "support_email": "help@bright.example",
    })
}

fn nothing(app_name: &str) -> Value {
    json!({
        "app_name": app_name,
        "logo_url": null,
        "favicon_url": null,
        "primary_color": null,
        "accent_color": null,
        "default_theme": "light",
        "language": null,
        "currency": null,
        "support_email": null,
    })
}

fn start() -> (TestApp, Tenant) {
    let app = TestApp::start();
    let tenant = app.closed_tenant("Bright Calls");
    tenant.prove(HOST);
    (app, tenant)
}

/// What anybody reads at this host name.
fn public(app: &TestApp, host: &str) -> Response {
    app.anonymous()
        .get(&format!("/v1/public/branding?host={host}"))
}

#[test]
fn before_anything_is_said_the_app_has_the_tenants_name() {
    let (_app, tenant) = start();
    let read = tenant.admin.get(PATH).expect(200);
    assert_eq!(read.body, nothing("Bright Calls"));
    let untouched = tenant.admin.patch(PATH, &json!({})).expect(200);
    assert_eq!(untouched.body, read.body);
    assert_eq!(untouched.header("etag"), read.header("etag"));
    assert!(tenant.entries("action=branding.updated").is_empty());
}

#[test]
fn what_is_said_stays_until_it_is_taken_back() {
    let (app, tenant) = start();
    let other = app.tenant("Other");
    let said = tenant.admin.patch(PATH, &everything()).expect(200);
    assert_eq!(said.body, everything());
    let read = tenant.admin.get(PATH).expect(200);
    assert_eq!(read.body, everything());
    assert_eq!(read.header("etag"), said.header("etag"));

    let change = json!({ "logo_url": null, "app_name": "Brighter" });
    let changed = tenant.admin.patch(PATH, &change).expect(200);
    let mut expected = everything();
    expected["logo_url"] = Value::Null;
    expected["app_name"] = "Brighter".into();
    assert_eq!(changed.body, expected);
    assert_ne!(changed.header("etag"), said.header("etag"));

    let mut all_null = everything();
    for value in all_null.as_object_mut().unwrap().values_mut() {
        *value = Value::Null;
    }
    let cleared = tenant.admin.patch(PATH, &all_null).expect(200);
    assert_eq!(cleared.body, nothing("Bright Calls"));
    assert_eq!(other.admin.get(PATH).expect(200).body, nothing("Other"));
}

#[test]
fn a_change_is_logged_with_what_was_before() {
    let (_app, tenant) = start();
    tenant.admin.patch(PATH, &everything()).expect(200);
    let change = json!({ "app_name": "Brighter", "currency": null, "language": "pt-BR" });
    tenant.admin.patch(PATH, &change).expect(200);
    // Nothing changes, so nothing is logged.
    tenant.admin.patch(PATH, &change).expect(200);
    let entries = tenant.entries("action=branding.updated");
    assert_eq!(entries.len(), 2, "{entries:?}");
    let expected = json!({
        "app_name": { "from": "Bright", "to": "Brighter" },
        "currency": { "from": "EUR", "to": null },
    });
    assert_eq!(entries[0]["changes"], expected);
    let target = json!({ "type": "branding", "id": tenant.id, "name": "Brighter" });
    assert_eq!(entries[0]["target"], target);
    assert_eq!(entries[0]["actor"]["name"], "Admin of Bright Calls");
    let first = &entries[1]["changes"]["app_name"];
    assert_eq!(*first, json!({ "from": "Bright Calls", "to": "Bright" }));
}

#[test]
fn who_decided_on_an_older_one_is_refused() {
    let (_app, tenant) = start();
    let change = |tag: &str, name: &str| {
        let client = tenant.admin.with("If-Match", tag);
        client.patch(PATH, &json!({ "app_name": name }))
    };
    let first = tenant.admin.get(PATH).expect(200);
    let first = first.header("etag");
    change("\"0\"", "Nobody").expect_problem(412, "stale_version");
    let second = change(first, "Bright").expect(200);
    change(first, "Late").expect_problem(412, "stale_version");
    // The version comes before what the change would lead to.
    let stale = tenant.admin.with("If-Match", first);
    let faint = json!({ "primary_color": "#ffffff" });
    stale
        .patch(PATH, &faint)
        .expect_problem(412, "stale_version");
    let read = tenant.admin.get(PATH).expect(200);
    assert_eq!(read.body["app_name"], "Bright");
    assert_eq!(read.header("etag"), second.header("etag"));
    change(second.header("etag"), "Brighter").expect(200);
    change("*", "Brightest").expect(200);
}

#[test]
fn of_many_who_decided_on_the_same_one_succeeds() {
    let (_app, tenant) = start();
    // Also where there is no row to lock yet.
    for _ in 0..2 {
        let tag = tenant.admin.get(PATH).expect(200).header("etag").to_owned();
        let client = tenant.admin.with("If-Match", &tag);
        let name = |index: usize| json!({ "app_name": format!("Bright {tag} {index}") });
        let answers = race(8, |index| client.patch(PATH, &name(index)));
        let done = answers.iter().filter(|answer| answer.status == 200);
        assert_eq!(done.count(), 1, "{answers:?}");
        let stale = answers.iter().filter(|answer| answer.status == 412);
        assert_eq!(stale.count(), 7, "{answers:?}");
    }
}

/// Values that a field does not take, with the code that says why.
const WRONG: [(&str, &str, &[&str]); 12] = [
    ("app_name", "too_short", &[""]),
    ("app_name", "blank", &["  "]),
    ("app_name", "control_character", &["a\nb"]),
    (
        "logo_url",
        "not_https",
        &[
            "http://a.example/logo.svg",
            "javascript:alert(1)",
            "/a.svg",
            "",
        ],
    ),
    (
        "favicon_url",
        "invalid_url",
        &[
            "https://",
            "https://me:secret@a.example/",
            "https://a.example/');}",
        ],
    ),
    (
        "primary_color",
        "invalid_format",
        &["#fff", "red", "#12345g", "#0b5fff ", "#0b5fff\n", ""],
    ),
    (
        "accent_color",
        "invalid_format",
        &["0b5fff", "rgb(1, 2, 3)"],
    ),
    (
        "accent_color",
        "low_contrast",
        &["#ffffff", "#FFEE00", "#959595"],
    ),
    ("default_theme", "unknown_value", &["blue", "Light", ""]),
    (
        "language",
        "unknown_language",
        &["en-UK", "en_GB", "english", ""],
    ),
    ("currency", "unknown_currency", &["eur", "XXX", "ABC", ""]),
    (
        "support_email",
        "invalid_email",
        &["help", "a b@a.example", ""],
    ),
];

#[test]
fn every_field_that_is_wrong_is_named_at_once() {
    let (_app, tenant) = start();
    let refused = |field: &str, value: &str, code: &str| {
        let refused = tenant.admin.patch(PATH, &json!({ field: value }));
        let refused = refused.expect_problem(422, "validation_failed");
        let expected = [(format!("/{field}"), code.to_owned())];
        assert_eq!(refused.faults(), expected, "{value:?}");
    };
    for (field, code, values) in WRONG {
        for value in values {
            refused(field, value, code);
        }
    }
    refused("app_name", &"x".repeat(101), "too_long");
    let long = format!("https://a.example/{}", "x".repeat(2_048));
    refused("logo_url", &long, "too_long");
    let many = json!({ "logo_url": "x", "language": "xx", "currency": "x", "theme": "dark", "id": "mine" });
    let refused = tenant
        .admin
        .patch(PATH, &many)
        .expect_problem(422, "validation_failed");
    let pointers: Vec<_> = refused
        .faults()
        .into_iter()
        .map(|(pointer, _)| pointer)
        .collect();
    assert_eq!(
        pointers,
        ["/currency", "/id", "/language", "/logo_url", "/theme"]
    );
    assert_eq!(
        tenant.admin.get(PATH).expect(200).body,
        nothing("Bright Calls")
    );
}

#[test]
fn a_colour_has_to_be_seen_on_the_pages_of_the_default_theme() {
    let (_app, tenant) = start();
    let patch = |body: Value| tenant.admin.patch(PATH, &body);
    let refused = |body: Value, pointers: &[&str]| {
        let refused = patch(body).expect_problem(422, "validation_failed");
        let expected: Vec<_> = pointers
            .iter()
            .map(|pointer| ((*pointer).to_owned(), "low_contrast".to_owned()))
            .collect();
        assert_eq!(refused.faults(), expected, "{}", refused.text);
        refused.text_of("/errors/0/message")
    };
    let (yellow, navy, blue) = ("#ffee00", "#0a2540", "#0b5fff");
    // Light, where nothing is said.
    let why = refused(json!({ "primary_color": yellow }), &["/primary_color"]);
    assert!(
        why.contains("#ffee00 has a contrast of 1.2:1 on white"),
        "{why}"
    );
    patch(json!({ "primary_color": navy })).expect(200);
    // The theme that would hide what is there is the fault of whoever asks for it.
    refused(json!({ "default_theme": "dark" }), &["/default_theme"]);
    refused(json!({ "default_theme": "system" }), &["/default_theme"]);
    let both = json!({ "default_theme": "dark", "primary_color": navy, "accent_color": "#000000" });
    refused(both, &["/accent_color", "/primary_color"]);
    patch(json!({ "default_theme": "dark", "primary_color": yellow })).expect(200);
    refused(json!({ "default_theme": null }), &["/default_theme"]);
    // What else is changed has nothing to do with it.
    patch(json!({ "app_name": "Bright" })).expect(200);
    refused(json!({ "default_theme": "system" }), &["/default_theme"]);
    patch(json!({ "default_theme": "system", "primary_color": blue })).expect(200);
    patch(json!({ "default_theme": "light", "primary_color": null })).expect(200);
    patch(json!({ "default_theme": null })).expect(200);
}

#[test]
fn anybody_reads_the_branding_of_a_host_name_that_is_served() {
    let (app, tenant) = start();
    tenant.admin.patch(PATH, &everything()).expect(200);
    for host in [
        HOST,
        "APP.Bright.Localhost",
        "app.bright.localhost.",
        "app.bright.localhost:5173",
    ] {
        assert_eq!(public(&app, host).expect(200).body, everything(), "{host}");
    }
    let claim = json!({ "hostname": "app.claimed.example" });
    tenant.admin.post("/v1/domains", &claim).expect(201);
    // What is claimed looks like what nobody has ever heard of.
    let body = |host: &str| {
        let mut body = public(&app, host).expect_problem(404, "not_found").body;
        body.as_object_mut().unwrap().remove("request_id");
        body
    };
    let unheard_of = body("nobody.example");
    for host in [
        "app.claimed.example",
        "bright.localhost",
        "x.app.bright.localhost",
        "localhost",
        "127.0.0.1",
        &tenant.slug,
        "https://app.bright.localhost",
        "",
    ] {
        assert_eq!(body(host), unheard_of, "{host}");
    }
}

#[test]
fn a_request_without_a_known_host_gets_the_platforms_branding() {
    let (app, _tenant) = start();
    let change = json!({ "app_name": "Roster CMS" });
    app.platform().patch(PATH, &change).expect(200);
    let shown = |client: &Client| {
        let answer = client.get("/v1/public/branding").expect(200);
        answer.text_of("/app_name")
    };
    let at = |host: &str| app.anonymous().with("Host", host);
    assert_eq!(shown(&app.anonymous()), "Roster CMS");
    assert_eq!(shown(&at("nobody.example")), "Roster CMS");
    assert_eq!(shown(&at(HOST)), "Bright Calls");
    // A session of the platform's makes no difference: the page is the host's.
    assert_eq!(shown(&app.platform().with("Host", HOST)), "Bright Calls");
    let named = at("nobody.example").get(&format!("/v1/public/branding?host={HOST}"));
    assert_eq!(named.expect(200).body["app_name"], "Bright Calls");
}

#[test]
fn caches_keep_it_for_a_minute_and_ask_again_by_its_tag() {
    let (app, tenant) = start();
    let first = public(&app, HOST).expect(200);
    assert_eq!(first.header("cache-control"), "public, max-age=60");
    assert_eq!(first.header("content-type"), "application/json");
    assert!(
        !first.header("vary").contains("Host"),
        "the address says it"
    );
    let at_host = app.anonymous().with("Host", HOST);
    let by_host = at_host.get("/v1/public/branding").expect(200);
    assert!(by_host.header("vary").contains("Host"));
    let tag = first.header("etag").to_owned();
    assert!(tag.starts_with('"') && tag.len() > 20, "{tag}");
    assert_eq!(by_host.header("etag"), tag);

    let again = |known: &str| {
        let client = app.anonymous().with("If-None-Match", known);
        client.get(&format!("/v1/public/branding?host={HOST}"))
    };
    for known in [
        tag.as_str(),
        &format!("W/{tag}"),
        &format!("\"x\", {tag}"),
        "*",
    ] {
        let answer = again(known).expect(304);
        assert_eq!(answer.text, "");
        for name in ["etag", "cache-control", "vary"] {
            assert_eq!(answer.header(name), first.header(name), "{name}");
        }
    }
    again("\"x\"").expect(200);

    tenant.admin.patch(PATH, &everything()).expect(200);
    let changed = again(&tag).expect(200);
    assert_eq!(changed.body, everything());
    let back = json!({ "app_name": null });
    tenant.admin.patch(PATH, &back).expect(200);
    let before = public(&app, HOST).expect(200).header("etag").to_owned();
    // Another name of the tenant is another answer too.
    let renamed = json!({ "name": "Brighter Calls" });
    let path = format!("/v1/tenants/{}", tenant.id);
    app.platform().patch(&path, &renamed).expect(200);
    let answer = again(&before).expect(200);
    assert_eq!(answer.body["app_name"], "Brighter Calls");
}

#[test]
fn the_branding_goes_with_the_domain() {
    let (app, tenant) = start();
    let id = tenant
        .admin
        .get("/v1/domains")
        .expect(200)
        .text_of("/data/0/id");
    public(&app, HOST).expect(200);
    tenant
        .admin
        .delete(&format!("/v1/domains/{id}"))
        .expect(204);
    within_a_second(|| public(&app, HOST), |answer| answer.status == 404);
    assert_eq!(
        tenant.admin.get(PATH).expect(200).body,
        nothing("Bright Calls")
    );
}
