//! The activity log as people read it: who did what to whom, when, and what it was before.

pub mod api;
mod store;

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;
use utoipa::openapi::path::{Parameter, ParameterIn};
use utoipa::openapi::schema::KnownFormat;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::clock::Time;
use crate::db::Sorts;
use crate::http::{
    FromQuery, PageRequest, Params, Search, format_schema, page_params, parameter, search_param,
    text_schema,
};

/// One change.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ActivityEntry {
    /// UUIDv7.
    pub id: Uuid,
    /// When.
    pub at: DateTime<Utc>,
    /// `<thing>.<past verb>`.
    #[schema(max_length = 64, examples("user.updated"))]
    pub action: String,
    /// Who.
    pub actor: Actor,
    /// To what.
    pub target: Target,
    /// What changed: field → `from` and `to`.
    #[schema(value_type = Object, examples(json!({"role": {"from": "user", "to": "manager"}})))]
    pub changes: Value,
    /// The client's address.
    #[schema(max_length = 45, examples("203.0.113.7"))]
    pub ip: Option<String>,
    /// What the client called itself.
    #[schema(max_length = 200, examples("curl/8.5.0"))]
    pub user_agent: Option<String>,
    /// The request.
    #[schema(max_length = 128, examples("0192f6f0-7c1e-7d3a-9f43-3a1f0c6a2b11"))]
    pub request_id: Option<String>,
}

/// Who did something.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = ActivityActor)]
pub struct Actor {
    /// `user`, `api_key` or `system`.
    #[serde(rename = "type")]
    #[schema(max_length = 16, examples("user"))]
    pub kind: String,
    /// Null for the service itself.
    pub id: Option<Uuid>,
    /// The full name.
    #[schema(max_length = 200, examples("Grace Okafor"))]
    pub name: String,
}

/// What something was done to.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = ActivityTarget)]
pub struct Target {
    /// `user`, `role`, `tier`, `company`, `domain`, `tenant`, `session` or `permission`.
    #[serde(rename = "type")]
    #[schema(max_length = 16, examples("user"))]
    pub kind: String,
    /// Its id or key.
    #[schema(max_length = 64, examples("0192f6f0-7c1e-7d3a-9f43-3a1f0c6a2b11"))]
    pub id: String,
    /// As it was called then.
    #[schema(max_length = 254, examples("Ana María Silva"))]
    pub name: String,
}

/// A list of changes, filtered and paged.
#[derive(Debug)]
pub struct ListActivity {
    actor_id: Option<Uuid>,
    action: Option<String>,
    target_type: Option<String>,
    target_id: Option<String>,
    since: Option<Time>,
    until: Option<Time>,
    search: Search,
    page: PageRequest,
}

const SORTS: &Sorts = &store::SORTS;

impl FromQuery for ListActivity {
    fn from_query(params: &mut Params) -> Self {
        let page = PageRequest::from_query(params, SORTS);
        Self {
            page,
            actor_id: params.value("actor_id", "a UUID"),
            action: params.text("action"),
            target_type: params.text("target_type"),
            target_id: params.text("target_id"),
            since: params.time("since"),
            until: params.time("until"),
            search: Search::from_query(params),
        }
    }
}

impl IntoParams for ListActivity {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let mut params = filters();
        params.extend(page_params(SORTS));
        params
    }
}

/// The filters, for the document.
fn filters() -> Vec<Parameter> {
    vec![
        search_param("the actor's and the target's name and the action"),
        parameter(
            "actor_id",
            "Only what this user did",
            format_schema(KnownFormat::Uuid),
        ),
        parameter(
            "action",
            "Only this action, such as `user.created`",
            text_schema(1000),
        ),
        parameter(
            "target_type",
            "Only changes of this kind of thing, such as `user`",
            text_schema(1000),
        ),
        parameter(
            "target_id",
            "Only changes of the thing with this id or key",
            text_schema(1000),
        ),
        parameter(
            "since",
            "Only at or after this time",
            format_schema(KnownFormat::DateTime),
        ),
        parameter(
            "until",
            "Only before this time",
            format_schema(KnownFormat::DateTime),
        ),
    ]
}
