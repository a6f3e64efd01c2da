//! The examples of the OpenAPI document are one story, told to a real service: Bright Calls, an agency, sets up its
//! domain and manages its people. `make openapi` tells it again and writes down what was said.

mod agency;
mod catalogue;
mod mailed;
mod people;
mod record;
mod sign_in;

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::{PASSWORD, TestApp};
use crate::walk::Document;
use record::Story;

/// Set by `make openapi`, to write the examples instead of comparing them.
const WRITE: &str = "ROSTER_WRITE_EXAMPLES";

fn file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi/examples.json")
}

#[test]
fn the_examples_are_what_the_service_answers() {
    let told = tell();
    let text = serde_json::to_string_pretty(&told).unwrap() + "\n";
    if std::env::var_os(WRITE).is_some() {
        std::fs::write(file(), text).unwrap();
        return;
    }
    let committed: Value = serde_json::from_str(&std::fs::read_to_string(file()).unwrap()).unwrap();
    for (id, example) in told.as_object().unwrap() {
        assert_eq!(
            &committed[id], example,
            "the example of {id} is another one by now: run `make openapi` and commit it"
        );
    }
    assert_eq!(committed, told, "run `make openapi` and commit it");
}

#[test]
fn every_body_and_every_answer_has_an_example() {
    let app = TestApp::start();
    let document = Document::of(&app);
    for operation in &document.operations {
        let body = operation.spec["requestBody"]["content"].as_object();
        for (kind, media) in body.into_iter().flatten() {
            assert!(
                !media["example"].is_null(),
                "{operation}: its {kind} has no example"
            );
        }
        for (status, response) in operation.spec["responses"].as_object().unwrap() {
            for (kind, media) in response["content"].as_object().into_iter().flatten() {
                let has_one = !media["example"].is_null() || media["examples"].is_object();
                assert!(
                    has_one || kind == "text/html",
                    "{operation}: {kind} of {status} has no example"
                );
            }
        }
    }
}

/// The whole story.
fn tell() -> Value {
    let app = TestApp::start();
    let mut story = Story::new(&app);
    let platform = app.platform();
    catalogue::of_the_cms(&mut story, &platform);
    agency::signs_up(&mut story, &platform);
    let mut grace = sign_in::first_sign_in(&app, &mut story);
    agency::sets_up_its_domain(&app, &mut story, &grace);
    agency::looks_like_itself(&app, &mut story, &grace);
    catalogue::of_bright_calls(&mut story, &grace);
    people::join(&mut story, &grace);
    people::have_access(&app, &mut story, &grace);
    people::come_and_go(&mut story, &grace);
    mailed::invitations(&app, &mut story, &grace);
    mailed::links(&app, &mut story, &grace);
    agency::looks_back(&mut story, &platform, &grace);
    sign_in::ends(&app, &mut story, &mut grace);
    story.told()
}

/// What everybody in the story signs in with.
const SECRET: &str = PASSWORD;
