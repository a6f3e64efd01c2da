//! Users: the people who sign in, or did, or were asked to. Everything here is behind the white-label gate,
//! counts seats, keeps an admin and never lets anybody rise above themselves.

mod address;
pub mod api;
mod body;
mod create;
mod email;
mod explain;
mod invitation;
mod known;
mod list;
mod mailed;
mod password;
mod recall;
mod recovery;
mod standing;
mod store;
mod update;

pub use address::{confirm_address, request_address};
pub use body::{
    CreateInvitation, CreateUser, NewUser, SetPassword, Suspend, UpdateUser, UserChange,
};
pub use create::{create, insert_first_admin};
pub use email::{Email, sign_in_key};
pub use explain::{AccessAnswer, Explainer};
pub use invitation::{
    Invitation, accept as accept_invitation, invite, resend as resend_invitation,
    send as send_invitation, withdraw as withdraw_invitation,
};
pub use known::{known_of, known_of_new, known_of_owner};
pub use list::ListUsers;
pub use password::{NewHash, change_own_password, current_password, reset, wrong_password};
pub use recall::Recall;
pub use recovery::{reset_forgotten, send_password_reset};
pub use standing::{
    delete, empty_trash, purge, reactivate, reassign_role, reassign_tier, restore, sign_out,
    suspend,
};
pub use store::{AccountRow, StoredPassword, find_for_reset, find_for_sign_in, signed_in};
pub use update::{rename, update};

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::access::{KeySet, Scope, UserStatus, may_grant};
use crate::attempts::Account;
use crate::audit::Target;
use crate::db::Connection;
use crate::error::{Error, Result};
use crate::http::Versioned;
use crate::mail::Addressee;
use crate::{roles, seats};

/// A person who signs in.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct User {
    /// UUIDv7.
    #[schema(examples("0192f6f0-7c1e-7d3a-9f43-3a1f0c6a2b11"))]
    pub id: Uuid,
    /// As it was typed; unique in the tenant in any letter case.
    #[schema(
        max_length = 254,
        format = "idn-email",
        examples("ana.silva@northwind.example")
    )]
    pub email: String,
    /// As activity shows it.
    #[schema(max_length = 200, examples("Ana María Silva"))]
    pub full_name: String,
    /// The company that the user represents.
    pub company_id: Option<Uuid>,
    /// Its name.
    #[schema(max_length = 200, examples("Northwind Traders"))]
    pub company_name: Option<String>,
    /// The role's key.
    #[schema(max_length = 63, examples("manager"))]
    pub role: String,
    /// The subscription tier's key.
    #[schema(max_length = 63, examples("standard"))]
    pub tier: String,
    /// Where the user stands.
    pub status: UserStatus,
    /// Whether a password change is due at the next sign-in.
    pub must_change_password: bool,
    /// When the user last signed in.
    pub last_login_at: Option<DateTime<Utc>>,
    /// The key of the user in another system.
    #[schema(max_length = 200, examples("hr-1029"))]
    pub external_id: Option<String>,
    /// Anything that the application keeps with the user.
    #[schema(value_type = Object, examples(json!({"extension": "204"})))]
    pub metadata: Value,
    /// When the user was added.
    pub created_at: DateTime<Utc>,
    /// When the user was last edited.
    pub updated_at: DateTime<Utc>,
    #[serde(skip)]
    version: i64,
}

impl Versioned for User {
    fn version(&self) -> i64 {
        self.version
    }

    fn href(&self) -> String {
        format!("/v1/users/{}", self.id)
    }
}

impl User {
    fn target(&self) -> Target {
        Target::new("user", self.id, &self.full_name)
    }

    /// The user as letters are written to them.
    #[must_use]
    pub fn addressee(&self) -> Addressee<'_> {
        Addressee {
            user: self.id,
            email: &self.email,
            full_name: &self.full_name,
        }
    }
}

/// A user who is about to be changed: the row is locked, the caller may manage it, and the version fits.
struct Held {
    user: User,
    is_admin: bool,
    status_before: Option<UserStatus>,
}

impl Held {
    /// Checks that the user is as the caller last saw them.
    fn expect_version(self, scope: &Scope) -> Result<Self> {
        scope.expect_version(self.user.version)?;
        Ok(self)
    }

    /// Whether the tenant counts on this user as its admin.
    fn is_active_admin(&self) -> bool {
        self.is_admin && self.user.status == UserStatus::Active
    }

    /// Refuses to take the last active admin away. The tenant has to be locked.
    fn spare_last_admin(&self, tx: &mut Connection, scope: &Scope) -> Result<()> {
        if self.is_active_admin()
            && !store::has_other_active_admin(tx, scope.tenant(), self.user.id)?
        {
            return Err(Error::LastAdmin);
        }
        Ok(())
    }
}

/// Which users an operation reaches.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reach {
    /// Those who are not in the trash.
    Present,
    /// Those in the trash too.
    Everybody,
}

/// Locks a user and checks, in this order: that the caller is still who they were, that there is such a user (404) and
/// that the caller may manage them (403). The version (412) comes after what else may be forbidden, by
/// [`Held::expect_version`]. Who counts seats has locked the tenant before.
fn hold(tx: &mut Connection, scope: &Scope, id: Uuid, reach: Reach) -> Result<Held> {
    seats::share_for(tx, scope)?;
    store::lock(tx, scope.tenant(), id)?;
    let (user, status_before, permissions, is_admin) =
        store::find_with_role(tx, scope.tenant(), id)?;
    if reach == Reach::Present && user.status == UserStatus::Deleted {
        return Err(Error::NotFound);
    }
    may_manage(scope, &permissions, is_admin)?;
    Ok(Held {
        user,
        is_admin,
        status_before,
    })
}

fn may_manage(scope: &Scope, permissions: &KeySet, is_admin: bool) -> Result<()> {
    may_grant(scope.principal(), permissions, is_admin)
}

/// The user as failed attempts are counted.
#[must_use]
pub fn account(tenant: Uuid, user: &User) -> Account {
    let key = sign_in_key(&user.email);
    Account::new(tenant, key.as_deref().unwrap_or(&user.email))
}

/// A user who is not in the trash.
///
/// # Errors
/// 404.
pub fn find(conn: &mut Connection, tenant: Uuid, id: Uuid) -> Result<User> {
    let user = store::find(conn, tenant, id)?;
    if user.status == UserStatus::Deleted {
        Err(Error::NotFound)
    } else {
        Ok(user)
    }
}

/// Checks that the caller may grant this role.
fn grant_role(tx: &mut Connection, scope: &Scope, key: &str) -> Result<roles::Granted> {
    let granted = roles::granted(tx, scope, key, "/role")?;
    may_grant(scope.principal(), &granted.permissions, granted.is_admin)?;
    Ok(granted)
}
