//! Several signing keys side by side: each verifies what it signed, and nothing else.

use aws_lc_rs::signature::Ed25519KeyPair;
use jsonwebtoken::EncodingKey;
use roster::secret::decode;
use serde_json::Value;

use crate::support::{ADMIN_EMAIL, Client, TestApp};

/// An instance that knows another key besides the one that signs, and that key's private half.
fn with_another_key(app: &TestApp, name: &str) -> (TestApp, Vec<u8>) {
    let pair = Ed25519KeyPair::generate().unwrap();
    let private = pair.to_pkcs8v1().unwrap().as_ref().to_vec();
    let hex: Vec<String> = private.iter().map(|byte| format!("{byte:02x}")).collect();
    let hex = hex.concat();
    app.database.execute(&format!(
        "INSERT INTO secrets (name, value, encrypted, created_at) VALUES ('{name}', decode('{hex}', 'hex'), false, now())"
    ));
    (TestApp::start_on(app.database.clone(), &[]), private)
}

fn kids(app: &TestApp) -> Vec<String> {
    let set = app.anonymous().get("/.well-known/jwks.json").expect(200);
    let keys = set.body["keys"].as_array().unwrap();
    assert!(keys.iter().all(|key| key.get("d").is_none()));
    let kid = |key: &Value| key["kid"].as_str().unwrap().to_owned();
    keys.iter().map(kid).collect()
}

/// The same token signed with this key under this key id.
fn signed_anew(app: &TestApp, token: &str, private: &[u8], kid: &str) -> Client {
    let mut header = jsonwebtoken::decode_header(token).unwrap();
    header.kid = Some(kid.to_owned());
    let claims = decode(token.split('.').nth(1).unwrap()).unwrap();
    let claims: Value = serde_json::from_slice(&claims).unwrap();
    let key = EncodingKey::from_ed_der(private);
    app.client(&jsonwebtoken::encode(&header, &claims, &key).unwrap())
}

#[test]
fn keys_work_side_by_side_and_each_under_its_own_id_only() {
    let first = TestApp::start();
    let before = kids(&first);
    let (app, private) = with_another_key(&first, "signing_key.next");
    let both = kids(&app);
    assert_eq!(both.len(), 2);
    assert_eq!(both[..1], before, "the one that signs stands first");

    let session = app.log_in("platform", ADMIN_EMAIL);
    let token = session.client.token();
    let header = jsonwebtoken::decode_header(token).unwrap();
    assert_eq!(header.kid.as_ref(), Some(&both[0]), "it still signs");
    session.client.get("/v1/me").expect(200);
    first.client(token).get("/v1/me").expect(200);

    let by_other = |kid: &str| signed_anew(&app, token, &private, kid);
    by_other(&both[1]).get("/v1/me").expect(200);
    for kid in [both[0].as_str(), "another", ""] {
        let refused = by_other(kid).get("/v1/me");
        refused.expect_problem(401, "unauthenticated");
    }
    // An instance that has not read the other key does not know it.
    let elsewhere = signed_anew(&first, token, &private, &both[1]).get("/v1/me");
    elsewhere.expect_problem(401, "unauthenticated");
}

#[test]
fn a_key_that_is_taken_away_counts_no_more() {
    let first = TestApp::start();
    let (app, private) = with_another_key(&first, "signing_key.old");
    let session = app.log_in("platform", ADMIN_EMAIL);
    let kid = kids(&app).remove(1);
    let token = session.client.token();
    signed_anew(&app, token, &private, &kid)
        .get("/v1/me")
        .expect(200);
    app.database
        .execute("DELETE FROM secrets WHERE name = 'signing_key.old'");
    let after = TestApp::start_on(app.database.clone(), &[]);
    let refused = signed_anew(&after, token, &private, &kid).get("/v1/me");
    refused.expect_problem(401, "unauthenticated");
    after.client(token).get("/v1/me").expect(200);
}
