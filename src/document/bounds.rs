//! The bounds that follow from a schema's kind, so that they need not stand at every field; and the items of pages by
//! name, so that generated clients have one type for each resource.

use utoipa::openapi::schema::{
    Array, ArrayItems, Components, KnownFormat, Object, Schema, SchemaFormat, SchemaType, Type,
};
use utoipa::openapi::{Ref, RefOr};

/// An id in its text form.
const ID_LENGTH: usize = 36;
/// A date-time with nanoseconds and an offset.
const TIME_LENGTH: usize = 35;
/// Texts whose pattern has an end of its own; the schema says one, too.
const PATTERN_LENGTH: usize = 64;
/// Texts within lists: permission keys, TXT records.
const ITEM_LENGTH: usize = 1024;
/// Lists that are not paged end by what there is, not by a rule of their own.
const LIST_LENGTH: usize = 10_000;
/// The largest integer that a JSON number holds everywhere (RFC 8259, section 6).
const LARGEST: i64 = 9_007_199_254_740_991;

/// Completes every schema of the components.
pub(super) fn complete(components: &mut Components) {
    let names: Vec<String> = components.schemas.keys().cloned().collect();
    for (name, schema) in &mut components.schemas {
        let item = name.strip_prefix("Page_");
        if let Some(item) = item.filter(|item| names.iter().any(|name| name == item)) {
            refer_to_item(item, schema);
        }
        bound(schema);
    }
}

/// What a page lists has a schema of its own.
fn refer_to_item(item: &str, page: &mut RefOr<Schema>) {
    let RefOr::T(Schema::Object(page)) = page else {
        return;
    };
    if let Some(RefOr::T(Schema::Array(data))) = page.properties.get_mut("data") {
        let reference = RefOr::Ref(Ref::from_schema_name(item));
        data.items = ArrayItems::RefOrSchema(Box::new(reference));
    }
}

/// Adds the bounds that a schema and all in it lack.
pub(super) fn bound(schema: &mut RefOr<Schema>) {
    let RefOr::T(schema) = schema else {
        return;
    };
    match schema {
        Schema::Object(object) => {
            bound_value(object);
            object.properties.values_mut().for_each(bound);
        }
        Schema::Array(array) => bound_list(array),
        Schema::OneOf(any) => any.items.iter_mut().for_each(bound),
        Schema::AllOf(all) => all.items.iter_mut().for_each(bound),
        Schema::AnyOf(any) => any.items.iter_mut().for_each(bound),
        _ => {}
    }
}

fn bound_list(array: &mut Array) {
    array.max_items.get_or_insert(LIST_LENGTH);
    if let ArrayItems::RefOrSchema(item) = &mut array.items {
        if let RefOr::T(Schema::Object(text)) = item.as_mut()
            && is(text, &Type::String)
            && text.enum_values.is_none()
        {
            text.max_length.get_or_insert(ITEM_LENGTH);
        }
        bound(item);
    }
}

fn bound_value(object: &mut Object) {
    match &object.format {
        Some(SchemaFormat::KnownFormat(KnownFormat::Uuid)) => {
            object.min_length = Some(ID_LENGTH);
            object.max_length = Some(ID_LENGTH);
        }
        Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)) => {
            object.max_length.get_or_insert(TIME_LENGTH);
        }
        Some(SchemaFormat::KnownFormat(KnownFormat::Int32)) => {
            object.minimum.get_or_insert(0.into());
            object.maximum.get_or_insert(i32::MAX.into());
        }
        _ if object.pattern.is_some() => {
            object.max_length.get_or_insert(PATTERN_LENGTH);
        }
        _ if is(object, &Type::Integer) => {
            object.minimum.get_or_insert(0.into());
            object.maximum.get_or_insert(LARGEST.into());
        }
        _ => {}
    }
}

fn is(object: &Object, kind: &Type) -> bool {
    match &object.schema_type {
        SchemaType::Type(own) => own == kind,
        SchemaType::Array(kinds) => kinds.contains(kind),
        SchemaType::AnyValue => false,
    }
}
