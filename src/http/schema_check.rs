//! Checks a body against the schema of its type, the same that the OpenAPI document shows: what is documented
//! and what is enforced cannot drift apart.

use std::any::TypeId;
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, PoisonError, RwLock};

use jsonschema::Validator;
use jsonschema::error::{TypeKind, ValidationErrorKind as Kind};
use serde_json::Value;
use utoipa::ToSchema;

use crate::error::{Error, Faults, Result};

/// Collects the faults of the body; the faulty parts are taken out, so that the rest can be checked on.
pub(super) fn check<T: ToSchema + 'static>(body: &mut Value, faults: &mut Faults) -> Result<()> {
    if !body.is_object() {
        faults.add("", "wrong_type", "the body is a JSON object");
        return Ok(());
    }
    let before = faults_found(faults, body, validator::<T>()?.as_ref());
    for pointer in before {
        take_out(body, &pointer);
    }
    nul_characters(body, "", faults);
    Ok(())
}

/// Every field of a body that should have none.
pub(super) fn unknown_fields(body: &Value, faults: &mut Faults) {
    match body.as_object() {
        Some(fields) => fields
            .keys()
            .for_each(|name| unknown(&child("", name), faults)),
        None => faults.add("", "wrong_type", "the body is empty or `{}`"),
    }
}

fn validator<T: ToSchema + 'static>() -> Result<Arc<Validator>> {
    static COMPILED: LazyLock<RwLock<HashMap<TypeId, Arc<Validator>>>> =
        LazyLock::new(RwLock::default);
    let id = TypeId::of::<T>();
    if let Some(found) = COMPILED
        .read()
        .unwrap_or_else(PoisonError::into_inner)
        .get(&id)
    {
        return Ok(Arc::clone(found));
    }
    let schema = serde_json::to_value(T::schema()).map_err(Error::internal)?;
    let compiled = jsonschema::draft202012::options()
        .should_validate_formats(true)
        .should_ignore_unknown_formats(true)
        // Its own type judges an address, and says what is wrong with it.
        .with_format("email", |_: &str| true)
        .build(&schema)
        .map_err(|error| Error::internal(error.to_string()))?;
    let compiled = Arc::new(compiled);
    COMPILED
        .write()
        .unwrap_or_else(PoisonError::into_inner)
        .insert(id, Arc::clone(&compiled));
    Ok(compiled)
}

/// Adds the faults and answers the pointers of what has to be taken out.
fn faults_found(faults: &mut Faults, body: &Value, validator: &Validator) -> Vec<String> {
    let mut wrong = Vec::new();
    for error in validator.iter_errors(body) {
        let at = error.instance_path().as_str().to_owned();
        match error.kind() {
            Kind::AdditionalProperties { unexpected } => {
                for name in unexpected {
                    let pointer = child(&at, name);
                    unknown(&pointer, faults);
                    wrong.push(pointer);
                }
            }
            Kind::Required { property } => {
                faults.add(
                    child(&at, property.as_str().unwrap_or_default()),
                    "required",
                    "is required",
                );
            }
            kind => {
                let (code, message) = describe(kind);
                faults.add(at.as_str(), code, message);
                wrong.push(at);
            }
        }
    }
    wrong
}

fn unknown(pointer: &str, faults: &mut Faults) {
    let name = pointer.rsplit('/').next().unwrap_or_default();
    if SERVER_OWNED.contains(&name) {
        faults.add(
            pointer,
            "read_only",
            "is set by the service and cannot be sent",
        );
    } else {
        faults.add(pointer, "unknown_field", "is not a field of this request");
    }
}

const SERVER_OWNED: [&str; 14] = [
    "id",
    "tenant_id",
    "status",
    "created_at",
    "updated_at",
    "last_login_at",
    "seats_used",
    "user_count",
    "is_builtin",
    "is_platform",
    "verification",
    "source",
    "version",
    "key",
];

fn describe(kind: &Kind) -> (&'static str, String) {
    match kind {
        Kind::Type { kind } => ("wrong_type", format!("has to be {}", type_names(kind))),
        Kind::MinLength { limit: 1 } => ("too_short", "cannot be empty".to_owned()),
        Kind::MinLength { limit } => ("too_short", format!("has at least {limit} characters")),
        Kind::MaxLength { limit } => ("too_long", format!("has at most {limit} characters")),
        Kind::Minimum { limit } => ("too_small", format!("is at least {limit}")),
        Kind::Maximum { limit } => ("too_large", format!("is at most {limit}")),
        Kind::MinItems { limit } => ("too_few", format!("has at least {limit} items")),
        Kind::MaxItems { limit } => ("too_many", format!("has at most {limit} items")),
        Kind::MaxProperties { limit } => ("too_many", format!("has at most {limit} fields")),
        Kind::UniqueItems => ("not_unique", "names something twice".to_owned()),
        Kind::Enum { options } => ("unknown_value", format!("is one of {options}")),
        Kind::Pattern { pattern } => ("invalid_format", format!("has to match {pattern}")),
        Kind::Format { format } => ("invalid_format", format!("is no {format}")),
        _ => ("invalid", "is not valid".to_owned()),
    }
}

fn type_names(kind: &TypeKind) -> String {
    match kind {
        TypeKind::Single(kind) => kind.to_string(),
        TypeKind::Multiple(kinds) => kinds
            .iter()
            .map(|kind| kind.to_string())
            .collect::<Vec<_>>()
            .join(" or "),
    }
}

fn child(parent: &str, name: &str) -> String {
    format!("{parent}/{}", name.replace('~', "~0").replace('/', "~1"))
}

/// Takes out the field at the pointer; of a list, all of it.
fn take_out(body: &mut Value, pointer: &str) {
    let Some((parent, name)) = pointer.rsplit_once('/') else {
        return;
    };
    match body.pointer_mut(parent) {
        Some(Value::Object(fields)) => {
            fields.remove(&name.replace("~1", "/").replace("~0", "~"));
        }
        Some(_) => take_out(body, parent),
        None => {}
    }
}

/// Postgres cannot store U+0000, and nobody means it.
fn nul_characters(value: &mut Value, at: &str, faults: &mut Faults) {
    let refuse = |pointer: String, faults: &mut Faults| {
        faults.add(pointer, "nul_character", "cannot contain U+0000");
    };
    match value {
        Value::String(text) if text.contains('\0') => {
            refuse(at.to_owned(), faults);
            text.clear();
        }
        Value::Array(items) => {
            for (index, item) in items.iter_mut().enumerate() {
                nul_characters(item, &format!("{at}/{index}"), faults);
            }
        }
        Value::Object(fields) => {
            for (name, item) in fields {
                if name.contains('\0') {
                    refuse(child(at, name), faults);
                }
                nul_characters(item, &child(at, name), faults);
            }
        }
        _ => {}
    }
}
