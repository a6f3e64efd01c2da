//! The activity log: every change has its entry, who did it by full name, and nothing is ever taken back.

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
        let id = format!("change-{index}");
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
    let entry = tenant.entry_where("action=user.suspended");
    assert_eq!(
        entry["target"],
        json!({ "type": "user", "id": id, "name": "Ana Silva" })
    );
    assert_eq!(
        entry["changes"]["reason"],
        json!({ "from": null, "to": "left" })
    );
    let only = tenant.entry_where("action=user.updated");
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
    let entry = tenant.entry_where("action=session.ended");
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
