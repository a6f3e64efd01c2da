//! Letters with a link: where it leads, and what becomes of its secret.

use chrono::TimeDelta;
use roster::mail::{Letter, LinkSecret, Seal};
use serde_json::json;

use super::{DAY, World, link};

const SECRET: &str = "s3cret-of-the_link";
/// When links end, and how letters say it.
const END: (&str, &str) = ("2040-01-02T03:04:05Z", "2040-01-02 03:04 UTC");

fn letters() -> [(&'static str, Letter); 3] {
    let expires_at = END.0.parse().unwrap();
    let link = || link(SECRET);
    [
        (
            "accept-invitation",
            Letter::Invitation {
                link: link(),
                expires_at,
                invited_by: Some("Grace Okafor".to_owned()),
            },
        ),
        (
            "reset-password",
            Letter::PasswordReset {
                link: link(),
                expires_at,
            },
        ),
        (
            "confirm-address",
            Letter::ConfirmAddress {
                link: link(),
                expires_at,
            },
        ),
    ]
}

/// The host of the tenant's primary domain.
fn primary(world: &World) -> String {
    let domains = world.admin().get("/v1/domains").expect(200);
    let all = domains.body["data"].as_array().unwrap();
    let primary = all.iter().find(|domain| domain["is_primary"] == true);
    primary.unwrap()["hostname"].as_str().unwrap().to_owned()
}

#[test]
fn every_link_leads_to_its_page_on_the_primary_domain() {
    let world = World::start();
    let host = primary(&world);
    for (page, letter) in letters() {
        world.post(&letter);
        let mail = world.deliver_one();
        let href = format!("https://{host}/{page}#{SECRET}");
        assert!(
            mail.plain.contains(&format!("\n{href}\n")),
            "{}",
            mail.plain
        );
        assert!(
            mail.html.contains(&format!("href=\"{href}\"")),
            "{}",
            mail.html
        );
        assert!(mail.plain.contains(END.1), "{}", mail.plain);
        let told = mail
            .plain
            .contains("Grace Okafor invites you to Bright Calls.");
        assert_eq!(told, page == "accept-invitation", "{}", mail.plain);
        assert!(!mail.subject.contains(SECRET));
    }
}

#[test]
fn without_an_active_primary_domain_links_lead_to_the_service() {
    let world = World::start();
    let host = primary(&world);
    for (status, base) in [
        ("degraded", format!("https://{host}")),
        ("suspended", "https://roster.example".to_owned()),
        ("failed", "https://roster.example".to_owned()),
        ("active", format!("https://{host}")),
    ] {
        let change = format!("UPDATE domains SET status = '{status}'");
        world.app.execute(&change);
        let [_, (page, letter), _] = letters();
        world.post(&letter);
        let mail = world.deliver_one();
        let href = format!("\n{base}/{page}#{SECRET}\n");
        assert!(mail.plain.contains(&href), "{status}: {}", mail.plain);
    }
}

#[test]
fn a_second_domain_is_no_primary_one() {
    let world = World::start();
    let other = world.tenant.prove("other.localhost");
    let [_, (_, letter), _] = letters();
    world.post(&letter);
    assert!(!world.deliver_one().plain.contains("other.localhost"));
    let change = json!({ "is_primary": true });
    let path = format!("/v1/domains/{other}");
    world.tenant.admin.patch(&path, &change).expect(200);
    let [_, (_, letter), _] = letters();
    world.post(&letter);
    let mail = world.deliver_one();
    assert!(
        mail.plain.contains("https://other.localhost/"),
        "{}",
        mail.plain
    );
}

#[test]
fn a_secret_is_encrypted_while_it_waits_and_gone_afterwards() {
    let world = World::start();
    let readable = format!("position('{SECRET}'::bytea in link) > 0");
    let whole = format!("outbox::text LIKE '%{SECRET}%'");
    for (_, letter) in letters() {
        world.post(&letter);
    }
    assert_eq!(world.count("link IS NOT NULL AND is_sealed"), 3);
    assert_eq!((world.count(&readable), world.count(&whole)), (0, 0));
    assert_eq!(world.deliver().len(), 3);
    assert_eq!(world.count("link IS NULL AND status = 'delivered'"), 3);

    // Without a key there is nothing to encrypt it with; it is gone all the same.
    world.post(&Letter::PasswordReset {
        link: LinkSecret::new(SECRET, &Seal::new(None)).unwrap(),
        expires_at: world.now() + TimeDelta::hours(1),
    });
    assert_eq!(world.count(&readable), 1);
    assert!(world.deliver_one().plain.contains(SECRET));
    assert_eq!(
        (world.count(&readable), world.count("link IS NOT NULL")),
        (0, 0)
    );
}

#[test]
fn a_letter_whose_link_has_ended_is_not_sent() {
    let mut world = World::start();
    world.server.kill();
    world.post(&Letter::PasswordReset {
        link: link(SECRET),
        expires_at: world.now() + TimeDelta::minutes(30),
    });
    world.post(&Letter::Invitation {
        link: link(SECRET),
        expires_at: world.now() + TimeDelta::days(7),
        invited_by: None,
    });
    assert_eq!(world.deliver().len(), 0);
    world.server.restart();
    world.app.clock.advance(DAY);
    let mail = world.deliver_one();
    assert_eq!(mail.subject, "You are invited to Bright Calls");
    let told = crate::support::entries(&world.admin(), "action=mail.given_up");
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(told[0]["changes"]["letter"]["to"], "password_reset");
    assert_eq!(world.count("status = 'given_up' AND link IS NULL"), 1);
}
