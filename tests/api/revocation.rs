//! What is taken away is gone on the very next request to the instance that took it, and within a second on every other
//! one, where it was in memory.

use serde_json::{Value, json};

use crate::support::{Client, SignIn, Tenant, TestApp, within_a_second};

const ANA: &str = "ana@northwind.example";
const NEW_PASSWORD: &str = "another quite long sentence";

/// Two instances on one database; Ana, a manager, is signed in.
struct World {
    here: TestApp,
    there: TestApp,
    tenant: Tenant,
    ana: String,
    session: SignIn,
}

impl World {
    fn start() -> Self {
        let here = TestApp::start();
        let there = TestApp::start_on(here.database.clone(), &[]);
        let tenant = here.tenant("Bright Calls");
        let ana = tenant.add(ANA, "Ana Silva", "manager");
        let session = here.log_in(&tenant.slug, ANA);
        let world = Self {
            here,
            there,
            tenant,
            ana,
            session,
        };
        world.assert_signed_in(&world.session);
        world
    }

    fn path(&self, rest: &str) -> String {
        format!("/v1/users/{}{rest}", self.ana)
    }

    /// The session's client on the other instance.
    fn elsewhere(&self, session: &SignIn) -> Client {
        self.there.client(session.client.token())
    }

    #[track_caller]
    fn assert_signed_in(&self, session: &SignIn) {
        session.client.get("/v1/me").expect(200);
        self.elsewhere(session).get("/v1/me").expect(200);
    }

    /// The session is over: at once here, where it was ended, and within a second there.
    #[track_caller]
    fn assert_signed_out(&self, session: &SignIn) {
        Self::assert_ended(session, &self.here, &self.there);
    }

    #[track_caller]
    fn assert_ended(session: &SignIn, by: &TestApp, other: &TestApp) {
        let me = |app: &TestApp| app.client(session.client.token()).get("/v1/me");
        me(by).expect_problem(401, "token_revoked");
        let late = within_a_second(|| me(other), |answer| answer.status == 401);
        late.expect_problem(401, "token_revoked");
        for app in [by, other] {
            let refused = app.refresh(&session.refresh);
            refused.expect_problem(401, "token_revoked");
        }
    }

    /// What Ana may do, at once here, and as the other instance sees it within a second.
    #[track_caller]
    fn assert_permissions(&self, expected: &Value) {
        let here = self.session.client.get("/v1/me").expect(200);
        assert_eq!(&here.body["permissions"], expected);
        let there = self.elsewhere(&self.session);
        within_a_second(
            || there.get("/v1/me").expect(200),
            |there| there.body == here.body,
        );
    }
}

#[test]
fn a_suspended_user_is_signed_out_at_once() {
    let world = World::start();
    let admin = &world.tenant.admin;
    admin
        .put(&world.path("/suspension"), &json!({ "reason": "left" }))
        .expect(200);
    world.assert_signed_out(&world.session);
    admin.delete(&world.path("/suspension")).expect(204);
    world.assert_signed_out(&world.session);
    world.assert_signed_in(&world.here.log_in(&world.tenant.slug, ANA));
}

#[test]
fn a_removed_user_is_signed_out_at_once() {
    let world = World::start();
    let admin = &world.tenant.admin;
    admin.delete(&world.path("")).expect(204);
    world.assert_signed_out(&world.session);
    admin
        .post(&world.path("/restoration"), &json!({}))
        .expect(200);
    world.assert_signed_out(&world.session);
}

#[test]
fn a_purged_user_is_signed_out_at_once() {
    let world = World::start();
    world
        .tenant
        .admin
        .delete(&world.path("?purge=true"))
        .expect(204);
    world.assert_signed_out(&world.session);
}

#[test]
fn a_changed_role_counts_on_the_next_request() {
    let world = World::start();
    let (here, there) = (&world.session.client, world.elsewhere(&world.session));
    here.get("/v1/users").expect(200);
    let change = json!({ "role": "user" });
    world
        .tenant
        .admin
        .patch(&world.path(""), &change)
        .expect(200);
    let denied = here.get("/v1/users");
    let late = within_a_second(|| there.get("/v1/users"), |answer| answer.status != 200);
    for refused in [denied, late] {
        let refused = refused.expect_problem(403, "permission_denied");
        let detail = refused.text_of("/detail");
        assert!(
            detail.contains("`users:read`") && detail.contains("`user`"),
            "{detail}"
        );
    }
    world.assert_permissions(&json!(["calls:read"]));
    let change = json!({ "role": "manager" });
    world
        .tenant
        .admin
        .patch(&world.path(""), &change)
        .expect(200);
    here.get("/v1/users").expect(200);
    within_a_second(|| there.get("/v1/users"), |answer| answer.status == 200);
}

#[test]
fn edited_permissions_of_a_role_count_on_the_next_request() {
    let world = World::start();
    let change = json!({ "permissions": ["companies:read"] });
    world
        .tenant
        .admin
        .patch("/v1/roles/manager", &change)
        .expect(200);
    world.assert_permissions(&json!(["companies:read"]));
    let there = world.elsewhere(&world.session);
    there
        .get("/v1/users")
        .expect_problem(403, "permission_denied");
    there.get("/v1/companies").expect(200);
}

#[test]
fn a_password_reset_by_an_admin_ends_every_session() {
    let world = World::start();
    let second = world.there.log_in(&world.tenant.slug, ANA);
    let body = json!({ "password": NEW_PASSWORD, "must_change": false });
    world
        .tenant
        .admin
        .put(&world.path("/password"), &body)
        .expect(204);
    world.assert_signed_out(&world.session);
    world.assert_signed_out(&second);
    let body = json!({ "tenant": world.tenant.slug, "email": ANA, "password": NEW_PASSWORD });
    let login = |app: &TestApp| app.anonymous().post("/v1/auth/login", &body);
    login(&world.here).expect(200);
    login(&world.there).expect(200);
}

#[test]
fn a_change_of_ones_own_password_ends_the_other_sessions_and_keeps_this_one() {
    let world = World::start();
    let second = world.there.log_in(&world.tenant.slug, ANA);
    let body =
        json!({ "current_password": "correct horse battery staple", "new_password": NEW_PASSWORD });
    world
        .session
        .client
        .put("/v1/me/password", &body)
        .expect(204);
    world.assert_signed_out(&second);
    world.assert_signed_in(&world.session);
    world.there.refresh(&world.session.refresh).expect(200);
}

#[test]
fn a_sign_out_counts_on_every_instance() {
    let world = World::start();
    let second = world.there.log_in(&world.tenant.slug, ANA);
    world
        .elsewhere(&world.session)
        .post("/v1/auth/logout", &json!({}))
        .expect(204);
    World::assert_ended(&world.session, &world.there, &world.here);
    world.assert_signed_in(&second);
}

#[test]
fn a_session_that_its_user_ends_is_over_at_once() {
    let world = World::start();
    let second = world.there.log_in(&world.tenant.slug, ANA);
    let sessions = second.client.get("/v1/me/sessions").expect(200);
    let rows = sessions.body["data"].as_array().unwrap();
    let first = rows.iter().find(|row| row["is_current"] == false).unwrap();
    let path = format!("/v1/me/sessions/{}", first["id"].as_str().unwrap());
    second.client.delete(&path).expect(204);
    World::assert_ended(&world.session, &world.there, &world.here);
    world.assert_signed_in(&second);
}

#[test]
fn sessions_that_an_admin_ends_are_over_at_once() {
    let world = World::start();
    let second = world.there.log_in(&world.tenant.slug, ANA);
    world
        .tenant
        .admin
        .delete(&world.path("/sessions"))
        .expect(204);
    world.assert_signed_out(&world.session);
    world.assert_signed_out(&second);
    // The password stays.
    world.assert_signed_in(&world.here.log_in(&world.tenant.slug, ANA));
}

#[test]
fn a_suspended_tenant_stops_at_once_and_its_people_sign_in_again_after_it() {
    let world = World::start();
    let platform = world.here.platform();
    let other = world.here.tenant("Other");
    let path = format!("/v1/tenants/{}/suspension", world.tenant.id);
    platform
        .put(&path, &json!({ "reason": "unpaid" }))
        .expect(200);
    world.assert_signed_out(&world.session);
    let refused = world.tenant.admin.get("/v1/users");
    refused.expect_problem(401, "token_revoked");
    for app in [&world.here, &world.there] {
        let body = json!({ "tenant": world.tenant.slug, "email": ANA, "password": "correct horse battery staple" });
        let refused = app.anonymous().post("/v1/auth/login", &body);
        refused.expect_problem(401, "invalid_credentials");
    }
    other.admin.get("/v1/users").expect(200);
    platform.delete(&path).expect(204);
    let again = world.there.log_in(&world.tenant.slug, ANA);
    world.assert_signed_in(&again);
}

#[test]
fn a_name_that_was_changed_shows_in_the_next_entry() {
    let world = World::start();
    let change = json!({ "full_name": "Ana María Silva" });
    world
        .tenant
        .admin
        .patch(&world.path(""), &change)
        .expect(200);
    world
        .session
        .client
        .post("/v1/auth/logout", &json!({}))
        .expect(204);
    let entry = world.tenant.entry_where("action=session.ended");
    assert_eq!(entry["actor"]["name"], "Ana María Silva");
}
