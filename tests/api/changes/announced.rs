//! What the database tells of, to whom it may concern, and what it keeps to itself because it happens all the time.

use diesel::connection::SimpleConnection;
use diesel::pg::PgConnection;
use serde_json::json;

use crate::support::database::Database;
use crate::support::{Client, TestApp, new_user, unique};

const ANA: &str = "ana@northwind.example";

/// Hears what triggers send.
struct Ear(PgConnection);

impl Ear {
    fn on(database: &Database) -> Self {
        let mut conn = database.connect();
        conn.batch_execute("LISTEN roster_changes").unwrap();
        Self(conn)
    }

    /// What was sent since the last time, each once, in order.
    fn heard(&mut self) -> Vec<String> {
        // The answer comes after what was sent before it.
        self.0.batch_execute("SELECT 1").unwrap();
        let sent = self.0.notifications_iter();
        let mut heard: Vec<String> = sent.map(|sent| sent.unwrap().payload).collect();
        heard.sort();
        heard.dedup();
        heard
    }
}

/// The session that a client speaks in.
fn session_of(client: &Client) -> String {
    let sessions = client.get("/v1/me/sessions").expect(200);
    let rows = sessions.body["data"].as_array().unwrap();
    let current = rows.iter().find(|row| row["is_current"] == true).unwrap();
    current["id"].as_str().unwrap().to_owned()
}

#[test]
fn what_happens_all_the_time_is_not_told() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    tenant.add(ANA, "Ana Silva", "manager");
    let mut ear = Ear::on(&app.database);
    let ana = app.log_in(&tenant.slug, ANA);
    let wrong =
        json!({ "tenant": tenant.slug, "email": ANA, "password": "something else entirely" });
    app.anonymous().post("/v1/auth/login", &wrong).expect(401);
    app.refresh(&ana.refresh).expect(200);
    ana.client.get("/v1/me").expect(200);
    tenant.add("bo@northwind.example", "Bo", "user");
    let mut with_company = new_user("cy@northwind.example", "Cy", "user");
    with_company["company_name"] = json!("Northwind Traders");
    let keyed = tenant.admin.with("Idempotency-Key", "once");
    keyed.post("/v1/users", &with_company).expect(201);
    keyed.post("/v1/users", &with_company).expect(201);
    let limit = json!({ "seat_limit": 7 });
    tenant.admin.patch("/v1/tiers/standard", &limit).expect(200);
    let path = format!("/v1/tenants/{}", tenant.id);
    app.platform().patch(&path, &limit).expect(200);
    assert_eq!(ear.heard(), Vec::<String>::new());
}

#[test]
fn what_ends_or_changes_a_session_is_told_by_name() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    let ana = tenant.add(ANA, "Ana Silva", "manager");
    let (t, path) = (&tenant.id, format!("/v1/users/{ana}"));
    let user = format!("user:{t}:{ana}");
    let log_in = || {
        let client = app.log_in(&tenant.slug, ANA).client;
        let session = format!("session:{t}:{}", session_of(&client));
        (client, session)
    };
    let mut ear = Ear::on(&app.database);

    let (client, session) = log_in();
    client.post("/v1/auth/logout", &json!({})).expect(204);
    assert_eq!(ear.heard(), [session]);

    let change = json!({ "role": "user" });
    tenant.admin.patch(&path, &change).expect(200);
    assert_eq!(ear.heard(), std::slice::from_ref(&user));

    let (_, session) = log_in();
    let new = json!({ "password": "another quite long sentence", "must_change": false });
    tenant
        .admin
        .put(&format!("{path}/password"), &new)
        .expect(204);
    assert_eq!(ear.heard(), [session, user.clone()]);

    let suspension = format!("{path}/suspension");
    tenant.admin.put(&suspension, &json!({})).expect(200);
    assert_eq!(ear.heard(), std::slice::from_ref(&user));
    tenant.admin.delete(&suspension).expect(204);
    assert_eq!(ear.heard(), std::slice::from_ref(&user));
    tenant.admin.delete(&path).expect(204);
    assert_eq!(ear.heard(), std::slice::from_ref(&user));
    tenant
        .admin
        .delete(&format!("{path}?purge=true"))
        .expect(204);
    assert_eq!(ear.heard(), [user]);
}

#[test]
fn what_concerns_a_whole_tenant_is_told_as_that() {
    let app = TestApp::start();
    let tenant = app.closed_tenant("Bright Calls");
    let (of_tenant, hosts) = (
        format!("tenant:{}", tenant.id),
        format!("hosts:{}", tenant.id),
    );
    let mut ear = Ear::on(&app.database);

    let body = json!({ "hostname": format!("{}.localhost", unique("app")) });
    let domain = tenant.admin.post("/v1/domains", &body).expect(201).id();
    let claim = ear.heard();
    assert_eq!(claim, std::slice::from_ref(&hosts), "it can be verified");
    let path = format!("/v1/domains/{domain}");
    let verification = format!("{path}/verification");
    tenant.admin.post(&verification, &json!({})).expect(200);
    assert_eq!(ear.heard(), [hosts.clone(), of_tenant.clone()]);
    tenant.admin.post(&verification, &json!({})).expect(200);
    assert_eq!(ear.heard(), Vec::<String>::new(), "it was proven all along");
    tenant.admin.delete(&path).expect(204);
    assert_eq!(ear.heard(), [hosts]);

    tenant.add_role("calls", &["calls:read"]);
    assert_eq!(ear.heard(), std::slice::from_ref(&of_tenant));
    let change = json!({ "permissions": ["calls:read", "calls:manage"] });
    tenant.admin.patch("/v1/roles/calls", &change).expect(200);
    assert_eq!(ear.heard(), std::slice::from_ref(&of_tenant));
    let change = json!({ "features": ["calls:*"] });
    tenant
        .admin
        .patch("/v1/tiers/standard", &change)
        .expect(200);
    assert_eq!(ear.heard(), std::slice::from_ref(&of_tenant));

    let suspension = format!("/v1/tenants/{}/suspension", tenant.id);
    let platform = app.platform();
    platform.put(&suspension, &json!({})).expect(200);
    assert_eq!(ear.heard(), [of_tenant]);
    let permission = json!({ "name": "Export calls" });
    let path = "/v1/permissions/calls:export";
    platform.put(path, &permission).expect(201);
    assert_eq!(ear.heard(), ["all"]);
    platform.put(path, &permission).expect(200);
    assert_eq!(ear.heard(), Vec::<String>::new(), "it is the same key");
    platform.delete(path).expect(204);
    assert_eq!(ear.heard(), ["all"]);
}

#[test]
fn a_tier_whose_last_seat_is_taken_or_given_back_is_told() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    tenant.add_tier("small", Some(2));
    let seats = format!("seats:{}", tenant.id);
    let add = |email: &str| {
        let mut body = new_user(email, "Somebody", "user");
        body["tier"] = json!("small");
        tenant.admin.post("/v1/users", &body).expect(201).id()
    };
    let mut ear = Ear::on(&app.database);
    add("a@x.example");
    assert_eq!(ear.heard(), Vec::<String>::new(), "one is left");
    let last = add("b@x.example");
    assert_eq!(ear.heard(), std::slice::from_ref(&seats));
    let limit = |seats: u32| {
        let body = json!({ "seat_limit": seats });
        tenant.admin.patch("/v1/tiers/small", &body).expect(200);
    };
    limit(1);
    assert_eq!(ear.heard(), Vec::<String>::new(), "it was full before");
    limit(3);
    assert_eq!(ear.heard(), std::slice::from_ref(&seats));
    limit(2);
    assert_eq!(ear.heard(), std::slice::from_ref(&seats));
    let path = format!("/v1/users/{last}");
    tenant.admin.delete(&path).expect(204);
    let user = format!("user:{}:{last}", tenant.id);
    assert_eq!(ear.heard(), [seats, user]);
}

#[test]
fn a_statement_that_changes_many_users_tells_of_their_tenant() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    let ids: Vec<_> = (0..51)
        .map(|n| tenant.add(&format!("u{n}@x.example"), "Somebody", "manager"))
        .collect();
    let mut ear = Ear::on(&app.database);
    let move_some = |count: usize, role: &str| {
        let few: Vec<_> = ids[..count].iter().map(|id| format!("'{id}'")).collect();
        let few = few.join(",");
        app.database.execute(&format!(
            "UPDATE users SET role = '{role}' WHERE id IN ({few})"
        ));
    };
    move_some(50, "user");
    assert_eq!(ear.heard().len(), 50);
    move_some(51, "user");
    assert_eq!(ear.heard(), [format!("tenant:{}", tenant.id)]);
}
