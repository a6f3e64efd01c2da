//! The only way of a signed-in request to the database: an extractor whose type names the permission and the
//! gate. It answers at once, without waiting for anything, so that 401 and 403 come before any word about the
//! body.
//!
//! A handler that names its permission reaches the database:
//!
//! ```
//! # use roster::{access::ReadUsers, error::Result, http::Caller};
//! async fn count_users(caller: Caller<ReadUsers>) -> Result<i64> {
//!     caller.read(|_, _| Ok(1)).await
//! }
//! ```
//!
//! One that names none does not compile,
//!
//! ```compile_fail,E0107
//! # use roster::{access::ReadUsers, error::Result, http::Caller};
//! async fn count_users(caller: Caller) -> Result<i64> {
//!     caller.read(|_, _| Ok(1)).await
//! }
//! ```
//!
//! a word that is no permission gives nothing to call,
//!
//! ```compile_fail,E0599
//! # use roster::{access::ReadUsers, error::Result, http::Caller};
//! struct Anything;
//! async fn count_users(caller: Caller<Anything>) -> Result<i64> {
//!     caller.read(|_, _| Ok(1)).await
//! }
//! ```
//!
//! nobody makes up a permission of their own,
//!
//! ```compile_fail,E0277
//! # use roster::access::Requirement;
//! struct Anything;
//! impl Requirement for Anything {
//!     const PERMISSION: Option<&'static str> = None;
//! }
//! ```
//!
//! and what every worker shares shows its database to nobody else:
//!
//! ```compile_fail,E0616
//! # use roster::http::State;
//! async fn count_users(state: actix_web::web::Data<State>) {
//!     let _ = &state.db;
//! }
//! ```

use std::future::{Ready, ready};
use std::marker::PhantomData;
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpMessage, HttpRequest};

use super::etag::if_match;
use super::fallback::refuse_stray_query;
use super::gate::{Gate, Open, need_of};
use super::idempotency::{self, Keyed};
use super::limit::RateLimit;
use super::origin::origin;
use super::page::{PageRequest, Window};
use super::reply::{Answer, Reply};
use super::state::State;
use crate::access::{Need, Principal, Requirement, Scope, admit};
use crate::audit::{Entries, record};
use crate::clock::Time;
use crate::db::{Change, Connection};
use crate::error::{Error, Result, SignInFault};
use crate::password::{KnownWords, Password, PasswordHash};

/// What authentication found out; put into the request by the `auth` middleware.
pub type SignedInFact = std::rc::Rc<Result<Arc<Principal>>>;

/// Somebody who may do `P` here and now.
pub struct Caller<P, G = Open> {
    pub(super) state: Data<State>,
    pub(super) request: HttpRequest,
    pub(super) scope: Scope,
    permission: PhantomData<(P, G)>,
}

impl<P: Requirement, G: Gate> FromRequest for Caller<P, G> {
    type Error = Error;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::of(request))
    }
}

fn principal(request: &HttpRequest) -> Result<Arc<Principal>> {
    match request
        .extensions()
        .get::<SignedInFact>()
        .map(AsRef::as_ref)
    {
        Some(Ok(principal)) => Ok(Arc::clone(principal)),
        Some(Err(Error::Unauthenticated(why))) => Err(Error::Unauthenticated(*why)),
        Some(Err(Error::DatabaseUnavailable(cause))) => {
            Err(Error::DatabaseUnavailable(cause.clone()))
        }
        Some(Err(Error::Overloaded)) => Err(Error::Overloaded),
        Some(Err(other)) => Err(Error::internal(other.to_string())),
        None => Err(Error::Unauthenticated(SignInFault::Missing)),
    }
}

impl<P: Requirement, G: Gate> Caller<P, G> {
    fn of(request: &HttpRequest) -> Result<Self> {
        let principal = principal(request)?;
        let need = need_of::<P, G>();
        admit(&principal, &need)?;
        refuse_stray_query(request)?;
        let state = request
            .app_data::<Data<State>>()
            .cloned()
            .ok_or_else(|| Error::internal("the application has no state"))?;
        let scope = Scope::new(
            principal,
            need,
            state.clock.now(),
            if_match(request)?,
            Arc::new(origin(request, &state.proxies)),
        );
        Ok(Self {
            state,
            request: request.clone(),
            scope,
            permission: PhantomData,
        })
    }

    /// Who is calling.
    #[must_use]
    pub fn principal(&self) -> &Principal {
        self.scope.principal()
    }

    /// The same caller, who needs another permission too because of what the request asks for.
    ///
    /// # Errors
    /// 403 `permission_denied`.
    pub fn also<Q: Requirement>(self) -> Result<Self> {
        self.also_gated::<Q, Open>()
    }

    /// The same caller, who needs another permission and an open gate too because of what the request asks for.
    ///
    /// # Errors
    /// 403 `permission_denied` or `domain_not_configured`.
    pub fn also_gated<Q: Requirement, H: Gate>(self) -> Result<Self> {
        let need = Need {
            // That was asked when the caller was admitted.
            while_password_due: true,
            ..need_of::<Q, H>()
        };
        admit(self.principal(), &need)?;
        Ok(self)
    }

    /// The time of the request.
    #[must_use]
    pub fn now(&self) -> Time {
        self.scope.now()
    }

    /// Tells how a limit stands, in the answer's headers.
    pub fn show_limit(&self, limit: RateLimit) {
        self.request.extensions_mut().insert(limit);
    }

    /// Reads, on a connection that cannot write.
    ///
    /// # Errors
    /// What the work answers; 503 where Postgres cannot be reached.
    pub async fn read<T: Send + 'static>(
        &self,
        work: impl Fn(&mut Connection, &Scope) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let scope = self.scope.clone();
        self.state.read(move |conn| work(conn, &scope)).await
    }

    /// Reads what may be a moment old: long lists and logs, which a replica can serve.
    ///
    /// # Errors
    /// What the work answers; 503 where Postgres cannot be reached.
    pub async fn read_lagging<T: Send + 'static>(
        &self,
        work: impl Fn(&mut Connection, &Scope) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let scope = self.scope.clone();
        self.state
            .read_lagging(move |conn| work(conn, &scope))
            .await
    }

    /// Writes in one transaction, together with the activity entries that the work hands over. A POST with an
    /// `Idempotency-Key` that has already succeeded answers what it answered then.
    ///
    /// # Errors
    /// What the work answers; 409 and 422 of the idempotency key; 503 where Postgres cannot be reached.
    pub async fn write<T: Reply>(
        &self,
        work: impl FnOnce(&mut Connection, &Scope) -> Result<(T, Entries)> + Send + 'static,
    ) -> Result<Answer<T>> {
        let keyed = Keyed::of(&self.request, &self.scope, &self.state.cursor_key)?;
        let scope = self.scope.clone();
        let write = move |tx: &mut Connection| {
            if let Some(keyed) = &keyed
                && let Some(stored) = idempotency::replay(tx, keyed)?
            {
                return Ok((Answer::replayed(stored), Vec::new()));
            }
            let (value, entries) = work(tx, &scope)?;
            record(tx, &entries)?;
            let mut changes = entries.changes();
            if entries.is_empty() {
                // Nothing was changed, it says. To load the tenant's principals anew costs little.
                changes.push(Change::Tenant(scope.tenant()));
            }
            let parts = value.parts()?;
            if let Some(keyed) = &keyed {
                idempotency::remember(tx, keyed, &parts)?;
            }
            Ok((Answer::fresh(parts), changes))
        };
        self.state.write(write).await
    }

    /// Answers a POST that changes nothing: a read, unless an `Idempotency-Key` asks to keep the answer.
    ///
    /// # Errors
    /// What the work answers; 503 where Postgres cannot be reached.
    pub async fn answer<T: Reply>(
        &self,
        work: impl Fn(&mut Connection, &Scope) -> Result<T> + Send + 'static,
    ) -> Result<Answer<T>> {
        if Keyed::of(&self.request, &self.scope, &self.state.cursor_key)?.is_some() {
            return self
                .write(move |tx, scope| Ok((work(tx, scope)?, Entries::none("it only asks"))))
                .await;
        }
        Ok(Answer::fresh(self.read(work).await?.parts()?))
    }

    /// The part of a list that the caller asks for.
    ///
    /// # Errors
    /// 400 `invalid_cursor` where the cursor is not one of this list.
    pub fn window(&self, page: &PageRequest) -> Result<Window> {
        Window::open(page, &self.state.cursor_key, self.scope.tenant())
    }

    /// Hashes a new password, before any connection is taken; one that somebody chose is judged first. `known` is what
    /// others know of whom it is for, `pointer` where it stood.
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

    /// Whether a typed password fits.
    ///
    /// # Errors
    /// 503 `overloaded`.
    pub async fn verify(&self, password: Password, hash: PasswordHash) -> Result<bool> {
        self.state.hasher.verify(password, hash).await
    }
}
