//! The error of the test doubles.

use std::error::Error as StdError;
use std::fmt;

use runtime::transport::{Progress, TransportError};

/// The error of a test double: a request that no rule matches, a response that does not decode, a
/// rule that was not used, a request that is not in a recording.
///
/// A call that meets one fails with [`Error::is_build`](runtime::error::Error::is_build) and has it
/// as the source of its source. `Debug` prints the same text as `Display`, so `unwrap` in a test
/// prints it in readable form.
#[derive(Clone, PartialEq, Eq)]
pub struct TestDoubleError(String);

impl TestDoubleError {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The transport error of the request that caused it. The client does not retry it.
    pub(crate) fn into_transport_error(self) -> TransportError {
        TransportError::new(Progress::Refused).caused_by(self)
    }
}

impl fmt::Display for TestDoubleError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl fmt::Debug for TestDoubleError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl StdError for TestDoubleError {}
