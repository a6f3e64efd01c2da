//! Looking for a domain's proof: in DNS, or nowhere for names that cannot be anybody else's.

use super::dns::{self, Dns};
use super::{Domain, Failure, Hostname};
use crate::error::{Error, Result};

/// How proofs are looked for.
#[derive(Clone)]
pub struct Proofs {
    dns: Dns,
    local_allowed: bool,
}

/// What a look found.
#[derive(Debug)]
pub enum Finding {
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

impl Finding {
    /// The proof is right, and another tenant has the host name.
    pub(super) fn claimed_elsewhere(domain: &Domain) -> Self {
        Self::NotProven {
            failure: Failure {
                code: "claimed_elsewhere".to_owned(),
                detail: "The record is right, but another account has already proven this host name. Ask them to remove it there, then verify again.".to_owned(),
                expected: domain.verification.record.value.clone(),
                seen: vec![domain.verification.record.value.clone()],
            },
            definitive: true,
        }
    }
}

impl Proofs {
    /// Asks this DNS; `local_allowed` lets names under `localhost` pass without (RFC 6761, section 6.3: they
    /// resolve to this machine only).
    #[must_use]
    pub fn new(dns: Dns, local_allowed: bool) -> Self {
        Self { dns, local_allowed }
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

    /// Looks for the proof; takes at most 5 s.
    ///
    /// # Errors
    /// Where a stored host name is none any more.
    pub async fn look(&self, domain: &Domain) -> Result<Finding> {
        let hostname = Hostname::parse(&domain.hostname, true)
            .map_err(|fault| Error::invalid("/hostname", fault.code, fault.message))?;
        if hostname.is_local() && self.local_allowed {
            return Ok(Finding::Proven);
        }
        match self
            .dns
            .prove(&hostname, &domain.verification.record.value)
            .await
        {
            Ok(()) => Ok(Finding::Proven),
            Err(failure) => Ok(Finding::NotProven {
                definitive: failure.code.definitive(),
                failure: failure.into(),
            }),
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
