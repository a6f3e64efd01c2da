//! What a piece of work may touch, and on whose behalf: handed to every read and write beside the connection.

use std::sync::Arc;

use uuid::Uuid;

use super::decide::Need;
use super::principal::Principal;
use crate::audit::{Actor, Author, Entry, Origin, Target};
use crate::clock::Time;
use crate::error::{Error, Result};

/// The versions that `If-Match` accepts (RFC 9110, section 13.1.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IfMatch {
    /// `*`: any, as long as it exists.
    Any,
    /// One of these.
    Versions(Vec<i64>),
}

/// The caller and the moment of the call.
#[derive(Clone, Debug)]
pub struct Scope {
    principal: Arc<Principal>,
    need: Need,
    now: Time,
    if_match: Option<IfMatch>,
    origin: Arc<Origin>,
}

impl Scope {
    /// The scope of one request.
    #[must_use]
    pub fn new(
        principal: Arc<Principal>,
        need: Need,
        now: Time,
        if_match: Option<IfMatch>,
        origin: Arc<Origin>,
    ) -> Self {
        Self {
            principal,
            need,
            now,
            if_match,
            origin,
        }
    }

    /// The tenant that every query is bound to.
    #[must_use]
    pub fn tenant(&self) -> Uuid {
        self.principal.tenant.id
    }

    /// Who is calling.
    #[must_use]
    pub fn principal(&self) -> &Principal {
        &self.principal
    }

    /// What the caller was admitted by.
    #[must_use]
    pub fn need(&self) -> &Need {
        &self.need
    }

    /// The time of the request, the same for all that it writes.
    #[must_use]
    pub fn now(&self) -> Time {
        self.now
    }

    /// Where the request came from.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// Whether the row's version is one that the caller expects.
    ///
    /// # Errors
    /// 412 `stale_version` where `If-Match` names others.
    pub fn expect_version(&self, version: i64) -> Result<()> {
        match &self.if_match {
            Some(IfMatch::Versions(versions)) if !versions.contains(&version) => {
                Err(Error::StaleVersion(version))
            }
            _ => Ok(()),
        }
    }

    /// For what is not there: no version of it is the expected one.
    ///
    /// # Errors
    /// 412 `stale_version` where there is an `If-Match`.
    pub fn expect_absence(&self) -> Result<()> {
        match self.if_match {
            Some(_) => Err(Error::StaleVersion(0)),
            None => Ok(()),
        }
    }

    /// An activity entry by the caller in their own tenant.
    #[must_use]
    pub fn entry(&self, action: &'static str, target: Target) -> Entry {
        self.author().entry(action, target)
    }

    /// The caller, for rules that the service itself goes through too.
    #[must_use]
    pub fn author(&self) -> Author {
        let actor = Actor::user(self.principal.user_id, &self.principal.full_name);
        Author::new(self.tenant(), self.now, actor, Arc::clone(&self.origin))
    }
}
