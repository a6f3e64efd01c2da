//! The tests: over HTTP, against a real Postgres, all in one binary.

#[cfg(test)]
mod support;
#[cfg(test)]
mod walk;

#[cfg(test)]
mod architecture;
#[cfg(test)]
mod authorization;
#[cfg(test)]
mod conventions;
#[cfg(test)]
mod gate;
#[cfg(test)]
mod isolation;
#[cfg(test)]
mod openapi;
#[cfg(test)]
mod schema;
#[cfg(test)]
mod smoke;
