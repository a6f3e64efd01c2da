//! Every answer that a test receives is held against the document: its status, its problem code, its headers and
//! its body.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use jsonschema::Validator;
use serde_json::{Value, json};

use super::Response;

/// The headers that a client may rely on, so that the document has to name them.
const HEADERS: [&str; 9] = [
    "allow",
    "etag",
    "link",
    "location",
    "ratelimit",
    "ratelimit-policy",
    "retry-after",
    "www-authenticate",
    "x-request-id",
];

/// What the document says of one operation.
struct Promise {
    method: String,
    template: Vec<String>,
    answers: BTreeMap<u16, Answer>,
}

/// What it says of one status.
struct Answer {
    headers: Vec<String>,
    codes: Vec<String>,
    bodies: BTreeMap<String, Validator>,
}

/// Fails the test where the document does not have this answer of an operation; what is at no operation's address is
/// none of its business.
#[track_caller]
pub(super) fn hold(method: &str, path: &str, response: &Response) {
    static PROMISES: OnceLock<Vec<Promise>> = OnceLock::new();
    let promises = PROMISES.get_or_init(promises);
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let Some(promise) = promises.iter().find(|promise| promise.is_of(method, path)) else {
        return;
    };
    let said = |what: &str| {
        format!(
            "{} answered {what}, which the document does not have: {} {}",
            response.request, response.status, response.text
        )
    };
    let Some(answer) = promise.answers.get(&response.status) else {
        panic!("{}", said("this status"));
    };
    for name in HEADERS {
        let is_known = answer.headers.iter().any(|known| known == name);
        assert!(
            is_known || !response.headers.contains_key(name),
            "{}",
            said(&format!("the header {name}"))
        );
    }
    let kind = response.header("content-type");
    let kind = kind.split(';').next().unwrap_or_default();
    if response.text.is_empty() {
        return assert!(
            answer.bodies.is_empty() || method == "HEAD",
            "{}",
            said("no body")
        );
    }
    let Some(schema) = answer.bodies.get(kind) else {
        panic!("{}", said(&format!("a body of the type {kind:?}")));
    };
    if kind.ends_with("json")
        && let Err(fault) = schema.validate(&response.body)
    {
        panic!(
            "{}",
            said(&format!("a body with {fault} at {}", fault.instance_path()))
        );
    }
    if let Some(code) = response.body["code"]
        .as_str()
        .filter(|_| response.status >= 400)
    {
        let is_known = answer.codes.iter().any(|known| known == code);
        assert!(is_known, "{}", said(&format!("the code {code}")));
    }
}

impl Promise {
    fn is_of(&self, method: &str, path: &str) -> bool {
        let parts: Vec<_> = path.split('/').collect();
        self.method == method
            && parts.len() == self.template.len()
            && parts
                .iter()
                .zip(&self.template)
                .all(|(part, name)| name == part || (name.starts_with('{') && !part.is_empty()))
    }
}

/// Those with fewer parameters first: `/v1/users/me` is another operation than `/v1/users/{id}`.
fn promises() -> Vec<Promise> {
    let root: Value = serde_json::from_str(&roster::app::openapi_json().unwrap()).unwrap();
    let mut all: Vec<_> = root["paths"]
        .as_object()
        .unwrap()
        .iter()
        .flat_map(|(path, item)| {
            let operations = item.as_object().unwrap().iter();
            operations
                .filter(|(_, operation)| operation["responses"].is_object())
                .map(|(method, operation)| promise(&root, path, method, operation))
                .collect::<Vec<_>>()
        })
        .collect();
    all.sort_by_key(|promise| {
        promise
            .template
            .iter()
            .filter(|part| part.starts_with('{'))
            .count()
    });
    all
}

fn promise(root: &Value, path: &str, method: &str, operation: &Value) -> Promise {
    let responses = operation["responses"].as_object().unwrap().iter();
    Promise {
        method: method.to_uppercase(),
        template: path.split('/').map(str::to_owned).collect(),
        answers: responses
            .filter_map(|(status, response)| Some((status.parse().ok()?, answer(root, response))))
            .collect(),
    }
}

fn answer(root: &Value, response: &Value) -> Answer {
    let names = |value: &Value| -> Vec<String> {
        let fields = value.as_object().into_iter().flatten();
        fields.map(|(name, _)| name.to_lowercase()).collect()
    };
    let content = response["content"].as_object().into_iter().flatten();
    let codes = response["x-problem-codes"].as_array().into_iter().flatten();
    Answer {
        headers: names(&response["headers"]),
        codes: codes
            .filter_map(|code| Some(code.as_str()?.to_owned()))
            .collect(),
        bodies: content
            .map(|(kind, media)| (kind.clone(), validator(root, &media["schema"])))
            .collect(),
    }
}

fn validator(root: &Value, schema: &Value) -> Validator {
    let whole = json!({ "allOf": [schema], "components": root["components"] });
    jsonschema::options()
        .should_validate_formats(true)
        .build(&whole)
        .unwrap()
}
