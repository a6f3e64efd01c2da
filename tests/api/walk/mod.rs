//! A small model of the OpenAPI document, and calls of every operation in it: what the rules about all endpoints
//! at once are tested with, so that the next endpoint is covered unasked.

mod call;
mod document;
mod sample;

pub(crate) use call::{Call, Walk, with_permissions};
pub(crate) use document::{Document, Operation};
pub(crate) use sample::sample;
