//! `/healthz`, `/readyz` and `/problems/{code}`.

use actix_web::http::header::{ACCEPT, CACHE_CONTROL, VARY};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get};
use diesel::prelude::*;
use diesel::sql_types::Integer;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::Draining;
use crate::error::{Error, Explanation, Result, explain};
use crate::http::{Done, Path, Public};

/// The routes of this feature.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(get_health)
        .service(get_readyz)
        .service(get_problem);
}

/// Whether the service is well.
#[derive(Debug, Serialize, ToSchema)]
struct Health {
    /// `ok`.
    #[schema(max_length = 16, examples("ok"))]
    status: &'static str,
}

/// Tell whether the process lives
///
/// Asks nothing else; a database that is down is no reason to restart the service.
#[utoipa::path(tag = "Operations", responses((status = 200, body = Health)))]
#[get("/healthz")]
async fn get_health(_: Public) -> Done<Health> {
    Done(Health { status: "ok" })
}

/// Tell whether the service takes requests
///
/// 503 while the database cannot be reached and from the moment that the service is asked to stop.
#[utoipa::path(tag = "Operations", responses((status = 200, body = Health)))]
#[get("/readyz")]
async fn get_readyz(public: Public, draining: Data<Draining>) -> Result<Done<Health>> {
    if draining.has_begun() {
        return Err(Error::Overloaded);
    }
    public
        .read(|conn| {
            diesel::select(diesel::dsl::sql::<Integer>("1")).get_result::<i32>(conn)?;
            Ok(Done(Health { status: "ok" }))
        })
        .await
}

/// Explain a problem code
///
/// What it means, why it happens, what to do: as a page for browsers, as JSON otherwise.
#[utoipa::path(tag = "Operations", responses((status = 200, content((Explanation = "application/json"), (String = "text/html")))))]
#[get("/problems/{code}")]
async fn get_problem(_: Public, request: HttpRequest, code: Path<String>) -> Result<HttpResponse> {
    let explanation = explain(&code).ok_or(Error::NotFound)?;
    let accept = request
        .headers()
        .get(ACCEPT)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let mut response = HttpResponse::Ok();
    response
        .insert_header((CACHE_CONTROL, "public, max-age=3600"))
        .insert_header((VARY, "Accept"));
    Ok(if accept.contains("text/html") {
        response
            .content_type("text/html; charset=utf-8")
            .body(page(&explanation))
    } else {
        response.json(explanation)
    })
}

/// The explanations are constants of this crate; of the example's JSON only the quotes matter, and not within `pre`.
fn page(explanation: &Explanation) -> String {
    let Explanation {
        code,
        status,
        meaning,
        remedy,
        example,
    } = explanation;
    let example = serde_json::to_string_pretty(example).unwrap_or_default();
    let example = example.replace('&', "&amp;").replace('<', "&lt;");
    format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>{code}</title>\
         <meta name=\"viewport\" content=\"width=device-width\">\
         <body style=\"font:16px/1.5 system-ui;max-width:40em;margin:3em auto;padding:0 1em\">\
         <h1><code>{code}</code></h1><p>HTTP status {status}</p><h2>What it means</h2><p>{meaning}</p>\
         <h2>What to do</h2><p>{remedy}</p>\
         <h2>An example</h2><pre style=\"white-space:pre-wrap\">{example}</pre></body></html>"
    )
}
