//! The tests: over HTTP, against a real Postgres, all in one binary.

#[cfg(test)]
mod support;

#[cfg(test)]
mod access;
#[cfg(test)]
mod activity;
#[cfg(test)]
mod activity_log;
#[cfg(test)]
mod auth;
#[cfg(test)]
mod bad_input;
#[cfg(test)]
mod bad_query;
#[cfg(test)]
mod bad_wire;
#[cfg(test)]
mod domains;
#[cfg(test)]
mod fixes;
#[cfg(test)]
mod me;
#[cfg(test)]
mod outage;
#[cfg(test)]
mod problems;
#[cfg(test)]
mod process;
#[cfg(test)]
mod proofs;
#[cfg(test)]
mod refresh;
#[cfg(test)]
mod revocation;
#[cfg(test)]
mod smoke;
#[cfg(test)]
mod tenants;
#[cfg(test)]
mod tokens;
