//! The way of a caller to what is remembered, for answers that need no statement.

use super::caller::Caller;
use super::gate::Gate;
use super::idempotency::Keyed;
use super::reply::{Answer, Reply};
use crate::access::{Memory, Requirement, Scope};
use crate::error::Result;

impl<P: Requirement, G: Gate> Caller<P, G> {
    /// What is remembered of the caller's tenant. Asked for before anything is loaded that is to be kept in it.
    #[must_use]
    pub fn memory(&self) -> Memory {
        self.state.principals.of_tenant(self.scope.tenant())
    }

    /// Answers a POST that changes nothing from memory, where the work finds that enough; an `Idempotency-Key` asks to
    /// keep the answer, which needs the database.
    ///
    /// # Errors
    /// 400 where the key is none.
    pub fn recall<T: Reply>(
        &self,
        work: impl FnOnce(&Scope) -> Option<T>,
    ) -> Result<Option<Answer<T>>> {
        let key = Keyed::of(&self.request, &self.scope, &self.state.cursor_key)?;
        if key.is_some() {
            return Ok(None);
        }
        Ok(match work(&self.scope) {
            Some(answer) => Some(Answer::fresh(answer.parts()?)),
            None => None,
        })
    }
}
