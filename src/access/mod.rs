//! Who may do what: permissions, principals, and the one function that decides. Pure: nothing here asks the
//! database or knows a feature. What was loaded elsewhere is remembered here.

mod cache;
mod decide;
mod fix;
mod permission;
mod principal;
mod scope;

pub use cache::{Bearer, Facts, Memory, Principals};
pub use decide::{Decision, Layer, Need, Reason, Section, Subject, admit, decide, may_grant};
pub use fix::{Claim, Fix, Grants, Remedies};
pub use permission::*;
pub use principal::{ADMIN, GateState, Principal, Tenant, UserStatus};
pub use scope::{IfMatch, Scope};
