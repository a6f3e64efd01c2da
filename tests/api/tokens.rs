//! Access tokens: their form, who can verify them, and that nothing but a genuine one is let in.

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use roster::secret::{decode, encode};
use serde_json::{Value, json};

use crate::support::{ADMIN_EMAIL, Client, TestApp};

fn part(token: &str, index: usize) -> Value {
    let text = token.split('.').nth(index).unwrap();
    serde_json::from_slice(&decode(text).unwrap()).unwrap()
}

/// The only key of the key set.
fn public_key(app: &TestApp) -> Value {
    let set = app.anonymous().get("/.well-known/jwks.json").expect(200);
    assert_eq!(set.body["keys"].as_array().unwrap().len(), 1);
    set.body["keys"][0].clone()
}

/// The private key, as the database has it.
fn private_key(app: &TestApp) -> Vec<u8> {
    let query = "SELECT encode(value, 'hex') FROM secrets WHERE name = 'signing_key'";
    let hex = app.database.text(query);
    let bytes = hex.as_bytes().chunks(2);
    bytes
        .map(|pair| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

#[test]
fn an_access_token_has_the_documented_claims() {
    let app = TestApp::start();
    let session = app.log_in("platform", ADMIN_EMAIL);
    let token = session.client.token();
    let key = public_key(&app);
    let header = json!({ "typ": "at+jwt", "alg": "EdDSA", "kid": key["kid"] });
    assert_eq!(part(token, 0), header);
    let claims = part(token, 1);
    let names: Vec<_> = claims.as_object().unwrap().keys().cloned().collect();
    let expected = [
        "aud", "exp", "iat", "iss", "jti", "nbf", "role", "sid", "sub", "tid",
    ];
    assert_eq!(names, expected);
    let me = session.client.get("/v1/me").expect(200).body;
    let sessions = session.client.get("/v1/me/sessions").expect(200);
    assert_eq!(claims["iss"], "http://localhost:8080");
    assert_eq!(claims["aud"], "roster");
    assert_eq!(claims["sub"], me["id"]);
    assert_eq!(claims["tid"], me["tenant"]["id"]);
    assert_eq!(claims["sid"], sessions.column("id")[0]);
    assert_eq!(claims["role"], "admin");
    assert_eq!(claims["nbf"], claims["iat"]);
    let lifetime = claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap();
    assert_eq!(lifetime, 600);
    let again = app.log_in("platform", ADMIN_EMAIL);
    assert_ne!(part(again.client.token(), 1)["jti"], claims["jti"]);
}

#[test]
fn anybody_can_verify_a_token_with_the_key_set() {
    let app = TestApp::start();
    let key = public_key(&app);
    for (field, value) in [
        ("kty", "OKP"),
        ("crv", "Ed25519"),
        ("alg", "EdDSA"),
        ("use", "sig"),
    ] {
        assert_eq!(key[field], value);
    }
    assert!(key.get("d").is_none(), "the private half is private");
    let decoding = DecodingKey::from_ed_components(key["x"].as_str().unwrap()).unwrap();
    let mut validation = Validation::new(Algorithm::EdDSA);
    validation.set_audience(&["roster"]);
    validation.set_issuer(&["http://localhost:8080"]);
    let token = app.platform().token().to_owned();
    let read = jsonwebtoken::decode::<Value>(&token, &decoding, &validation).unwrap();
    assert_eq!(read.claims["role"], "admin");
}

#[test]
fn an_expired_access_token_says_so() {
    let app = TestApp::start();
    let client = app.platform();
    app.clock.advance(540);
    client.get("/v1/me").expect(200);
    app.clock.advance(60);
    let refused = client.get("/v1/me").expect_problem(401, "token_expired");
    let challenge = refused.header("www-authenticate");
    assert!(challenge.contains("error=\"invalid_token\""), "{challenge}");
}

#[test]
fn a_request_without_credentials_is_told_how_to_get_some() {
    let app = TestApp::start();
    let refused = app.anonymous().get("/v1/me");
    let refused = refused.expect_problem(401, "unauthenticated");
    assert_eq!(
        refused.header("www-authenticate"),
        "Bearer realm=\"roster\""
    );
    assert!(refused.text_of("/detail").contains("/v1/auth/login"));
}

#[test]
fn the_scheme_is_read_in_any_letter_case() {
    let app = TestApp::start();
    let token = app.platform().token().to_owned();
    for scheme in ["bearer", "BEARER"] {
        let value = format!("{scheme} {token}");
        let client = app.anonymous().with("Authorization", &value);
        client.get("/v1/me").expect(200);
    }
}

#[track_caller]
fn refused(client: &Client, what: &str) {
    let answer = client.get("/v1/me");
    assert_eq!(answer.status, 401, "{what}: {}", answer.text);
    let answer = answer.expect_problem(401, "unauthenticated");
    assert!(
        answer.header("www-authenticate").contains("invalid_token"),
        "{what}"
    );
}

#[test]
fn an_altered_token_is_401() {
    let app = TestApp::start();
    let session = app.log_in("platform", ADMIN_EMAIL);
    let token = session.client.token().to_owned();
    let parts: Vec<&str> = token.split('.').collect();
    let [header, claims, signature] = parts[..] else {
        panic!("no JWT: {token}")
    };
    let mut promoted = part(&token, 1);
    promoted["role"] = "owner".into();
    let promoted = encode(promoted.to_string().as_bytes());
    let mut other = decode(signature).unwrap();
    other[0] ^= 1;
    let forged = [
        token[..token.len() - 1].to_owned(),
        token[..token.len() - 4].to_owned(),
        format!("{token}A"),
        format!("{header}.{claims}"),
        format!("{header}.{claims}."),
        format!("{header}.{promoted}.{signature}"),
        format!("{header}.{claims}.{}", encode(&other)),
        format!("{header}.{claims}.{signature}.{signature}"),
        format!("..{signature}"),
        "..".to_owned(),
        "x".to_owned(),
        "x".repeat(20_000),
        session.refresh.clone(),
    ];
    for forged in forged {
        refused(&app.client(&forged), &forged);
    }
    session.client.get("/v1/me").expect(200);
}

#[test]
fn a_malformed_authorization_is_401() {
    let app = TestApp::start();
    let token = app.platform().token().to_owned();
    let values = [
        "Bearer".to_owned(),
        "Bearer  ".to_owned(),
        token.clone(),
        format!("Basic {token}"),
        format!("Token {token}"),
        format!("Bearer {token} {token}"),
        format!("Bearer {token}, Bearer {token}"),
    ];
    for value in values {
        refused(&app.anonymous().with("Authorization", &value), &value);
    }
    let twice = app
        .client(&token)
        .with("Authorization", &format!("Bearer {token}"));
    refused(&twice, "two headers");
}

/// Signs these claims under the given header with the service's own key.
fn genuine(app: &TestApp, header: &Header, claims: &Value) -> Client {
    let key = EncodingKey::from_ed_der(&private_key(app));
    app.client(&jsonwebtoken::encode(header, claims, &key).unwrap())
}

#[test]
fn a_token_of_another_kind_is_401_even_with_the_right_key() {
    let app = TestApp::start();
    let token = app.platform().token().to_owned();
    let good = jsonwebtoken::decode_header(&token).unwrap();
    let claims = part(&token, 1);
    genuine(&app, &good, &claims).get("/v1/me").expect(200);
    let header = |change: fn(&mut Header)| {
        let mut header = good.clone();
        change(&mut header);
        header
    };
    let headers = [
        header(|header| header.typ = Some("JWT".to_owned())),
        header(|header| header.typ = None),
        header(|header| header.kid = None),
        header(|header| header.kid = Some("another".to_owned())),
    ];
    for header in &headers {
        refused(&genuine(&app, header, &claims), &format!("{header:?}"));
    }
    let changes = [
        ("iss", json!("https://elsewhere.example")),
        ("aud", json!("another")),
        ("nbf", json!(claims["nbf"].as_i64().unwrap() + 3600)),
        ("sub", json!("admin")),
        ("sub", Value::Null),
        ("exp", Value::Null),
        ("exp", json!("never")),
        ("sid", json!(7)),
    ];
    for (name, value) in changes {
        let mut claims = claims.clone();
        claims[name] = value;
        refused(&genuine(&app, &good, &claims), &claims.to_string());
    }
}

#[test]
fn a_token_signed_by_another_key_or_by_none_is_401() {
    let app = TestApp::start();
    let token = app.platform().token().to_owned();
    let claims = part(&token, 1);
    let mut header = jsonwebtoken::decode_header(&token).unwrap();
    let pair = Ed25519KeyPair::generate().unwrap();
    let other = EncodingKey::from_ed_der(pair.to_pkcs8v1().unwrap().as_ref());
    let forged = jsonwebtoken::encode(&header, &claims, &other).unwrap();
    refused(&app.client(&forged), "another key");
    assert_ne!(encode(pair.public_key().as_ref()), public_key(&app)["x"]);

    let kid = header.kid.clone();
    for name in ["none", "None", "NONE", "", "EdDSA"] {
        let unsigned = json!({ "typ": "at+jwt", "alg": name, "kid": kid });
        let unsigned = encode(unsigned.to_string().as_bytes());
        let forged = format!("{unsigned}.{}.", token.split('.').nth(1).unwrap());
        refused(&app.client(&forged), name);
    }

    header.alg = Algorithm::HS256;
    let x = public_key(&app)["x"].as_str().unwrap().to_owned();
    let spki = [&SPKI_PREFIX[..], &decode(&x).unwrap()].concat();
    for secret in [decode(&x).unwrap(), x.into_bytes(), spki, Vec::new()] {
        let key = EncodingKey::from_secret(&secret);
        let forged = jsonwebtoken::encode(&header, &claims, &key).unwrap();
        refused(&app.client(&forged), "the public key as a shared secret");
    }
}

/// What stands before the key in a public key of Ed25519 (RFC 8410, section 4).
const SPKI_PREFIX: [u8; 12] = [48, 42, 48, 5, 6, 3, 43, 101, 112, 3, 33, 0];

#[test]
fn a_token_of_another_tenants_session_is_401() {
    let app = TestApp::start();
    let (one, two) = (app.closed_tenant("One"), app.closed_tenant("Two"));
    let header = jsonwebtoken::decode_header(one.admin.token()).unwrap();
    let (mine, theirs) = (part(one.admin.token(), 1), part(two.admin.token(), 1));
    for fields in [&["tid"][..], &["sub"], &["sid"], &["tid", "sub"]] {
        let mut claims = mine.clone();
        for field in fields {
            claims[*field] = theirs[*field].clone();
        }
        let answer = genuine(&app, &header, &claims).get("/v1/me");
        answer.expect_problem(401, "token_revoked");
    }
}
