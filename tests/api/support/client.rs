//! A client that shows everything: no redirects, no errors for statuses, nothing hidden.

use std::time::Duration;

use serde_json::Value;
use ureq::http::{HeaderMap, Request};

use super::contract;

/// Speaks HTTP to a service, signed in or not.
#[derive(Clone)]
pub(crate) struct Client {
    base: String,
    agent: ureq::Agent,
    token: Option<String>,
    headers: Vec<(String, String)>,
    /// Whether the document is about what it asks.
    is_documented: bool,
}

/// What was answered.
#[derive(Debug)]
pub(crate) struct Response {
    /// What was asked, for messages.
    pub(crate) request: String,
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
    /// The body as JSON; null where it is none.
    pub(crate) body: Value,
}

impl Client {
    pub(crate) fn new(base: &str, token: Option<&str>) -> Self {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .allow_non_standard_methods(true)
            .timeout_global(Some(Duration::from_mins(1)))
            .build();
        Self {
            base: base.to_owned(),
            agent: config.new_agent(),
            token: token.map(str::to_owned),
            headers: Vec::new(),
            is_documented: true,
        }
    }

    /// Speaks to a listener that the document is not about.
    pub(crate) fn beside_the_document(mut self) -> Self {
        self.is_documented = false;
        self
    }

    /// The access token.
    pub(crate) fn token(&self) -> &str {
        self.token.as_deref().unwrap_or_default()
    }

    /// The same client with one more header on every request.
    pub(crate) fn with(&self, name: &str, value: &str) -> Self {
        let mut client = self.clone();
        client.headers.push((name.to_owned(), value.to_owned()));
        client
    }

    pub(crate) fn get(&self, path: &str) -> Response {
        self.send("GET", path, None)
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> Response {
        self.send("POST", path, Some(body))
    }

    pub(crate) fn put(&self, path: &str, body: &Value) -> Response {
        self.send("PUT", path, Some(body))
    }

    pub(crate) fn patch(&self, path: &str, body: &Value) -> Response {
        self.send("PATCH", path, Some(body))
    }

    pub(crate) fn delete(&self, path: &str) -> Response {
        self.send("DELETE", path, None)
    }

    /// Any method, with a JSON body or none.
    pub(crate) fn send(&self, method: &str, path: &str, body: Option<&Value>) -> Response {
        match body {
            Some(body) => self.send_raw(
                method,
                path,
                "application/json",
                body.to_string().into_bytes(),
            ),
            None => self.run(method, path, self.request(method, path).body(()).unwrap()),
        }
    }

    /// Any method and any bytes.
    pub(crate) fn send_raw(
        &self,
        method: &str,
        path: &str,
        content_type: &str,
        body: Vec<u8>,
    ) -> Response {
        let request = self
            .request(method, path)
            .header("Content-Type", content_type);
        self.run(method, path, request.body(body).unwrap())
    }

    fn request(&self, method: &str, path: &str) -> ureq::http::request::Builder {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.base));
        if let Some(token) = &self.token {
            request = request.header("Authorization", format!("Bearer {token}"));
        }
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        request
    }

    #[track_caller]
    fn run(&self, method: &str, path: &str, request: Request<impl ureq::AsSendBody>) -> Response {
        let mut response = self.agent.run(request).unwrap();
        let bytes = response.body_mut().read_to_vec().unwrap();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let response = Response {
            request: format!("{method} {path}"),
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body: serde_json::from_str(&text).unwrap_or(Value::Null),
            text,
        };
        if self.is_documented {
            contract::hold(method, path, &response);
        }
        response
    }
}

impl Response {
    /// Fails the test where the status is another one.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(
            self.status, status,
            "{} answered {}: {}",
            self.request, self.status, self.text
        );
        self
    }

    /// Fails the test where the answer is no problem of this status and code.
    #[track_caller]
    pub(crate) fn expect_problem(self, status: u16, code: &str) -> Self {
        let response = self.expect(status);
        assert_eq!(
            response.body["code"], code,
            "{} answered {}",
            response.request, response.text
        );
        assert_eq!(
            response.header("content-type"),
            "application/problem+json",
            "{}",
            response.request
        );
        assert_eq!(response.body["status"], status);
        assert_eq!(response.body["request_id"], response.header("x-request-id"));
        response
    }

    /// Fails the test unless the problem has a fault of this code at the pointer.
    #[track_caller]
    pub(crate) fn expect_fault(self, pointer: &str, code: &str) -> Self {
        let faults = self.body["errors"].as_array().cloned().unwrap_or_default();
        let hit = faults
            .iter()
            .any(|fault| fault["pointer"] == pointer && fault["code"] == code);
        assert!(
            hit,
            "{} has no fault {code} at {pointer}: {}",
            self.request, self.text
        );
        self
    }

    /// A header's value; empty where it is missing.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }

    /// The pointers and codes of a problem's faults, in order of the pointers.
    pub(crate) fn faults(&self) -> Vec<(String, String)> {
        let text =
            |fault: &Value, field: &str| fault[field].as_str().unwrap_or_default().to_owned();
        let faults = self.body["errors"].as_array().cloned().unwrap_or_default();
        let mut all: Vec<_> = faults
            .iter()
            .map(|fault| (text(fault, "pointer"), text(fault, "code")))
            .collect();
        all.sort();
        all
    }

    /// The text of a field.
    #[track_caller]
    pub(crate) fn text_of(&self, pointer: &str) -> String {
        match self.body.pointer(pointer).and_then(Value::as_str) {
            Some(text) => text.to_owned(),
            None => panic!(
                "{} answered no text at {pointer}: {}",
                self.request, self.text
            ),
        }
    }

    /// The id of the resource.
    #[track_caller]
    pub(crate) fn id(&self) -> String {
        self.text_of("/id")
    }

    /// One field of every item of a list, in order.
    #[track_caller]
    pub(crate) fn column(&self, field: &str) -> Vec<String> {
        let data = self.body["data"]
            .as_array()
            .unwrap_or_else(|| panic!("no list: {}", self.text));
        data.iter()
            .map(|item| item[field].as_str().unwrap_or_default().to_owned())
            .collect()
    }
}
