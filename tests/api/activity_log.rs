//! The activity log as it is read: filtered, searched, paged; and that nothing is ever taken back, but a name.

use diesel::connection::SimpleConnection;
use serde_json::json;

use crate::support::{Tenant, TestApp};

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
    let purged = tenant.entry_where("action=user.purged");
    assert_eq!(
        purged["target"],
        json!({ "type": "user", "id": id, "name": "Erased user" })
    );
    assert_eq!(tenant.entries(&format!("actor_id={id}")).len(), 3);
    let others = tenant.entries("action=domain.created");
    assert_eq!(others[0]["actor"]["name"], "Admin of Bright Calls");
}
