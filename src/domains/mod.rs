//! White-label domains: host names that a tenant serves its branded app on, proven by DNS. The first proof opens
//! the Users section.

pub mod api;
mod ask;
mod body;
mod dns;
mod due;
mod finding;
mod hostname;
mod hosts;
mod proof;
mod store;

pub use ask::ask_routes;
pub use body::{CreateDomain, DomainChange, UpdateDomain};
pub use dns::Dns;
pub use due::{claim_due, claims_of_host};
pub use finding::record_look;
pub use hostname::{Hostname, canonical_host};
pub use hosts::ProvenHosts;
pub use proof::{Look, Proofs, Question, Terms};
pub use store::{primary_host, tenant_of_host};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::access::{Claim, Scope};
use crate::audit::{Entries, Entry, Target};
use crate::db::Connection;
use crate::error::{Error, Result};
use crate::http::Versioned;
use crate::{seats, secret};

/// How many claims a tenant may have that are not proven. Each is looked at again and again, and costs time that all
/// tenants share where its name servers are silent.
const MAX_UNPROVEN: i64 = 50;

/// Where a domain stands: `pending`, `active`, `degraded`, `suspended`, and `failed` for claims that ran out. Only what
/// the DNS says for certain makes it worse; silence and errors of name servers change nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DomainStatus {
    /// Claimed, and not proven yet. Opens nothing and keeps nobody else from proving the name.
    Pending,
    /// Proven.
    Active,
    /// Proven once; the record was gone at the last look. Counts as active.
    Degraded,
    /// Proven once; the record has been gone for long, or another account has proven the name since. Nobody can be
    /// added; people still sign in at the name unless it is another's.
    Suspended,
    /// Not proven within 30 days: nobody looks any more, until it is verified again.
    Failed,
}

impl DomainStatus {
    const ALL: [Self; 5] = [
        Self::Pending,
        Self::Active,
        Self::Degraded,
        Self::Suspended,
        Self::Failed,
    ];

    /// The name on the wire and in the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Active => "active",
            Self::Degraded => "degraded",
            Self::Suspended => "suspended",
            Self::Failed => "failed",
        }
    }

    /// Whether it opens the white-label gate, and whatever else a proof opens.
    #[must_use]
    pub fn is_proven(self) -> bool {
        matches!(self, Self::Active | Self::Degraded)
    }

    fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == name)
    }
}

/// A host name that a tenant serves its app on.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Domain {
    /// UUIDv7.
    #[schema(examples("0192f6f0-7c1e-7d3a-9f43-3a1f0c6a2b11"))]
    pub id: Uuid,
    /// Lower case, in A-labels.
    #[schema(max_length = 253, examples("app.brightcalls.example"))]
    pub hostname: String,
    /// Whether links point to it.
    pub is_primary: bool,
    /// Where it stands.
    pub status: DomainStatus,
    /// How it is proven, and what was found.
    pub verification: Verification,
    /// When it was claimed.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    #[serde(skip)]
    version: i64,
    #[serde(skip)]
    degraded_at: Option<DateTime<Utc>>,
    #[serde(skip)]
    next_check_at: Option<DateTime<Utc>>,
}

/// How a domain is proven.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Verification {
    /// `dns_txt`; `local` for names under `localhost`, which need no record.
    #[schema(max_length = 16, examples("dns_txt"))]
    pub method: String,
    /// The record to publish.
    pub record: DnsRecord,
    /// When the service last looked; moves neither `updated_at` nor the `ETag`.
    pub checked_at: Option<DateTime<Utc>>,
    /// When it was last proven; moves neither of them.
    pub verified_at: Option<DateTime<Utc>>,
    /// Why the last look proved nothing.
    #[schema(nullable = true)]
    pub failure: Option<Failure>,
}

/// A DNS record.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DnsRecord {
    /// `TXT`.
    #[serde(rename = "type")]
    #[schema(max_length = 3, examples("TXT"))]
    pub kind: &'static str,
    /// Its full name, without the trailing dot.
    #[schema(max_length = 253, examples("_roster-challenge.app.brightcalls.test"))]
    pub name: String,
    /// What it has to say.
    #[schema(max_length = 100, examples("roster-verification=3q2-7wAAbv"))]
    pub value: String,
}

/// Why a look proved nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = DomainFailure)]
pub struct Failure {
    /// Stable, for programs.
    #[schema(max_length = 64, examples("record_doubled_zone"))]
    pub code: String,
    /// What was found and what to do about it.
    #[schema(max_length = 2000, examples("There is no TXT record yet."))]
    pub detail: String,
    /// What the record has to say.
    #[schema(max_length = 100)]
    pub expected: String,
    /// What it says.
    #[schema(max_items = 10)]
    pub seen: Vec<String>,
}

impl Versioned for Domain {
    fn version(&self) -> i64 {
        self.version
    }

    fn href(&self) -> String {
        format!("/v1/domains/{}", self.id)
    }
}

impl Domain {
    fn target(&self) -> Target {
        Target::new("domain", self.id, &self.hostname)
    }

    /// Whether it opens the white-label gate.
    #[must_use]
    pub fn is_proven(&self) -> bool {
        self.status.is_proven()
    }
}

/// Claims a host name. Another tenant may have claimed it too; whoever proves it first has it.
///
/// # Errors
/// 409 where the tenant has it already; 409 `claim_limit_reached` where it has 50 claims that are not proven.
pub fn create(
    tx: &mut Connection,
    scope: &Scope,
    hostname: &Hostname,
    terms: Terms,
) -> Result<(Domain, Entries)> {
    let challenge = format!(
        "roster-verification={}",
        secret::encode(&secret::random::<24>()?)
    );
    // One change of what is primary or proven at a time.
    seats::lock(tx, scope.tenant())?;
    if store::count_unproven(tx, scope.tenant())? >= MAX_UNPROVEN {
        return Err(Error::ClaimLimitReached(MAX_UNPROVEN));
    }
    let is_primary = !store::has_primary(tx, scope.tenant())?;
    // Not at once: name servers remember for long that a record was not there when they were asked too early.
    let next_check = scope.now() + terms.recheck;
    let domain = store::insert(
        tx,
        scope.tenant(),
        hostname,
        is_primary,
        &challenge,
        (scope.now(), next_check),
    )?;
    let entry = scope
        .entry("domain.created", domain.target())
        .changed(None, Some(&domain))?;
    Ok((domain, entry.into()))
}

/// What the tenant has claimed and not proven, oldest first; at most ten.
///
/// # Errors
/// Where the database fails.
pub fn claims(conn: &mut Connection, scope: &Scope) -> Result<Vec<Claim>> {
    let claim = |domain: Domain| Claim {
        id: domain.id,
        hostname: domain.hostname,
    };
    let unproven = store::unproven(conn, scope.tenant())?;
    Ok(unproven.into_iter().map(claim).collect())
}

/// Edits a domain: makes it the one that links point to.
///
/// # Errors
/// 404; 412; 409 for taking `is_primary` away without giving it to another.
pub fn update(
    tx: &mut Connection,
    scope: &Scope,
    id: Uuid,
    change: &DomainChange,
) -> Result<(Domain, Entries)> {
    seats::lock(tx, scope.tenant())?;
    let before = store::lock(tx, scope.tenant(), id)?;
    scope.expect_version(before.version)?;
    match change.is_primary {
        Some(false) if before.is_primary => Err(Error::Conflict(
            "one domain is always the primary one; make another one primary instead",
        )),
        Some(true) if !before.is_primary => {
            let (after, deposed) = store::make_primary(tx, scope.tenant(), id, scope.now())?;
            let entry = scope
                .entry("domain.updated", after.target())
                .changed(Some(&before), Some(&after))?;
            Ok((
                after,
                Entries::from(primacy(scope, deposed, false)).and(entry),
            ))
        }
        _ => Ok((before, Entries::none("it is so already"))),
    }
}

/// Removes a domain. The gate closes for additions where it was the last proven one.
///
/// # Errors
/// 404; 412.
pub fn delete(tx: &mut Connection, scope: &Scope, id: Uuid) -> Result<Entries> {
    seats::lock(tx, scope.tenant())?;
    let before = store::lock(tx, scope.tenant(), id)?;
    scope.expect_version(before.version)?;
    store::retire_challenge(tx, scope.tenant(), &before, scope.now())?;
    store::delete(tx, scope.tenant(), id)?;
    let promoted = if before.is_primary {
        store::promote_another(tx, scope.tenant(), scope.now())?
    } else {
        None
    };
    let entry = scope
        .entry("domain.deleted", before.target())
        .changed(Some(&before), None)?;
    Ok(Entries::from(entry).join(primacy(scope, promoted.into_iter().collect(), true).into()))
}

/// The entries of domains that became the primary one, or stopped being it, because of another.
fn primacy(scope: &Scope, domains: Vec<Domain>, is_primary: bool) -> Vec<Entry> {
    let entry = |domain: Domain| {
        scope
            .entry("domain.updated", domain.target())
            .with("is_primary", !is_primary, is_primary)
    };
    domains.into_iter().map(entry).collect()
}
