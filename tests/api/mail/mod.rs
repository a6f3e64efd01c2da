//! Letters to users: what they say and when, by a real mail server that reads them.

mod headers;
mod letters;
mod links;
mod outage;
mod places;
mod posting;

use diesel::pg::PgConnection;
use roster::clock::Time;
use roster::mail::{Addressee, Letter, LinkSecret, Seal, post};
use roster::secret::SealingKey;
use uuid::Uuid;

use crate::support::database::Database;
use crate::support::{Client, Mail, MailServer, Tenant, TestApp};

const ANA: &str = "ana@northwind.example";
const SECRET_KEY: &str = "a key of the operator";
const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// A service with a mail server, a tenant and Ana in it.
struct World {
    server: MailServer,
    app: TestApp,
    tenant: Tenant,
    ana: Uuid,
}

impl World {
    fn start() -> Self {
        let server = MailServer::start();
        let app = start_app(Database::create(), &server);
        let tenant = app.tenant("Bright Calls");
        let ana = tenant.add(ANA, "Ana Silva", "user").parse().unwrap();
        Self {
            server,
            app,
            tenant,
            ana,
        }
    }

    /// Everything that goes out now.
    fn deliver(&self) -> Vec<Mail> {
        self.app.postman.run_once().unwrap();
        self.server.take()
    }

    /// The only letter that goes out now.
    #[track_caller]
    fn deliver_one(&self) -> Mail {
        let mut mails = self.deliver();
        assert_eq!(mails.len(), 1, "{mails:#?}");
        mails.remove(0)
    }

    /// Posts a letter to Ana, past HTTP.
    fn post(&self, letter: &Letter) {
        self.post_as("Ana Silva", letter);
    }

    fn post_as(&self, full_name: &str, letter: &Letter) {
        self.post_on(&mut self.app.database.connect(), full_name, letter);
    }

    fn post_on(&self, conn: &mut PgConnection, full_name: &str, letter: &Letter) {
        let tenant = self.tenant.id.parse().unwrap();
        let to = Addressee {
            user: self.ana,
            email: ANA,
            full_name,
        };
        post(conn, tenant, &to, letter, self.now()).unwrap();
    }

    fn now(&self) -> Time {
        self.app.clock.now()
    }

    fn count(&self, condition: &str) -> i64 {
        let query = format!("SELECT count(*) FROM outbox WHERE {condition}");
        self.app.database.number(&query)
    }

    /// The tenant's admin, signed in again: access tokens end.
    fn admin(&self) -> Client {
        let (slug, email) = (&self.tenant.slug, &self.tenant.admin_email);
        self.app.sign_in(slug, email, crate::support::PASSWORD)
    }
}

/// A service that sends by this server.
fn start_app(database: Database, server: &MailServer) -> TestApp {
    let settings = [
        ("ROSTER_SMTP_URL", server.url()),
        ("ROSTER_MAIL_FROM", "no-reply@mail.example".to_owned()),
        ("ROSTER_SECRET_KEY", SECRET_KEY.to_owned()),
        ("ROSTER_PUBLIC_URL", "https://roster.example".to_owned()),
    ];
    let settings: Vec<_> = settings
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    TestApp::start_on(database, &settings)
}

/// A link with this secret, sealed as the service seals.
fn link(secret: &str) -> LinkSecret {
    let seal = Seal::new(Some(SealingKey::new(SECRET_KEY)));
    LinkSecret::new(secret, &seal).unwrap()
}
