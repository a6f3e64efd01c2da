//! `/v1/tiers`.

use actix_web::{delete, get, patch, post};
use utoipa_actix_web::service_config::ServiceConfig;

use super::{CreateTier, Tier, UpdateTier, store};
use crate::access::{ReadTiers, WriteTiers};
use crate::audit::Entries;
use crate::error::Result;
use crate::http::{
    Answer, Caller, Changed, Created, Gone, Json, Listing, Page, Path, Query, Reassign, Resource,
};
use crate::users;

/// The routes of this feature.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(list_tiers)
        .service(create_tier)
        .service(get_tier)
        .service(update_tier)
        .service(delete_tier);
}

/// List and search tiers
///
/// The tiers of your tenant, newest first; `q` finds words in name and key.
#[utoipa::path(tag = "Tiers", params(Listing<Tier>), security(("bearer" = [ReadTiers::KEY])), responses((status = 200, body = Page<Tier>)))]
#[get("/v1/tiers")]
async fn list_tiers(
    caller: Caller<ReadTiers>,
    Query(listing): Query<Listing<Tier>>,
) -> Result<Page<Tier>> {
    let window = caller.window(&listing.page)?;
    caller
        .read(move |conn, scope| {
            let rows = store::list(conn, scope.tenant(), &listing.search, &window)?;
            let total = window.total(|| store::count(conn, scope.tenant(), &listing.search))?;
            window.page(rows, total, |tier| tier.key.clone())
        })
        .await
}

/// Add a tier
///
/// It includes all features unless some are named.
#[utoipa::path(tag = "Tiers", security(("bearer" = [WriteTiers::KEY])), responses((status = 201, body = Tier)), extensions(("x-problem-codes" = json!(["already_exists"]))))]
#[post("/v1/tiers")]
async fn create_tier(
    caller: Caller<WriteTiers>,
    Json(new): Json<CreateTier>,
) -> Result<Answer<Created<Tier>>> {
    caller
        .write(move |tx, scope| {
            let (tier, entries) = super::create(tx, scope, &new)?;
            Ok((Created(tier), entries))
        })
        .await
}

/// Read a tier
///
/// With what it includes, and how many of its seats are taken.
#[utoipa::path(tag = "Tiers", security(("bearer" = [ReadTiers::KEY])), responses((status = 200, body = Tier)))]
#[get("/v1/tiers/{key}")]
async fn get_tier(caller: Caller<ReadTiers>, key: Path<String>) -> Result<Resource<Tier>> {
    caller
        .read(move |conn, scope| store::find(conn, scope.tenant(), &key).map(Resource))
        .await
}

/// Edit a tier
///
/// Takes effect for all who have it on their next request. A `seat_limit` below what is used closes additions
/// and removes nobody.
#[utoipa::path(tag = "Tiers", security(("bearer" = [WriteTiers::KEY])), responses((status = 200, body = Tier)), extensions(("x-problem-codes" = json!(["conflict"]))))]
#[patch("/v1/tiers/{key}")]
async fn update_tier(
    caller: Caller<WriteTiers>,
    key: Path<String>,
    Json(change): Json<UpdateTier>,
) -> Result<Answer<Changed<Tier>>> {
    caller
        .write(move |tx, scope| {
            let (tier, entries) = super::update(tx, scope, &key, &change)?;
            Ok((Changed(tier), entries))
        })
        .await
}

/// Remove a tier
///
/// A tier that somebody still has is 409 `in_use`, unless `reassign_to` names the one to give them, in the same
/// transaction.
#[utoipa::path(tag = "Tiers", params(Reassign), security(("bearer" = [WriteTiers::KEY])), responses((status = 204)), extensions(("x-problem-codes" = json!(["conflict", "in_use", "privilege_escalation", "seat_limit_reached", "validation_failed"]))))]
#[delete("/v1/tiers/{key}")]
async fn delete_tier(
    caller: Caller<WriteTiers>,
    key: Path<String>,
    Query(reassign): Query<Reassign>,
) -> Result<Answer<Gone>> {
    let to = reassign.successor_of(&key)?.map(str::to_owned);
    caller
        .write(move |tx, scope| {
            let tier = super::begin_removal(tx, scope, &key)?;
            let moved = match &to {
                Some(to) => users::reassign_tier(tx, scope, &tier, to)?,
                None => Entries::none("nobody is to be moved"),
            };
            Ok((Gone, moved.join(super::delete(tx, scope, &tier)?)))
        })
        .await
}
