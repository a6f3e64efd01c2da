//! New passwords: which of them are easy to guess, that they are refused wherever one is set, and why.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::{Client, PASSWORD, Response, Tenant, TestApp, new_user, unique};

const EMAIL: &str = "a.prado@quixote.example";
const COMMON: &str = "password_too_common";
const PERSONAL: &str = "password_too_personal";

/// Anabel Prado of Northwind Traders is a user of Bright Calls, at shop.zephyrine.example.
struct World {
    app: TestApp,
    tenant: Tenant,
    platform: Client,
    id: String,
    anabel: Client,
}

impl World {
    fn start() -> Self {
        let app = TestApp::start();
        let tenant = app.tenant("Bright Calls");
        let domain = json!({ "hostname": "shop.zephyrine.example" });
        tenant.admin.post("/v1/domains", &domain).expect(201);
        let body = anabel(EMAIL, PASSWORD);
        let id = tenant.admin.post("/v1/users", &body).expect(201).id();
        Self {
            id,
            platform: app.platform(),
            anabel: app.sign_in(&tenant.slug, EMAIL, PASSWORD),
            tenant,
            app,
        }
    }

    /// Sets the password in each way that knows the company and the domain: where it stood, and the answer.
    fn set(&self, password: &str) -> Vec<(&'static str, Response)> {
        let admin = &self.tenant.admin;
        let path = format!("/v1/users/{}/password", self.id);
        let own = json!({ "current_password": PASSWORD, "new_password": password });
        let twin = anabel("b.prado@quixote.example", password);
        vec![
            ("/new_password", self.anabel.put("/v1/me/password", &own)),
            ("/password", admin.post("/v1/users", &twin)),
            (
                "/password",
                admin.put(&path, &json!({ "password": password })),
            ),
        ]
    }

    /// Makes a tenant whose first admin has the password.
    fn make_tenant(&self, password: &str) -> Response {
        let admin = json!({ "email": EMAIL, "full_name": "Anabel Prado", "password": password });
        let slug = unique("bright-calls");
        let body =
            json!({ "name": "Bright Calls", "slug": slug, "seat_limit": null, "admin": admin });
        self.platform.post("/v1/tenants", &body)
    }

    #[track_caller]
    fn refuses(&self, password: &str, code: &str) {
        for (pointer, answer) in self.set(password) {
            refused(answer, pointer, code, password);
        }
    }
}

fn anabel(email: &str, password: &str) -> Value {
    let mut body = new_user(email, "Anabel Prado", "user");
    body["password"] = password.into();
    body["company_name"] = "Northwind Traders".into();
    body
}

#[track_caller]
fn refused(answer: Response, pointer: &str, code: &str, password: &str) {
    let answer = answer.expect_problem(422, "validation_failed");
    let expected = vec![(pointer.to_owned(), code.to_owned())];
    assert_eq!(answer.faults(), expected, "{password}");
    assert!(!answer.text.contains(password), "{}", answer.text);
    let message = answer.text_of("/errors/0/message");
    assert!(
        message.contains("sentence"),
        "it says what helps: {message}"
    );
}

#[test]
fn common_passwords_are_refused_wherever_one_is_set() {
    let world = World::start();
    let before = world.app.database.number("SELECT count(*) FROM activity");
    for password in [
        "password1234567",
        "passwordpassword",
        "PasswordPassword",
        "aaaaaaaaaaaaaaa",
        "яяяяяяяяяяяяяяя",
        "abcabcabcabcabc",
        "abcdefghijklmno",
        "123456789012345",
        "qwertyuiopasdfgh",
        "1q2w3e4r5t6y7u8i",
        "1Q2W-3E4R-5T6Y-7U8I",
        "Welcome-Password-1!",
        "P@ssw0rd_P@ssw0rd",
        "letmein letmein please",
        "my password is secret",
        "roster-admin-2026",
        "summer2026summer2026!",
    ] {
        world.refuses(password, COMMON);
        refused(
            world.make_tenant(password),
            "/admin/password",
            COMMON,
            password,
        );
    }
    let after = world.app.database.number("SELECT count(*) FROM activity");
    assert_eq!(after, before, "nothing was changed");
}

#[test]
fn passwords_built_from_the_person_are_refused_wherever_one_is_set() {
    let world = World::start();
    for password in [
        "Anabel.Prado.77777",
        "odarp lebana 2026",
        "@n4b3l pr4d0 1234",
        EMAIL,
        "prado@quixote 1605",
        "Bright Calls 2026!",
        "brightcalls-brightcalls",
    ] {
        world.refuses(password, PERSONAL);
        refused(
            world.make_tenant(password),
            "/admin/password",
            PERSONAL,
            password,
        );
    }
    for password in [
        "NorthwindTraders1",
        "northwind traders!",
        "zephyrine-2026-!!",
    ] {
        world.refuses(password, PERSONAL);
    }
}

#[test]
fn what_is_personal_to_one_is_not_to_others() {
    let world = World::start();
    let mut other = new_user("bo@x.example", "Bo Lindqvist", "user");
    other["password"] = "Anabel.Prado.77777".into();
    world.tenant.admin.post("/v1/users", &other).expect(201);
}

#[test]
fn a_company_that_is_named_by_its_id_counts_too() {
    let world = World::start();
    let company = json!({ "name": "Wolkenkuckuck Farben" });
    let admin = &world.tenant.admin;
    let company = admin.post("/v1/companies", &company).expect(201).id();
    let mut new = new_user("bo@x.example", "Bo Lindqvist", "user");
    new["company_id"] = company.into();
    new["password"] = "wolkenkuckuck-2026".into();
    let answer = admin.post("/v1/users", &new);
    refused(answer, "/password", PERSONAL, "wolkenkuckuck-2026");
    // One that is not there is the write's to tell, with the rest.
    new["company_id"] = world.id.clone().into();
    new["password"] = PASSWORD.into();
    admin
        .post("/v1/users", &new)
        .expect_problem(422, "validation_failed")
        .expect_fault("/company_id", "unknown_reference");
}

#[test]
fn there_are_no_rules_about_kinds_of_characters() {
    let world = World::start();
    for (index, password) in [
        PASSWORD,
        "purple elephants dancing slowly",
        "k9#Qz!x2@mR5^tW",
        "hgtwxkqplzvrmnb",
        "829105738462910",
        "čtyři žlutí ptáci zpívají",
        "一期一会の夜に歩く猫が三匹いる",
        " blanks are ok ",
        "a sentence in which a password is named",
    ]
    .iter()
    .enumerate()
    {
        let email = format!("user{index}@x.example");
        let mut new = new_user(&email, "Somebody", "user");
        new["password"] = (*password).into();
        world.tenant.admin.post("/v1/users", &new).expect(201);
        world.app.sign_in(&world.tenant.slug, &email, password);
    }
}

#[test]
fn judging_the_worst_of_passwords_takes_no_longer_than_a_request_may() {
    let world = World::start();
    // Every sign that can stand for a letter, in ever new order: what an estimate has most to do with.
    let signs = "4@8({[<369#!1/|0$5+7%2";
    let all: Vec<char> = signs.chars().collect();
    let worst: String = (0..12_usize)
        .flat_map(|turn| (0..all.len()).map(move |place| (turn, place)))
        .map(|(turn, place)| all[(place * (2 * turn + 1) + turn) % all.len()])
        .take(256)
        .collect();
    let started = Instant::now();
    for (_, answer) in world.set(&worst) {
        assert!([201, 204, 422].contains(&answer.status), "{}", answer.text);
    }
    assert!(started.elapsed() < Duration::from_secs(6));
}
