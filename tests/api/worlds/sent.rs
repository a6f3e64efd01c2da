//! Random worlds in a real service: guards answer as the explanation says, and every fix, sent as it is, is done and makes
//! the deciding layer pass.

use std::collections::BTreeSet;

use roster::access::Layer;
use serde_json::{Value, json};

use super::model::passes;
use crate::support::{
    Chance, Client, PASSWORD, Response, Snapshot, Tenant, TestApp, new_user, seed, unique,
};

const WORLDS: usize = 24;
/// Fixes that are sent in each.
const SENT: usize = 6;
const PERMISSIONS: [&str; 16] = [
    "users:read",
    "users:create",
    "users:update",
    "users:delete",
    "domains:read",
    "domains:write",
    "roles:read",
    "roles:write",
    "tiers:read",
    "tiers:write",
    "companies:read",
    "companies:write",
    "calls:read",
    "calls:manage",
    "settings:read",
    "settings:advanced",
];
const FEATURES: [&str; 5] = [
    "calls:read",
    "calls:*",
    "settings:read",
    "settings:*",
    "calls:manage",
];
/// The part of a permission that may be closed while the rest is open.
const RESTORATION: &str = "/v1/users/{nobody}/restoration";
/// A request for each permission, that changes nothing whoever sends it; and what it answers to somebody who may.
const PROBES: [(&str, &str, &str, u16); 13] = [
    ("users:read", "GET", "/v1/users", 200),
    ("users:create", "POST", "/v1/users", 422),
    ("users:update", "PATCH", "/v1/users/{nobody}", 404),
    ("users:delete", "DELETE", "/v1/users/{nobody}", 404),
    ("users:delete", "POST", RESTORATION, 404),
    ("domains:read", "GET", "/v1/domains", 200),
    ("domains:write", "POST", "/v1/domains", 422),
    ("roles:read", "GET", "/v1/roles", 200),
    ("roles:write", "POST", "/v1/roles", 422),
    ("tiers:read", "GET", "/v1/tiers", 200),
    ("tiers:write", "POST", "/v1/tiers", 422),
    ("companies:read", "GET", "/v1/companies", 200),
    ("companies:write", "POST", "/v1/companies", 422),
];

#[test]
fn in_dozens_of_worlds_every_fix_is_sent_as_it_is_and_done() {
    let (app, seed) = (TestApp::start(), seed());
    let (mut sent, mut kinds) = (0, BTreeSet::new());
    for number in 0..WORLDS {
        let chance = Chance::new(seed.wrapping_add(u64::try_from(number).unwrap()));
        let mut stage = Stage::set(&app, chance, number, seed);
        stage.guards_agree();
        for (answer, fix) in stage.some_fixes() {
            let asked = stage.context(&answer);
            kinds.insert(stage.send(&app, &answer, &fix, &asked));
            stage.snapshot.go_back();
            sent += 1;
        }
    }
    assert!(sent >= WORLDS / 2, "only {sent} fixes, CHANCE_SEED={seed}");
    assert!(kinds.len() >= 2, "only {kinds:?}, CHANCE_SEED={seed}");
}

/// Somebody who asks, and whom they ask about.
struct Stage {
    asker: Client,
    /// Where the answers about the user are.
    access: String,
    user: String,
    snapshot: Snapshot,
    chance: Chance,
    name: String,
}

impl Stage {
    fn set(app: &TestApp, mut chance: Chance, number: usize, seed: u64) -> Self {
        let tenant = app.closed_tenant("Bright Calls");
        let domain = tenant.open();
        let roles = make_roles(&tenant, &mut chance);
        let tiers = make_tiers(&tenant, &mut chance);
        let powerful = ["admin".to_owned(), roles[3].clone(), roles[4].clone()];
        let asker = make_user(&tenant, &mut chance, &powerful, &tiers);
        let client = app.sign_in(&tenant.slug, &asker.1, PASSWORD);
        let user = make_user(&tenant, &mut chance, &roles, &tiers);
        disturb(&tenant, &mut chance, &user.0);
        move_gate(app, &tenant, &mut chance, &domain);
        // Who may not see others asks about themselves.
        let of_others = format!("/v1/users/{}/access", user.0);
        let (access, user) = if client.get(&of_others).status == 200 && !chance.once_in(4) {
            (of_others, user.0)
        } else {
            ("/v1/me/access".to_owned(), asker.0)
        };
        Self {
            asker: client,
            access,
            user,
            snapshot: Snapshot::take(app),
            chance,
            name: format!("world {number} of CHANCE_SEED={seed}"),
        }
    }

    fn answers(&self, path: &str) -> Vec<Value> {
        let list = self.asker.get(path).expect(200);
        list.body["data"].as_array().unwrap().clone()
    }

    /// What guards do is what the explanation says, for every operation that is tried.
    fn guards_agree(&self) {
        let answers = self.answers("/v1/me/access");
        for (permission, method, operation, success) in PROBES {
            let path = operation.replace("{nobody}", &uuid::Uuid::now_v7().to_string());
            let body = (method != "GET" && method != "DELETE").then(|| json!({}));
            let done = self.asker.send(method, &path, body.as_ref());
            let explained = answers
                .iter()
                .find(|answer| answer["permission"] == permission);
            let explained = explained.unwrap();
            let is_excepted = operation == RESTORATION && !explained["reasons"][1].is_null();
            let is_allowed = explained["allowed"] == true && !is_excepted;
            let expected = if is_allowed { success } else { 403 };
            let said = format!("{permission} in {}: {}", self.name, done.text);
            assert_eq!(done.status, expected, "{said}");
        }
    }

    /// Some of the fixes that are offered, each once and with an answer that offers it.
    fn some_fixes(&mut self) -> Vec<(Value, Value)> {
        let mut all: Vec<(Value, Value)> = Vec::new();
        for answer in self.answers(&self.access) {
            let fixes = answer["fixes"].as_array().unwrap().clone();
            assert!(answer["allowed"] == false || fixes.is_empty(), "{answer}");
            for fix in fixes {
                if all.iter().all(|(_, known)| *known != fix) {
                    all.push((answer.clone(), fix));
                }
            }
        }
        let mut some = Vec::new();
        while !all.is_empty() && some.len() < SENT {
            let index = self.chance.below(all.len());
            some.push(all.swap_remove(index));
        }
        some
    }

    fn context(&self, answer: &Value) -> String {
        let permission = &answer["permission"];
        format!("{permission} of {} in {}", self.user, self.name)
    }

    /// Sends a fix and asks again; where it was the first of two steps, sends the second too. Answers what it changed.
    fn send(&self, app: &TestApp, answer: &Value, fix: &Value, context: &str) -> String {
        let done = send(&self.asker, fix);
        assert!(done.status < 300, "{context}: {fix} answered {}", done.text);
        let after = self.ask(&answer["permission"]);
        if fix["href"] == "/v1/domains" {
            let record = done.text_of("/verification/record/name");
            let value = done.text_of("/verification/record/value");
            app.dns.txt(&record, &[&value]);
            let second = &after["fixes"][0];
            assert_eq!(second["body"], json!({}), "{context}: {after}");
            return self.send(app, answer, second, context);
        }
        let (before, now) = (layer(answer), denied_by(&after));
        assert!(passes(before, now), "{context}: {fix} led to {after}");
        let body = fix["body"].as_object();
        let changed = body.and_then(|body| body.keys().next().cloned());
        changed.unwrap_or_else(|| answer["decided_by"].to_string())
    }

    /// The answer about one permission, the same as in the list.
    fn ask(&self, permission: &Value) -> Value {
        let body = json!({ "user_id": self.user, "permission": permission });
        self.asker.post("/v1/access/check", &body).expect(200).body
    }
}

fn send(by: &Client, fix: &Value) -> Response {
    let body = Some(&fix["body"]).filter(|body| !body.is_null());
    let text = |field: &str| fix[field].as_str().unwrap();
    by.send(text("method"), text("href"), body)
}

fn denied_by(answer: &Value) -> Option<Layer> {
    (answer["allowed"] == false).then(|| layer(answer))
}

fn layer(answer: &Value) -> Layer {
    let is_it = |layer: &Layer| json!(layer) == answer["decided_by"];
    Layer::INWARDS.into_iter().find(is_it).unwrap()
}

/// The keys of the built-in roles and of two made by chance; one of them manages users more often than not.
fn make_roles(tenant: &Tenant, chance: &mut Chance) -> Vec<String> {
    let mut keys = ["admin", "manager", "user"].map(str::to_owned).to_vec();
    for _ in 0..2 {
        let mut permissions = chance.some(&PERMISSIONS);
        if !chance.once_in(3) {
            permissions.extend(["users:read", "users:update", "domains:write"]);
        }
        let key = unique("role");
        tenant.add_role(&key, &permissions);
        keys.push(key);
    }
    keys
}

/// The keys of the tiers: the built-in one, one with a seat or two, and one that will be full.
fn make_tiers(tenant: &Tenant, chance: &mut Chance) -> Vec<String> {
    let mut keys = vec!["standard".to_owned()];
    for seats in [Value::Null, json!(2)] {
        let (key, features) = (unique("tier"), chance.some(&FEATURES));
        let body = json!({ "key": key, "name": key, "features": features, "seat_limit": seats });
        tenant.admin.post("/v1/tiers", &body).expect(201);
        keys.push(key);
    }
    keys
}

/// An active user of any role and tier: id and e-mail.
fn make_user(
    tenant: &Tenant,
    chance: &mut Chance,
    roles: &[String],
    tiers: &[String],
) -> (String, String) {
    let email = format!("{}@x.example", unique("u"));
    let role = &roles[chance.below(roles.len())];
    let mut body = new_user(&email, "Somebody", role);
    body["tier"] = json!(tiers[chance.below(tiers.len())]);
    (
        tenant.admin.post("/v1/users", &body).expect(201).id(),
        email,
    )
}

/// Suspends somebody, makes a password change due, both or neither; and closes what has seats left.
fn disturb(tenant: &Tenant, chance: &mut Chance, id: &str) {
    if chance.once_in(6) {
        let body = json!({ "password": PASSWORD, "must_change": true });
        let path = format!("/v1/users/{id}/password");
        tenant.admin.put(&path, &body).expect(204);
    }
    if chance.once_in(3) {
        let path = format!("/v1/users/{id}/suspension");
        tenant.admin.put(&path, &json!({})).expect(200);
    }
    if chance.once_in(4) {
        let full = json!({ "seat_limit": 0 });
        tenant.admin.patch("/v1/tiers/standard", &full).expect(200);
    }
}

/// Leaves the gate open, takes its domain away, or makes it as if there had never been one; a claim may wait.
fn move_gate(app: &TestApp, tenant: &Tenant, chance: &mut Chance, domain: &str) {
    let state = chance.below(4);
    if state < 2 {
        return;
    }
    let path = format!("/v1/domains/{domain}");
    tenant.admin.delete(&path).expect(204);
    if chance.once_in(2) {
        let body = json!({ "hostname": format!("{}.localhost", unique("app")) });
        tenant.admin.post("/v1/domains", &body).expect(201);
    }
    if state == 2 {
        let id = &tenant.id;
        app.execute(&format!(
            "UPDATE tenants SET users_opened_at = NULL WHERE id = '{id}'"
        ));
    }
}
