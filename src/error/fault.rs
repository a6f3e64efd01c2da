//! What is wrong with a request, field by field. All faults of a body are collected before it is refused, so
//! that a person mends a form once.

use serde::Serialize;
use utoipa::ToSchema;

use super::{Error, Result};

/// Characters that a message has at most.
const MAX_MESSAGE: usize = 1000;

/// One invalid field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Fault {
    /// JSON Pointer (RFC 6901) into the body; a query parameter is `/` and its name.
    #[schema(max_length = 65536, examples("/email"))]
    pub pointer: String,
    /// Stable, for programs.
    #[schema(max_length = 64, examples("invalid_email"))]
    pub code: String,
    /// A sentence for people.
    #[schema(
        max_length = 1001,
        examples("the part before the @ may have letters, digits and . _ % + - ' only")
    )]
    pub message: String,
}

impl Fault {
    /// A fault of the value at `pointer`.
    pub fn new(pointer: impl Into<String>, code: &str, message: impl Into<String>) -> Self {
        Self {
            pointer: pointer.into(),
            code: code.to_owned(),
            message: shorten(message.into()),
        }
    }
}

/// Messages may quote what was sent; they stay readable, and within the schema.
pub(super) fn shorten(mut text: String) -> String {
    if let Some((end, _)) = text.char_indices().nth(MAX_MESSAGE) {
        text.truncate(end);
        text.push('…');
    }
    text
}

/// Why a value type does not accept a value; the caller knows where it stood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Stable, for programs.
    pub code: &'static str,
    /// A sentence for people.
    pub message: String,
}

impl Refused {
    /// A refusal with its reason.
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
        }
    }
}

/// More faults than this are not listed: nobody mends them one by one.
const MAX_FAULTS: usize = 100;

/// The faults found so far; at most one a pointer, the first.
#[derive(Debug, Default)]
pub struct Faults(Vec<Fault>);

impl Faults {
    /// Adds a fault, unless its pointer has one already.
    pub fn add(&mut self, pointer: impl Into<String>, code: &str, message: impl Into<String>) {
        let fault = Fault::new(pointer, code, message);
        if self.0.len() < MAX_FAULTS && !self.has(&fault.pointer) {
            self.0.push(fault);
        }
    }

    /// Whether the value at `pointer` is already known to be wrong.
    #[must_use]
    pub fn has(&self, pointer: &str) -> bool {
        self.0.iter().any(|fault| fault.pointer == pointer)
    }

    /// Makes the checked value out of the raw one where there is one.
    pub fn check<T, U>(
        &mut self,
        pointer: &str,
        raw: Option<T>,
        parse: impl FnOnce(T) -> std::result::Result<U, Refused>,
    ) -> Option<U> {
        match parse(raw?) {
            Ok(value) => Some(value),
            Err(refused) => {
                self.add(pointer, refused.code, refused.message);
                None
            }
        }
    }

    /// Takes over the faults of a step, so that the steps after it can add theirs.
    ///
    /// # Errors
    /// What went wrong besides invalid fields.
    pub fn absorb<T>(&mut self, step: Result<T>) -> Result<Option<T>> {
        match step {
            Ok(value) => Ok(Some(value)),
            Err(Error::Invalid(faults)) => {
                for fault in faults {
                    self.add(fault.pointer, &fault.code, fault.message);
                }
                Ok(None)
            }
            Err(other) => Err(other),
        }
    }

    /// Whether nothing was found.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The faults themselves.
    #[must_use]
    pub fn into_vec(self) -> Vec<Fault> {
        self.0
    }

    /// Ends the check of a body.
    ///
    /// # Errors
    /// 422 `validation_failed` with all faults, where there is one.
    pub fn finish(self) -> Result<()> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(Error::Invalid(self.0))
        }
    }
}
