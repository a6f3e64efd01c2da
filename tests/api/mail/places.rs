//! Letters about sign-ins from places that are new.

use serde_json::json;

use super::{ANA, DAY, World};
use crate::support::PASSWORD;

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:120.0) Gecko/20100101 Firefox/120.0";
const UPDATED: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:121.0) Gecko/20100101 Firefox/121.0";
const CURL: &str = "curl/8.5.0";

fn sign_in_with(world: &World, user_agent: &str, password: &str) -> u16 {
    let login = json!({ "tenant": world.tenant.slug, "email": ANA, "password": password });
    let client = world.app.anonymous().with("User-Agent", user_agent);
    client.post("/v1/auth/login", &login).status
}

#[test]
fn a_sign_in_from_a_new_place_is_told_once() {
    let world = World::start();
    assert_eq!(sign_in_with(&world, FIREFOX, PASSWORD), 200);
    assert!(
        world.deliver().is_empty(),
        "the first sign-in of all is told"
    );
    for known in [FIREFOX, UPDATED] {
        assert_eq!(sign_in_with(&world, known, PASSWORD), 200);
    }
    assert!(world.deliver().is_empty(), "an updated program is told");

    assert_eq!(sign_in_with(&world, CURL, "wrong"), 401);
    assert!(world.deliver().is_empty(), "a failed sign-in is told");
    assert_eq!(sign_in_with(&world, CURL, PASSWORD), 200);
    let mail = world.deliver_one();
    assert_eq!(mail.to, [ANA]);
    assert_eq!(mail.subject, "New sign-in to Bright Calls");
    for body in [&mail.plain, &mail.html] {
        assert!(
            body.contains("Device: curl. Internet address: 127.0.0.1."),
            "{body}"
        );
    }
    assert_eq!(sign_in_with(&world, CURL, PASSWORD), 200);
    assert!(world.deliver().is_empty(), "it is told again");
}

#[test]
fn signing_out_forgets_no_place_and_half_a_year_does() {
    let world = World::start();
    let places = "SELECT count(*) FROM devices";
    let before = world.app.database.number(places);
    for user_agent in [FIREFOX, CURL] {
        assert_eq!(sign_in_with(&world, user_agent, PASSWORD), 200);
    }
    assert_eq!(world.deliver().len(), 1);
    let sessions = format!("/v1/users/{}/sessions", world.ana);
    world.tenant.admin.delete(&sessions).expect(204);
    world.app.clock.advance(2 * DAY);
    assert_eq!(sign_in_with(&world, FIREFOX, PASSWORD), 200);
    assert!(world.deliver().is_empty(), "a place that is known is told");
    assert_eq!(world.app.database.number(places), before + 2);

    // One of the two was seen two days later.
    world.app.clock.advance(179 * DAY);
    world.app.upkeep.run_once().unwrap();
    assert_eq!(world.app.database.number(places), 1);
    assert_eq!(sign_in_with(&world, CURL, PASSWORD), 200);
    assert_eq!(world.deliver().len(), 1);
}
