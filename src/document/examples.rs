//! The examples of bodies and answers. A test tells a story to the service and writes down what it answers; here each
//! operation gets its part of it.

use serde_json::Value;
use utoipa::openapi::RefOr;
use utoipa::openapi::content::Content;
use utoipa::openapi::path::Operation;

/// Operation → `request` and, by status, `responses`.
const STORY: &str = include_str!("../../openapi/examples.json");

/// The story.
pub(super) fn story() -> Value {
    serde_json::from_str(STORY).unwrap_or_default()
}

/// Puts the operation's examples where its bodies and answers are described.
pub(super) fn add(story: &Value, operation: &mut Operation) {
    let id = operation.operation_id.as_deref().unwrap_or_default();
    let Some(own) = story.get(id) else {
        return;
    };
    let body = operation.request_body.as_mut();
    if let (Some(RefOr::T(body)), Some(example)) = (body, own.get("request")) {
        body.content
            .values_mut()
            .for_each(|content| show(content, example));
    }
    for (status, response) in &mut operation.responses.responses {
        let example = own.get("responses").and_then(|all| all.get(status));
        if let (RefOr::T(response), Some(example)) = (response, example) {
            let content = response.content.get_mut("application/json");
            if let Some(content) = content {
                show(content, example);
            }
        }
    }
}

fn show(content: &mut RefOr<Content>, example: &Value) {
    if let RefOr::T(content) = content {
        content.example = Some(example.clone());
    }
}
