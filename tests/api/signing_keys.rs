//! Signing keys are rotated: by hand, by themselves and in a hurry, without anybody being signed out who should not be.

use aws_lc_rs::signature::Ed25519KeyPair;
use jsonwebtoken::EncodingKey;
use roster::secret::decode;
use serde_json::Value;

use crate::support::database::Database;
use crate::support::process::{Folder, complaint, run, text, word_after};
use crate::support::{ADMIN_EMAIL, Client, TestApp, entries, within_a_second};

const SET: &str = "/.well-known/jwks.json";
const HOUR: i64 = 60 * 60;
const DAY: i64 = 24 * HOUR;
const SECRET_KEY: (&str, &str) = ("ROSTER_SECRET_KEY", "a key of the operator");

fn kids_in(set: &Value) -> Vec<String> {
    let keys = set["keys"].as_array().unwrap();
    let kid = |key: &Value| key["kid"].as_str().unwrap().to_owned();
    keys.iter().map(kid).collect()
}

/// The ids of the published keys, the one that signs first.
fn kids(app: &TestApp) -> Vec<String> {
    kids_in(&app.anonymous().get(SET).expect(200).body)
}

/// Waits until exactly these are published, the one that signs first.
#[track_caller]
fn expect_kids(app: &TestApp, wanted: &[&String]) {
    let anonymous = app.anonymous();
    within_a_second(
        || anonymous.get(SET),
        |set| kids_in(&set.body).iter().eq(wanted.iter().copied()),
    );
}

/// What signed the client's token.
fn kid_of(client: &Client) -> String {
    let header = jsonwebtoken::decode_header(client.token()).unwrap();
    header.kid.unwrap()
}

fn admin(app: &TestApp) -> Client {
    app.log_in("platform", ADMIN_EMAIL).client
}

/// `roster keys rotate` with these arguments and settings; the new key's id.
#[track_caller]
fn rotate(database: &Database, arguments: &[&str], settings: &[(&str, &str)]) -> String {
    let arguments = [&["keys", "rotate"][..], arguments].concat();
    let settings = [&[("DATABASE_URL", database.url())][..], settings].concat();
    let output = run(&Folder::new(), &arguments, &settings);
    assert!(output.status.success(), "{output:?}");
    word_after(&text(&output.stdout), "the key ").to_owned()
}

/// What `roster keys rotate` with these settings complains of.
#[track_caller]
fn refused_rotation(database: &Database, settings: &[(&str, &str)]) -> String {
    let settings = [&[("DATABASE_URL", database.url())][..], settings].concat();
    complaint(&run(&Folder::new(), &["keys", "rotate"], &settings))
}

/// The private halves, as the database has them.
fn private_halves(database: &Database) -> Vec<Vec<u8>> {
    let query = "SELECT string_agg(encode(value, 'hex'), ' ' ORDER BY created_at) FROM secrets WHERE name LIKE 'signing_key%'";
    let all = database.text(query);
    let byte = |pair: &[u8]| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap();
    all.split(' ')
        .map(|hex| hex.as_bytes().chunks(2).map(byte).collect())
        .collect()
}

/// The same token with an end a day later, signed with this key.
fn lasting(app: &TestApp, token: &str, private: &[u8]) -> Client {
    let header = jsonwebtoken::decode_header(token).unwrap();
    let claims = decode(token.split('.').nth(1).unwrap()).unwrap();
    let mut claims: Value = serde_json::from_slice(&claims).unwrap();
    let end = claims["exp"].as_i64().unwrap() + DAY;
    claims["exp"] = end.into();
    let key = EncodingKey::from_ed_der(private);
    app.client(&jsonwebtoken::encode(&header, &claims, &key).unwrap())
}

#[test]
fn a_new_key_is_published_before_it_signs_and_the_old_one_until_its_tokens_have_ended() {
    let app = TestApp::start();
    let first = kids(&app).remove(0);
    let private = private_halves(&app.database).remove(0);
    let second = rotate(&app.database, &[], &[]);
    expect_kids(&app, &[&first, &second]);
    app.clock.advance(HOUR - 120);
    let old = admin(&app);
    assert_eq!(kid_of(&old), first, "the new one is only published");
    let lasting = lasting(&app, old.token(), &private);

    app.clock.advance(180);
    let new = admin(&app);
    assert_eq!(kid_of(&new), second);
    assert_eq!(kids(&app), [second.clone(), first]);
    for client in [&old, &lasting, &new] {
        client.get("/v1/me").expect(200);
    }
    app.clock.advance(480);
    old.get("/v1/me").expect_problem(401, "token_expired");
    lasting.get("/v1/me").expect(200);

    app.clock.advance(400);
    lasting.get("/v1/me").expect_problem(401, "token_revoked");
    assert_eq!(kids(&app), [second]);
    app.upkeep.run_once().unwrap();
    assert_eq!(private_halves(&app.database).len(), 1);
    assert_ne!(private_halves(&app.database), [private]);
    lasting.get("/v1/me").expect_problem(401, "unauthenticated");
    admin(&app).get("/v1/me").expect(200);
}

#[test]
fn instances_agree_within_a_second() {
    let here = TestApp::start();
    let there = TestApp::start_on(here.database.clone(), &[]);
    let first = kids(&here).remove(0);
    expect_kids(&there, &[&first]);
    let second = rotate(&here.database, &[], &[]);
    for app in [&here, &there] {
        expect_kids(app, &[&first, &second]);
        app.clock.advance(HOUR + 60);
    }
    for (one, other) in [(&here, &there), (&there, &here)] {
        let client = admin(one);
        assert_eq!(kid_of(&client), second);
        other.client(client.token()).get("/v1/me").expect(200);
    }
}

#[test]
fn an_instance_that_has_not_heard_of_a_key_looks_when_it_meets_a_token_of_it() {
    let here = TestApp::start();
    let there = TestApp::start_on(here.database.clone(), &[]);
    here.database
        .execute("DROP TRIGGER signing_keys_tell ON signing_keys");
    for app in [&here, &there] {
        app.clock.advance(90 * DAY);
    }
    here.upkeep.run_once().unwrap();
    assert_eq!(kids(&here).len(), 2, "who rotates knows at once");
    assert_eq!(kids(&there).len(), 1);
    for app in [&here, &there] {
        app.clock.advance(HOUR + 60);
    }
    let client = admin(&here);
    assert_eq!(kid_of(&client), kids(&here)[0]);
    there.client(client.token()).get("/v1/me").expect(200);
    assert_eq!(kids(&there), kids(&here));
}

#[test]
fn keys_that_somebody_may_know_are_replaced_at_once() {
    let here = TestApp::start();
    let there = TestApp::start_on(here.database.clone(), &[]);
    let session = here.log_in("platform", ADMIN_EMAIL);
    there
        .client(session.client.token())
        .get("/v1/me")
        .expect(200);
    let waiting = rotate(&here.database, &[], &[]);
    let new = rotate(&here.database, &["--compromised"], &[]);
    assert_ne!(new, waiting);
    for app in [&here, &there] {
        let client = app.client(session.client.token());
        let refused = within_a_second(|| client.get("/v1/me"), |answer| answer.status != 200);
        refused.expect_problem(401, "token_revoked");
        expect_kids(app, &[&new]);
    }
    let fresh = here.refresh(&session.refresh).expect(200);
    let fresh = there.client(&fresh.text_of("/access_token"));
    assert_eq!(kid_of(&fresh), new);
    fresh.get("/v1/me").expect(200);
}

#[test]
fn keys_are_rotated_by_themselves_once_however_many_instances_there_are() {
    let here = TestApp::start();
    let there = TestApp::start_on(here.database.clone(), &[]);
    let both = [&here, &there];
    let look_after = || {
        std::thread::scope(|scope| {
            for app in both {
                let upkeep = app.upkeep.clone();
                scope.spawn(move || upkeep.run_once().unwrap());
            }
        });
    };
    let wait = |seconds| {
        for app in both {
            app.clock.advance(seconds);
        }
    };
    let first = kids(&here).remove(0);
    wait(90 * DAY - 2 * HOUR);
    look_after();
    assert_eq!(
        kids(&here),
        std::slice::from_ref(&first),
        "it is not time yet"
    );
    wait(HOUR + 60);
    look_after();
    look_after();
    let two = within_a_second(
        || here.anonymous().get(SET),
        |set| kids_in(&set.body).len() == 2,
    );
    let second = kids_in(&two.body).remove(1);
    for app in both {
        expect_kids(app, &[&first, &second]);
        assert_eq!(kid_of(&admin(app)), first);
    }
    wait(HOUR);
    look_after();
    for app in both {
        expect_kids(app, &[&second, &first]);
        assert_eq!(kid_of(&admin(app)), second);
    }
    wait(HOUR);
    look_after();
    expect_kids(&there, &[&second]);

    let platform = admin(&here);
    let rotated = entries(&platform, "action=signing_key.rotated");
    assert_eq!(rotated.len(), 1, "{rotated:?}");
    assert_eq!(rotated[0]["actor"]["type"], "system");
    assert_eq!(rotated[0]["target"]["id"], second);
    assert_eq!(rotated[0]["changes"]["kid"]["from"], first);
    let removed = entries(&platform, "action=signing_key.removed");
    assert_eq!(removed.len(), 1, "{removed:?}");
    assert_eq!(removed[0]["target"]["id"], first);
}

#[test]
fn the_operator_says_how_old_a_key_gets() {
    let app = TestApp::start_on(Database::create(), &[("ROSTER_KEY_ROTATION", "2d")]);
    for (seconds, published) in [(DAY, 1), (DAY, 2), (HOUR + 60, 2), (DAY, 1), (DAY, 2)] {
        app.clock.advance(seconds);
        app.upkeep.run_once().unwrap();
        assert_eq!(kids(&app).len(), published);
    }
}

#[test]
fn private_halves_cannot_be_read_in_the_database_under_a_secret_key() {
    let app = TestApp::start_on(Database::create(), &[SECRET_KEY]);
    let database = &app.database;
    app.clock.advance(90 * DAY);
    app.upkeep.run_once().unwrap();
    let stored = private_halves(database);
    assert_eq!(stored.len(), 2);
    let plain = private_halves(&TestApp::start().database).remove(0);
    assert!(Ed25519KeyPair::from_pkcs8(&plain).is_ok());
    // What every such key begins with, before its 32 bytes.
    let head = &plain[..16];
    for private in &stored {
        assert!(Ed25519KeyPair::from_pkcs8(private).is_err());
        assert!(!private.windows(head.len()).any(|part| part == head));
    }
    let clear = "SELECT count(*) FROM secrets WHERE NOT encrypted";
    assert_eq!(database.number(clear), 0);

    let wrong: [&[(&str, &str)]; 2] = [&[], &[("ROSTER_SECRET_KEY", "another")]];
    for settings in wrong {
        let complaint = refused_rotation(database, settings);
        assert!(complaint.contains("ROSTER_SECRET_KEY"), "{complaint}");
    }
    assert_eq!(private_halves(database), stored);
    let new = rotate(database, &["--compromised"], &[SECRET_KEY]);
    assert_eq!(database.number(clear), 0);
    let again = TestApp::start_on(database.clone(), &[SECRET_KEY]);
    let client = admin(&again);
    assert_eq!(kid_of(&client), new);
    client.get("/v1/me").expect(200);
}

#[test]
fn a_key_is_not_made_under_a_secret_key_that_the_service_does_not_have() {
    let app = TestApp::start();
    let complaint = refused_rotation(&app.database, &[SECRET_KEY]);
    assert!(complaint.contains("are not encrypted"), "{complaint}");
    assert_eq!(kids(&app).len(), 1);
}

#[test]
fn the_key_set_may_be_kept_and_is_not_sent_twice() {
    let app = TestApp::start();
    let set = app.anonymous().get(SET).expect(200);
    assert_eq!(set.header("cache-control"), "public, max-age=300");
    let tag = set.header("etag").to_owned();
    assert!(tag.starts_with('"') && tag.len() > 2, "{tag}");
    let keeper = app.anonymous().with("If-None-Match", &tag);
    let same = keeper.get(SET).expect(304);
    assert_eq!(same.text, "");
    assert_eq!(same.header("etag"), tag);
    assert_eq!(same.header("cache-control"), "public, max-age=300");
    rotate(&app.database, &[], &[]);
    let other = within_a_second(|| keeper.get(SET), |answer| answer.status != 304);
    assert_eq!(kids_in(&other.expect(200).body).len(), 2);
}

#[test]
fn the_operator_sees_where_every_key_stands() {
    let app = TestApp::start();
    let settings = [("DATABASE_URL", app.database.url())];
    let list = || {
        let output = run(&Folder::new(), &["keys", "list"], &settings);
        assert!(output.status.success(), "{output:?}");
        let said = text(&output.stdout);
        let state = |line: &str| {
            let mut words = line.split_whitespace().map(str::to_owned);
            (words.next().unwrap(), words.next().unwrap())
        };
        said.lines().skip(1).map(state).collect::<Vec<_>>()
    };
    let stand = |kid: &String, state: &str| (kid.clone(), state.to_owned());
    let first = kids(&app).remove(0);
    assert_eq!(list(), [stand(&first, "signs")]);
    let second = rotate(&app.database, &[], &[]);
    assert_eq!(list(), [stand(&first, "signs"), stand(&second, "next")]);
    let complaint = refused_rotation(&app.database, &[]);
    assert!(complaint.contains("roster keys list"), "{complaint}");
    assert_eq!(list().len(), 2, "one waits already");
    let third = rotate(&app.database, &["--compromised"], &[]);
    let states = list();
    assert!(states.contains(&stand(&first, "retired")), "{states:?}");
    assert!(states.contains(&stand(&second, "retired")), "{states:?}");
    assert!(states.contains(&stand(&third, "signs")), "{states:?}");
    let output = run(&Folder::new(), &["keys"], &settings);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
}

#[test]
fn the_key_of_an_older_binary_goes_on_and_is_as_old_as_it_is() {
    let app = TestApp::start();
    let client = admin(&app);
    let first = kid_of(&client);
    // So they left it: without a row.
    app.database.execute(
        "DELETE FROM signing_keys;
         UPDATE secrets SET created_at = created_at - interval '89 days 23 hours 30 minutes'",
    );
    let after = TestApp::start_on(app.database.clone(), &[]);
    assert_eq!(kids(&after), std::slice::from_ref(&first));
    after.client(client.token()).get("/v1/me").expect(200);
    after.upkeep.run_once().unwrap();
    let now = kids(&after);
    assert_eq!((now.len(), &now[0]), (2, &first));
}
