//! Sign-ins with everything they give: the client, its refresh token, and the way to both of them.

use serde_json::json;

use super::{Client, PASSWORD, Response, Tenant, TestApp};

/// A session: the client that speaks with its access token, and its refresh token.
#[derive(Clone)]
pub(crate) struct SignIn {
    pub(crate) client: Client,
    pub(crate) refresh: String,
    pub(crate) answer: std::rc::Rc<Response>,
}

impl TestApp {
    /// Signs in with [`PASSWORD`]; the whole answer.
    pub(crate) fn log_in(&self, slug: &str, email: &str) -> SignIn {
        let body = json!({ "tenant": slug, "email": email, "password": PASSWORD });
        let answer = self.anonymous().post("/v1/auth/login", &body).expect(200);
        SignIn {
            client: self.client(&answer.text_of("/access_token")),
            refresh: answer.text_of("/refresh_token"),
            answer: answer.into(),
        }
    }

    /// A client of this service with any access token.
    pub(crate) fn client(&self, token: &str) -> Client {
        Client::new(&self.base, Some(token))
    }

    /// Exchanges a refresh token.
    pub(crate) fn refresh(&self, token: &str) -> Response {
        let body = json!({ "refresh_token": token });
        self.anonymous().post("/v1/auth/refresh", &body)
    }
}

impl Tenant {
    /// The activity that this query finds, newest first.
    pub(crate) fn entries(&self, query: &str) -> Vec<serde_json::Value> {
        entries(&self.admin, query)
    }

    /// The one entry that this query finds.
    #[track_caller]
    pub(crate) fn entry_where(&self, query: &str) -> serde_json::Value {
        let mut found = self.entries(query);
        assert_eq!(found.len(), 1, "{query} finds {found:?}");
        found.remove(0)
    }
}

/// The activity that this query finds, newest first.
pub(crate) fn entries(admin: &Client, query: &str) -> Vec<serde_json::Value> {
    let path = format!("/v1/activity?limit=200&{query}");
    let found = admin.get(&path).expect(200);
    found.body["data"].as_array().cloned().unwrap_or_default()
}
