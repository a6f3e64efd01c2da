//! Writes down what is asked and answered, with everything that differs from run to run replaced.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Map, Value, json};

use crate::support::{Client, Response, TestApp};

/// When the story begins.
const BEGIN: &str = "2026-03-02T09:00:00Z";
/// The address that its people come from (RFC 5737).
const ADDRESS: &str = "203.0.113.7";

/// What is random, by field, and what stands for it.
const RANDOM: [(&str, &str); 11] = [
    (
        "access_token",
        "eyJhbGciOiJFZERTQSIsImtpZCI6ImsxIiwidHlwIjoiYXQrand0In0.eyJleGFtcGxlIjp0cnVlfQ.c2lnbmF0dXJl",
    ),
    (
        "refresh_token",
        "rt_0192f6f07c1e7d3a9f433a1f0c6a2b11example",
    ),
    ("device_token", "dt_0192f6f07c1e7d3a9f433a1f0c6a2b11example"),
    ("generated_password", "h7GkP2mWvRt9sXyQbN4d"),
    ("next_cursor", "MDE5MmY2ZjA3YzFlN2QzYTlmNDMzYTFmMGM2YTJiMTE"),
    ("value", "roster-verification=3q2-7wAAbvExample"),
    ("expected", "roster-verification=3q2-7wAAbvExample"),
    ("token", "rl_0192f6f07c1e7d3a9f433a1f0c6a2b11example"),
    ("kid", "k1"),
    ("seen", "roster-verification=3q2-7wAAbvExample"),
    ("x", "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"),
];

/// The examples, by operation.
pub(super) struct Story {
    operations: BTreeMap<String, Value>,
    ids: BTreeMap<String, String>,
    began: DateTime<Utc>,
}

impl Story {
    pub(super) fn new(app: &TestApp) -> Self {
        Self {
            operations: BTreeMap::new(),
            ids: BTreeMap::new(),
            began: app.clock.now(),
        }
    }

    /// Sends a request and writes it down as the operation's example.
    pub(super) fn ask(
        &mut self,
        id: &str,
        client: &Client,
        request: (&str, &str),
        body: Option<&Value>,
        status: u16,
    ) -> Response {
        let (method, path) = request;
        let response = client.send(method, path, body).expect(status);
        let entry = self.operations.entry(id.to_owned());
        let entry = entry.or_insert_with(|| json!({ "responses": {} }));
        if let (Some(body), Value::Null) = (body, &entry["request"]) {
            entry["request"] = body.clone();
        }
        if !response.body.is_null() {
            entry["responses"][status.to_string()] = response.body.clone();
        }
        response
    }

    /// GET.
    pub(super) fn read(&mut self, id: &str, client: &Client, path: &str) -> Response {
        self.ask(id, client, ("GET", path), None, 200)
    }

    /// POST that makes something.
    pub(super) fn make(&mut self, id: &str, client: &Client, path: &str, body: &Value) -> Response {
        self.ask(id, client, ("POST", path), Some(body), 201)
    }

    /// PATCH.
    pub(super) fn edit(&mut self, id: &str, client: &Client, path: &str, body: &Value) -> Response {
        self.ask(id, client, ("PATCH", path), Some(body), 200)
    }

    /// DELETE.
    pub(super) fn remove(&mut self, id: &str, client: &Client, path: &str) {
        self.ask(id, client, ("DELETE", path), None, 204);
    }

    /// All of it, with nothing left that another run would have otherwise.
    pub(super) fn told(mut self) -> Value {
        let operations = std::mem::take(&mut self.operations);
        let told = operations.into_iter().map(|(id, example)| {
            let example = self.settle("", example);
            (id, example)
        });
        Value::Object(told.collect())
    }

    fn settle(&mut self, field: &str, value: Value) -> Value {
        match value {
            Value::Object(fields) => {
                let settled = fields.into_iter().map(|(name, value)| {
                    let value = self.settle(&name, value);
                    (name, value)
                });
                Value::Object(settled.collect::<Map<_, _>>())
            }
            Value::Array(items) => items
                .into_iter()
                .map(|item| self.settle(field, item))
                .collect(),
            Value::String(text) => Value::String(self.settle_text(field, &text)),
            other => other,
        }
    }

    fn settle_text(&mut self, field: &str, text: &str) -> String {
        if let Some((_, stands_for)) = RANDOM.iter().find(|(name, _)| *name == field) {
            return (*stands_for).to_owned();
        }
        if let Ok(at) = DateTime::parse_from_rfc3339(text) {
            return self.settle_time(at.to_utc());
        }
        if text == "127.0.0.1" {
            return ADDRESS.to_owned();
        }
        let parts: Vec<_> = text.split('/').map(|part| self.settle_id(part)).collect();
        parts.join("/")
    }

    /// Ids are numbered as they come.
    fn settle_id(&mut self, part: &str) -> String {
        if uuid::Uuid::parse_str(part).is_err() {
            return part.to_owned();
        }
        let next = self.ids.len() + 1;
        let settled = self.ids.entry(part.to_owned());
        let settled = settled.or_insert_with(|| format!("0195563e-4a00-7000-8000-{next:012}"));
        settled.clone()
    }

    /// The story takes a moment; what it makes to last has its length in hours.
    fn settle_time(&self, at: DateTime<Utc>) -> String {
        let begin: DateTime<Utc> = BEGIN.parse().unwrap();
        let hours = (at - self.began + TimeDelta::minutes(30)).num_hours();
        let settled = begin + TimeDelta::hours(hours);
        settled.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
    }
}
