//! The tests: over HTTP, against a real Postgres, all in one binary.

#[cfg(test)]
mod support;

#[cfg(test)]
mod smoke;
