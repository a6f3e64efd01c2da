//! Mail servers that are away, come back or say no; several instances; and letters that nobody takes.

use std::collections::BTreeSet;
use std::thread;

use roster::mail::{ChangedBy, Letter, take_due};
use serde_json::json;

use super::{ANA, DAY, HOUR, MINUTE, World, start_app};
use crate::support::{Mail, entries};

fn post_many(world: &World, count: usize) {
    let mut conn = world.app.database.connect();
    for number in 0..count {
        let letter = Letter::PasswordChanged {
            by: ChangedBy::Admin,
        };
        world.post_on(&mut conn, &format!("Ana {number}"), &letter);
    }
}

#[track_caller]
fn assert_once_each(mails: &[Mail], count: usize) {
    let ids: BTreeSet<_> = mails.iter().map(|mail| &mail.message_id).collect();
    let greetings: BTreeSet<_> = mails.iter().map(|mail| mail.plain.lines().next()).collect();
    assert_eq!(
        (ids.len(), greetings.len(), mails.len()),
        (count, count, count)
    );
}

#[test]
fn a_server_that_is_killed_in_the_middle_loses_nothing() {
    let mut world = World::start();
    post_many(&world, 10);
    let mut arrived = world.deliver();
    assert_eq!(arrived.len(), 10);
    world.server.kill();
    post_many(&world, 20);
    for _ in 0..3 {
        assert_eq!(world.app.postman.run_once().unwrap(), 0);
    }
    // Nobody else waits for it.
    let path = format!("/v1/users/{}/password", world.ana);
    let new = json!({ "password": "another quite long sentence", "must_change": false });
    world.tenant.admin.put(&path, &new).expect(204);
    assert_eq!(world.count("status = 'waiting'"), 21);

    world.server.restart();
    world.app.clock.advance(HOUR);
    let after = world.deliver();
    assert_once_each(&after, 21);
    arrived.extend(after);
    assert_eq!(arrived.len(), 31);
    assert_eq!(
        world.count("status = 'delivered' AND next_try_at IS NULL"),
        31
    );
    world.app.clock.advance(HOUR);
    assert!(world.deliver().is_empty());
}

#[test]
fn a_letter_in_vain_waits_longer_each_time() {
    let mut world = World::start();
    world.server.kill();
    post_many(&world, 1);
    let waits = "SELECT extract(epoch FROM next_try_at)::bigint FROM outbox";
    let mut last = 0;
    for _ in 0..6 {
        assert_eq!(world.app.postman.run_once().unwrap(), 0);
        let wait = world.app.database.number(waits) - world.now().timestamp();
        assert!(wait > last, "after {last} seconds it waits {wait}");
        assert!((7..=15 * MINUTE * 5 / 4).contains(&wait), "{wait}");
        // Before its time nobody tries.
        assert_eq!(world.app.postman.run_once().unwrap(), 0);
        last = wait;
        world.app.clock.advance(wait + 1);
    }
    assert_eq!(
        world.count("attempts = 6 AND failure LIKE '%not be reached'"),
        1
    );
    world.server.restart();
    assert_eq!(world.deliver().len(), 1);
}

#[test]
fn a_letter_that_is_refused_lets_others_through_and_is_tried_again() {
    let world = World::start();
    world.server.refuse(true);
    post_many(&world, 1);
    assert!(world.deliver().is_empty());
    assert_eq!(world.server.asked(), 1);
    world.server.refuse(false);
    post_many(&world, 3);
    assert_eq!(world.deliver().len(), 3);
    assert_eq!(world.server.asked(), 4, "it was offered before its time");
    assert_eq!(world.count("status = 'waiting' AND failure LIKE '%550'"), 1);
    world.app.clock.advance(2 * HOUR);
    assert_eq!(world.deliver().len(), 1);
}

#[test]
fn after_three_days_a_letter_is_given_up_and_the_log_says_so() {
    let mut world = World::start();
    world.server.kill();
    post_many(&world, 1);
    assert!(world.deliver().is_empty());
    world.app.clock.advance(3 * DAY - HOUR);
    assert!(world.deliver().is_empty());
    assert_eq!(world.count("status = 'waiting'"), 1);
    world.app.clock.advance(HOUR);
    assert!(world.deliver().is_empty());
    assert_eq!(
        world.count("status = 'given_up' AND ended_at IS NOT NULL"),
        1
    );
    let told = entries(&world.admin(), "action=mail.given_up");
    assert_eq!(told.len(), 1, "{told:?}");
    let system = json!({ "type": "system", "id": null, "name": "System" });
    assert_eq!(told[0]["actor"], system);
    assert_eq!(told[0]["target"]["id"], world.ana.to_string());
    let changes = &told[0]["changes"];
    assert_eq!(changes["letter"]["to"], "password_changed");
    assert_eq!(
        changes["reason"]["to"],
        "the mail server could not be reached"
    );
    assert!(!told[0].to_string().contains(ANA));
    world.server.restart();
    world.app.clock.advance(DAY);
    assert!(world.deliver().is_empty());
    assert_eq!(entries(&world.admin(), "action=mail.given_up").len(), 1);
}

#[test]
fn two_instances_drain_one_outbox_without_a_double() {
    let world = World::start();
    let other = start_app(world.app.database.clone(), &world.server);
    post_many(&world, 200);
    let postmen = [&world.app, &other].map(|app| {
        let postman = app.postman.clone();
        thread::spawn(move || postman.run_once().unwrap())
    });
    let delivered: usize = postmen.map(|done| done.join().unwrap()).iter().sum();
    assert_eq!(delivered, 200);
    assert_once_each(&world.server.take(), 200);
    assert_eq!(world.count("attempts = 1 AND status = 'delivered'"), 200);
}

#[test]
fn a_letter_of_an_instance_that_is_gone_is_taken_over_after_its_lease() {
    let world = World::start();
    post_many(&world, 1);
    let (mut conn, lease) = (world.app.database.connect(), chrono::TimeDelta::minutes(10));
    let taken = take_due(&mut conn, world.now(), lease).unwrap();
    assert_eq!(taken.unwrap().kind(), "password_changed");
    assert!(world.deliver().is_empty(), "it is somebody's");
    world.app.clock.advance(9 * MINUTE);
    assert!(world.deliver().is_empty(), "it is somebody's");
    world.app.clock.advance(2 * MINUTE);
    assert_eq!(world.deliver().len(), 1);
}

#[test]
fn letters_that_have_ended_go_after_a_week() {
    let world = World::start();
    post_many(&world, 2);
    assert_eq!(world.deliver().len(), 2);
    world.app.clock.advance(7 * DAY - HOUR);
    world.app.upkeep.run_once().unwrap();
    assert_eq!(world.count("true"), 2);
    world.app.clock.advance(2 * HOUR);
    post_many(&world, 1);
    world.app.upkeep.run_once().unwrap();
    assert_eq!(
        (world.count("true"), world.count("status = 'waiting'")),
        (1, 1)
    );
}
