//! What happens by itself: what is over goes.

use serde_json::json;

use crate::support::{TestApp, new_user};

const DAY: i64 = 24 * 60 * 60;

#[test]
fn users_leave_the_trash_for_good_after_their_month() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    let ana = tenant.add("ana@x.example", "Ana Silva", "user");
    tenant.admin.delete(&format!("/v1/users/{ana}")).expect(204);
    app.clock.advance(29 * DAY);
    app.upkeep.run_once().unwrap();
    let trash = |app: &TestApp| {
        let admin = app.sign_in(&tenant.slug, &tenant.admin_email, crate::support::PASSWORD);
        let list = admin.get("/v1/users?status=deleted").expect(200);
        (admin, list.column("id"))
    };
    assert_eq!(trash(&app).1, std::slice::from_ref(&ana));
    app.clock.advance(DAY + 1);
    app.upkeep.run_once().unwrap();
    let (admin, left) = trash(&app);
    assert!(left.is_empty());
    let log = admin
        .get(&format!("/v1/activity?target_id={ana}"))
        .expect(200);
    assert!(!log.text.contains("Ana"), "{}", log.text);
    let newest = &log.body["data"][0];
    assert_eq!(newest["action"], "user.purged");
    assert_eq!(
        newest["actor"],
        json!({ "type": "system", "id": null, "name": "System" })
    );
}

#[test]
fn what_is_over_is_forgotten() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    let keyed = tenant.admin.with("Idempotency-Key", "once");
    let body = new_user("ana@x.example", "Ana Silva", "user");
    keyed.post("/v1/users", &body).expect(201);
    let count = |table: &str| {
        app.database
            .number(&format!("SELECT count(*) FROM {table}"))
    };
    app.upkeep.run_once().unwrap();
    assert_eq!(count("idempotency_keys"), 1);
    assert!(count("sessions") > 0);
    app.clock.advance(DAY + 1);
    app.upkeep.run_once().unwrap();
    assert_eq!(count("idempotency_keys"), 0);
    assert!(count("sessions") > 0);
    app.clock.advance(7 * DAY);
    app.upkeep.run_once().unwrap();
    assert_eq!(count("sessions"), 0);
}
