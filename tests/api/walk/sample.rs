//! A valid body, made of the examples in a schema.

use serde_json::{Map, Value};

use crate::support::unique;

/// A body that the schema allows, from its examples; what has to be unique is so. Optional fields without an
/// example stay out.
pub(crate) fn sample(schema: &Value) -> Value {
    let required = required_of(schema);
    let fields = properties_of(schema)
        .into_iter()
        .filter_map(|(name, property)| {
            let value = of_field(&name, &property)
                .or_else(|| required.contains(&name).then(|| by_type(&name, &property)))?;
            Some((name, value))
        });
    Value::Object(fields.collect())
}

fn of_field(name: &str, property: &Value) -> Option<Value> {
    let example = property["examples"]
        .get(0)
        .or_else(|| property.get("example"));
    let example = example.cloned().or_else(|| of_items(property));
    example.map(|example| distinct(name, example))
}

/// An example of a list: one of its items' examples.
fn of_items(property: &Value) -> Option<Value> {
    let item = property["items"]["examples"].get(0)?.clone();
    Some(Value::Array(vec![item]))
}

fn by_type(name: &str, property: &Value) -> Value {
    assert!(
        !properties_of(property).is_empty(),
        "the required field {name} has no example in the document"
    );
    sample(property)
}

/// The example, changed so that no other call has the same where that would be a conflict.
fn distinct(name: &str, example: Value) -> Value {
    match (name, example.as_str()) {
        ("email", Some(_)) => format!("{}@walk.example", unique("mail")).into(),
        ("hostname", Some(_)) => format!("{}.localhost", unique("walk")).into(),
        ("key" | "slug" | "external_id", Some(_)) => unique("walk").into(),
        ("name" | "company_name", Some(text)) => unique(text).into(),
        _ => example,
    }
}

/// The properties of an object; of `allOf` all of them.
pub(super) fn properties_of(schema: &Value) -> Map<String, Value> {
    let own = schema["properties"]
        .as_object()
        .cloned()
        .unwrap_or_default();
    let parts = schema["allOf"].as_array().cloned().unwrap_or_default();
    parts.iter().flat_map(properties_of).chain(own).collect()
}

fn required_of(schema: &Value) -> Vec<String> {
    let own = schema["required"].as_array().cloned().unwrap_or_default();
    let own = own.iter().filter_map(Value::as_str).map(str::to_owned);
    let parts = schema["allOf"].as_array().cloned().unwrap_or_default();
    parts.iter().flat_map(required_of).chain(own).collect()
}
