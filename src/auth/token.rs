//! Access tokens: JWTs (RFC 9068) signed with Ed25519, which anybody can verify with the key set. They say which
//! session; what the session may do is decided by what is true now.

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use super::keys::Keys;
use crate::clock::Time;
use crate::error::{Error, Result, SignInFault};
use crate::secret::{encode, sha256};
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

/// Issues and verifies access tokens.
pub struct Tokens {
    issuer: String,
    kid: String,
    signing: EncodingKey,
    verifying: DecodingKey,
    public: Vec<u8>,
    validation: Validation,
}

impl Tokens {
    /// Tokens of this issuer.
    ///
    /// # Errors
    /// Where the key is broken.
    pub fn new(issuer: &str, keys: &Keys) -> Result<Self> {
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_audience(&[AUDIENCE]);
        validation.set_issuer(&[issuer]);
        validation.set_required_spec_claims(&["exp", "nbf", "iss", "aud", "sub"]);
        // The clock that tests can move judges these, below.
        validation.validate_exp = false;
        validation.validate_nbf = false;
        Ok(Self {
            issuer: issuer.to_owned(),
            kid: encode(&sha256(&keys.public)).chars().take(16).collect(),
            signing: EncodingKey::from_ed_der(&keys.signing),
            verifying: DecodingKey::from_ed_components(&encode(&keys.public))
                .map_err(Error::internal)?,
            public: keys.public.clone(),
            validation,
        })
    }

    /// A token for a session of this user.
    ///
    /// # Errors
    /// Where signing fails, which it does not.
    pub fn issue(&self, tenant: Uuid, session: Uuid, user: &User, now: Time) -> Result<String> {
        let mut header = Header::new(Algorithm::EdDSA);
        header.typ = Some(TYPE.to_owned());
        header.kid = Some(self.kid.clone());
        let iat = now.timestamp();
        let claims = Claims {
            iss: self.issuer.clone(),
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
        jsonwebtoken::encode(&header, &claims, &self.signing).map_err(Error::internal)
    }

    /// What a token says, where it was issued here and counts now. The signature comes first; the algorithm is
    /// the key's, whatever the header says.
    ///
    /// # Errors
    /// 401.
    pub fn verify(&self, token: &str, now: Time) -> Result<Claims> {
        let invalid = |_| Error::Unauthenticated(SignInFault::Invalid);
        let data = jsonwebtoken::decode::<Claims>(token, &self.verifying, &self.validation)
            .map_err(invalid)?;
        let ours = data.header.typ.as_deref() == Some(TYPE)
            && data.header.kid.as_deref() == Some(&self.kid);
        let now = now.timestamp();
        if !ours || data.claims.nbf > now + 60 {
            return Err(Error::Unauthenticated(SignInFault::Invalid));
        }
        if data.claims.exp <= now {
            return Err(Error::Unauthenticated(SignInFault::Expired));
        }
        Ok(data.claims)
    }

    /// The key set (RFC 7517, RFC 8037).
    #[must_use]
    pub fn key_set(&self) -> Value {
        json!({ "keys": [{
            "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig",
            "kid": self.kid, "x": encode(&self.public),
        }] })
    }
}
