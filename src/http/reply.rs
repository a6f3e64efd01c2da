//! What handlers answer: types that give status, `Location`, `ETag` and body, so that no handler writes a
//! header.

use std::marker::PhantomData;

use actix_web::body::BoxBody;
use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, Responder};
use serde::Serialize;

use super::etag::etag;
use crate::error::{Error, Result};

/// A resource with a version and an address.
pub trait Versioned {
    /// The row's version, for the `ETag`.
    fn version(&self) -> i64;
    /// Its path.
    fn href(&self) -> String;
}

/// An answer, ready to be sent or kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parts {
    pub(super) status: u16,
    pub(super) location: Option<String>,
    pub(super) etag: Option<String>,
    pub(super) body: Option<String>,
}

/// What a write can answer.
pub trait Reply: Send + 'static {
    /// Status, headers and body.
    ///
    /// # Errors
    /// Where the body cannot be serialised, which a resource always can.
    fn parts(self) -> Result<Parts>;
}

/// 200 with a resource that was read.
pub struct Resource<T>(pub T);

/// 201 with the new resource and where it is.
pub struct Created<T>(pub T);

/// 200 with the resource as it is now.
pub struct Changed<T>(pub T);

/// 200 with something that has no version.
pub struct Done<T>(pub T);

/// 201 where a PUT made the resource, 200 where it changed it.
pub struct Put<T> {
    /// Whether it was made.
    pub is_new: bool,
    /// The resource as it is now.
    pub resource: T,
}

/// 204.
pub struct Gone;

impl<T: Serialize + Versioned + Send + 'static> Reply for Created<T> {
    fn parts(self) -> Result<Parts> {
        Ok(Parts {
            status: 201,
            location: Some(self.0.href()),
            ..Changed(self.0).parts()?
        })
    }
}

impl<T: Serialize + Versioned + Send + 'static> Reply for Changed<T> {
    fn parts(self) -> Result<Parts> {
        Ok(Parts {
            etag: Some(etag(self.0.version())),
            ..Done(self.0).parts()?
        })
    }
}

impl<T: Serialize + Send + 'static> Reply for Done<T> {
    fn parts(self) -> Result<Parts> {
        let body = serde_json::to_string(&self.0).map_err(Error::internal)?;
        Ok(Parts {
            status: 200,
            body: Some(body),
            ..Parts::default()
        })
    }
}

impl<T: Serialize + Versioned + Send + 'static> Reply for Put<T> {
    fn parts(self) -> Result<Parts> {
        if self.is_new {
            Created(self.resource).parts()
        } else {
            Changed(self.resource).parts()
        }
    }
}

impl Reply for Gone {
    fn parts(self) -> Result<Parts> {
        Ok(Parts {
            status: 204,
            ..Parts::default()
        })
    }
}

/// 204, or 200 with a body where there is something to tell.
impl<T: Serialize + Send + 'static> Reply for Option<T> {
    fn parts(self) -> Result<Parts> {
        match self {
            Some(value) => Done(value).parts(),
            None => Gone.parts(),
        }
    }
}

/// The committed answer of a write whose work answered `T`, or of the first request with the same
/// `Idempotency-Key`.
pub struct Answer<T> {
    parts: Parts,
    replayed: bool,
    of: PhantomData<fn() -> T>,
}

impl<T> Answer<T> {
    pub(super) fn fresh(parts: Parts) -> Self {
        Self {
            parts,
            replayed: false,
            of: PhantomData,
        }
    }

    pub(super) fn replayed(parts: Parts) -> Self {
        Self {
            parts,
            replayed: true,
            of: PhantomData,
        }
    }
}

impl<T> Responder for Answer<T> {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        let mut response = respond(self.parts);
        if self.replayed {
            response.headers_mut().insert(
                header::HeaderName::from_static("idempotency-replayed"),
                header::HeaderValue::from_static("true"),
            );
        }
        response
    }
}

impl<T: Serialize + Versioned + Send + 'static> Responder for Resource<T> {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        match Changed(self.0).parts() {
            Ok(parts) => respond(parts),
            Err(error) => HttpResponse::from_error(error),
        }
    }
}

impl<T: Serialize + Send + 'static> Responder for Done<T> {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        match self.parts() {
            Ok(parts) => respond(parts),
            Err(error) => HttpResponse::from_error(error),
        }
    }
}

impl Responder for Gone {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        HttpResponse::NoContent().finish()
    }
}

fn respond(parts: Parts) -> HttpResponse {
    let status = StatusCode::from_u16(parts.status).unwrap_or(StatusCode::OK);
    let mut response = HttpResponse::build(status);
    if let Some(location) = parts.location {
        response.insert_header((header::LOCATION, location));
    }
    if let Some(etag) = parts.etag {
        response.insert_header((header::ETAG, etag));
    }
    match parts.body {
        Some(body) => response.content_type("application/json").body(body),
        None => response.finish(),
    }
}
