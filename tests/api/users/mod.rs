//! Users: what their operations take, answer, refuse and leave behind.

mod company;
mod create;
mod email;
mod keys;
mod list;
mod password;
mod purge;
mod standing;
mod trash;
mod update;
