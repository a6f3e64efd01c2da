//! Roster: the user management of a white-label CMS. One binary, one Postgres. This page is the map.
//!
//! # The tree
//!
//! A feature is a folder by the product's own word. `mod.rs` is what it is: its types, its rules, what others may
//! call. `api.rs` (or `api/`) is its routes and handlers and nothing else. `store.rs` (or `store/`) is private: every
//! query on its tables. `body.rs` is what requests may send, made of types that exist only valid.
//!
//! | | |
//! |---|---|
//! | [`users`] | people who sign in: add, find, edit, suspend, remove, restore, erase, explain |
//! | [`companies`] [`roles`] [`tiers`] [`permissions`] | whom users represent, what they may do, what their plan includes |
//! | [`domains`] | white-label host names and their proof by DNS, which opens the gate |
//! | [`branding`] | how a tenant's app looks, public at its host names |
//! | [`auth`] [`sessions`] | passwords to sessions, sessions to tokens, tokens to principals |
//! | [`mail`] | letters to users, kept in an outbox until they have gone out |
//! | [`attempts`] | sign-ins that fail, and how long the next one has to wait |
//! | [`links`] | what is mailed to people and good for one thing, once |
//! | [`tenants`] | the white-label customers; the first start |
//! | [`activity`] | the log as people read it; [`audit`] writes it |
//! | [`seats`] | the one place that counts them, and the lock that comes before all others |
//!
//! Under them a kernel that knows no feature: [`http`] (who is calling, bodies, queries, pages, answers), [`access`]
//! (permissions and the one function that decides), [`audit`], [`db`], [`error`], [`password`], [`secret`], [`text`],
//! [`clock`], [`config`]. Above them [`app`], the only file that knows every feature, `document` (completes the OpenAPI
//! document), `matrix` (tells people which role may do what), [`upkeep`] (what goes by itself), [`watcher`] (looks at
//! domains by itself), [`postman`] (delivers mail by itself) and [`cli`].
//!
//! Dependencies go one way; `tests/api/architecture` reads the imports and knows the order.
//!
//! # The journey of `POST /v1/users`
//!
//! 1. [`http::guard_request`] gives the request an id, a span, and a problem as its answer whatever happens inside.
//! 2. [`auth::authenticate`] finds out who is calling, from memory ([`access::Principals`]) or in one statement, and
//!    puts it into the request. It never answers: the guard does.
//! 3. The handler in `users/api` names what it needs in its first argument:
//!    `Caller<CreateUsers, UsersAddition>`. [`http::Caller`] answers 401, 403 or the closed gate before anything of the
//!    body is looked at, and it is the only thing that holds a way to the database.
//! 4. [`http::Json`] reads the body within bounds, checks it against the schema that the OpenAPI document shows, then by
//!    the type's own [`http::Body::check`]; all faults are answered at once.
//! 5. The password is judged and hashed on threads of its own ([`password::Hasher`]), before any connection is taken.
//! 6. [`http::Caller::write`]: one blocking thread, one connection, one transaction. A POST with an `Idempotency-Key`
//!    that has succeeded before ends here with the same answer.
//! 7. [`users::create`] applies the rules: the role is grantable, tier and company are of this tenant, a seat is free.
//! 8. `users/store` inserts; what is taken or missing the constraints say, and `error/constraint.rs` turns that into a
//!    field.
//! 9. The work hands over [`audit::Entries`], recorded in the same transaction: a change without one does not compile.
//!    What they say has changed ([`db::Change`]), nobody on this instance remembers any more when the answer goes out;
//!    triggers tell the other instances.
//! 10. [`http::Created`] answers 201 with `Location` and `ETag`.
//!
//! # To add a resource
//!
//! 1. A migration with its down file; `make schema`. Primary key `(tenant_id, …)`, composite foreign keys, a `version`
//!    from `row_version`, and one index for each sort.
//! 2. A folder with `mod.rs`, `body.rs`, `store.rs`, `api.rs`, after [`companies`]; its permissions in
//!    `access/permission.rs`; its routes in [`app`]; its place among the layers of `tests/api/architecture`.
//! 3. `make openapi`. The tests that walk the document then cover who may call it, the other tenant's ids, unknown
//!    fields, versions and idempotency; its own rules get tests in a file of its name.

pub mod access;
pub mod activity;
pub mod app;
pub mod attempts;
pub mod audit;
pub mod auth;
pub mod branding;
pub mod cli;
pub mod clock;
pub mod companies;
pub mod config;
pub mod db;
mod document;
pub mod domains;
pub mod error;
pub mod http;
pub mod links;
pub mod mail;
mod matrix;
pub mod password;
pub mod permissions;
pub mod postman;
pub mod roles;
mod schema;
pub mod seats;
pub mod secret;
pub mod sessions;
pub mod status;
pub mod telemetry;
pub mod tenants;
pub mod text;
pub mod tiers;
pub mod upkeep;
pub mod users;
pub mod watcher;
