//! Nothing is missing in the document that a client could need: descriptions, bounds, headers, the codes of problems.

use serde_json::{Value, json};

use crate::support::TestApp;
use crate::walk::{Document, Operation};

#[test]
fn every_operation_every_parameter_and_every_answer_is_described() {
    let app = TestApp::start();
    for operation in &Document::of(&app).operations {
        expect_text(operation, "the operation", &operation.spec["description"]);
        for parameter in items(&operation.spec["parameters"]) {
            expect_text(
                operation,
                &parameter["name"].to_string(),
                &parameter["description"],
            );
        }
        for (status, response) in fields(&operation.spec["responses"]) {
            expect_text(operation, status, &response["description"]);
        }
    }
}

#[test]
fn every_problem_names_its_codes_and_shows_each() {
    let app = TestApp::start();
    let document = Document::of(&app);
    let examples = &document.root["components"]["examples"];
    for operation in &document.operations {
        for (status, response) in fields(&operation.spec["responses"]) {
            if status.as_str() < "400" {
                continue;
            }
            let codes = items(&response["x-problem-codes"]);
            assert!(!codes.is_empty(), "{operation}: {status} names no code");
            let shown = &response["content"]["application/problem+json"]["examples"];
            for code in codes.iter().map(|code| code.as_str().unwrap()) {
                assert!(
                    shown[code].is_object(),
                    "{operation}: {status} does not show {code}"
                );
                let example = &examples[code]["value"];
                assert_eq!(example["code"], code);
                assert_eq!(
                    example["status"],
                    json!(status.parse::<u16>().unwrap()),
                    "{code}"
                );
            }
        }
    }
}

#[test]
fn the_headers_of_answers_are_named() {
    let app = TestApp::start();
    let document = Document::of(&app);
    for operation in &document.operations {
        for (status, response) in fields(&operation.spec["responses"]) {
            let headers = &response["headers"];
            let mut needed = vec!["X-Request-Id"];
            match status.as_str() {
                "201" => needed.extend(["ETag", "Location"]),
                "304" => needed.push("ETag"),
                "401" => needed.push("WWW-Authenticate"),
                "429" => needed.extend(["RateLimit", "RateLimit-Policy", "Retry-After"]),
                "503" => needed.push("Retry-After"),
                "200" if operation.parameters("query").contains(&"cursor") => needed.push("Link"),
                _ => {}
            }
            for name in needed {
                assert!(
                    headers[name].is_object(),
                    "{operation}: {status} lacks {name}"
                );
            }
        }
    }
}

#[test]
fn every_value_has_its_bounds() {
    let app = TestApp::start();
    let document = Document::of(&app);
    for (name, schema) in fields(&document.root["components"]["schemas"]) {
        expect_bounds(name, schema);
    }
    for (name, header) in fields(&document.root["components"]["headers"]) {
        expect_bounds(name, &header["schema"]);
    }
    for operation in &document.operations {
        for parameter in items(&operation.spec["parameters"]) {
            expect_bounds(
                &format!("{operation}: {}", parameter["name"]),
                &parameter["schema"],
            );
        }
    }
}

/// Texts end somewhere, lists too, and numbers lie between two others.
fn expect_bounds(at: &str, schema: &Value) {
    let is =
        |kind: &str| schema["type"] == kind || items(&schema["type"]).iter().any(|own| own == kind);
    let has = |names: &[&str]| names.iter().any(|name| !schema[*name].is_null());
    assert!(
        !is("string") || has(&["maxLength", "enum", "const"]),
        "{at} is a text without an end"
    );
    assert!(
        !is("array") || has(&["maxItems"]),
        "{at} is a list without an end"
    );
    let is_bounded = has(&["minimum"]) && has(&["maximum"]) && has(&["format"]);
    assert!(
        !is("integer") || is_bounded || has(&["enum"]),
        "{at} is a number without bounds: {schema}"
    );
    for (name, inner) in fields(&schema["properties"]) {
        expect_bounds(&format!("{at}/{name}"), inner);
    }
    expect_bounds_of_items(at, schema);
}

fn expect_bounds_of_items(at: &str, schema: &Value) {
    if schema["items"].is_object() {
        expect_bounds(&format!("{at}/items"), &schema["items"]);
    }
    for part in ["oneOf", "anyOf", "allOf"] {
        for inner in items(&schema[part]) {
            expect_bounds(&format!("{at}/{part}"), inner);
        }
    }
}

fn expect_text(operation: &Operation, what: &str, text: &Value) {
    let is_there = text.as_str().is_some_and(|text| !text.trim().is_empty());
    assert!(is_there, "{operation}: {what} is not described");
}

fn items(list: &Value) -> &[Value] {
    list.as_array().map(Vec::as_slice).unwrap_or_default()
}

fn fields(object: &Value) -> impl Iterator<Item = (&String, &Value)> {
    object.as_object().into_iter().flatten()
}
