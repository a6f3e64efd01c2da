//! The OpenAPI document: what is committed, what is served and what is true are one.

mod complete;

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use crate::support::TestApp;
use crate::walk::Document;

/// What operation ids begin with.
const VERBS: [&str; 24] = [
    "change",
    "check",
    "confirm",
    "create",
    "delete",
    "end",
    "export",
    "get",
    "import",
    "list",
    "log",
    "put",
    "reactivate",
    "refresh",
    "reset",
    "restore",
    "rotate",
    "send",
    "set",
    "suspend",
    "test",
    "update",
    "verify",
    "accept",
];

#[test]
fn the_committed_document_is_the_codes_and_the_served_one() {
    let committed = Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi/openapi.json");
    let committed = std::fs::read_to_string(committed).unwrap();
    let fresh = roster::app::openapi_json().unwrap();
    assert!(
        committed == fresh,
        "openapi/openapi.json is not the code's: run `make openapi` and commit it"
    );
    let app = TestApp::start();
    let served = app.anonymous().get("/openapi.json").expect(200);
    assert_eq!(served.header("content-type"), "application/json");
    assert!(served.text == fresh, "/openapi.json is another document");
}

#[test]
fn every_operation_says_who_may_call_it_and_how() {
    let app = TestApp::start();
    let document = Document::of(&app);
    assert!(
        document.root["openapi"]
            .as_str()
            .unwrap()
            .starts_with("3.1.")
    );
    let tags: BTreeSet<&str> = list(&document.root["tags"])
        .iter()
        .filter_map(|tag| tag["name"].as_str())
        .collect();
    let mut ids = BTreeSet::new();
    for operation in &document.operations {
        assert!(
            tags.contains(operation.tag.as_str()),
            "{operation} has the tag {:?}",
            operation.tag
        );
        let summary = operation.spec["summary"].as_str().unwrap_or_default();
        assert!(
            !summary.is_empty() && !summary.ends_with('.'),
            "{operation}: {summary:?}"
        );
        assert!(
            operation.spec["security"].is_array(),
            "{operation} does not say whether it is public"
        );
        let (verb, resource) = operation.id.split_once('_').unwrap_or_default();
        assert!(
            VERBS.contains(&verb) && !resource.is_empty(),
            "{operation}: {}",
            operation.id
        );
        assert!(
            ids.insert(operation.id.clone()),
            "{} stands twice",
            operation.id
        );
        for name in path_parameters(&operation.path) {
            assert!(
                operation.parameters("path").contains(&name),
                "{operation} does not describe {name}"
            );
        }
        let guarded = [
            (401, !operation.is_public),
            (403, operation.permission.is_some()),
        ];
        let guarded = guarded.into_iter().filter(|(_, applies)| *applies);
        for status in guarded.map(|(status, _)| status).chain([500, 503]) {
            assert!(
                operation.statuses().contains(&status),
                "{operation} does not document {status}"
            );
        }
        assert!(
            operation
                .statuses()
                .iter()
                .any(|status| (200..300).contains(status)),
            "{operation}"
        );
    }
}

#[test]
fn every_reference_leads_somewhere_and_every_schema_is_one() {
    let app = TestApp::start();
    let root = Document::of(&app).root;
    for reference in references(&root) {
        assert!(
            root.pointer(reference.trim_start_matches('#')).is_some(),
            "{reference} leads nowhere"
        );
    }
    for (name, schema) in root["components"]["schemas"].as_object().unwrap() {
        assert!(
            jsonschema::meta::is_valid(schema),
            "{name} is no JSON Schema"
        );
        assert!(
            schema["description"].is_string()
                || schema.get("type").is_none()
                || name.starts_with("Page"),
            "{name} has no description"
        );
    }
}

#[test]
fn every_example_fits_its_schema() {
    let app = TestApp::start();
    let root = Document::of(&app).root;
    for (name, schema) in root["components"]["schemas"].as_object().unwrap() {
        expect_examples(name, schema);
    }
}

#[test]
fn the_documentation_needs_nothing_from_elsewhere() {
    let app = TestApp::start();
    let anonymous = app.anonymous();
    let moved = anonymous.get("/docs");
    assert!(
        (300..400).contains(&moved.status) && moved.header("location") == "/docs/",
        "{:?}",
        moved.headers
    );
    let page = anonymous.get("/docs/").expect(200);
    assert!(
        page.header("content-type").starts_with("text/html"),
        "{:?}",
        page.headers
    );
    let links = links(&page.text);
    assert!(links.len() >= 4, "{links:?}");
    for link in links {
        assert!(!link.contains("//"), "/docs/ refers to {link}");
        anonymous
            .get(&format!("/docs/{}", link.trim_start_matches("./")))
            .expect(200);
    }
    let start = anonymous
        .get("/docs/swagger-initializer.js")
        .expect(200)
        .text;
    assert!(start.contains("/openapi.json"), "{start}");
    // Its default is to send the document's address to a service on the internet.
    assert!(start.contains("\"validatorUrl\": \"none\""), "{start}");
    assert!(
        !start.contains("http://") && !start.contains("https://"),
        "{start}"
    );
}

/// Every `examples` within a schema against the schema that it stands in.
fn expect_examples(at: &str, schema: &Value) {
    if let Value::Object(fields) = schema {
        if let Some(Value::Array(examples)) = fields.get("examples") {
            let mut alone = schema.clone();
            drop_references(&mut alone);
            let validator = jsonschema::draft202012::new(&alone).unwrap();
            for example in examples {
                assert!(
                    validator.is_valid(example),
                    "{at}: the example {example} does not fit {alone}"
                );
            }
        }
        fields
            .iter()
            .for_each(|(name, inner)| expect_examples(&format!("{at}/{name}"), inner));
    }
}

/// What is referred to is checked where it stands.
fn drop_references(schema: &mut Value) {
    if let Value::Object(fields) = schema {
        fields.retain(|name, _| name != "$ref");
        fields.values_mut().for_each(drop_references);
    }
}

fn references(value: &Value) -> Vec<String> {
    match value {
        Value::Object(fields) => {
            let own = fields
                .get("$ref")
                .and_then(Value::as_str)
                .map(str::to_owned);
            own.into_iter()
                .chain(fields.values().flat_map(references))
                .collect()
        }
        Value::Array(items) => items.iter().flat_map(references).collect(),
        _ => Vec::new(),
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().unwrap()
}

fn path_parameters(path: &str) -> Vec<&str> {
    path.split('/')
        .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
        .collect()
}

/// The values of all `src` and `href` attributes.
fn links(html: &str) -> Vec<&str> {
    let marks = ["src=\"", "href=\""];
    let found = marks.iter().flat_map(|mark| html.split(mark).skip(1));
    found.filter_map(|rest| rest.split('"').next()).collect()
}
