//! Query strings: every parameter is known or refused, and every refusal names its parameter.

use std::future::{Ready, ready};
use std::str::FromStr;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use chrono::{DateTime, SubsecRound, Utc};
use url::form_urlencoded;

use crate::clock::Time;
use crate::error::{Error, Fault, Result};

/// A query made of parameters.
pub trait FromQuery: Sized + 'static {
    /// Reads the parameters that it knows; what stays is refused.
    fn from_query(params: &mut Params) -> Self;
}

/// A checked query.
pub struct Query<T>(pub T);

impl<T: FromQuery> FromRequest for Query<T> {
    type Error = Error;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let mut params = Params::parse(request.path(), request.query_string());
        let value = T::from_query(&mut params);
        ready(params.finish().map(|()| Self(value)))
    }
}

/// The parameters that are not read yet, and the faults found so far.
#[derive(Debug)]
pub struct Params {
    path: String,
    pairs: Vec<(String, String)>,
    faults: Vec<Fault>,
}

/// Longest value that is read, in characters.
const MAX_VALUE: usize = 1_000;
/// More faults than this are not listed.
const MAX_FAULTS: usize = 100;

impl Params {
    pub(super) fn parse(path: &str, query: &str) -> Self {
        let pairs: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes())
            .into_owned()
            .collect();
        let mut params = Self {
            path: path.to_owned(),
            pairs,
            faults: Vec::new(),
        };
        let unreadable: Vec<String> = params
            .pairs
            .iter()
            .filter(|(name, value)| name.contains('\u{fffd}') || value.contains('\u{fffd}'))
            .map(|(name, _)| name.clone())
            .collect();
        for name in unreadable {
            let message = "is not UTF-8, or has U+FFFD, which stands for what is not";
            params.refuse(&name, "invalid_utf8", message);
        }
        let too_long: Vec<String> = params
            .pairs
            .iter()
            .filter(|(_, value)| value.chars().count() > MAX_VALUE)
            .map(|(name, _)| name.clone())
            .collect();
        for name in too_long {
            params.refuse(
                &name,
                "too_long",
                format!("has at most {MAX_VALUE} characters"),
            );
        }
        params
    }

    /// What a cursor of this list is bound to: path and parameters, without those that page.
    #[must_use]
    pub(super) fn binding(&self) -> String {
        let mut kept: Vec<_> = self
            .pairs
            .iter()
            .filter(|(name, _)| !["cursor", "limit", "include_total"].contains(&name.as_str()))
            .collect();
        kept.sort();
        format!("{}?{kept:?}", self.path)
    }

    /// A text parameter.
    pub fn text(&mut self, name: &str) -> Option<String> {
        let mut found = Vec::new();
        self.pairs.retain_mut(|(key, value)| {
            let hit = key == name;
            if hit {
                found.push(std::mem::take(value));
            }
            !hit
        });
        if found.len() > 1 {
            self.refuse(name, "repeated", "can stand only once");
        }
        let value = found.pop()?;
        if value.contains('\0') {
            self.refuse(name, "nul_character", "cannot contain U+0000");
            return None;
        }
        Some(value)
    }

    /// A parameter of another form; `expected` says which.
    pub fn parsed<T>(
        &mut self,
        name: &str,
        expected: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        let raw = self.text(name)?;
        let value = parse(&raw);
        if value.is_none() {
            self.refuse(name, "invalid_value", format!("is {expected}"));
        }
        value
    }

    /// A number or id in its usual form.
    pub fn value<T: FromStr>(&mut self, name: &str, expected: &str) -> Option<T> {
        self.parsed(name, expected, |raw| raw.parse().ok())
    }

    /// A point in time (RFC 3339).
    pub fn time(&mut self, name: &str) -> Option<Time> {
        self.parsed(
            name,
            "a time as in RFC 3339, such as 2026-11-23T08:00:00Z",
            |raw| {
                DateTime::parse_from_rfc3339(raw)
                    .ok()
                    .map(|time| time.with_timezone(&Utc).trunc_subsecs(6))
            },
        )
    }

    /// `true` or `false`.
    pub fn flag(&mut self, name: &str) -> bool {
        self.value(name, "true or false").unwrap_or(false)
    }

    /// Adds a fault of a parameter.
    pub fn refuse(&mut self, name: &str, code: &str, message: impl Into<String>) {
        if self.faults.len() < MAX_FAULTS {
            self.faults
                .push(Fault::new(format!("/{name}"), code, message));
        }
    }

    /// Refuses what nobody read.
    pub(super) fn finish(mut self) -> Result<()> {
        for (name, _) in std::mem::take(&mut self.pairs) {
            self.refuse(
                &name,
                "unknown_parameter",
                "is not a parameter of this operation",
            );
        }
        if self.faults.is_empty() {
            Ok(())
        } else {
            Err(Error::InvalidQuery(self.faults))
        }
    }
}

/// No parameters at all.
impl FromQuery for () {
    fn from_query(_: &mut Params) -> Self {}
}
