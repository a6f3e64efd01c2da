//! `?reassign_to=<key>`: who gets those that something which is removed leaves behind.

use utoipa::IntoParams;
use utoipa::openapi::path::{Parameter, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, Type};

use super::parameters::parameter;
use super::query::{FromQuery, Params};
use crate::error::{Error, Result};

/// The parameter `reassign_to`.
#[derive(Debug)]
pub struct Reassign {
    to: Option<String>,
}

impl Reassign {
    /// The successor of what is removed, where one is named.
    ///
    /// # Errors
    /// 422 where it is the same.
    pub fn successor_of(&self, removed: &str) -> Result<Option<&str>> {
        match self.to.as_deref() {
            Some(to) if to == removed => Err(Error::invalid(
                "/reassign_to",
                "conflicting",
                "has to be another one than what is removed",
            )),
            to => Ok(to),
        }
    }
}

impl FromQuery for Reassign {
    fn from_query(params: &mut Params) -> Self {
        Self {
            to: params.text("reassign_to"),
        }
    }
}

impl IntoParams for Reassign {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let key = ObjectBuilder::new()
            .schema_type(Type::String)
            .max_length(Some(63));
        let text = "The key of the one that its users get, in the same transaction";
        vec![parameter("reassign_to", text, key)]
    }
}
