//! The white-label gate as a type: a handler of the Users section says so in its signature.

use crate::access::GateState;
use crate::error::{Error, Result};

/// What a handler asks of the caller's tenant.
pub trait Gate: 'static {
    /// Whether the operation is open while a password change is due.
    const WHILE_PASSWORD_DUE: bool = false;

    /// # Errors
    /// 403 `domain_not_configured` where the tenant's gate is closed for this operation.
    fn check(state: GateState) -> Result<()>;
}

/// No gate.
#[derive(Debug)]
pub struct Open;

/// No gate, and open to somebody whose password change is due: changing it, and signing out.
#[derive(Debug)]
pub struct WhilePasswordDue;

/// Everything of the Users section: closed until the tenant's first domain is proven.
#[derive(Debug)]
pub struct UsersSection;

/// What adds a user: closed also while no domain is active.
#[derive(Debug)]
pub struct UsersAddition;

impl Gate for Open {
    fn check(_: GateState) -> Result<()> {
        Ok(())
    }
}

impl Gate for WhilePasswordDue {
    const WHILE_PASSWORD_DUE: bool = true;

    fn check(_: GateState) -> Result<()> {
        Ok(())
    }
}

impl Gate for UsersSection {
    fn check(state: GateState) -> Result<()> {
        match state {
            GateState::NeverOpened => Err(Error::DomainNotConfigured { lost: false }),
            GateState::Lost | GateState::Open => Ok(()),
        }
    }
}

impl Gate for UsersAddition {
    fn check(state: GateState) -> Result<()> {
        match state {
            GateState::NeverOpened => Err(Error::DomainNotConfigured { lost: false }),
            GateState::Lost => Err(Error::DomainNotConfigured { lost: true }),
            GateState::Open => Ok(()),
        }
    }
}
