//! The tests: over HTTP, against a real Postgres, all in one binary.

#[cfg(test)]
mod support;
#[cfg(test)]
mod walk;

#[cfg(test)]
mod authorization;
#[cfg(test)]
mod companies;
#[cfg(test)]
mod conventions;
#[cfg(test)]
mod escalation;
#[cfg(test)]
mod gate;
#[cfg(test)]
mod guide;
#[cfg(test)]
mod isolation;
#[cfg(test)]
mod last_admin;
#[cfg(test)]
mod openapi;
#[cfg(test)]
mod paging;
#[cfg(test)]
mod permissions;
#[cfg(test)]
mod ranking;
#[cfg(test)]
mod reassign;
#[cfg(test)]
mod roles;
#[cfg(test)]
mod schema;
#[cfg(test)]
mod search;
#[cfg(test)]
mod seats;
#[cfg(test)]
mod slugs;
#[cfg(test)]
mod tiers;
#[cfg(test)]
mod users;
