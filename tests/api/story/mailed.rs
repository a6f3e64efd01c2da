//! What reaches people by mail: invitations, new passwords, new addresses.

use serde_json::json;

use super::SECRET;
use super::record::Story;
use crate::support::{Client, TestApp};

const TOM: &str = "tom.berg@northwind.example";
const CHOSEN: &str = "a sentence that only Tom knows";

/// Tom is invited, and accepts; somebody else is invited by mistake.
pub(super) fn invitations(app: &TestApp, story: &mut Story, grace: &Client) {
    let tom = json!({ "email": TOM, "full_name": "Tom Berg", "role": "user" });
    let invited = story.make("create_invitation", grace, "/v1/invitations", &tom);
    let path = format!("/v1/invitations/{}", invited.id());
    story.read("get_invitation", grace, &path);
    story.read("list_invitations", grace, "/v1/invitations");
    let resend = format!("{path}/resend");
    story.ask("send_invitation", grace, ("POST", &resend), None, 200);
    let accept = json!({ "token": app.token("invitation", TOM), "password": CHOSEN });
    let address = ("POST", "/v1/auth/invitations/accept");
    story.ask(
        "accept_invitation",
        &app.anonymous(),
        address,
        Some(&accept),
        200,
    );
    let wrong = json!({ "email": "tim@northwind.example", "full_name": "Tim", "role": "user" });
    let wrong = grace.post("/v1/invitations", &wrong).expect(201);
    story.remove(
        "delete_invitation",
        grace,
        &format!("/v1/invitations/{}", wrong.id()),
    );
}

/// Tom forgets his password, and moves to another address.
pub(super) fn links(app: &TestApp, story: &mut Story, grace: &Client) {
    let anyone = app.anonymous();
    let forgot = json!({ "email": TOM, "tenant": "bright-calls" });
    let address = ("POST", "/v1/auth/password/forgot");
    story.ask("send_password_reset", &anyone, address, Some(&forgot), 204);
    app.await_letters(1, "password_reset", TOM);
    let token = app.token("password_reset", TOM);
    let reset = json!({ "token": token, "new_password": SECRET });
    let address = ("POST", "/v1/auth/password/reset");
    story.ask("reset_password", &anyone, address, Some(&reset), 204);
    let tom = app.sign_in("bright-calls", TOM, SECRET);
    let new = "tom@northwind.example";
    tom.patch(
        "/v1/me",
        &json!({ "email": new, "current_password": SECRET }),
    )
    .expect(200);
    let confirm = json!({ "token": app.token("confirm_address", new) });
    let address = ("POST", "/v1/auth/address/confirm");
    story.ask("confirm_address", &anyone, address, Some(&confirm), 204);
    grace.get("/v1/users?q=tom").expect(200);
}
