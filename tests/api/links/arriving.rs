//! The journeys by the mails that arrive: a real mail server, and secrets that are sealed in the outbox.

use serde_json::json;

use super::{ANA, CHOSEN, accept, confirm, forget, invite, log_in, reset};
use crate::support::database::Database;
use crate::support::{Mail, MailServer, Tenant, TestApp};

const NEW: &str = "ana.silva@northwind.example";

struct World {
    server: MailServer,
    app: TestApp,
    tenant: Tenant,
}

impl World {
    fn start() -> Self {
        let server = MailServer::start();
        let url = server.url();
        let settings = [
            ("ROSTER_SMTP_URL", url.as_str()),
            ("ROSTER_MAIL_FROM", "no-reply@mail.example"),
            ("ROSTER_SECRET_KEY", "a key of the operator"),
        ];
        let app = TestApp::start_on(Database::create(), &settings);
        let tenant = app.closed_tenant("Bright Calls");
        tenant.prove("bright.localhost");
        Self {
            server,
            app,
            tenant,
        }
    }

    /// What goes out now to this address, the only letter there.
    #[track_caller]
    fn arrived(&self, to: &str) -> Mail {
        self.app.postman.run_once().unwrap();
        let mut mails = self.server.take();
        mails.retain(|mail| mail.to == [to]);
        assert_eq!(mails.len(), 1, "{mails:#?}");
        mails.remove(0)
    }

    /// The token of the only letter that goes out now to this address. Its link leads to this page of the tenant's app.
    #[track_caller]
    fn token(&self, to: &str, page: &str) -> String {
        let mail = self.arrived(to);
        let link = format!("https://bright.localhost/{page}#");
        let rest = mail.plain.split(&link).nth(1);
        let rest = rest.unwrap_or_else(|| panic!("no {link} in {}", mail.plain));
        let is_end = |c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '_');
        rest.split(is_end).next().unwrap().to_owned()
    }
}

#[test]
fn every_mailed_link_works_once_and_only_once() {
    let world = World::start();
    let (app, slug) = (&world.app, world.tenant.slug.as_str());
    invite(&world.tenant, ANA);
    let token = world.token(ANA, "accept-invitation");
    accept(app, &token).expect(200);
    accept(app, &token).expect_problem(410, "link_used");

    forget(app, slug, ANA).expect(204);
    app.await_letters(1, "password_reset", ANA);
    let token = world.token(ANA, "reset-password");
    let body = json!({ "token": token, "new_password": "yet another long sentence" });
    let anonymous = app.anonymous();
    anonymous.post("/v1/auth/password/reset", &body).expect(204);
    reset(app, &token).expect_problem(410, "link_used");
    log_in(app, slug, ANA, CHOSEN).expect(401);
    let ana = app.sign_in(slug, ANA, "yet another long sentence");
    assert!(world.arrived(ANA).subject.contains("password"));

    let body = json!({ "email": NEW, "current_password": "yet another long sentence" });
    ana.patch("/v1/me", &body).expect(200);
    let token = world.token(NEW, "confirm-address");
    confirm(app, &token).expect(204);
    confirm(app, &token).expect_problem(410, "link_used");
    log_in(app, slug, NEW, "yet another long sentence").expect(200);
    assert!(!world.arrived(ANA).plain.contains("rl_"));
}

#[test]
fn the_newest_of_two_mails_counts() {
    let world = World::start();
    let id = invite(&world.tenant, ANA);
    let first = world.token(ANA, "accept-invitation");
    let again = format!("/v1/invitations/{id}/resend");
    world.tenant.admin.post(&again, &json!({})).expect(200);
    let second = world.token(ANA, "accept-invitation");
    accept(&world.app, &first).expect_problem(410, "link_revoked");
    accept(&world.app, &second).expect(200);
}
