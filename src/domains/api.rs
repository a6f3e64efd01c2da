//! `/v1/domains` and `/v1/readiness`.

use actix_web::web::Data;
use actix_web::{delete, get, patch, post};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::{CreateDomain, Domain, Proofs, UpdateDomain, store};
use crate::access::{GateState, ReadDomains, SignedIn, WriteDomains};
use crate::audit::Entries;
use crate::error::{Remediation, Result};
use crate::http::{
    Answer, Caller, Changed, Created, Done, Gone, Json, Listing, Nothing, Page, Path, Query,
    Resource,
};
use crate::tenants;

/// The routes of this feature.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(list_domains)
        .service(create_domain)
        .service(get_domain)
        .service(update_domain)
        .service(delete_domain)
        .service(verify_domain)
        .service(get_readiness);
}

/// List and search domains
///
/// The white-label domains of your tenant, newest first.
#[utoipa::path(tag = "Domains", params(Listing<Domain>), security(("bearer" = [ReadDomains::KEY])), responses((status = 200, body = Page<Domain>)))]
#[get("/v1/domains")]
async fn list_domains(
    caller: Caller<ReadDomains>,
    Query(listing): Query<Listing<Domain>>,
) -> Result<Page<Domain>> {
    let window = caller.window(&listing.page)?;
    caller
        .read(move |conn, scope| {
            let rows = store::list(conn, scope.tenant(), &listing.search, &window)?;
            let total = window.total(|| store::count(conn, scope.tenant(), &listing.search))?;
            window.page(rows, total, |domain| domain.id)
        })
        .await
}

/// Set up a domain
///
/// Claims the host name and answers the TXT record to publish in its DNS. Verify it afterwards; the service also looks
/// by itself again and again. A claim keeps nobody else from proving the name, and ends as `failed` where it is not
/// proven within 30 days. At most 50 claims of a tenant may be unproven.
#[utoipa::path(tag = "Domains", security(("bearer" = [WriteDomains::KEY])), responses((status = 201, body = Domain)), extensions(("x-problem-codes" = json!(["already_exists", "claim_limit_reached"]))))]
#[post("/v1/domains")]
async fn create_domain(
    caller: Caller<WriteDomains>,
    Json(hostname): Json<CreateDomain>,
    proofs: Data<Proofs>,
) -> Result<Answer<Created<Domain>>> {
    proofs.admit(&hostname)?;
    let terms = proofs.terms();
    caller
        .write(move |tx, scope| {
            let (domain, entries) = super::create(tx, scope, &hostname, terms)?;
            Ok((Created(domain), entries))
        })
        .await
}

/// Read a domain
///
/// How to prove it, and what the last look at its record found.
#[utoipa::path(tag = "Domains", security(("bearer" = [ReadDomains::KEY])), responses((status = 200, body = Domain)))]
#[get("/v1/domains/{id}")]
async fn get_domain(caller: Caller<ReadDomains>, id: Path<Uuid>) -> Result<Resource<Domain>> {
    caller
        .read(move |conn, scope| store::find(conn, scope.tenant(), *id).map(Resource))
        .await
}

/// Edit a domain
///
/// Makes it the primary one, which links point to.
#[utoipa::path(tag = "Domains", security(("bearer" = [WriteDomains::KEY])), responses((status = 200, body = Domain)), extensions(("x-problem-codes" = json!(["conflict"]))))]
#[patch("/v1/domains/{id}")]
async fn update_domain(
    caller: Caller<WriteDomains>,
    id: Path<Uuid>,
    Json(change): Json<UpdateDomain>,
) -> Result<Answer<Changed<Domain>>> {
    caller
        .write(move |tx, scope| {
            let (domain, entries) = super::update(tx, scope, *id, &change)?;
            Ok((Changed(domain), entries))
        })
        .await
}

/// Remove a domain
///
/// Where it was the last proven one, no users can be added until another one is.
#[utoipa::path(tag = "Domains", security(("bearer" = [WriteDomains::KEY])), responses((status = 204)))]
#[delete("/v1/domains/{id}")]
async fn delete_domain(caller: Caller<WriteDomains>, id: Path<Uuid>) -> Result<Answer<Gone>> {
    caller
        .write(move |tx, scope| Ok((Gone, super::delete(tx, scope, *id)?)))
        .await
}

/// Verify a domain
///
/// Looks for the record now, for at most five seconds, and answers the domain with what was found. Where another
/// account has the name, it is taken over if the record says yours and for certain not theirs any more; else the
/// failure is `claimed_elsewhere`. A `failed` claim is watched again once it is proven.
#[utoipa::path(tag = "Domains", security(("bearer" = [WriteDomains::KEY])), responses((status = 200, body = Domain)))]
#[post("/v1/domains/{id}/verification")]
async fn verify_domain(
    caller: Caller<WriteDomains>,
    id: Path<Uuid>,
    _: Nothing,
    proofs: Data<Proofs>,
) -> Result<Answer<Changed<Domain>>> {
    let id = *id;
    let question = caller
        .read(move |conn, scope| {
            let question = store::find_question(conn, scope.tenant(), id)?;
            scope.expect_version(question.domain().version)?;
            Ok(question)
        })
        .await?;
    let look = proofs.look(question).await?;
    let terms = proofs.terms();
    caller
        .write(move |tx, scope| {
            let author = scope.author();
            let (domain, entries) = super::record_look(tx, &author, terms, look)?;
            let opened = if domain.is_proven() {
                tenants::open_users_section(tx, &author)?
            } else {
                Entries::none("nothing is proven")
            };
            Ok((Changed(domain), entries.join(opened)))
        })
        .await
}

/// Whether everything is set up for managing users.
#[derive(Debug, Serialize, ToSchema)]
struct Readiness {
    /// Whether nothing is in the way.
    ready: bool,
    /// What is in the way.
    #[schema(max_items = 10)]
    blockers: Vec<Blocker>,
}

/// Something that is in the way.
#[derive(Debug, Serialize, ToSchema)]
struct Blocker {
    /// The code that the closed operations answer.
    #[schema(max_length = 64, examples("domain_not_configured"))]
    code: &'static str,
    /// A sentence for people.
    #[schema(
        max_length = 300,
        examples("set up your white-label domain; users can be managed once it is proven")
    )]
    message: String,
    /// What would mend it.
    #[schema(max_items = 10)]
    remediation: Vec<Remediation>,
}

/// Tell whether users can be managed
///
/// Says before anyone tries what the Users section would answer, and what to do about it.
#[utoipa::path(tag = "Domains", security(("bearer" = [])), responses((status = 200, body = Readiness)))]
#[get("/v1/readiness")]
async fn get_readiness(caller: Caller<SignedIn>) -> Result<Done<Readiness>> {
    let gate = caller.principal().tenant.gate;
    if gate == GateState::Open {
        return Ok(Done(Readiness {
            ready: true,
            blockers: Vec::new(),
        }));
    }
    let waiting = caller
        .read(|conn, scope| store::unproven(conn, scope.tenant()))
        .await?;
    Ok(Done(Readiness {
        ready: false,
        blockers: vec![blocker(gate, &waiting)],
    }))
}

fn blocker(gate: GateState, waiting: &[Domain]) -> Blocker {
    let message = match (gate, waiting) {
        (GateState::Lost, _) => {
            "no white-label domain is active any more; users can be added again once one is"
                .to_owned()
        }
        (_, []) => {
            "set up your white-label domain; users can be managed once it is proven".to_owned()
        }
        (_, [first, ..]) => format!(
            "your white-label domain {} is not proven yet; publish its TXT record {} and verify it",
            first.hostname, first.verification.record.name
        ),
    };
    let verify = |domain: &Domain| Remediation {
        rel: "verify_domain".to_owned(),
        method: "POST".to_owned(),
        href: format!("/v1/domains/{}/verification", domain.id),
        title: format!("Verify {}", domain.hostname),
    };
    let mut remediation: Vec<Remediation> = waiting.iter().map(verify).collect();
    if waiting.is_empty() {
        remediation.push(Remediation::domain(false));
    }
    Blocker {
        code: "domain_not_configured",
        message,
        remediation,
    }
}
