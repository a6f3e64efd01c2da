//! `/v1/companies`.

use actix_web::{delete, get, patch, post};
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::{Company, CreateCompany, UpdateCompany, store};
use crate::access::{ReadCompanies, WriteCompanies};
use crate::error::Result;
use crate::http::{
    Answer, Caller, Changed, Created, Gone, Json, Listing, Page, Path, Query, Resource,
};

/// The routes of this feature.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(list_companies)
        .service(create_company)
        .service(get_company)
        .service(update_company)
        .service(delete_company);
}

/// List and search companies
///
/// The companies of your tenant, newest first; `q` finds words in the name.
#[utoipa::path(tag = "Companies", params(Listing<Company>), security(("bearer" = [ReadCompanies::KEY])), responses((status = 200, body = Page<Company>)))]
#[get("/v1/companies")]
async fn list_companies(
    caller: Caller<ReadCompanies>,
    Query(listing): Query<Listing<Company>>,
) -> Result<Page<Company>> {
    let window = caller.window(&listing.page)?;
    caller
        .read(move |conn, scope| {
            let rows = store::list(conn, scope.tenant(), &listing.search, &window)?;
            let total = window.total(|| store::count(conn, scope.tenant(), &listing.search))?;
            window.page(rows, total, |company| company.id)
        })
        .await
}

/// Add a company
///
/// Adding a user with a `company_name` that is new makes one too.
#[utoipa::path(tag = "Companies", security(("bearer" = [WriteCompanies::KEY])), responses((status = 201, body = Company)), extensions(("x-problem-codes" = json!(["already_exists"]))))]
#[post("/v1/companies")]
async fn create_company(
    caller: Caller<WriteCompanies>,
    Json(new): Json<CreateCompany>,
) -> Result<Answer<Created<Company>>> {
    caller
        .write(move |tx, scope| {
            let (company, entries) = super::create(tx, scope, &new)?;
            Ok((Created(company), entries))
        })
        .await
}

/// Read a company
///
/// With its version in the `ETag`, to edit it by.
#[utoipa::path(tag = "Companies", security(("bearer" = [ReadCompanies::KEY])), responses((status = 200, body = Company)))]
#[get("/v1/companies/{id}")]
async fn get_company(caller: Caller<ReadCompanies>, id: Path<Uuid>) -> Result<Resource<Company>> {
    caller
        .read(move |conn, scope| store::find(conn, scope.tenant(), *id).map(Resource))
        .await
}

/// Edit a company
///
/// A new name shows at once with everybody who represents it.
#[utoipa::path(tag = "Companies", security(("bearer" = [WriteCompanies::KEY])), responses((status = 200, body = Company)), extensions(("x-problem-codes" = json!(["already_exists"]))))]
#[patch("/v1/companies/{id}")]
async fn update_company(
    caller: Caller<WriteCompanies>,
    id: Path<Uuid>,
    Json(change): Json<UpdateCompany>,
) -> Result<Answer<Changed<Company>>> {
    caller
        .write(move |tx, scope| {
            let (company, entries) = super::update(tx, scope, *id, &change)?;
            Ok((Changed(company), entries))
        })
        .await
}

/// Remove a company
///
/// A company that somebody still represents is 409 `in_use`.
#[utoipa::path(tag = "Companies", security(("bearer" = [WriteCompanies::KEY])), responses((status = 204)), extensions(("x-problem-codes" = json!(["in_use"]))))]
#[delete("/v1/companies/{id}")]
async fn delete_company(caller: Caller<WriteCompanies>, id: Path<Uuid>) -> Result<Answer<Gone>> {
    caller
        .write(move |tx, scope| Ok((Gone, super::delete(tx, scope, *id)?)))
        .await
}
