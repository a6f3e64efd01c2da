//! A live access token, spoilt in every way that has let somebody in somewhere: each is 401, and the token itself lives on.

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use roster::secret::{decode, encode};
use serde_json::{Value, json};

use crate::support::{ADMIN_EMAIL, TestApp};

/// A token in its parts.
struct Live {
    header: String,
    claims: String,
    signature: String,
    refresh: String,
    /// The public key, from the key set.
    public: Vec<u8>,
}

type Mutations = Vec<(String, String)>;

impl Live {
    fn of(app: &TestApp) -> (Self, String) {
        let session = app.log_in("platform", ADMIN_EMAIL);
        let token = session.client.token().to_owned();
        let parts: Vec<String> = token.split('.').map(str::to_owned).collect();
        let [header, claims, signature] = parts.try_into().unwrap();
        let set = app.anonymous().get("/.well-known/jwks.json").expect(200);
        let live = Self {
            header,
            claims,
            signature,
            refresh: session.refresh.clone(),
            public: decode(&set.text_of("/keys/0/x")).unwrap(),
        };
        (live, token)
    }

    /// The token with another header under the same signature.
    fn with_header(&self, change: impl Fn(&mut Value)) -> String {
        let mut header = json_of(&self.header);
        change(&mut header);
        let header = encode(header.to_string().as_bytes());
        joined(&header, &self.claims, &self.signature)
    }
}

fn joined(header: &str, claims: &str, signature: &str) -> String {
    format!("{header}.{claims}.{signature}")
}

fn json_of(part: &str) -> Value {
    serde_json::from_slice(&decode(part).unwrap()).unwrap()
}

/// Every claim with another value, one with none, and one more.
fn claims(live: &Live) -> Mutations {
    let claims = json_of(&live.claims);
    let id = "01940000-0000-7000-8000-000000000001";
    let later = claims["exp"].as_i64().unwrap() + 3_600;
    let changes = [
        ("iss", json!("https://elsewhere.example")),
        ("aud", json!("another")),
        ("sub", json!(id)),
        ("tid", json!(id)),
        ("sid", json!(id)),
        ("jti", json!(id)),
        ("role", json!("owner")),
        ("iat", json!(later)),
        ("nbf", json!(0)),
        ("exp", json!(later)),
        ("exp", Value::Null),
        ("admin", json!(true)),
    ];
    changes
        .into_iter()
        .map(|(name, value)| {
            let mut forged = claims.clone();
            forged[name] = value.clone();
            let forged = encode(forged.to_string().as_bytes());
            let token = joined(&live.header, &forged, &live.signature);
            (format!("the claim {name} is {value}"), token)
        })
        .collect()
}

/// Without a signature, and with one that anybody can make.
fn algorithms(live: &Live) -> Mutations {
    let mut all = Mutations::new();
    for name in ["none", "None", "nOnE"] {
        let token = live.with_header(|header| header["alg"] = name.into());
        let (unsigned, _) = token.rsplit_once('.').unwrap();
        all.push((format!("alg {name} with the signature"), token.clone()));
        all.push((format!("alg {name} without"), format!("{unsigned}.")));
    }
    let x = encode(&live.public);
    let jwk = json!({ "kty": "OKP", "crv": "Ed25519", "x": x }).to_string();
    let kid = json_of(&live.header)["kid"].as_str().map(str::to_owned);
    for algorithm in [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512] {
        for secret in [live.public.as_slice(), x.as_bytes(), jwk.as_bytes()] {
            let mut header = Header::new(algorithm);
            header.typ = Some("at+jwt".to_owned());
            header.kid.clone_from(&kid);
            let key = EncodingKey::from_secret(secret);
            let claims = json_of(&live.claims);
            let token = jsonwebtoken::encode(&header, &claims, &key).unwrap();
            all.push((format!("{algorithm:?} with the public key"), token));
        }
    }
    all
}

/// Signed by somebody else, who says so in the header.
fn foreign_keys(live: &Live) -> Mutations {
    let pair = Ed25519KeyPair::generate().unwrap();
    let own = json!({ "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "x": encode(pair.public_key().as_ref()) });
    let at = "https://evil.example/jwks.json";
    let sign = |change: &dyn Fn(&mut Value)| {
        let mut header = json_of(&live.header);
        change(&mut header);
        let message = format!("{}.{}", encode(header.to_string().as_bytes()), live.claims);
        let signature = encode(pair.sign(message.as_bytes()).as_ref());
        format!("{message}.{signature}")
    };
    let named = |name: &str, value: Value| sign(&|header: &mut Value| header[name] = value.clone());
    vec![
        ("our kid".to_owned(), sign(&|_| ())),
        ("their kid".to_owned(), named("kid", json!("theirs"))),
        (
            "a path as kid".to_owned(),
            named("kid", json!("../../../dev/null")),
        ),
        ("SQL as kid".to_owned(), named("kid", json!("' OR '1'='1"))),
        ("no kid".to_owned(), named("kid", Value::Null)),
        ("jwk".to_owned(), named("jwk", own)),
        ("jku".to_owned(), named("jku", json!(at))),
        ("x5u".to_owned(), named("x5u", json!(at))),
        ("crit".to_owned(), named("crit", json!(["exp"]))),
    ]
}

/// The header changed under our own signature.
fn headers(live: &Live) -> Mutations {
    let changes = [
        ("typ", json!("JWT")),
        ("kid", json!("another")),
        ("jku", json!("https://evil.example/jwks.json")),
        ("alg", json!("ES256")),
        ("zip", json!("DEF")),
    ];
    let forged = changes.iter().map(|(name, value)| {
        let token = live.with_header(|header| header[*name] = value.clone());
        (format!("{name} is {value}"), token)
    });
    forged.collect()
}

/// The text itself: cut, padded, in another case, spelled otherwise.
fn spellings(live: &Live) -> Mutations {
    let Live {
        header,
        claims,
        signature,
        refresh,
        ..
    } = live;
    let token = joined(header, claims, signature);
    let case = |text: &str| -> String {
        let flip = |c: char| {
            if c.is_ascii_lowercase() {
                c.to_ascii_uppercase()
            } else {
                c.to_ascii_lowercase()
            }
        };
        text.chars().map(flip).collect()
    };
    let all = [
        ("nothing of it", "x".to_owned()),
        ("no header", joined("", claims, signature)),
        ("no claims", joined(header, "", signature)),
        ("no signature", joined(header, claims, "")),
        ("two parts", format!("{header}.{claims}")),
        ("four parts", format!("{token}.{signature}")),
        (
            "five parts, as if encrypted",
            format!("{header}..{claims}.{signature}.{signature}"),
        ),
        ("header cut", joined(&header[1..], claims, signature)),
        (
            "claims cut",
            joined(header, &claims[..claims.len() - 2], signature),
        ),
        (
            "signature cut by one",
            joined(header, claims, &signature[..85]),
        ),
        (
            "signature cut by half",
            joined(header, claims, &signature[..43]),
        ),
        ("signature longer", format!("{token}A")),
        ("signature padded", format!("{token}==")),
        (
            "claims padded",
            joined(header, &format!("{claims}="), signature),
        ),
        (
            "header padded",
            joined(&format!("{header}="), claims, signature),
        ),
        ("header flipped", joined(&case(header), claims, signature)),
        ("claims flipped", joined(header, &case(claims), signature)),
        (
            "signature flipped",
            joined(header, claims, &case(signature)),
        ),
        ("unused bits of the last letter", other_last_letter(&token)),
        ("parts exchanged", joined(claims, header, signature)),
        ("a line feed, escaped", format!("{token}%0A")),
        ("a quote around it", format!("\"{token}\"")),
        ("a refresh token", refresh.clone()),
    ];
    all.map(|(name, token)| (name.to_owned(), token)).into()
}

/// 64 bytes are 86 letters, of whose last one four bits count for nothing.
fn other_last_letter(token: &str) -> String {
    let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let (rest, last) = token.split_at(token.len() - 1);
    let place = letters.find(last).unwrap();
    format!("{rest}{}", &letters[place + 1..place + 2])
}

#[test]
fn a_live_token_that_is_changed_in_any_way_is_401() {
    let app = TestApp::start();
    let (live, token) = Live::of(&app);
    let groups = [claims, algorithms, foreign_keys, headers, spellings];
    let all: Mutations = groups.iter().flat_map(|group| group(&live)).collect();
    assert!(all.len() >= 35, "{}", all.len());
    for (what, mutation) in all {
        assert_ne!(mutation, token, "{what}");
        let answer = app.client(&mutation).get("/v1/me");
        assert_eq!(answer.status, 401, "{what}: {}", answer.text);
        let answer = answer.expect_problem(401, "unauthenticated");
        let challenge = answer.header("www-authenticate");
        assert!(challenge.contains("error=\"invalid_token\""), "{what}");
    }
    app.client(&token).get("/v1/me").expect(200);
}
