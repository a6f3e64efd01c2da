//! The kernel of the API: who is calling, bodies, queries, pages, answers. It knows no feature, and it alone
//! holds the way to the database.

mod cacheable;
mod caller;
mod confirm;
mod cors;
mod etag;
mod fallback;
mod gate;
mod idempotency;
mod json;
mod limit;
mod listing;
mod memory;
mod origin;
mod page;
mod parameters;
mod patch;
mod public;
mod query;
mod reassign;
mod reply;
mod request;
mod schema_check;
mod state;

pub use cacheable::Cacheable;
pub use caller::{Caller, SignedInFact};
pub use confirm::confirm;
pub use cors::{Origins, share_with_origins};
pub use fallback::{Routes, no_route};
pub use gate::{Gate, Open, UsersAddition, UsersSection, WhilePasswordDue, need_of};
pub use idempotency::{forget_answers, forget_old_answers};
pub use json::{Body, Json, Nothing};
pub use limit::RateLimit;
pub use listing::{Listed, Listing, Search, search_param};
pub use origin::{ConfirmedProxies, RequestHost, without_port};
pub use page::{Page, PageRequest, Window};
pub use parameters::{format_schema, page_params, parameter, text_schema};
pub use patch::{Patch, merge};
pub use public::Public;
pub use query::{FromQuery, Params, Query};
pub use reassign::Reassign;
pub use reply::{Answer, Changed, Created, Done, Gone, Put, Reply, Resource, Versioned};
pub use request::guard_request;
pub use state::State;

use actix_web::web::PathConfig;

use crate::error::Error;

/// Where path parameters stand. An id that is no UUID is an id of nothing: 404.
pub use actix_web::web::Path;

/// How path parameters answer faults.
#[must_use]
pub fn path_config() -> PathConfig {
    PathConfig::default().error_handler(|_, _| Error::NotFound.into())
}
