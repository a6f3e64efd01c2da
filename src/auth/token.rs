//! Access tokens: JWTs (RFC 9068) signed with Ed25519, which anybody can verify with the key set. They say which
//! session; what the session may do is decided by what is true now.

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use super::keys::{Keys, SigningKey};
use crate::attempts::DeviceKey;
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

/// Issues and verifies access tokens; and what else a sign-in gives that is signed and not stored.
pub struct Tokens {
    issuer: String,
    signing: EncodingKey,
    /// The key id that goes with it.
    kid: String,
    /// All keys whose tokens count.
    verifying: Vec<VerifyingKey>,
    validation: Validation,
    devices: DeviceKey,
}

/// The public half of a key pair.
struct VerifyingKey {
    kid: String,
    public: Vec<u8>,
    decoding: DecodingKey,
}

impl VerifyingKey {
    fn new(key: &SigningKey) -> Result<Self> {
        let decoding = DecodingKey::from_ed_components(&encode(&key.public));
        Ok(Self {
            kid: kid(key),
            public: key.public.clone(),
            decoding: decoding.map_err(Error::internal)?,
        })
    }
}

fn kid(key: &SigningKey) -> String {
    encode(&sha256(&key.public)).chars().take(16).collect()
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
        let all = std::iter::once(&keys.signing).chain(&keys.others);
        Ok(Self {
            issuer: issuer.to_owned(),
            signing: EncodingKey::from_ed_der(&keys.signing.private),
            kid: kid(&keys.signing),
            verifying: all.map(VerifyingKey::new).collect::<Result<_>>()?,
            validation,
            devices: keys.devices.clone(),
        })
    }

    /// Issues and verifies the tokens of devices.
    #[must_use]
    pub fn devices(&self) -> &DeviceKey {
        &self.devices
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

    /// What a token says, where it was issued here and counts now. The signature comes first; the header only says
    /// which of our own keys made it, and the algorithm is the key's.
    ///
    /// # Errors
    /// 401.
    pub fn verify(&self, token: &str, now: Time) -> Result<Claims> {
        let invalid = |_| Error::Unauthenticated(SignInFault::Invalid);
        let kid = jsonwebtoken::decode_header(token).map_err(invalid)?.kid;
        let key = self
            .verifying
            .iter()
            .find(|key| Some(&key.kid) == kid.as_ref());
        let key = key.ok_or(Error::Unauthenticated(SignInFault::Invalid))?;
        let data = jsonwebtoken::decode::<Claims>(token, &key.decoding, &self.validation)
            .map_err(invalid)?;
        let now = now.timestamp();
        if data.header.typ.as_deref() != Some(TYPE) || data.claims.nbf > now + 60 {
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
        let key = |key: &VerifyingKey| {
            json!({
                "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig",
                "kid": key.kid, "x": encode(&key.public),
            })
        };
        json!({ "keys": self.verifying.iter().map(key).collect::<Vec<_>>() })
    }
}
