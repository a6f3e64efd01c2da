//! Query parameters in the OpenAPI document, made of the same values that queries are read with.

use utoipa::openapi::Required;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, SchemaFormat, Type};

use super::page::{DEFAULT_LIMIT, MAX_LIMIT};
use crate::db::Sorts;

/// The parameters that every list takes, for the document.
#[must_use]
pub fn page_params(sorts: &'static Sorts) -> Vec<Parameter> {
    let sort_names = sorts
        .all()
        .flat_map(|column| [column.name.to_owned(), format!("-{}", column.name)]);
    let limit = ObjectBuilder::new()
        .schema_type(Type::Integer)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int32)))
        .minimum(Some(1))
        .maximum(Some(MAX_LIMIT))
        .default(Some(DEFAULT_LIMIT.into()));
    let cursor = ObjectBuilder::new()
        .schema_type(Type::String)
        .max_length(Some(1000));
    let total = ObjectBuilder::new()
        .schema_type(Type::Boolean)
        .default(Some(false.into()));
    let sort = ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(sort_names))
        .default(Some(format!("-{}", sorts.default.name).into()));
    vec![
        parameter("limit", "How many at most", limit),
        parameter(
            "cursor",
            "`next_cursor` of the page before, with all other parameters as they were",
            cursor,
        ),
        parameter(
            "include_total",
            "Whether to count all matches into `total`",
            total,
        ),
        parameter(
            "sort",
            "The order; `-` before the name for descending",
            sort,
        ),
    ]
}

/// The schema of a text parameter.
#[must_use]
pub fn text_schema(max_length: usize) -> ObjectBuilder {
    let text = ObjectBuilder::new().schema_type(Type::String);
    text.max_length(Some(max_length))
}

/// The schema of a parameter of this format.
#[must_use]
pub fn format_schema(format: KnownFormat) -> ObjectBuilder {
    let text = ObjectBuilder::new().schema_type(Type::String);
    text.format(Some(SchemaFormat::KnownFormat(format)))
}

/// An optional parameter of the query.
#[must_use]
pub fn parameter(name: &str, description: &str, schema: ObjectBuilder) -> Parameter {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Query)
        .required(Required::False)
        .description(Some(description))
        .schema(Some(schema))
        .build()
}
