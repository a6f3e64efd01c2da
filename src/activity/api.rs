//! `/v1/activity`.

use actix_web::get;
use utoipa_actix_web::service_config::ServiceConfig;

use super::{ActivityEntry, ListActivity, store};
use crate::access::ReadActivity;
use crate::error::Result;
use crate::http::{Caller, Page, Query};

/// The routes of this feature.
pub fn routes(config: &mut ServiceConfig) {
    config.service(list_activity);
}

/// List and search the activity log
///
/// Every change in your tenant, newest first: who did it, by full name, to what, and what it was before.
#[utoipa::path(tag = "Activity", params(ListActivity), security(("bearer" = [ReadActivity::KEY])), responses((status = 200, body = Page<ActivityEntry>)))]
#[get("/v1/activity")]
async fn list_activity(
    caller: Caller<ReadActivity>,
    Query(list): Query<ListActivity>,
) -> Result<Page<ActivityEntry>> {
    let window = caller.window(&list.page)?;
    caller
        .read_lagging(move |conn, scope| {
            let rows = store::list(conn, scope.tenant(), &list, &window)?;
            let total = window.total(|| store::count(conn, scope.tenant(), &list))?;
            window.page(rows, total, |entry| entry.id)
        })
        .await
}
