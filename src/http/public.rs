//! The way of operations that need no sign-in. A handler that takes it stands on the committed list of public
//! operations, or a test fails.

use std::future::{Ready, ready};
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use tracing::Instrument;
use uuid::Uuid;

use super::cors::AnswerOf;
use super::fallback::refuse_stray_query;
use super::limit::RateLimit;
use super::origin::origin;
use super::state::State;
use crate::access::{Bearer, Principal};
use crate::audit::{Entries, Origin, record};
use crate::clock::Time;
use crate::db::Connection;
use crate::error::{Error, Result};
use crate::password::{KnownWords, Password, PasswordHash, Verdict};

/// Pauses before what is written after the answer is tried again.
const PAUSES: [Duration; 3] = [
    Duration::from_secs(1),
    Duration::from_secs(5),
    Duration::from_secs(30),
];

/// Anybody.
pub struct Public {
    state: Data<State>,
    request: HttpRequest,
    origin: Arc<Origin>,
    now: Time,
}

impl FromRequest for Public {
    type Error = Error;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(refuse_stray_query(request).and_then(|()| Self::of(request)))
    }
}

impl Public {
    /// Whoever sent a request that no handler has yet: its query is still to be looked at.
    ///
    /// # Errors
    /// 500 where the application has no state.
    pub fn of(request: &HttpRequest) -> Result<Self> {
        let state = request
            .app_data::<Data<State>>()
            .cloned()
            .ok_or_else(|| Error::internal("the application has no state"))?;
        Ok(Self {
            request: request.clone(),
            origin: Arc::new(origin(request, &state.proxies)),
            now: state.clock.now(),
            state,
        })
    }

    /// The time of the request.
    #[must_use]
    pub fn now(&self) -> Time {
        self.now
    }

    /// Where the request came from.
    #[must_use]
    pub fn origin(&self) -> Arc<Origin> {
        Arc::clone(&self.origin)
    }

    /// Tells how a limit stands, in the answer's headers.
    pub fn show_limit(&self, limit: RateLimit) {
        self.request.extensions_mut().insert(limit);
    }

    /// Says whose answer it is, so that no other tenant's page reads it. Only where somebody has shown who they are: that
    /// a page may not read what it is refused would tell it which tenants there are.
    pub fn show_tenant(&self, tenant: Uuid) {
        self.request.extensions_mut().insert(AnswerOf(tenant));
    }

    /// Reads, on a connection that cannot write.
    ///
    /// # Errors
    /// What the work answers; 503 where Postgres cannot be reached.
    pub async fn read<T: Send + 'static>(
        &self,
        work: impl Fn(&mut Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.state.read(work).await
    }

    /// Who a session is: from memory, or as `load` finds it, which answers too when the session ends.
    ///
    /// # Errors
    /// What the work answers; 503 where Postgres cannot be reached.
    pub async fn principal(
        &self,
        bearer: Bearer,
        load: impl Fn(&mut Connection) -> Result<Option<(Principal, Time)>> + Send + 'static,
    ) -> Result<Option<Arc<Principal>>> {
        let memory = &self.state.principals;
        if let Some(known) = memory.find(bearer, self.now) {
            return Ok(Some(known));
        }
        let as_of = memory.as_of();
        let loaded = self.state.read(load).await?;
        Ok(loaded.map(|(principal, until)| memory.keep(as_of, principal, until)))
    }

    /// Writes in one transaction, together with the activity entries that the work hands over.
    ///
    /// # Errors
    /// What the work answers; 503 where Postgres cannot be reached.
    pub async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> Result<(T, Entries)> + Send + 'static,
    ) -> Result<T> {
        self.state
            .write(move |tx| {
                let (value, entries) = work(tx)?;
                record(tx, &entries)?;
                Ok((value, entries.changes()))
            })
            .await
    }

    /// Writes like [`Self::write`], but after the answer, so that its time does not tell whether there was anything to
    /// write. What fails for a passing reason is tried again; where the process ends before, the client has to ask again.
    pub fn write_later(
        &self,
        work: impl Fn(&mut Connection) -> Result<Entries> + Clone + Send + 'static,
    ) {
        let state = self.state.clone();
        let write = async move {
            for pause in PAUSES.map(Some).into_iter().chain([None]) {
                let work = work.clone();
                let written = state.write(move |tx| {
                    let entries = work(tx)?;
                    record(tx, &entries)?;
                    Ok(((), entries.changes()))
                });
                let Err(cause) = written.await else { return };
                match (&cause, pause) {
                    (Error::Overloaded | Error::DatabaseUnavailable(_), Some(pause)) => {
                        tokio::time::sleep(pause).await;
                    }
                    _ => return tracing::error!(%cause, "failed after the answer"),
                }
            }
        };
        actix_web::rt::spawn(write.in_current_span());
    }

    /// Hashes a new password, as [`super::Caller::hash`] does.
    ///
    /// # Errors
    /// 422 where it is easy to guess; 503 `overloaded`.
    pub async fn hash(
        &self,
        pointer: &str,
        password: Password,
        known: KnownWords,
    ) -> Result<PasswordHash> {
        let judged = self.state.hasher.choose(password, known).await?;
        judged.map_err(|refused| Error::invalid(pointer, refused.code, refused.message))
    }

    /// Whether a typed password fits; without a hash it takes as long and does not.
    ///
    /// # Errors
    /// 503 `overloaded`.
    pub async fn verify(&self, password: Password, hash: Option<PasswordHash>) -> Result<Verdict> {
        self.state.hasher.verify_and_renew(password, hash).await
    }
}
