//! The white-label gate as a type: a handler of the Users section says so in its signature.

use crate::access::{Need, Requirement, Section};

/// What a handler asks of the caller's tenant.
pub trait Gate: 'static {
    /// Whether the operation is open while a password change is due.
    const WHILE_PASSWORD_DUE: bool = false;
    /// The part of the Users section that the operation belongs to.
    const SECTION: Section = Section::Elsewhere;
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

impl Gate for Open {}

impl Gate for WhilePasswordDue {
    const WHILE_PASSWORD_DUE: bool = true;
}

impl Gate for UsersSection {
    const SECTION: Section = Section::Users;
}

impl Gate for UsersAddition {
    const SECTION: Section = Section::Additions;
}

/// What a handler needs that names this permission and this gate.
#[must_use]
pub fn need_of<P: Requirement, G: Gate>() -> Need {
    Need {
        permission: P::PERMISSION,
        section: G::SECTION,
        while_password_due: G::WHILE_PASSWORD_DUE,
    }
}
