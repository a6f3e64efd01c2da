//! The conventions of the API, on every operation of the document.

mod body;
mod concurrency;
mod http;
mod idempotency;
mod order;
mod query;
