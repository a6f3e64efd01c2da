//! Calls that would succeed, for any operation: somebody who may, a target that is there, a valid body.

use serde_json::{Value, json};

use super::document::{Document, Operation};
use super::sample::sample;
use crate::support::{Client, PASSWORD, Response, Tenant, TestApp, new_user, unique};

/// A service whose document is walked, by admins of the platform's tenant: they hold every permission there is.
pub(crate) struct Walk {
    pub(crate) app: TestApp,
    pub(crate) document: Document,
    /// The platform's tenant, with a proven domain.
    pub(crate) platform: Tenant,
}

/// A call that is ready to be sent, and parts of it to be spoilt.
pub(crate) struct Call {
    pub(crate) operation: Operation,
    pub(crate) client: Client,
    pub(crate) path: String,
    pub(crate) body: Option<Value>,
}

impl Walk {
    pub(crate) fn start() -> Self {
        let app = TestApp::start();
        let admin = app.platform();
        let me = admin.get("/v1/me").expect(200);
        let platform = Tenant {
            id: me.text_of("/tenant/id"),
            slug: me.text_of("/tenant/slug"),
            admin_email: me.text_of("/email"),
            admin,
        };
        platform.open();
        let document = Document::of(&app);
        Self {
            app,
            document,
            platform,
        }
    }

    /// A call of the operation that succeeds, by an admin of its own.
    pub(crate) fn call(&self, operation: &Operation) -> Call {
        let (email, client) = self.admin();
        let path = match operation.target() {
            Some(_) => operation.path_to(&self.target(operation, &client, &email)),
            None => operation.path.clone(),
        };
        let body = self.body(operation, &email);
        Call {
            operation: operation.clone(),
            client,
            path,
            body,
        }
    }

    /// A new admin of the platform's tenant: the e-mail and a session.
    pub(crate) fn admin(&self) -> (String, Client) {
        let email = format!("{}@walk.example", unique("admin"));
        self.platform.add(&email, "Walking Admin", "admin");
        (
            email.clone(),
            self.app.sign_in(&self.platform.slug, &email, PASSWORD),
        )
    }

    /// What the operation's path parameter can name: new, and as the operation needs it.
    fn target(&self, operation: &Operation, client: &Client, email: &str) -> String {
        let (collection, name) = operation.target().unwrap();
        match (collection, operation.id.as_str()) {
            ("/problems", _) => return "not_found".to_owned(),
            ("/v1/me/sessions", _) => return self.other_session(client, email),
            ("/v1/permissions", _) => return put_permission(client),
            _ => {}
        }
        let made = self.make(collection, client).text_of(&format!("/{name}"));
        if operation.id == "restore_user" {
            client.delete(&format!("{collection}/{made}")).expect(204);
        }
        made
    }

    /// Makes something by POST to a collection.
    pub(crate) fn make(&self, collection: &str, client: &Client) -> Response {
        let create = self.document.find("POST", collection);
        let create = create.unwrap_or_else(|| {
            panic!("say in tests/api/walk/call.rs how to make one of {collection}")
        });
        let body = create.body.as_ref().map_or_else(|| json!({}), sample);
        client.post(collection, &body).expect(201)
    }

    fn other_session(&self, client: &Client, email: &str) -> String {
        self.app.sign_in(&self.platform.slug, email, PASSWORD);
        let sessions = client.get("/v1/me/sessions").expect(200).body["data"].clone();
        let other = sessions
            .as_array()
            .unwrap()
            .iter()
            .find(|session| session["is_current"] == false);
        other.unwrap()["id"].as_str().unwrap().to_owned()
    }

    /// A valid body, where the operation takes one.
    fn body(&self, operation: &Operation, email: &str) -> Option<Value> {
        let login = json!({ "tenant": self.platform.slug, "email": email, "password": PASSWORD });
        let mut body = sample(operation.body.as_ref()?);
        let token = match operation.id.as_str() {
            "log_in" => return Some(login),
            "send_password_reset" => {
                return Some(json!({ "tenant": self.platform.slug, "email": email }));
            }
            "refresh_tokens" => {
                let tokens = self.app.anonymous().post("/v1/auth/login", &login);
                let refresh = tokens.expect(200).body["refresh_token"].clone();
                return Some(json!({ "refresh_token": refresh }));
            }
            "accept_invitation" => self.invitation(),
            "reset_password" => self.password_reset(email),
            "confirm_address" => self.new_address(email),
            _ => return Some(body),
        };
        body["token"] = token.into();
        Some(body)
    }

    /// The token of somebody's invitation.
    fn invitation(&self) -> String {
        let email = format!("{}@walk.example", unique("guest"));
        let body = json!({ "email": email, "full_name": "Walking Guest", "role": "user" });
        let admin = &self.platform.admin;
        admin.post("/v1/invitations", &body).expect(201);
        self.app.token("invitation", &email)
    }

    /// The token of a mail to somebody who forgot their password.
    fn password_reset(&self, email: &str) -> String {
        let body = json!({ "tenant": self.platform.slug, "email": email });
        let anonymous = self.app.anonymous();
        anonymous
            .post("/v1/auth/password/forgot", &body)
            .expect(204);
        self.app.await_letters(1, "password_reset", email);
        self.app.token("password_reset", email)
    }

    /// The token of a mail to somebody's new address.
    fn new_address(&self, email: &str) -> String {
        let new = format!("{}@walk.example", unique("moved"));
        let body = json!({ "email": new, "current_password": PASSWORD });
        let somebody = self.app.sign_in(&self.platform.slug, email, PASSWORD);
        somebody.patch("/v1/me", &body).expect(200);
        self.app.token("confirm_address", &new)
    }
}

impl Call {
    pub(crate) fn send(&self) -> Response {
        self.client
            .send(&self.operation.method, &self.path, self.body.as_ref())
    }

    /// The same by somebody else.
    pub(crate) fn send_as(&self, client: &Client) -> Response {
        client.send(&self.operation.method, &self.path, self.body.as_ref())
    }

    /// The same with one more header.
    pub(crate) fn send_with(&self, name: &str, value: &str) -> Response {
        self.send_as(&self.client.with(name, value))
    }

    /// The same with these bytes as its body.
    pub(crate) fn send_bytes(&self, content_type: &str, bytes: &[u8]) -> Response {
        self.client.send_raw(
            &self.operation.method,
            &self.path,
            content_type,
            bytes.to_vec(),
        )
    }
}

fn put_permission(client: &Client) -> String {
    let key = format!("walk:{}", unique("act"));
    client
        .put(
            &format!("/v1/permissions/{key}"),
            &json!({ "name": "Walk" }),
        )
        .expect(201);
    key
}

/// An ordinary user's session of a tenant, with these permissions and no others.
pub(crate) fn with_permissions(
    app: &TestApp,
    tenant: &Tenant,
    permissions: &[&str],
) -> (String, Client) {
    let role = unique("role");
    tenant.add_role(&role, permissions);
    let email = format!("{}@walk.example", unique("somebody"));
    tenant
        .admin
        .post("/v1/users", &new_user(&email, "Somebody", &role))
        .expect(201);
    (role, app.sign_in(&tenant.slug, &email, PASSWORD))
}
