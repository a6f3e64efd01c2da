//! The tests: over HTTP, against a real Postgres, all in one binary.

#[cfg(test)]
mod access;
#[cfg(test)]
mod activity;
#[cfg(test)]
mod activity_log;
#[cfg(test)]
mod admin_races;
#[cfg(test)]
mod architecture;
#[cfg(test)]
mod attempts;
#[cfg(test)]
mod auth;
#[cfg(test)]
mod authorization;
#[cfg(test)]
mod bad_credentials;
#[cfg(test)]
mod bad_input;
#[cfg(test)]
mod bad_query;
#[cfg(test)]
mod bad_wire;
#[cfg(test)]
mod branding;
#[cfg(test)]
mod break_glass;
#[cfg(test)]
mod changes;
#[cfg(test)]
mod companies;
#[cfg(test)]
mod conventions;
#[cfg(test)]
mod cors;
#[cfg(test)]
mod demotion;
#[cfg(test)]
mod doctor;
#[cfg(test)]
mod domains;
#[cfg(test)]
mod escalation;
#[cfg(test)]
mod fixes;
#[cfg(test)]
mod gate;
#[cfg(test)]
mod guide;
#[cfg(test)]
mod hashing;
#[cfg(test)]
mod hosts;
#[cfg(test)]
mod isolation;
#[cfg(test)]
mod last_admin;
#[cfg(test)]
mod levels;
#[cfg(test)]
mod links;
#[cfg(test)]
mod mail;
#[cfg(test)]
mod me;
#[cfg(test)]
mod name_servers;
#[cfg(test)]
mod openapi;
#[cfg(test)]
mod outage;
#[cfg(test)]
mod paging;
#[cfg(test)]
mod passwords;
#[cfg(test)]
mod permission_races;
#[cfg(test)]
mod permissions;
#[cfg(test)]
mod problems;
#[cfg(test)]
mod process;
#[cfg(test)]
mod proofs;
#[cfg(test)]
mod ranking;
#[cfg(test)]
mod reassign;
#[cfg(test)]
mod refresh;
#[cfg(test)]
mod revocation;
#[cfg(test)]
mod roles;
#[cfg(test)]
mod schema;
#[cfg(test)]
mod search;
#[cfg(test)]
mod seats;
#[cfg(test)]
mod signing_keys;
#[cfg(test)]
mod slugs;
#[cfg(test)]
mod story;
#[cfg(test)]
mod suggestions;
#[cfg(test)]
mod support;
#[cfg(test)]
mod takeover;
#[cfg(test)]
mod tenants;
#[cfg(test)]
mod tiers;
#[cfg(test)]
mod tls_ask;
#[cfg(test)]
mod token_keys;
#[cfg(test)]
mod token_mutations;
#[cfg(test)]
mod tokens;
#[cfg(test)]
mod tour;
#[cfg(test)]
mod upkeep;
#[cfg(test)]
mod users;
#[cfg(test)]
mod walk;
#[cfg(test)]
mod watched_zones;
#[cfg(test)]
mod watcher;
#[cfg(test)]
mod worlds;
