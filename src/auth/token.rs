//! Access tokens: JWTs (RFC 9068) signed with Ed25519, which anybody can verify with the key set. They say which
//! session; what the session may do is decided by what is true now.

use std::sync::Arc;

use jsonwebtoken::{Algorithm, Header, Validation};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::keys::Keys;
use super::signing::{Held, Ring, signing};
use crate::attempts::DeviceKey;
use crate::clock::Time;
use crate::db::{Change, Connection, Subscriber};
use crate::error::{Error, Result, SignInFault};
use crate::secret::{SealingKey, encode};
use crate::users::User;

/// How long an access token lives.
pub(super) const LIFETIME_SECONDS: i64 = 600;
const AUDIENCE: &str = "roster";
/// RFC 9068, section 2.1.
const TYPE: &str = "at+jwt";

/// What an access token says.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Claims {
    /// The service.
    pub iss: String,
    /// `roster`.
    pub aud: String,
    /// The user.
    pub sub: Uuid,
    /// The tenant.
    pub tid: Uuid,
    /// The session.
    pub sid: Uuid,
    /// The role when it was issued: for others to show, not for deciding.
    pub role: String,
    /// When it was issued.
    pub iat: i64,
    /// When it begins to count.
    pub nbf: i64,
    /// When it ends.
    pub exp: i64,
    /// Its own id.
    pub jti: Uuid,
}

/// Issues and verifies access tokens; and what else a sign-in gives that is signed and not stored. Clones share their keys.
#[derive(Clone)]
pub struct Tokens(Arc<Shared>);

struct Shared {
    issuer: String,
    validation: Validation,
    devices: DeviceKey,
    ring: Ring,
}

/// The public keys that access tokens can be verified with (RFC 7517).
#[derive(Debug, Serialize, ToSchema)]
pub struct JsonWebKeySet {
    /// The one that signs now first; then those that did lately and the one that is next.
    #[schema(min_items = 1)]
    keys: Vec<JsonWebKey>,
}

/// A public key (RFC 8037).
#[derive(Debug, Serialize, ToSchema)]
pub struct JsonWebKey {
    /// `OKP`.
    #[schema(max_length = 3, examples("OKP"))]
    kty: &'static str,
    /// `Ed25519`.
    #[schema(max_length = 7, examples("Ed25519"))]
    crv: &'static str,
    /// `EdDSA`.
    #[schema(max_length = 5, examples("EdDSA"))]
    alg: &'static str,
    /// `sig`.
    #[serde(rename = "use")]
    #[schema(max_length = 3, examples("sig"))]
    usage: &'static str,
    /// What the header of a token names.
    #[schema(min_length = 16, max_length = 16, examples("pQm4yJr0aH2kVw9x"))]
    kid: String,
    /// The key: 32 bytes in base64url.
    #[schema(
        min_length = 43,
        max_length = 43,
        examples("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")
    )]
    x: String,
}

impl From<&Held> for JsonWebKey {
    fn from(held: &Held) -> Self {
        Self {
            kty: "OKP",
            crv: "Ed25519",
            alg: "EdDSA",
            usage: "sig",
            kid: held.key.kid.clone(),
            x: encode(&held.key.public),
        }
    }
}

impl Subscriber for Tokens {
    fn hear(&self, change: Change, conn: &mut Connection) -> Result<()> {
        if change == Change::Everything {
            self.load(conn)
        } else {
            Ok(())
        }
    }
}

impl Tokens {
    /// Tokens of this issuer; it has no keys before they are loaded. Private halves are encrypted under `sealing`.
    #[must_use]
    pub fn new(issuer: &str, keys: &Keys, sealing: Option<SealingKey>) -> Self {
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_audience(&[AUDIENCE]);
        validation.set_issuer(&[issuer]);
        validation.set_required_spec_claims(&["exp", "nbf", "iss", "aud", "sub"]);
        // The clock that tests can move judges these, below.
        validation.validate_exp = false;
        validation.validate_nbf = false;
        Self(Arc::new(Shared {
            issuer: issuer.to_owned(),
            validation,
            devices: keys.devices.clone(),
            ring: Ring::new(sealing),
        }))
    }

    /// Reads the signing keys anew.
    ///
    /// # Errors
    /// Where the database fails; what was known stays.
    pub fn load(&self, conn: &mut Connection) -> Result<()> {
        self.0.ring.load(conn)
    }

    /// Issues and verifies the tokens of devices.
    #[must_use]
    pub fn devices(&self) -> &DeviceKey {
        &self.0.devices
    }

    /// A token for a session of this user.
    ///
    /// # Errors
    /// Where signing fails, which it does not.
    pub fn issue(&self, tenant: Uuid, session: Uuid, user: &User, now: Time) -> Result<String> {
        let held = self.0.ring.held();
        let (kid, key) =
            signing(&held, now).ok_or_else(|| Error::internal("there is no key to sign with"))?;
        let mut header = Header::new(Algorithm::EdDSA);
        header.typ = Some(TYPE.to_owned());
        header.kid = Some(kid.to_owned());
        let iat = now.timestamp();
        let claims = Claims {
            iss: self.0.issuer.clone(),
            aud: AUDIENCE.to_owned(),
            sub: user.id,
            tid: tenant,
            sid: session,
            role: user.role.clone(),
            iat,
            nbf: iat,
            exp: iat + LIFETIME_SECONDS,
            jti: Uuid::now_v7(),
        };
        jsonwebtoken::encode(&header, &claims, key).map_err(Error::internal)
    }

    /// What a token says, where it was issued here and counts now. The signature comes first; the header only says
    /// which of our own keys made it, and the algorithm is the key's.
    ///
    /// # Errors
    /// 401.
    pub fn verify(&self, token: &str, now: Time) -> Result<Claims> {
        let invalid = |_| Error::Unauthenticated(SignInFault::Invalid);
        let kid = jsonwebtoken::decode_header(token).map_err(invalid)?.kid;
        let held = self.0.ring.held();
        let held = held.iter().find(|held| Some(&held.key.kid) == kid.as_ref());
        let held = held.ok_or(Error::Unauthenticated(SignInFault::Invalid))?;
        let data = jsonwebtoken::decode::<Claims>(token, &held.decoding, &self.0.validation)
            .map_err(invalid)?;
        let seconds = now.timestamp();
        if data.header.typ.as_deref() != Some(TYPE) || data.claims.nbf > seconds + 60 {
            return Err(Error::Unauthenticated(SignInFault::Invalid));
        }
        if data.claims.exp <= seconds {
            return Err(Error::Unauthenticated(SignInFault::Expired));
        }
        if held.key.is_retired(now) {
            return Err(Error::Unauthenticated(SignInFault::Revoked));
        }
        Ok(data.claims)
    }

    /// Whether the token names a key that is not here, so that it may be worth while to load them: at most once a second.
    #[must_use]
    pub fn asks_for_more(&self, token: &str) -> bool {
        let header = jsonwebtoken::decode_header(token).ok();
        let Some(kid) = header.and_then(|header| header.kid) else {
            return false;
        };
        let is_here = self.0.ring.held().iter().any(|held| held.key.kid == kid);
        !is_here && self.0.ring.may_ask()
    }

    /// The key set (RFC 7517, RFC 8037): every key whose tokens count now or will.
    #[must_use]
    pub fn key_set(&self, now: Time) -> JsonWebKeySet {
        let held = self.0.ring.held();
        let signs = signing(&held, now).map(|(kid, _)| kid);
        let mut all: Vec<&Held> = held
            .iter()
            .filter(|held| !held.key.is_retired(now))
            .collect();
        all.sort_by_key(|held| Some(held.key.kid.as_str()) != signs);
        JsonWebKeySet {
            keys: all.into_iter().map(JsonWebKey::from).collect(),
        }
    }
}
