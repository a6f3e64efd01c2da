//! The activity log: every change has its entry, who did it by full name, and nothing is ever taken back.

use diesel::connection::SimpleConnection;
use serde_json::{Value, json};

use crate::support::{Client, Tenant, TestApp, new_user};

/// One change: method, path, body, the entry's action, target type, a changed field, from and to.
type Change = (
    &'static str,
    String,
    Value,
    &'static str,
    &'static str,
    (&'static str, Value, Value),
);

/// Sends every change and checks its entry.
fn assert_logged(tenant: &Tenant, actor: &Client, name: &str, changes: &[Change]) {
    let actor_id = actor.get("/v1/me").expect(200).id();
    for (index, (method, path, body, action, target, (field, from, to))) in
        changes.iter().enumerate()
    {
        let id = format!("{name}-{index}").replace(' ', "-");
        let client = actor
            .with("X-Request-Id", &id)
            .with("User-Agent", "curl/8.5.0");
        let body = Some(body).filter(|body| !body.is_null());
        let answer = client.send(method, path, body);
        assert!(answer.status < 300, "{method} {path}: {}", answer.text);
        let found = tenant.entries(&format!("action={action}&actor_id={actor_id}"));
        let entry = found.iter().find(|entry| entry["request_id"] == id);
        let entry = entry.unwrap_or_else(|| panic!("{method} {path} has no {action}: {found:?}"));
        assert_eq!(
            entry["actor"],
            json!({ "type": "user", "id": actor_id, "name": name })
        );
        assert_eq!(entry["target"]["type"], *target, "{entry}");
        assert_eq!(entry["ip"], "127.0.0.1");
        assert_eq!(entry["user_agent"], "curl/8.5.0");
        if !field.is_empty() {
            assert_eq!(
                entry["changes"][field],
                json!({ "from": from, "to": to }),
                "{entry}"
            );
        }
    }
}

fn change(
    method: &'static str,
    path: &str,
    body: Value,
    action: &'static str,
    field: (&'static str, Value, Value),
) -> Change {
    let target = action.split('.').next().unwrap();
    (method, path.to_owned(), body, action, target, field)
}

const NOTHING: (&str, Value, Value) = ("", Value::Null, Value::Null);

#[test]
fn every_change_of_a_user_is_logged() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    let id = tenant.add("ana@x.example", "Ana Silva", "user");
    let user = |rest: &str| format!("/v1/users/{id}{rest}");
    let status = |from: &str, to: &str| ("status", json!(from), json!(to));
    let password = json!({ "generate": true, "must_change": true });
    let changes = [
        change(
            "POST",
            "/v1/users",
            new_user("bob@x.example", "Bob", "user"),
            "user.created",
            ("email", json!(null), json!("bob@x.example")),
        ),
        change(
            "PATCH",
            &user(""),
            json!({ "role": "manager" }),
            "user.updated",
            ("role", json!("user"), json!("manager")),
        ),
        change(
            "PUT",
            &user("/password"),
            password,
            "user.password_changed",
            ("must_change_password", json!(false), json!(true)),
        ),
        change(
            "PUT",
            &user("/suspension"),
            json!({ "reason": "left" }),
            "user.suspended",
            status("active", "suspended"),
        ),
        change(
            "DELETE",
            &user("/suspension"),
            json!(null),
            "user.reactivated",
            status("suspended", "active"),
        ),
        change(
            "DELETE",
            &user(""),
            json!(null),
            "user.deleted",
            status("active", "deleted"),
        ),
        change(
            "POST",
            &user("/restoration"),
            json!({}),
            "user.restored",
            status("deleted", "active"),
        ),
    ];
    assert_logged(&tenant, &tenant.admin, "Admin of Bright Calls", &changes);
    let entry = tenant.entry("action=user.suspended");
    assert_eq!(
        entry["target"],
        json!({ "type": "user", "id": id, "name": "Ana Silva" })
    );
    assert_eq!(
        entry["changes"]["reason"],
        json!({ "from": null, "to": "left" })
    );
    let only = tenant.entry("action=user.updated");
    let role = json!({ "from": "user", "to": "manager" });
    assert_eq!(
        only["changes"],
        json!({ "role": role }),
        "what did not change is left out"
    );
}

#[test]
fn every_change_of_roles_tiers_companies_and_domains_is_logged() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    let company = json!({ "name": "Northwind" });
    let company = tenant
        .admin
        .post("/v1/companies", &company)
        .expect(201)
        .id();
    let company = format!("/v1/companies/{company}");
    let name = |from: &str, to: &str| ("name", json!(from), json!(to));
    let made = |to: &str| ("name", json!(null), json!(to));
    let gone = |from: &str| ("name", json!(from), json!(null));
    let new = |key: &str| json!({ "key": key, "name": "New", "permissions": ["calls:read"] });
    let changes = [
        change("POST", "/v1/roles", new("r"), "role.created", made("New")),
        change(
            "PATCH",
            "/v1/roles/r",
            json!({ "permissions": [] }),
            "role.updated",
            ("permissions", json!(["calls:read"]), json!([])),
        ),
        change(
            "DELETE",
            "/v1/roles/r",
            json!(null),
            "role.deleted",
            gone("New"),
        ),
        change(
            "POST",
            "/v1/tiers",
            json!({ "key": "t", "name": "New" }),
            "tier.created",
            made("New"),
        ),
        change(
            "PATCH",
            "/v1/tiers/t",
            json!({ "name": "Renamed" }),
            "tier.updated",
            name("New", "Renamed"),
        ),
        change(
            "DELETE",
            "/v1/tiers/t",
            json!(null),
            "tier.deleted",
            gone("Renamed"),
        ),
        change(
            "POST",
            "/v1/companies",
            json!({ "name": "Contoso" }),
            "company.created",
            made("Contoso"),
        ),
        change(
            "PATCH",
            &company,
            json!({ "name": "Renamed" }),
            "company.updated",
            name("Northwind", "Renamed"),
        ),
        change(
            "DELETE",
            &company,
            json!(null),
            "company.deleted",
            gone("Renamed"),
        ),
        change(
            "POST",
            "/v1/domains",
            json!({ "hostname": "z.localhost" }),
            "domain.created",
            ("hostname", json!(null), json!("z.localhost")),
        ),
    ];
    assert_logged(&tenant, &tenant.admin, "Admin of Bright Calls", &changes);
}

#[test]
fn what_people_do_about_themselves_is_logged_under_their_name() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    let (_, ana) = tenant.add_and_sign_in(&app, "ana@x.example", "Ana María Silva", "user");
    let new = json!({ "current_password": crate::support::PASSWORD, "new_password": "another quite long sentence" });
    let changes = [change(
        "PUT",
        "/v1/me/password",
        new,
        "user.password_changed",
        NOTHING,
    )];
    assert_logged(&tenant, &ana, "Ana María Silva", &changes);
    ana.post("/v1/auth/logout", &json!({})).expect(204);
    let entry = tenant.entry("action=session.ended");
    assert_eq!(entry["actor"]["name"], "Ana María Silva");
}

#[test]
fn a_refused_change_leaves_no_entry() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    tenant.add("ana@x.example", "Ana Silva", "user");
    let count = || app.database.number("SELECT count(*) FROM activity");
    let before = count();
    let again = new_user("ANA@x.example", "Another", "user");
    tenant.admin.post("/v1/users", &again).expect(409);
    tenant.admin.post("/v1/users", &json!({})).expect(422);
    let mut with_company = new_user("bob@x.example", "Bob", "nobody");
    with_company["company_name"] = "Made for nothing".into();
    tenant.admin.post("/v1/users", &with_company).expect(422);
    let me = tenant.admin.get("/v1/me").expect(200).id();
    tenant.admin.delete(&format!("/v1/users/{me}")).expect(409);
    assert_eq!(count(), before);
    let companies = tenant.admin.get("/v1/companies").expect(200);
    assert!(companies.column("id").is_empty());
}

/// Ana and Bob, each made and then edited, an hour apart.
fn history(app: &TestApp) -> (Tenant, String, String) {
    let tenant = app.tenant("Bright Calls");
    let ana = tenant.add("ana@x.example", "Ana María Silva", "user");
    app.clock.advance(300);
    let bob = tenant.add("bob@x.example", "Bob Stone", "user");
    for id in [&ana, &bob] {
        let change = json!({ "role": "manager" });
        tenant
            .admin
            .patch(&format!("/v1/users/{id}"), &change)
            .expect(200);
    }
    (tenant, ana, bob)
}

#[test]
fn the_log_is_filtered_and_searched() {
    let app = TestApp::start();
    let (tenant, ana, bob) = history(&app);
    let names = |query: &str| -> Vec<String> {
        let found = tenant.entries(query);
        found
            .iter()
            .map(|entry| {
                format!(
                    "{} {}",
                    entry["action"].as_str().unwrap(),
                    entry["target"]["name"].as_str().unwrap()
                )
            })
            .collect()
    };
    let (of_ana, of_bob) = ("user.updated Ana María Silva", "user.updated Bob Stone");
    assert_eq!(names("action=user.updated"), [of_bob, of_ana]);
    assert_eq!(
        names(&format!("target_id={ana}")),
        [of_ana, "user.created Ana María Silva"]
    );
    assert_eq!(
        names(&format!("target_id={bob}&action=user.updated")),
        [of_bob]
    );
    assert_eq!(names("q=maria+UPDATED"), [of_ana]);
    assert_eq!(names("target_type=role"), [""; 0]);
    assert_eq!(names("target_type=user&q=stone").len(), 2);
    assert_eq!(names("action=user.update"), [""; 0]);
    assert_eq!(names("q=100%25"), [""; 0]);
    let (_, session) = tenant.add_and_sign_in(&app, "eve@x.example", "Eve", "user");
    let eve = session.get("/v1/me").expect(200).id();
    assert_eq!(names(&format!("actor_id={eve}")), ["session.created Eve"]);
    let since = tenant.entries(&format!("target_id={bob}&action=user.created"))[0]["at"].clone();
    let since = since.as_str().unwrap();
    assert_eq!(
        names(&format!("since={since}&action=user.created&q=stone")).len(),
        1
    );
    assert_eq!(
        names(&format!("until={since}&action=user.created&q=stone")).len(),
        0
    );
    assert_eq!(
        names(&format!("until={since}&target_id={ana}")),
        ["user.created Ana María Silva"]
    );
    for (parameter, value) in [
        ("since", "yesterday"),
        ("until", "2026-13-01T00:00:00Z"),
        ("actor_id", "ana"),
    ] {
        let refused = tenant
            .admin
            .get(&format!("/v1/activity?{parameter}={value}"));
        let refused = refused.expect_problem(400, "invalid_query");
        assert_eq!(
            refused.body["errors"][0]["pointer"],
            format!("/{parameter}")
        );
    }
}

#[test]
fn the_log_is_paged_without_gaps_and_repeats() {
    let app = TestApp::start();
    let (tenant, ..) = history(&app);
    let whole = tenant
        .admin
        .get("/v1/activity?limit=200&include_total=true")
        .expect(200);
    let all = whole.column("id");
    assert_eq!(whole.body["total"], all.len());
    let (mut walked, mut next) = (Vec::new(), "/v1/activity?limit=2".to_owned());
    loop {
        let page = tenant.admin.get(&next).expect(200);
        walked.extend(page.column("id"));
        let Some(link) = page.header("link").split_once('>') else {
            break;
        };
        next = link.0.trim_start_matches('<').to_owned();
    }
    assert_eq!(walked, all);
    let mut reversed = tenant
        .admin
        .get("/v1/activity?limit=200&sort=at")
        .expect(200)
        .column("id");
    reversed.reverse();
    assert_eq!(reversed, all);
}

#[test]
fn the_log_needs_its_permission() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    let (_, ana) = tenant.add_and_sign_in(&app, "ana@x.example", "Ana", "manager");
    let refused = ana
        .get("/v1/activity")
        .expect_problem(403, "permission_denied");
    assert!(refused.text_of("/detail").contains("`activity:read`"));
}

#[test]
fn the_log_is_append_only_whoever_asks_the_database() {
    let app = TestApp::start();
    let before = app.database.number("SELECT count(*) FROM activity");
    assert!(before > 0);
    for statement in [
        "UPDATE activity SET actor_name = 'Somebody else'",
        "UPDATE activity SET changes = '{}'",
        "DELETE FROM activity",
        "TRUNCATE activity",
        "SET roster.purging = 'on'; DELETE FROM activity",
    ] {
        let refused = app.database.connect().batch_execute(statement).unwrap_err();
        let message = refused.to_string();
        assert!(message.contains("append-only"), "{statement}: {message}");
    }
    assert_eq!(app.database.number("SELECT count(*) FROM activity"), before);
}

#[test]
fn a_purge_makes_the_log_forget_the_person() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    let (id, ana) = tenant.add_and_sign_in(&app, "ana.silva@x.example", "Ana María Silva", "user");
    ana.patch("/v1/me", &json!({ "full_name": "Ana Silva" }))
        .expect(200);
    ana.post("/v1/auth/logout", &json!({})).expect(204);
    tenant
        .admin
        .delete(&format!("/v1/users/{id}?purge=true"))
        .expect(204);
    let log = app
        .database
        .text("SELECT string_agg(activity::text, ' ') FROM activity");
    let left: Vec<_> = log
        .match_indices("ilva")
        .map(|(at, _)| &log[at.saturating_sub(90)..at + 4])
        .collect();
    assert!(left.is_empty(), "{left:?}");
    let purged = tenant.entry("action=user.purged");
    assert_eq!(
        purged["target"],
        json!({ "type": "user", "id": id, "name": "Erased user" })
    );
    assert_eq!(tenant.entries(&format!("actor_id={id}")).len(), 3);
    let others = tenant.entries("action=domain.created");
    assert_eq!(others[0]["actor"]["name"], "Admin of Bright Calls");
}
