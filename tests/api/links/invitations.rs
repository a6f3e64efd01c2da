//! `/v1/invitations`: list, read, make, send again, withdraw.

use serde_json::{Value, json};

use super::{ANA, accept, guest, invitation, invite, start};
use crate::support::{Tenant, unique};
use crate::walk::with_permissions;

fn path(id: &str) -> String {
    format!("/v1/invitations/{id}")
}

fn resend(tenant: &Tenant, id: &str) -> crate::support::Response {
    let path = format!("{}/resend", path(id));
    tenant.admin.post(&path, &json!({}))
}

#[test]
fn those_who_have_not_accepted_are_listed_and_found() {
    let (app, tenant) = start();
    tenant.add("bo@northwind.example", "Bo", "user");
    let ana = invite(&tenant, ANA);
    let mut of_cleo =
        json!({ "email": "cleo@x.example", "full_name": "Cléo Dubois", "role": "manager" });
    of_cleo["company_name"] = json!("Northwind Traders");
    let made = tenant.admin.post("/v1/invitations", &of_cleo).expect(201);
    let cleo = made.id();
    assert_eq!(made.header("location"), path(&cleo));
    let expected = json!(["Cléo Dubois", "manager", "standard", "Northwind Traders"]);
    let told = ["full_name", "role", "tier", "company_name"].map(|field| made.body[field].clone());
    assert_eq!(json!(told), expected);
    let read = tenant.admin.get(&path(&cleo)).expect(200);
    assert_eq!(
        (&read.body, read.header("etag")),
        (&made.body, made.header("etag"))
    );
    let list = |query: &str| {
        let list = format!("/v1/invitations?{query}");
        tenant.admin.get(&list).expect(200)
    };
    assert_eq!(list("").column("id"), [cleo.clone(), ana.clone()]);
    assert_eq!(
        list("sort=full_name").column("id"),
        [ana.clone(), cleo.clone()]
    );
    assert_eq!(list("q=dubois").column("id"), std::slice::from_ref(&cleo));
    assert_eq!(list("q=ana@north").column("id"), std::slice::from_ref(&ana));
    let first = list("limit=1&include_total=true");
    assert_eq!(first.body["total"], 2);
    let next = first.text_of("/next_cursor");
    let second = list(&format!("limit=1&cursor={next}"));
    assert_eq!(second.column("id"), std::slice::from_ref(&ana));
    accept(&app, &app.token("invitation", ANA)).expect(200);
    assert_eq!(list("").column("id"), [cleo]);
    tenant
        .admin
        .get(&path(&ana))
        .expect_problem(404, "not_found");
    resend(&tenant, &ana).expect_problem(404, "not_found");
    tenant
        .admin
        .delete(&path(&ana))
        .expect_problem(404, "not_found");
}

#[test]
fn another_link_ends_the_one_before() {
    let (app, tenant) = start();
    let id = invite(&tenant, ANA);
    let before = tenant.admin.get(&path(&id)).expect(200);
    let old = app.token("invitation", ANA);
    app.clock.advance(60);
    let resent = resend(&tenant, &id).expect(200);
    assert_ne!(resent.body["sent_at"], before.body["sent_at"]);
    assert_ne!(resent.header("etag"), before.header("etag"));
    assert_eq!(tenant.admin.get(&path(&id)).expect(200).body, resent.body);
    accept(&app, &old).expect_problem(410, "link_revoked");
    accept(&app, &app.token("invitation", ANA)).expect(200);
    assert_eq!(tenant.count_entries("user.invitation_resent", &id), 1);
}

#[test]
fn a_withdrawn_invitation_frees_its_seat_and_ends_its_link() {
    let (app, tenant) = start();
    tenant.add_tier("small", Some(1));
    let mut body = guest(ANA);
    body["tier"] = json!("small");
    let id = tenant.admin.post("/v1/users", &body).expect(201).id();
    let mut other = guest("bo@x.example");
    other["tier"] = json!("small");
    let full = tenant.admin.post("/v1/users", &other);
    full.expect_problem(409, "seat_limit_reached");
    assert_eq!(app.letters("invitation", "bo@x.example"), 0);
    let stale = tenant.admin.with("If-Match", "\"1\"");
    stale
        .delete(&path(&id))
        .expect_problem(412, "stale_version");
    tenant.admin.delete(&path(&id)).expect(204);
    accept(&app, &app.token("invitation", ANA)).expect_problem(410, "link_revoked");
    tenant
        .admin
        .get(&path(&id))
        .expect_problem(404, "not_found");
    let entry = tenant.newest_entry("user.invitation_withdrawn", &id);
    let status = json!({ "from": "invited", "to": "deleted" });
    assert_eq!(entry["changes"]["status"], status);
    tenant.admin.post("/v1/users", &other).expect(201);
    // The address is free again, too.
    tenant.add(ANA, "Ana Silva", "user");
}

#[test]
fn nobody_invites_above_themselves() {
    let (app, tenant) = start();
    let (_, inviter) = with_permissions(&app, &tenant, &["users:create"]);
    let mut boss = guest(ANA);
    boss["role"] = json!("admin");
    let refused = inviter.post("/v1/users", &boss);
    refused.expect_problem(403, "privilege_escalation");
    boss.as_object_mut().unwrap().remove("invite");
    let refused = inviter.post("/v1/invitations", &boss);
    refused.expect_problem(403, "privilege_escalation");
    assert_eq!(app.letters("invitation", ANA), 0);
    let id = tenant.admin.post("/v1/invitations", &boss).expect(201).id();
    let again = format!("{}/resend", path(&id));
    let refused = inviter.post(&again, &json!({}));
    refused.expect_problem(403, "privilege_escalation");
    let refused = inviter.delete(&path(&id));
    refused.expect_problem(403, "privilege_escalation");
    // Whoever is no guest is nothing here, whatever stands above the caller.
    let admin = tenant.admin_id();
    inviter
        .delete(&path(&admin))
        .expect_problem(404, "not_found");
    accept(&app, &app.token("invitation", ANA)).expect(200);
}

#[test]
fn a_suspension_and_a_changed_address_end_the_link_and_another_is_sent_on_demand() {
    let (app, tenant) = start();
    let id = invite(&tenant, ANA);
    let user = format!("/v1/users/{id}");
    let suspension = format!("{user}/suspension");
    tenant.admin.put(&suspension, &json!({})).expect(200);
    let first = app.token("invitation", ANA);
    accept(&app, &first).expect_problem(410, "link_revoked");
    tenant.admin.delete(&suspension).expect(204);
    accept(&app, &first).expect_problem(410, "link_revoked");
    let read = tenant.admin.get(&path(&id)).expect(200);
    assert_eq!(read.body["sent_at"], Value::Null);
    resend(&tenant, &id).expect(200);
    let second = app.token("invitation", ANA);
    let moved = json!({ "email": "ana.silva@northwind.example" });
    tenant.admin.patch(&user, &moved).expect(200);
    accept(&app, &second).expect_problem(410, "link_revoked");
    // The old address may be a stranger's.
    assert_eq!(app.letters("address_changed", ANA), 0);
    resend(&tenant, &id).expect(200);
    accept(
        &app,
        &app.token("invitation", "ana.silva@northwind.example"),
    )
    .expect(200);
}

#[test]
fn a_link_counts_for_seven_days() {
    let (app, tenant) = start();
    let early = invitation(&app, &tenant, ANA);
    let late = invitation(&app, &tenant, "bo@x.example");
    app.clock.advance(7 * super::DAY - 60);
    accept(&app, &early).expect(200);
    app.clock.advance(60);
    accept(&app, &late).expect_problem(410, "link_expired");
    app.clock.advance(31 * super::DAY);
    app.upkeep.run_once().unwrap();
    accept(&app, &late).expect_problem(400, "link_invalid");
}

#[test]
fn without_a_domain_nobody_is_invited_and_the_invited_may_still_come() {
    let (app, tenant) = start();
    let token = invitation(&app, &tenant, ANA);
    let id = invite(&tenant, "bo@x.example");
    for domain in tenant.admin.get("/v1/domains").expect(200).column("id") {
        let path = format!("/v1/domains/{domain}");
        tenant.admin.delete(&path).expect(204);
    }
    let other = format!("{}@x.example", unique("guest"));
    let refused = tenant.admin.post("/v1/users", &guest(&other));
    refused.expect_problem(403, "domain_not_configured");
    resend(&tenant, &id).expect_problem(403, "domain_not_configured");
    accept(&app, &token).expect(200);
    tenant.admin.delete(&path(&id)).expect(204);
}
