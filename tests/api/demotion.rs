//! Whoever is demoted or suspended has no power from the moment that this is answered, also in requests that were on
//! their way by then.

use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering};
use std::thread::{scope, sleep};
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use serde_json::{Value, json};

use crate::support::{Client, Response, Tenant, TestApp, race_rounds, rounds, unique};

const ROUNDS: usize = 200;

/// Bo is an admin; Ana is whom he works on.
struct World {
    app: TestApp,
    tenant: Tenant,
    bo: String,
    client: Client,
    ana: String,
}

impl World {
    fn start() -> Self {
        let app = TestApp::start();
        let tenant = app.tenant("Bright Calls");
        let (bo, client) = tenant.add_and_sign_in(&app, "bo@x.example", "Bo", "admin");
        let ana = tenant.add("ana@x.example", "Ana", "user");
        tenant.add_role("desk", &["calls:read"]);
        client.get("/v1/me").expect(200);
        Self {
            app,
            tenant,
            bo,
            client,
            ana,
        }
    }

    /// How much Bo has done.
    fn deeds(&self) -> String {
        let bo = &self.bo;
        format!("SELECT count(*) FROM activity WHERE actor_id = '{bo}'")
    }

    fn promote(&self) {
        let bo = &self.bo;
        self.app.execute(&format!(
            "UPDATE users SET role = 'admin', status = 'active' WHERE id = '{bo}'"
        ));
    }
}

fn new_admin() -> Value {
    let email = format!("{}@x.example", unique("admin"));
    json!({ "email": email, "full_name": "New Admin", "role": "admin", "generate_password": true })
}

fn new_role() -> Value {
    json!({ "key": unique("role"), "name": "Role", "permissions": ["settings:advanced"] })
}

#[test]
fn a_request_that_waited_while_its_sender_was_demoted_or_suspended_does_nothing() {
    let world = World::start();
    let ana = format!("/v1/users/{}", world.ana);
    let writes = [
        ("POST", "/v1/users".to_owned(), Some(new_admin())),
        ("PATCH", ana.clone(), Some(json!({ "role": "admin" }))),
        (
            "PATCH",
            ana.clone(),
            Some(json!({ "email": "mine@x.example" })),
        ),
        (
            "PUT",
            format!("{ana}/password"),
            Some(json!({ "generate": true })),
        ),
        ("PUT", format!("{ana}/suspension"), Some(json!({}))),
        ("DELETE", format!("{ana}/sessions"), None),
        ("DELETE", ana, None),
        ("POST", "/v1/roles".to_owned(), Some(new_role())),
        (
            "PATCH",
            "/v1/roles/desk".to_owned(),
            Some(json!({ "permissions": ["settings:advanced"] })),
        ),
        ("DELETE", "/v1/roles/desk?reassign_to=user".to_owned(), None),
    ];
    let deeds = world.app.database.number(&world.deeds());
    for (method, path, body) in &writes {
        for (change, status, code) in [
            ("role = 'user'", 403, "permission_denied"),
            ("status = 'suspended'", 401, "token_revoked"),
        ] {
            let answer = while_changed(&world, change, || {
                world.client.send(method, path, body.as_ref())
            });
            answer.expect_problem(status, code);
            world.promote();
        }
    }
    assert_eq!(world.app.database.number(&world.deeds()), deeds);
}

/// Sends a request that has to wait for the tenant, which somebody has locked who changes Bo meanwhile.
fn while_changed(world: &World, change: &str, send: impl Fn() -> Response + Sync) -> Response {
    world.client.get("/v1/me").expect(200);
    let mut other = world.app.database.connect();
    let lock = format!(
        "BEGIN; SELECT FROM tenants WHERE id = '{}' FOR NO KEY UPDATE",
        world.tenant.id
    );
    other.batch_execute(&lock).unwrap();
    scope(|scope| {
        let on_its_way = scope.spawn(&send);
        sleep(Duration::from_millis(200));
        assert!(!on_its_way.is_finished(), "it did not wait");
        let bo = &world.bo;
        let change = format!("UPDATE users SET {change} WHERE id = '{bo}'; COMMIT");
        other.batch_execute(&change).unwrap();
        on_its_way.join().unwrap()
    })
}

#[test]
fn who_may_still_do_as_much_is_not_refused_for_having_waited() {
    let world = World::start();
    let path = format!("/v1/users/{}", world.ana);
    let answer = while_changed(&world, "full_name = 'Bo the Second'", || {
        world.client.patch(&path, &json!({ "role": "manager" }))
    });
    assert_eq!(answer.expect(200).body["role"], "manager");
}

#[test]
fn once_a_demotion_is_answered_nothing_of_the_demoted_succeeds() {
    let world = World::start();
    let conn = Mutex::new(world.app.database.connect());
    let (bo, ana) = (
        format!("/v1/users/{}", world.bo),
        format!("/v1/users/{}", world.ana),
    );
    let number = |query: &str| -> i64 {
        diesel::select(sql::<BigInt>(&format!("({query})")))
            .get_result(&mut *conn.lock().unwrap())
            .unwrap()
    };
    let deeds = world.deeds();
    let then = AtomicI64::new(0);
    let (mut done, mut refused) = (0, 0);
    let rounds = rounds(ROUNDS);
    race_rounds(
        5,
        rounds,
        |round, racer| match racer {
            0 => {
                // Sooner or later than the others get there.
                sleep(Duration::from_micros(
                    u64::try_from(round % 20 * 250).unwrap(),
                ));
                let demoted = world.tenant.admin.patch(&bo, &json!({ "role": "user" }));
                then.store(number(&deeds), Ordering::SeqCst);
                demoted.expect(200)
            }
            1 => world.client.post("/v1/users", &new_admin()),
            2 => {
                let role = ["admin", "manager"][round % 2];
                world.client.patch(&ana, &json!({ "role": role }))
            }
            3 => {
                let generate = json!({ "generate": true });
                world.client.put(&format!("{ana}/password"), &generate)
            }
            _ => world.client.post("/v1/roles", &new_role()),
        },
        |round, answers| {
            for answer in &answers[1..] {
                match (answer.status, answer.body["code"].as_str()) {
                    (200..300, _) => done += 1,
                    (403, Some("permission_denied")) => refused += 1,
                    (503, Some("overloaded")) => {}
                    _ => panic!("{} answered {}", answer.request, answer.text),
                }
            }
            let all = number(&deeds);
            let at_once = then.load(Ordering::SeqCst);
            assert_eq!(all, at_once, "round {round}: something came later");
            world.promote();
        },
    );
    if rounds >= ROUNDS {
        assert!(done > 0 && refused > 0, "{done} were done, {refused} not");
    }
}
