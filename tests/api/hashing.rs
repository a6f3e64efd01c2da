//! Hashing: it follows the settings, and more of it than the machine can do is refused in time.

use std::num::NonZero;
use std::time::{Duration, Instant};

use roster::password::Cost;
use serde_json::json;

use crate::support::database::Database;
use crate::support::{PASSWORD, Response, Tenant, TestApp, race};

const ANA: &str = "ana@northwind.example";
const NEW: &str = "another quite long sentence";
/// What the second instance is set to.
const OTHER: Cost = Cost {
    memory_kib: 16,
    passes: 2,
};

/// Two instances on one database, whose hashes cost something else; Ana's was made by the first.
struct World {
    old: TestApp,
    new: TestApp,
    tenant: Tenant,
    ana: String,
}

impl World {
    fn start() -> Self {
        let old = TestApp::start();
        let new = TestApp::start_at_cost(old.database.clone(), &[], OTHER);
        let tenant = old.tenant("Bright Calls");
        let ana = tenant.add(ANA, "Ana Silva", "user");
        Self {
            old,
            new,
            tenant,
            ana,
        }
    }

    /// Ana's hash, and when her password was changed.
    fn stored(&self) -> (String, String) {
        let of_ana = format!("FROM passwords WHERE user_id = '{}'", self.ana);
        let text = |column: &str| {
            let query = format!("SELECT {column}::text {of_ana}");
            self.old.database.text(&query)
        };
        (text("hash"), text("changed_at"))
    }

    fn log_in(&self, app: &TestApp, password: &str) -> Response {
        let body = json!({ "tenant": self.tenant.slug, "email": ANA, "password": password });
        app.anonymous().post("/v1/auth/login", &body)
    }

    fn set_password(&self, password: &str) -> Response {
        let body = json!({ "password": password, "must_change": false });
        let path = format!("/v1/users/{}/password", self.ana);
        self.tenant.admin.put(&path, &body)
    }
}

#[test]
fn a_hash_follows_the_settings_at_the_next_sign_in() {
    let world = World::start();
    let (hash, changed_at) = world.stored();
    assert!(hash.starts_with("$argon2id$v=19$m=8,t=1,p=1$"), "{hash}");
    world
        .log_in(&world.new, "wrong horse battery staple")
        .expect(401);
    assert_eq!(world.stored().0, hash);
    world.log_in(&world.new, PASSWORD).expect(200);
    let (renewed, unchanged_at) = world.stored();
    assert!(
        renewed.starts_with("$argon2id$v=19$m=16,t=2,p=1$"),
        "{renewed}"
    );
    assert_eq!(unchanged_at, changed_at, "the password is the same");
    world.log_in(&world.new, PASSWORD).expect(200);
    assert_eq!(world.stored().0, renewed, "once is enough");
    assert!(
        world
            .tenant
            .entries("action=user.password_changed")
            .is_empty()
    );
}

#[test]
fn sign_ins_at_once_renew_the_hash_and_all_succeed() {
    let world = World::start();
    for answer in race(12, |_| world.log_in(&world.new, PASSWORD)) {
        answer.expect(200);
    }
    assert!(world.stored().0.contains("m=16,t=2"));
    world.log_in(&world.old, PASSWORD).expect(200);
}

#[test]
fn a_renewed_hash_never_undoes_a_change_of_the_password() {
    let world = World::start();
    let (mut current, mut next) = (PASSWORD, NEW);
    for _ in 0..12 {
        let answers = race(3, |racer| match racer {
            0 => world.set_password(next),
            _ => world.log_in(&world.new, current),
        });
        assert_eq!(answers[0].status, 204, "{}", answers[0].text);
        for answer in &answers[1..] {
            assert!([200, 401].contains(&answer.status), "{}", answer.text);
        }
        world.log_in(&world.old, current).expect(401);
        world.log_in(&world.old, next).expect(200);
        std::mem::swap(&mut current, &mut next);
    }
}

#[test]
fn more_than_the_threads_can_hash_in_two_seconds_is_refused_and_the_rest_goes_on() {
    // Around a fifth of a second a hash.
    let slow = Cost {
        memory_kib: 64 * 1024,
        passes: 6,
    };
    let settings = [("ROSTER_TRUSTED_PROXIES", "127.0.0.0/8")];
    let app = TestApp::start_at_cost(Database::create(), &settings, slow);
    let admin = app.platform();
    let sign_in = |racer: usize| {
        let email = format!("nobody{racer}@x.example");
        let body = json!({ "email": email, "password": PASSWORD });
        let client = app.anonymous();
        let client = client.with("X-Forwarded-For", &format!("10.0.{}.1", racer % 250));
        client.post("/v1/auth/login", &body)
    };
    let cores = std::thread::available_parallelism().map_or(2, NonZero::get);
    let started = Instant::now();
    let answers = race(1 + 30 * cores, |racer| match racer {
        0 => admin.get("/v1/me"),
        _ => sign_in(racer),
    });
    assert!(started.elapsed() < Duration::from_secs(10));
    assert_eq!(answers[0].status, 200, "{}", answers[0].text);
    let (refused, answered): (Vec<_>, Vec<_>) = answers
        .into_iter()
        .skip(1)
        .partition(|answer| answer.status == 503);
    assert!(
        refused.len() > answered.len(),
        "{} were refused",
        refused.len()
    );
    for answer in refused {
        let answer = answer.expect_problem(503, "overloaded");
        assert_eq!(answer.header("retry-after"), "1");
    }
    for answer in answered {
        answer.expect_problem(401, "invalid_credentials");
    }
}
