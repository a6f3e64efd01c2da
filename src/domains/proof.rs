//! Looking for a domain's proof: in DNS, or nowhere for names that cannot be anybody else's. What there is to ask is
//! read before and what was found is written after, so that nothing of the database waits for the DNS.

use std::time::Duration;

use chrono::TimeDelta;
use tokio::time::Instant;
use uuid::Uuid;

use super::dns::{self, Dns, Expected};
use super::{Domain, Failure, Hostname};
use crate::error::{Error, Result};

/// How long a look may take, whatever the DNS does.
const LOOK_TIME: Duration = Duration::from_secs(5);

/// How long things may take.
#[derive(Clone, Copy, Debug)]
pub struct Terms {
    /// From one look at a domain to the next.
    pub recheck: TimeDelta,
    /// From a proven domain's loss of its record to its suspension.
    pub grace: TimeDelta,
}

/// How proofs are looked for.
#[derive(Clone)]
pub struct Proofs {
    dns: Dns,
    local_allowed: bool,
    terms: Terms,
}

/// What there is to ask about a domain.
#[derive(Debug)]
pub struct Question {
    pub(super) tenant: Uuid,
    pub(super) domain: Domain,
    /// The other tenant's domain that has the host name.
    pub(super) holder: Option<Holder>,
    /// SHA-256 of what the tenant's removed claims of the host name asked for.
    pub(super) retired: Vec<Vec<u8>>,
}

/// A domain that has the host name of another tenant's claim.
#[derive(Debug)]
pub(super) struct Holder {
    pub(super) tenant: Uuid,
    pub(super) domain: Domain,
}

/// What was asked and what was found.
#[derive(Debug)]
pub struct Look {
    pub(super) question: Question,
    pub(super) finding: Finding,
    /// What was found of the holder, who is asked about only where the domain's own record is right.
    pub(super) recheck: Option<Finding>,
}

/// What a look found.
#[derive(Debug)]
pub(super) enum Finding {
    /// The record says what it should.
    Proven,
    /// It does not, or nobody answered.
    NotProven {
        /// What to tell.
        failure: Failure,
        /// Whether the answer counts against a domain that was proven; silence does not.
        definitive: bool,
    },
}

impl Question {
    /// Whose domain it is.
    #[must_use]
    pub fn tenant(&self) -> Uuid {
        self.tenant
    }

    /// What it is about.
    #[must_use]
    pub fn domain(&self) -> &Domain {
        &self.domain
    }
}

impl Look {
    /// What it was about.
    #[must_use]
    pub fn question(&self) -> &Question {
        &self.question
    }

    /// What is in the way of the domain's proof; none where nothing is.
    #[must_use]
    pub fn failure(&self) -> Option<Failure> {
        match (&self.finding, &self.recheck) {
            (Finding::NotProven { failure, .. }, _) => Some(failure.clone()),
            (Finding::Proven, Some(holder)) if !holder.is_definitive_loss() => {
                Some(Failure::claimed_elsewhere(&self.question.domain))
            }
            (Finding::Proven, _) => None,
        }
    }
}

impl Finding {
    fn is_definitive_loss(&self) -> bool {
        matches!(
            self,
            Self::NotProven {
                definitive: true,
                ..
            }
        )
    }

    /// The proof is right, and another tenant has the host name.
    pub(super) fn claimed_elsewhere(domain: &Domain) -> Self {
        Self::NotProven {
            failure: Failure::claimed_elsewhere(domain),
            definitive: true,
        }
    }
}

impl Failure {
    fn claimed_elsewhere(domain: &Domain) -> Self {
        let value = &domain.verification.record.value;
        Self {
            code: "claimed_elsewhere".to_owned(),
            detail: "The record is right, but another account has proven this host name, and its record is still there or cannot be looked up now. Have the other account's value removed from the DNS, or the domain removed from that account, then verify again.".to_owned(),
            expected: value.clone(),
            seen: vec![value.clone()],
        }
    }
}

impl Proofs {
    /// Asks this DNS; `local_allowed` lets names under `localhost` pass without (RFC 6761, section 6.3: they
    /// resolve to this machine only).
    #[must_use]
    pub fn new(dns: Dns, local_allowed: bool, terms: Terms) -> Self {
        Self {
            dns,
            local_allowed,
            terms,
        }
    }

    /// How long things may take.
    #[must_use]
    pub fn terms(&self) -> Terms {
        self.terms
    }

    /// # Errors
    /// 422 at `/hostname` for a local name where those are not allowed.
    pub fn admit(&self, hostname: &Hostname) -> Result<()> {
        if !hostname.is_local() || self.local_allowed {
            return Ok(());
        }
        match Hostname::parse(hostname.as_str(), false) {
            Ok(_) => Ok(()),
            Err(fault) => Err(Error::invalid("/hostname", fault.code, fault.message)),
        }
    }

    /// Looks for the proof, and where it is there and the host name is another tenant's, for the other's too. Takes at
    /// most 5 s.
    ///
    /// # Errors
    /// Where a stored host name is none any more.
    pub async fn look(&self, question: Question) -> Result<Look> {
        let hostname = Hostname::parse(&question.domain.hostname, true)
            .map_err(|fault| Error::invalid("/hostname", fault.code, fault.message))?;
        let until = Instant::now() + LOOK_TIME;
        let expected = Expected {
            value: &question.domain.verification.record.value,
            retired: &question.retired,
            diagnose: true,
        };
        let finding = self.prove(&hostname, expected, until).await;
        let recheck = match (&finding, &question.holder) {
            (Finding::Proven, Some(holder)) => {
                // Whether it is there is all that counts, and time is short.
                let expected = Expected {
                    value: &holder.domain.verification.record.value,
                    retired: &[],
                    diagnose: false,
                };
                Some(self.prove(&hostname, expected, until).await)
            }
            _ => None,
        };
        Ok(Look {
            question,
            finding,
            recheck,
        })
    }

    async fn prove(&self, hostname: &Hostname, expected: Expected<'_>, until: Instant) -> Finding {
        if hostname.is_local() && self.local_allowed {
            return Finding::Proven;
        }
        match self.dns.prove(hostname, expected, until).await {
            Ok(()) => Finding::Proven,
            Err(failure) => Finding::NotProven {
                definitive: failure.code.definitive(),
                failure: failure.into(),
            },
        }
    }
}

impl From<dns::Failure> for Failure {
    fn from(failure: dns::Failure) -> Self {
        Self {
            code: failure.code.as_str().to_owned(),
            detail: failure.detail,
            expected: failure.expected,
            seen: failure.seen,
        }
    }
}
