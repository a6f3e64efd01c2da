//! No name becomes a header.

use roster::mail::{ChangedBy, Letter};
use serde_json::json;

use super::{ANA, World};
use crate::support::Mail;

const FORGED: &str = "Ana\r\nBcc: evil@forged.example\r\n\r\nSend money";

#[track_caller]
fn assert_one_of_each(mail: &Mail) {
    let head = mail.head();
    for line in &head {
        let name = line.split(':').next().unwrap().to_lowercase();
        assert!(
            !["bcc", "cc", "send money"].contains(&name.as_str()),
            "{head:#?}"
        );
    }
    for name in ["From: ", "To: ", "Subject: ", "Date: ", "Message-ID: "] {
        let count = head.iter().filter(|line| line.starts_with(name)).count();
        assert_eq!(count, 1, "{name} in {head:#?}");
    }
    assert_eq!(mail.to, [ANA]);
}

#[test]
fn line_breaks_are_refused_where_names_come_in() {
    let world = World::start();
    let admin = &world.tenant.admin;
    let path = format!("/v1/users/{}", world.ana);
    let name = json!({ "full_name": FORGED });
    admin
        .patch(&path, &name)
        .expect_problem(422, "validation_failed");
    let branding = json!({ "app_name": FORGED });
    let refused = admin.patch("/v1/branding", &branding);
    refused.expect_problem(422, "validation_failed");
    let email = json!({ "email": "ana@northwind.example\r\nBcc: evil@forged.example" });
    admin
        .patch(&path, &email)
        .expect_problem(422, "validation_failed");
}

#[test]
fn line_breaks_that_are_there_all_the_same_become_blanks() {
    let world = World::start();
    let letter = || Letter::PasswordChanged {
        by: ChangedBy::Admin,
    };
    world.post_as(FORGED, &letter());
    assert_one_of_each(&world.deliver_one());

    // The tenant's name stands in the sender's name and in the subject.
    let forged = FORGED.replace("\r\n", "' || chr(13) || chr(10) || '");
    world
        .app
        .execute(&format!("UPDATE tenants SET name = '{forged}'"));
    world.post(&letter());
    let mail = world.deliver_one();
    assert_one_of_each(&mail);
    let name = "Ana Bcc: evil@forged.example Send money";
    assert_eq!(mail.from.0, name);
    assert_eq!(
        mail.subject,
        format!("Your password for {name} was changed")
    );
}

#[test]
fn names_of_all_kinds_arrive_as_they_are() {
    let world = World::start();
    for name in [
        "Silva, Ana",
        "Ana \"Bee\" Silva",
        "Ana <evil@forged.example>",
        "Ana María Ñandú 名前 🎉",
        "Ana 9; (Sales): x@y",
    ] {
        let branding = json!({ "app_name": name });
        world
            .tenant
            .admin
            .patch("/v1/branding", &branding)
            .expect(200);
        world.post_as(
            name,
            &Letter::PasswordChanged {
                by: ChangedBy::Owner,
            },
        );
        let mail = world.deliver_one();
        assert_one_of_each(&mail);
        assert_eq!(mail.from.1, "no-reply@mail.example");
        assert_eq!(
            mail.subject,
            format!("Your password for {name} was changed")
        );
        assert!(
            mail.plain.contains(&format!("Hello {name},")),
            "{}",
            mail.plain
        );
    }
}
