//! When letters are posted, and how they get out without anybody asking.

use std::os::unix::fs::PermissionsExt;
use std::thread::sleep;
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use roster::mail::{ChangedBy, Letter};
use serde_json::json;

use super::{ANA, World, start_app};
use crate::support::database::Database;
use crate::support::process::Folder;
use crate::support::{Mail, PASSWORD, TestApp};

const NEW: &str = "another quite long sentence";

#[test]
fn a_change_that_is_taken_back_posts_nothing() {
    let world = World::start();
    let mut conn = world.app.database.connect();
    let letter = Letter::PasswordChanged {
        by: ChangedBy::Owner,
    };
    conn.batch_execute("BEGIN").unwrap();
    world.post_on(&mut conn, "Ana Silva", &letter);
    conn.batch_execute("ROLLBACK").unwrap();
    assert_eq!(world.count("true"), 0);

    let path = format!("/v1/users/{}", world.ana);
    let taken = json!({ "email": world.tenant.admin_email });
    world
        .tenant
        .admin
        .patch(&path, &taken)
        .expect_problem(409, "already_exists");
    let ana = world.app.sign_in(&world.tenant.slug, ANA, PASSWORD);
    let stale = ana.with("If-Match", "\"1\"");
    let change = json!({ "current_password": PASSWORD, "new_password": NEW });
    stale.put("/v1/me/password", &change).expect(412);
    assert_eq!(world.count("true"), 0);
    assert!(world.deliver().is_empty());
}

#[test]
fn a_letter_goes_out_within_a_second_by_whichever_instance() {
    let world = World::start();
    let other = start_app(world.app.database.clone(), &world.server);
    other.postman.clone().start().unwrap();
    // Long enough for it to find nothing and rest.
    sleep(Duration::from_millis(500));
    let path = format!("/v1/users/{}/password", world.ana);
    for _ in 0..3 {
        let new = json!({ "password": NEW, "must_change": false });
        world.tenant.admin.put(&path, &new).expect(204);
        let posted = Instant::now();
        while world.server.take().is_empty() {
            assert!(posted.elapsed() < Duration::from_secs(1), "nothing arrived");
            sleep(Duration::from_millis(10));
        }
    }
}

#[test]
fn a_postman_who_is_stopped_takes_no_more() {
    let world = World::start();
    world.app.postman.clone().start().unwrap();
    world.app.postman.stop();
    world.post(&Letter::PasswordChanged {
        by: ChangedBy::Owner,
    });
    assert!(world.deliver().is_empty());
    assert_eq!(world.count("status = 'waiting' AND attempts = 0"), 1);
}

#[test]
fn without_a_mail_server_letters_are_files_for_the_service_alone() {
    let folder = Folder::new();
    let data = folder.0.join("data");
    let settings = [("ROSTER_DATA_DIR", data.to_str().unwrap())];
    let app = TestApp::start_on(Database::create(), &settings);
    let tenant = app.tenant("Bright Calls");
    let ana = tenant.add(ANA, "Ana Silva", "user");
    let new = json!({ "password": NEW, "must_change": false });
    tenant
        .admin
        .put(&format!("/v1/users/{ana}/password"), &new)
        .expect(204);
    assert_eq!(app.postman.run_once().unwrap(), 1);
    let mut files: Vec<_> = std::fs::read_dir(data.join("mail"))
        .unwrap()
        .map(|file| file.unwrap().path())
        .collect();
    assert_eq!(files.len(), 1, "{files:?}");
    let file = files.remove(0);
    assert_eq!(file.extension().unwrap(), "eml");
    let mode = |path: &std::path::Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&file), mode(&data.join("mail"))), (0o600, 0o700));
    let mail = Mail::parse(Vec::new(), &std::fs::read(&file).unwrap());
    assert_eq!(mail.subject, "Your password for Bright Calls was changed");
    assert!(mail.plain.contains("Hello Ana Silva,"), "{}", mail.plain);
}

#[test]
fn letters_to_somebody_who_is_erased_are_gone_with_them() {
    let world = World::start();
    for _ in 0..2 {
        world.post(&Letter::PasswordChanged {
            by: ChangedBy::Owner,
        });
        world.app.postman.run_once().unwrap();
    }
    world.post(&Letter::PasswordChanged {
        by: ChangedBy::Owner,
    });
    let path = format!("/v1/users/{}?purge=true", world.ana);
    world.tenant.admin.delete(&path).expect(204);
    assert_eq!(world.count("true"), 0);
    let devices = format!(
        "SELECT count(*) FROM devices WHERE user_id = '{}'",
        world.ana
    );
    assert_eq!(world.app.database.number(&devices), 0);
}
