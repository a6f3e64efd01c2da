//! Letters without a link: about passwords and addresses that were changed.

use serde_json::json;

use super::{ANA, World};
use crate::support::PASSWORD;

const NEW: &str = "another quite long sentence";

#[test]
fn a_password_that_an_admin_sets_is_told() {
    let world = World::start();
    let path = format!("/v1/users/{}/password", world.ana);
    let new = json!({ "password": NEW, "must_change": false });
    world.tenant.admin.put(&path, &new).expect(204);
    let mail = world.deliver_one();
    assert_eq!(mail.to, [ANA]);
    assert_eq!(mail.subject, "Your password for Bright Calls was changed");
    let from = ("Bright Calls", "no-reply@mail.example");
    assert_eq!((mail.from.0.as_str(), mail.from.1.as_str()), from);
    assert_eq!(mail.reply_to, None);
    for body in [&mail.plain, &mail.html] {
        assert!(body.contains("Hello Ana Silva,"), "{body}");
        assert!(body.contains("An administrator has changed"), "{body}");
        assert!(!body.contains(NEW), "{body}");
    }
    assert!(world.deliver().is_empty(), "it went out twice");
}

#[test]
fn a_password_of_ones_own_is_told_too() {
    let world = World::start();
    let ana = world.app.sign_in(&world.tenant.slug, ANA, PASSWORD);
    let change = json!({ "current_password": PASSWORD, "new_password": NEW });
    ana.put("/v1/me/password", &change).expect(204);
    let mail = world.deliver_one();
    assert_eq!(mail.to, [ANA]);
    assert!(
        mail.plain.contains("You have changed the password"),
        "{mail:#?}"
    );
}

#[test]
fn an_address_that_is_changed_is_told_to_the_old_and_the_new_and_neither_is_shown_whole() {
    let world = World::start();
    let path = format!("/v1/users/{}", world.ana);
    let change = json!({ "email": "silva@newwind.example" });
    world.tenant.admin.patch(&path, &change).expect(200);
    let mut mails = world.deliver();
    mails.sort_by_key(|mail| mail.to.clone());
    let to: Vec<_> = mails.iter().map(|mail| mail.to[0].as_str()).collect();
    assert_eq!(to, [ANA, "silva@newwind.example"]);
    let told = "An administrator has changed the address of your account at Bright Calls from \
                a•••@northwind.example to s•••@newwind.example.";
    for mail in &mails {
        assert_eq!(mail.subject, "Your address for Bright Calls was changed");
        assert!(mail.plain.contains(told), "{}", mail.plain);
        for body in [&mail.plain, &mail.html] {
            assert!(!body.contains(ANA) && !body.contains("silva@"), "{body}");
        }
    }
    assert_ne!(mails[0].message_id, mails[1].message_id);

    let change = json!({ "email": "SILVA@newwind.example" });
    world.tenant.admin.patch(&path, &change).expect(200);
    let change = json!({ "full_name": "Ana María Silva" });
    world.tenant.admin.patch(&path, &change).expect(200);
    assert!(world.deliver().is_empty(), "the address is the same");
}

#[test]
fn whoever_may_not_sign_in_is_not_written_to() {
    let world = World::start();
    let path = format!("/v1/users/{}", world.ana);
    let admin = &world.tenant.admin;
    let suspension = format!("{path}/suspension");
    admin.put(&suspension, &json!({})).expect(200);
    let new = json!({ "password": NEW, "must_change": false });
    admin.put(&format!("{path}/password"), &new).expect(204);
    let change = json!({ "email": "silva@newwind.example" });
    admin.patch(&path, &change).expect(200);
    assert!(world.deliver().is_empty());
}

#[test]
fn letters_look_and_speak_like_the_tenant() {
    let world = World::start();
    let branding = json!({
        "app_name": "Números & <Sons>",
        "language": "es-MX",
        "logo_url": "https://cdn.brightcalls.example/logo.svg?a=1&b=2",
        "primary_color": "#0b5fff",
        "support_email": "help@brightcalls.example",
    });
    world
        .tenant
        .admin
        .patch("/v1/branding", &branding)
        .expect(200);
    let expires_at = world.now() + chrono::TimeDelta::hours(1);
    world.post(&roster::mail::Letter::PasswordReset {
        link: super::link("secret"),
        expires_at,
    });
    let mail = world.deliver_one();
    assert_eq!(mail.from.0, "Números & <Sons>");
    assert_eq!(mail.reply_to.as_deref(), Some("help@brightcalls.example"));
    assert_eq!(
        mail.subject,
        "Elige una nueva contraseña para Números & <Sons>"
    );
    assert!(mail.plain.contains("Hola, Ana Silva:"), "{}", mail.plain);
    assert!(mail.plain.contains("Números & <Sons>"), "{}", mail.plain);
    for part in [
        "<html lang=\"es\">",
        "Números &amp; &lt;Sons&gt;",
        "src=\"https://cdn.brightcalls.example/logo.svg?a=1&amp;b=2\"",
        "background:#0b5fff",
        "Escribe a help@brightcalls.example.",
    ] {
        assert!(mail.html.contains(part), "{part} is not in {}", mail.html);
    }
    assert!(!mail.html.contains("<Sons>"));

    let english = json!({ "language": "de" });
    world
        .tenant
        .admin
        .patch("/v1/branding", &english)
        .expect(200);
    let path = format!("/v1/users/{}/password", world.ana);
    let new = json!({ "password": NEW, "must_change": false });
    world.tenant.admin.put(&path, &new).expect(204);
    assert!(world.deliver_one().plain.contains("Hello Ana Silva,"));
}

#[test]
fn markup_in_names_stays_text() {
    let world = World::start();
    let path = format!("/v1/users/{}", world.ana);
    let name = "<script>alert(\"Ana\")</script>";
    let change = json!({ "full_name": name });
    world.tenant.admin.patch(&path, &change).expect(200);
    let new = json!({ "password": NEW, "must_change": false });
    world
        .tenant
        .admin
        .put(&format!("{path}/password"), &new)
        .expect(204);
    let mail = world.deliver_one();
    assert!(mail.plain.contains(name), "{}", mail.plain);
    assert!(!mail.html.contains("<script"), "{}", mail.html);
    assert!(mail.html.contains("&lt;script&gt;"), "{}", mail.html);
}
