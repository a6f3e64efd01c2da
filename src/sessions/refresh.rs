//! Refresh tokens: session id, a random part and a keyed hash over both. The hash proves that a token was
//! issued here, so that a stolen old one ends its session and a made-up one ends nothing.

use uuid::Uuid;

use crate::error::Result;
use crate::secret::{MacKey, decode, encode, equal, random, sha256};

const PREFIX: &str = "rt_";
const RANDOM: usize = 32;
const TAG: usize = 16;
const LENGTH: usize = 16 + 16 + RANDOM + TAG;

/// The server's key for refresh tokens.
#[derive(Clone)]
pub struct RefreshKey(MacKey);

/// A refresh token that was issued here.
#[derive(Clone)]
pub struct RefreshToken {
    tenant: Uuid,
    session: Uuid,
    text: String,
}

impl std::fmt::Debug for RefreshToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RefreshToken(of session {})", self.session)
    }
}

impl RefreshToken {
    /// The session's tenant.
    #[must_use]
    pub fn tenant(&self) -> Uuid {
        self.tenant
    }

    /// The session.
    #[must_use]
    pub fn session(&self) -> Uuid {
        self.session
    }

    /// What the client is given; nobody else.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.text
    }

    /// What is stored.
    #[must_use]
    pub fn hash(&self) -> Vec<u8> {
        sha256(self.text.as_bytes())
    }
}

impl RefreshKey {
    /// The key of these bytes.
    #[must_use]
    pub fn new(bytes: &[u8]) -> Self {
        Self(MacKey::new(bytes))
    }

    /// The first token of a session: 256 random bits.
    ///
    /// # Errors
    /// Where the system gives no random numbers.
    pub fn first(&self, tenant: Uuid, session: Uuid) -> Result<RefreshToken> {
        Ok(self.token(tenant, session, random()?))
    }

    /// The token after this one. Derived, so that it can be given twice and is stored nowhere.
    #[must_use]
    pub fn successor(&self, token: &RefreshToken) -> RefreshToken {
        let random = self.0.sign(&[b"successor", token.text.as_bytes()]);
        self.token(token.tenant, token.session, random)
    }

    /// The token of this text, where it was issued here.
    #[must_use]
    pub fn parse(&self, text: &str) -> Option<RefreshToken> {
        let bytes: [u8; LENGTH] = decode(text.strip_prefix(PREFIX)?)?.try_into().ok()?;
        let (tenant, rest) = bytes.split_first_chunk::<16>()?;
        let (session, rest) = rest.split_first_chunk::<16>()?;
        let (random, tag) = rest.split_first_chunk::<RANDOM>()?;
        let (tenant, session) = (Uuid::from_bytes(*tenant), Uuid::from_bytes(*session));
        let token = self.token(tenant, session, *random);
        // The text too: base64 has several spellings of the same bytes, and the hash is over the text.
        let genuine = equal(&self.tag(tenant, session, random), tag) && token.text == text;
        genuine.then_some(token)
    }

    fn token(&self, tenant: Uuid, session: Uuid, random: [u8; RANDOM]) -> RefreshToken {
        let tag = self.tag(tenant, session, &random);
        let bytes = [
            tenant.as_bytes().as_slice(),
            session.as_bytes(),
            &random,
            &tag,
        ]
        .concat();
        RefreshToken {
            tenant,
            session,
            text: format!("{PREFIX}{}", encode(&bytes)),
        }
    }

    fn tag(&self, tenant: Uuid, session: Uuid, random: &[u8; RANDOM]) -> Vec<u8> {
        let signature = self
            .0
            .sign(&[b"token", tenant.as_bytes(), session.as_bytes(), random]);
        signature.into_iter().take(TAG).collect()
    }
}
