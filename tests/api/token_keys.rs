//! Several signing keys side by side: each verifies what it signed, and nothing else.

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use jsonwebtoken::EncodingKey;
use roster::secret::{decode, encode, sha256};
use serde_json::Value;

use crate::support::{ADMIN_EMAIL, Client, TestApp, within_a_second};

/// Another key, which signs in an hour: its id and its private half.
fn add_key(app: &TestApp) -> (String, Vec<u8>) {
    let pair = Ed25519KeyPair::generate().unwrap();
    let private = pair.to_pkcs8v1().unwrap().as_ref().to_vec();
    let public = pair.public_key().as_ref().to_vec();
    let kid: String = encode(&sha256(&public)).chars().take(16).collect();
    let (private_hex, public_hex) = (hex(&private), hex(&public));
    app.database.execute(&format!(
        "INSERT INTO secrets (name, value, encrypted, created_at)
         VALUES ('signing_key.{kid}', decode('{private_hex}', 'hex'), false, now());
         INSERT INTO signing_keys (kid, secret, public, created_at, signs_from)
         VALUES ('{kid}', 'signing_key.{kid}', decode('{public_hex}', 'hex'), now(), now() + interval '1 hour')"
    ));
    (kid, private)
}

fn hex(bytes: &[u8]) -> String {
    let digits: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    digits.concat()
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
    let app = TestApp::start();
    let first = kids(&app).remove(0);
    let session = app.log_in("platform", ADMIN_EMAIL);
    let token = session.client.token();
    let (other, private) = add_key(&app);
    let by_other = |kid: &str| signed_anew(&app, token, &private, kid);
    let of_other = by_other(&other);
    within_a_second(|| of_other.get("/v1/me"), |answer| answer.status == 200);
    assert_eq!(
        kids(&app),
        [first.clone(), other.clone()],
        "the one that signs stands first"
    );
    let again = app.log_in("platform", ADMIN_EMAIL);
    let header = jsonwebtoken::decode_header(again.client.token()).unwrap();
    assert_eq!(header.kid.as_ref(), Some(&first), "it still signs");
    session.client.get("/v1/me").expect(200);
    for kid in [first.as_str(), "another", ""] {
        let refused = by_other(kid).get("/v1/me");
        refused.expect_problem(401, "unauthenticated");
    }
}

#[test]
fn a_key_that_is_taken_away_counts_no_more() {
    let app = TestApp::start();
    let session = app.log_in("platform", ADMIN_EMAIL);
    let (kid, private) = add_key(&app);
    let client = signed_anew(&app, session.client.token(), &private, &kid);
    within_a_second(|| client.get("/v1/me"), |answer| answer.status == 200);
    app.database
        .execute(&format!("DELETE FROM signing_keys WHERE kid = '{kid}'"));
    let refused = within_a_second(|| client.get("/v1/me"), |answer| answer.status != 200);
    refused.expect_problem(401, "unauthenticated");
    session.client.get("/v1/me").expect(200);
}
