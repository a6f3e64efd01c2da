//! JSON bodies: read within bounds, parsed strictly, checked against the very schema that the OpenAPI document
//! shows, then by the type's own rules. All faults are answered at once.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::http::Method;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::BytesMut;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use futures_util::StreamExt;
use serde::de::DeserializeOwned;
use utoipa::ToSchema;

use super::schema_check;
use crate::error::{Error, Faults, Result};
use crate::secret::sha256;

/// Most bytes of a body.
const MAX_BODY: usize = 64 * 1024;
/// How long a body may take to arrive.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);

/// A body on the wire. Every field of it is an `Option` or a [`super::Patch`], so that one fault does not hide
/// the others; what is required, and how long it may be, its schema says.
pub trait Body: DeserializeOwned + ToSchema + 'static {
    /// What the body is once it is checked: made of types that exist only valid.
    type Checked;

    /// Checks what the schema cannot say. `None` only where a fault was found, here or before.
    fn check(self, faults: &mut Faults) -> Option<Self::Checked>;
}

/// A checked JSON body.
pub struct Json<T: Body>(pub T::Checked);

/// The hash of the body, for idempotency.
pub(super) struct BodyDigest(pub(super) Vec<u8>);

impl<T: Body> FromRequest for Json<T> {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            expect_json(&request)?;
            let bytes = collect(&request, payload).await?;
            if bytes.is_empty() {
                return Err(Error::MalformedJson(
                    "the body is empty; send a JSON object".to_owned(),
                ));
            }
            request.extensions_mut().insert(BodyDigest(sha256(&bytes)));
            check::<T>(&bytes).map(Self)
        })
    }
}

/// No body, or `{}`.
pub struct Nothing;

impl FromRequest for Nothing {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let bytes = collect(&request, payload).await?;
            if !bytes.is_empty() {
                expect_json(&request)?;
                let mut faults = Faults::default();
                schema_check::unknown_fields(&strict::parse(&bytes)?, &mut faults);
                faults.finish()?;
            }
            Ok(Self)
        })
    }
}

fn expect_json(request: &HttpRequest) -> Result<()> {
    let sent = request
        .headers()
        .get(CONTENT_TYPE)
        .map(|value| value.to_str().unwrap_or_default());
    // Without a type there must be no body either, which `collect` finds out.
    let Some(sent) = sent else {
        let announced = ["content-length", "transfer-encoding"];
        let has_body = announced
            .iter()
            .any(|name| request.headers().contains_key(*name));
        return if has_body && !has_empty_length(request) {
            Err(Error::UnsupportedMediaType("application/json"))
        } else {
            Ok(())
        };
    };
    let essence = sent
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    let merge_patch = request.method() == Method::PATCH;
    match essence.as_str() {
        "application/json" => Ok(()),
        "application/merge-patch+json" if merge_patch => Ok(()),
        _ if merge_patch => Err(Error::UnsupportedMediaType(
            "application/merge-patch+json or application/json",
        )),
        _ => Err(Error::UnsupportedMediaType("application/json")),
    }
}

fn has_empty_length(request: &HttpRequest) -> bool {
    request
        .headers()
        .get("content-length")
        .is_some_and(|length| length == "0")
}

async fn collect(request: &HttpRequest, mut payload: Payload) -> Result<BytesMut> {
    let announced = request
        .headers()
        .get("content-length")
        .and_then(|length| length.to_str().ok()?.parse().ok());
    if announced.is_some_and(|length: usize| length > MAX_BODY) {
        return Err(Error::PayloadTooLarge(MAX_BODY));
    }
    let read = async {
        let mut bytes = BytesMut::new();
        while let Some(chunk) = payload.next().await {
            let chunk = chunk
                .map_err(|error| Error::MalformedJson(format!("the body was cut off: {error}")))?;
            if bytes.len() + chunk.len() > MAX_BODY {
                return Err(Error::PayloadTooLarge(MAX_BODY));
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    };
    tokio::time::timeout(BODY_TIMEOUT, read)
        .await
        .map_err(|_| Error::RequestTimeout)?
}

fn check<T: Body>(bytes: &[u8]) -> Result<T::Checked> {
    let mut value = strict::parse(bytes)?;
    let mut faults = Faults::default();
    schema_check::check::<T>(&mut value, &mut faults)?;
    let checked = match serde_json::from_value::<T>(value) {
        Ok(body) => body.check(&mut faults),
        Err(error) => {
            if faults.is_empty() {
                faults.add("", "invalid", error.to_string());
            }
            None
        }
    };
    faults.finish()?;
    checked.ok_or_else(|| Error::internal("a body was refused without a fault"))
}

/// JSON as RFC 8259 would have it sent: no name twice in one object (section 4), nothing after the end.
mod strict {
    use std::fmt;

    use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
    use serde_json::{Map, Value};

    use crate::error::{Error, Result};

    pub(super) fn parse(bytes: &[u8]) -> Result<Value> {
        serde_json::from_slice::<Strict>(bytes)
            .map(|strict| strict.0)
            .map_err(|error| Error::MalformedJson(error.to_string()))
    }

    struct Strict(Value);

    impl<'de> Deserialize<'de> for Strict {
        fn deserialize<D: Deserializer<'de>>(
            deserializer: D,
        ) -> std::result::Result<Self, D::Error> {
            deserializer.deserialize_any(StrictVisitor).map(Strict)
        }
    }

    struct StrictVisitor;

    impl<'de> Visitor<'de> for StrictVisitor {
        type Value = Value;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("JSON")
        }

        fn visit_bool<E>(self, value: bool) -> std::result::Result<Value, E> {
            Ok(value.into())
        }

        fn visit_i64<E>(self, value: i64) -> std::result::Result<Value, E> {
            Ok(value.into())
        }

        fn visit_u64<E>(self, value: u64) -> std::result::Result<Value, E> {
            Ok(value.into())
        }

        fn visit_f64<E>(self, value: f64) -> std::result::Result<Value, E> {
            Ok(value.into())
        }

        fn visit_str<E>(self, value: &str) -> std::result::Result<Value, E> {
            Ok(value.into())
        }

        fn visit_unit<E>(self) -> std::result::Result<Value, E> {
            Ok(Value::Null)
        }

        fn visit_seq<A: SeqAccess<'de>>(
            self,
            mut items: A,
        ) -> std::result::Result<Value, A::Error> {
            let mut list = Vec::new();
            while let Some(Strict(item)) = items.next_element()? {
                list.push(item);
            }
            Ok(Value::Array(list))
        }

        fn visit_map<A: MapAccess<'de>>(
            self,
            mut entries: A,
        ) -> std::result::Result<Value, A::Error> {
            let mut map = Map::new();
            while let Some((name, Strict(value))) = entries.next_entry::<String, Strict>()? {
                if map.contains_key(&name) {
                    return Err(A::Error::custom(format!(
                        "the name {name:?} stands twice in one object"
                    )));
                }
                map.insert(name, value);
            }
            Ok(Value::Object(map))
        }
    }
}
