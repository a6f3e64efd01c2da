//! Guesses at one account.

use std::thread::{scope, sleep};
use std::time::Duration;

use diesel::connection::SimpleConnection;
use serde_json::json;

use super::{ANA, DAY, HOME, LONG, WRONG, behind_proxy, start, stranger, try_from};
use crate::support::{PASSWORD, Tenant, TestApp, race};

/// A guess that is answered.
#[track_caller]
fn guess_wrong(app: &TestApp, tenant: &Tenant, ip: &str) {
    let answer = try_from(app, ip, &tenant.slug, ANA, WRONG);
    answer.expect_problem(401, "invalid_credentials");
}

#[test]
fn each_failure_after_the_fourth_makes_the_next_attempt_wait_twice_as_long() {
    let (app, tenant) = start();
    let wait = "SELECT extract(epoch FROM blocked_until - seen_at)::bigint FROM attempts \
                WHERE is_somebody AND length(lane) = 0";
    let mut waits = Vec::new();
    for number in 0..18 {
        guess_wrong(&app, &tenant, &stranger(number));
        waits.push(app.database.number(wait));
        app.clock.advance(LONG);
    }
    let expected = [
        0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900, 900,
    ];
    assert_eq!(waits, expected);
    try_from(&app, &stranger(18), &tenant.slug, ANA, PASSWORD).expect(200);
    guess_wrong(&app, &tenant, &stranger(19));
    // Or a guesser would see when somebody signs in, and begin anew each time.
    assert_eq!(app.database.number(wait), 900, "strangers wait on");
}

#[test]
fn who_does_not_wait_is_told_for_how_long_whatever_the_password() {
    let (app, tenant) = start();
    for number in 0..10 {
        app.clock.advance(LONG);
        guess_wrong(&app, &tenant, &stranger(number));
    }
    for password in [WRONG, PASSWORD] {
        let refused = try_from(&app, &stranger(20), &tenant.slug, ANA, password);
        let refused = refused.expect_problem(429, "rate_limited");
        let wait: i64 = refused.header("retry-after").parse().unwrap();
        assert!((1..=32).contains(&wait), "{wait}");
        let limit = format!("\"account\";r=0;t={wait}");
        assert_eq!(refused.header("ratelimit"), limit);
        let policy = refused.header("ratelimit-policy");
        assert!(policy.contains("\"account\";q=5"), "{policy}");
    }
    app.clock.advance(33);
    try_from(&app, &stranger(20), &tenant.slug, ANA, PASSWORD).expect(200);
}

#[test]
fn all_instances_count_together() {
    let (here, tenant) = start();
    let there = behind_proxy(here.database.clone());
    for number in 0..10 {
        here.clock.advance(LONG);
        there.clock.advance(LONG);
        let app = if number % 2 == 0 { &here } else { &there };
        guess_wrong(app, &tenant, &stranger(number));
    }
    for app in [&here, &there] {
        let refused = try_from(app, &stranger(20), &tenant.slug, ANA, WRONG);
        refused.expect_problem(429, "rate_limited");
    }
}

#[test]
fn many_guesses_at_once_get_no_further_than_one_after_the_other() {
    let (app, tenant) = start();
    let answers = race(40, |racer| {
        try_from(&app, &stranger(racer), &tenant.slug, ANA, WRONG)
    });
    let statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
    let answered = statuses.iter().filter(|status| **status == 401).count();
    assert!((5..=8).contains(&answered), "{statuses:?}");
    assert!(statuses.iter().all(|status| [401, 429].contains(status)));
    let counted = app
        .database
        .number("SELECT max(failures)::bigint FROM attempts");
    assert_eq!(counted, i64::try_from(answered).unwrap());
}

#[test]
fn a_stranger_locks_out_strangers_and_not_who_signed_in_before() {
    let (app, tenant) = start();
    try_from(&app, HOME, &tenant.slug, ANA, PASSWORD).expect(200);
    for number in 0..60 {
        guess_wrong(&app, &tenant, &stranger(number));
        app.clock.advance(LONG);
    }
    // No password fits any more, and nothing says so.
    let right = try_from(&app, &stranger(61), &tenant.slug, ANA, PASSWORD);
    let right = right.expect_problem(401, "invalid_credentials");
    app.clock.advance(LONG);
    let wrong = try_from(&app, &stranger(62), &tenant.slug, ANA, WRONG);
    let wrong = wrong.expect_problem(401, "invalid_credentials");
    assert_eq!(right.body["detail"], wrong.body["detail"]);
    for answer in [&right, &wrong] {
        let limit = answer.header("ratelimit");
        assert!(limit.starts_with("\"address\";r=29;t="), "{limit}");
    }
    // At once, though a stranger would have to wait.
    try_from(&app, &stranger(63), &tenant.slug, ANA, PASSWORD).expect(429);
    try_from(&app, HOME, &tenant.slug, ANA, PASSWORD).expect(200);
    // That she did is nothing that a stranger sees.
    try_from(&app, &stranger(63), &tenant.slug, ANA, PASSWORD).expect(429);
}

#[test]
fn after_a_hundred_failures_in_a_row_only_a_new_password_helps() {
    let (app, tenant) = start();
    let homes: Vec<String> = (1..=5).map(|n| format!("203.0.113.{n}")).collect();
    for home in &homes {
        app.clock.advance(1);
        try_from(&app, home, &tenant.slug, ANA, PASSWORD).expect(200);
    }
    // Four have a lane; the first one had to make room.
    let lanes = &homes[1..];
    for home in lanes {
        for _ in 0..10 {
            guess_wrong(&app, &tenant, home);
            app.clock.advance(LONG);
        }
    }
    for number in 0..60 {
        guess_wrong(&app, &tenant, &stranger(number));
        app.clock.advance(LONG);
    }
    let total = "SELECT sum(total) FROM attempts WHERE is_somebody";
    assert_eq!(app.database.number(total), 100);
    for ip in lanes {
        let refused = try_from(&app, ip, &tenant.slug, ANA, PASSWORD);
        refused.expect_problem(401, "invalid_credentials");
        app.clock.advance(LONG);
    }
    let admin = app.sign_in(&tenant.slug, &tenant.admin_email, PASSWORD);
    let users = admin.get("/v1/users?q=silva").expect(200);
    let path = format!("/v1/users/{}/password", users.column("id")[0]);
    let new = json!({ "password": "another quite long sentence", "must_change": false });
    admin.put(&path, &new).expect(204);
    let right = "another quite long sentence";
    try_from(&app, &stranger(61), &tenant.slug, ANA, right).expect(200);
}

#[test]
fn a_right_guess_on_its_way_counts_no_more_once_the_account_is_closed() {
    let (app, tenant) = start();
    guess_wrong(&app, &tenant, &stranger(1));
    // As after a day without a guess: nobody has to wait, and one more is the last.
    let strangers = "WHERE is_somebody AND length(lane) = 0";
    let calm = format!("UPDATE attempts SET failures = 0, total = 59 {strangers}");
    app.database.execute(&calm);
    let mut other = app.database.connect();
    let last = format!("BEGIN; UPDATE attempts SET total = 60 {strangers}");
    other.batch_execute(&last).unwrap();
    let ip = stranger(2);
    let right = scope(|scope| {
        let right = scope.spawn(|| try_from(&app, &ip, &tenant.slug, ANA, PASSWORD));
        // It is found right, and waits for the counter.
        sleep(Duration::from_millis(500));
        assert!(!right.is_finished(), "it did not wait");
        other.batch_execute("COMMIT").unwrap();
        right.join().unwrap()
    });
    right.expect_problem(429, "rate_limited");
    let after = try_from(&app, &stranger(3), &tenant.slug, ANA, PASSWORD);
    after.expect_problem(401, "invalid_credentials");
}

#[test]
fn a_changed_address_leaves_its_failures_behind() {
    let (app, tenant) = start();
    try_from(&app, HOME, &tenant.slug, ANA, PASSWORD).expect(200);
    for number in 0..12 {
        guess_wrong(&app, &tenant, &stranger(number));
        app.clock.advance(LONG);
    }
    guess_wrong(&app, &tenant, &stranger(12));
    let admin = app.sign_in(&tenant.slug, &tenant.admin_email, PASSWORD);
    let users = admin.get("/v1/users?q=silva").expect(200);
    let path = format!("/v1/users/{}", users.column("id")[0]);
    let change = |email: &str| admin.patch(&path, &json!({ "email": email })).expect(200);
    let of_ana = "SELECT count(*) FROM attempts WHERE is_somebody AND failures > 0";
    change("Ana@Northwind.example");
    assert_eq!(app.database.number(of_ana), 1, "that is the same address");
    try_from(&app, &stranger(13), &tenant.slug, ANA, PASSWORD).expect(429);
    change("silva@northwind.example");
    assert_eq!(app.database.number(of_ana), 0);
    let new = "silva@northwind.example";
    try_from(&app, &stranger(13), &tenant.slug, new, PASSWORD).expect(200);
    // Whoever gets the old one begins at nothing.
    let bo = crate::support::new_user(ANA, "Bo", "user");
    admin.post("/v1/users", &bo).expect(201);
    try_from(&app, &stranger(14), &tenant.slug, ANA, PASSWORD).expect(200);
}

#[test]
fn guesses_at_an_address_count_only_from_when_it_is_somebody_s() {
    let (app, tenant) = start();
    let bo = "bo@northwind.example";
    for number in 0..70 {
        try_from(&app, &stranger(number), &tenant.slug, bo, WRONG).expect(401);
        app.clock.advance(LONG);
    }
    let admin = app.sign_in(&tenant.slug, &tenant.admin_email, PASSWORD);
    let body = crate::support::new_user(bo, "Bo", "user");
    admin.post("/v1/users", &body).expect(201);
    try_from(&app, HOME, &tenant.slug, bo, PASSWORD).expect(200);
}

#[test]
fn who_signs_in_once_a_second_never_meets_a_limit() {
    let (app, tenant) = start();
    for _ in 0..100 {
        let answer = try_from(&app, HOME, &tenant.slug, ANA, PASSWORD).expect(200);
        assert!(
            answer
                .header("ratelimit")
                .starts_with("\"address\";r=30;t=")
        );
        let policy = answer.header("ratelimit-policy");
        assert_eq!(policy, "\"address\";q=30;w=300, \"account\";q=5;w=900");
        app.clock.advance(1);
    }
    let failures = app.database.number("SELECT sum(failures) FROM attempts");
    assert_eq!(failures, 0);
}

#[test]
fn guesses_at_the_current_password_are_counted_too() {
    let (app, tenant) = start();
    let ana = app.sign_in(&tenant.slug, ANA, PASSWORD);
    let body = json!({ "current_password": WRONG, "new_password": "another quite long sentence" });
    for _ in 0..8 {
        app.clock.advance(40);
        let refused = ana.put("/v1/me/password", &body);
        refused
            .expect_problem(422, "validation_failed")
            .expect_fault("/current_password", "wrong_password");
    }
    let refused = ana.put("/v1/me/password", &body);
    let refused = refused.expect_problem(429, "rate_limited");
    let wait: i64 = refused.header("retry-after").parse().unwrap();
    assert!((1..=8).contains(&wait), "{wait}");
    app.clock.advance(30);
    let right =
        json!({ "current_password": PASSWORD, "new_password": "another quite long sentence" });
    ana.put("/v1/me/password", &right).expect(204);
    assert_eq!(
        app.database
            .number("SELECT count(*) FROM attempts WHERE failures > 0"),
        0
    );
}

#[test]
fn what_is_old_is_forgotten_and_the_sum_of_an_account_is_not() {
    let (app, tenant) = start();
    guess_wrong(&app, &tenant, &stranger(1));
    try_from(&app, &stranger(1), &tenant.slug, "nobody@x.example", WRONG).expect(401);
    let count = |condition: &str| {
        let query = format!("SELECT count(*) FROM attempts WHERE {condition}");
        app.database.number(&query)
    };
    app.upkeep.run_once().unwrap();
    assert_eq!(count("failures > 0 AND is_somebody"), 1);
    assert!(
        count("failures > 0 AND NOT is_somebody") >= 2,
        "nobody, and the address"
    );
    app.clock.advance(DAY + 1);
    app.upkeep.run_once().unwrap();
    assert_eq!(count("failures > 0"), 0);
    assert_eq!(count("total = 1"), 1);
    assert_eq!(count("NOT is_somebody"), 0);
    app.clock.advance(400 * DAY);
    app.upkeep.run_once().unwrap();
    assert_eq!(count("true"), 0);
}

#[test]
fn nothing_of_a_removed_user_is_kept() {
    let (app, tenant) = start();
    try_from(&app, HOME, &tenant.slug, ANA, PASSWORD).expect(200);
    guess_wrong(&app, &tenant, &stranger(1));
    let of_accounts = "SELECT count(*) FROM attempts WHERE is_somebody";
    let before = app.database.number(of_accounts);
    let users = tenant.admin.get("/v1/users?q=silva").expect(200);
    let path = format!("/v1/users/{}", users.column("id")[0]);
    tenant.admin.delete(&path).expect(204);
    assert_eq!(app.database.number(of_accounts), before - 2);
}
