//! The one error of the doubles themselves.

use std::error::Error as StdError;
use std::fmt;

use runtime::transport::{Progress, TransportError};

/// What a double was not told to expect, or could not do: a request without a script, a reply
/// that does not decode, a rule that was never used, a recording that lacks a request.
///
/// A call that meets one fails with [`Error::is_build`](crate::Error::is_build) and has it as
/// the source of its source. `Debug` is the same text as `Display`, so `unwrap` in a test shows
/// it readably.
#[derive(Clone, PartialEq, Eq)]
pub struct Unexpected(String);

impl Unexpected {
    pub(super) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The failure of a request that was met by it; nothing is retried after it.
    pub(super) fn refusal(self) -> TransportError {
        TransportError::new(Progress::Refused).caused_by(self)
    }
}

impl fmt::Display for Unexpected {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl fmt::Debug for Unexpected {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl StdError for Unexpected {}
