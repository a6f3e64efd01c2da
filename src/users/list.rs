//! What a list of users can be asked for.

use utoipa::IntoParams;
use utoipa::openapi::path::{Parameter, ParameterIn};
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, Type};
use uuid::Uuid;

use super::store;
use crate::access::UserStatus;
use crate::clock::Time;
use crate::db::Sorts;
use crate::http::{
    FromQuery, PageRequest, Params, Search, format_schema, page_params, parameter, search_param,
    text_schema,
};

/// A list of users: filtered, searched, sorted, paged.
#[derive(Debug)]
pub struct ListUsers {
    pub(super) search: Search,
    pub(super) role: Option<String>,
    pub(super) tier: Option<String>,
    pub(super) company_id: Option<Uuid>,
    pub(super) status: Option<UserStatus>,
    pub(super) created_after: Option<Time>,
    pub(super) created_before: Option<Time>,
    pub(super) page: PageRequest,
}

pub(super) static SORTS: Sorts = store::SORTS;

impl FromQuery for ListUsers {
    fn from_query(params: &mut Params) -> Self {
        Self {
            page: PageRequest::from_query(params, &SORTS),
            search: Search::from_query(params),
            role: params.text("role"),
            tier: params.text("tier"),
            company_id: params.value("company_id", "a UUID"),
            status: params.parsed(
                "status",
                "invited, active, suspended or deleted",
                UserStatus::parse,
            ),
            created_after: params.time("created_after"),
            created_before: params.time("created_before"),
        }
    }
}

impl IntoParams for ListUsers {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let mut params = filters();
        params.extend(page_params(&SORTS));
        params
    }
}

/// The filters, for the document.
fn filters() -> Vec<Parameter> {
    let statuses = ["invited", "active", "suspended", "deleted"];
    let status = ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(statuses));
    vec![
        search_param("name and e-mail"),
        parameter("role", "Only users with this role", text_schema(63)),
        parameter(
            "tier",
            "Only users of this subscription tier",
            text_schema(63),
        ),
        parameter(
            "company_id",
            "Only users who represent this company",
            format_schema(KnownFormat::Uuid),
        ),
        parameter(
            "status",
            "Only users in this state; removed ones are listed only when asked for",
            status,
        ),
        parameter(
            "created_after",
            "Only users added after this time",
            format_schema(KnownFormat::DateTime),
        ),
        parameter(
            "created_before",
            "Only users added before this time",
            format_schema(KnownFormat::DateTime),
        ),
    ]
}
