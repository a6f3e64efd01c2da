//! Grace signs in, looks after her own account, and signs out.

use serde_json::json;

use super::SECRET;
use super::record::Story;
use crate::support::{Client, TestApp};

/// With which program.
const PROGRAM: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:148.0) Gecko/20100101 Firefox/148.0";

/// Grace's first session.
pub(super) fn first_sign_in(app: &TestApp, story: &mut Story) -> Client {
    let anyone = app.anonymous().with("User-Agent", PROGRAM);
    let login = json!({ "email": "grace@brightcalls.example", "password": SECRET, "tenant": "bright-calls" });
    let tokens = story.ask(
        "log_in",
        &anyone,
        ("POST", "/v1/auth/login"),
        Some(&login),
        200,
    );
    let refresh = json!({ "refresh_token": tokens.body["refresh_token"] });
    let tokens = story.ask(
        "refresh_tokens",
        &anyone,
        ("POST", "/v1/auth/refresh"),
        Some(&refresh),
        200,
    );
    app.client(&tokens.text_of("/access_token"))
        .with("User-Agent", PROGRAM)
}

/// The rest of `/v1/me`.
pub(super) fn ends(app: &TestApp, story: &mut Story, grace: &mut Client) {
    story.read("get_me", grace, "/v1/me");
    story.edit(
        "update_me",
        grace,
        "/v1/me",
        &json!({ "full_name": "Grace A. Okafor" }),
    );
    let anyone = app
        .anonymous()
        .with("User-Agent", "Bright Calls for Android 4.2");
    let login = json!({ "email": "grace@brightcalls.example", "password": SECRET, "tenant": "bright-calls" });
    let other = anyone.post("/v1/auth/login", &login).expect(200);
    let sessions = story.read("list_my_sessions", grace, "/v1/me/sessions");
    let sessions = sessions.body["data"].as_array().cloned().unwrap();
    let phone = sessions
        .iter()
        .find(|session| session["is_current"] == false);
    let path = format!("/v1/me/sessions/{}", phone.unwrap()["id"].as_str().unwrap());
    story.remove("end_my_session", grace, &path);
    app.client(&other.text_of("/access_token"))
        .get("/v1/me")
        .expect(401);
    let change =
        json!({ "current_password": SECRET, "new_password": "another quite long sentence" });
    story.ask(
        "change_my_password",
        grace,
        ("PUT", "/v1/me/password"),
        Some(&change),
        204,
    );
    story.ask("log_out", grace, ("POST", "/v1/auth/logout"), None, 204);
}
