//! Why an attempt has no response.

use std::error::Error as StdError;
use std::fmt;

/// How far an attempt without a response got.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Progress {
    /// The transport could not use the request; nothing was sent.
    Refused,
    /// No connection was established; nothing was sent.
    Connecting,
    /// Some of the request may have been sent, and the response is missing or incomplete.
    Sent,
    /// A response was received, but its body is longer than the request allows.
    TooLarge,
    /// A response was received whose headers show that it belongs to another request. Its body was
    /// not read. The cause is a [`ResponseMismatch`](wire::codec::ResponseMismatch).
    Mismatch,
}

/// Why an attempt has no response.
#[derive(Debug)]
pub struct TransportError {
    progress: Progress,
    timed_out: bool,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl TransportError {
    /// Creates an error of an attempt that got this far.
    pub fn new(progress: Progress) -> Self {
        Self {
            progress,
            timed_out: false,
            source: None,
        }
    }

    /// Sets the cause, which must not contain credentials.
    pub fn caused_by(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Sets that a time limit of the transport was exceeded.
    pub fn timed_out(mut self) -> Self {
        self.timed_out = true;
        self
    }

    /// How far the attempt got.
    pub fn progress(&self) -> Progress {
        self.progress
    }

    /// Whether a time limit of the transport was exceeded.
    pub fn is_timeout(&self) -> bool {
        self.timed_out
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match (self.progress, self.timed_out) {
            (Progress::Refused, _) => "the transport refused the request",
            (Progress::Connecting, false) => "no connection",
            (Progress::Connecting, true) => "connecting took too long",
            (Progress::Sent, false) => "the connection broke",
            (Progress::Sent, true) => "the response took too long",
            (Progress::TooLarge, _) => "the response is too long",
            (Progress::Mismatch, _) => "the response belongs to another request",
        })
    }
}

impl StdError for TransportError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        let source = self.source.as_deref()?;
        Some(source)
    }
}
