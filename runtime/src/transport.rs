//! Sending one request and receiving one answer.
//!
//! In: a complete [`Request`]. Out: the [`RawResponse`] with its whole body, whatever its
//! status, or a [`TransportError`] that says how far the request got. A transport never
//! retries and never follows redirects. It keeps two limits of time: that for connecting and that
//! for each piece of the body. All others it leaves to its caller, who drops the future when time
//! is up; a transport that blocks its thread keeps the attempt's limit too.

use std::error::Error as StdError;
use std::fmt;

use crate::clock::BoxFuture;
use crate::http::{RawResponse, Request};

#[cfg(feature = "reqwest")]
mod reqwest_adapter;

#[cfg(feature = "reqwest")]
pub use reqwest_adapter::{ReqwestOptions, ReqwestTransport};

/// Something that sends requests.
///
/// ```
/// use http::{HeaderMap, StatusCode};
/// use runtime::clock::BoxFuture;
/// use runtime::http::{RawResponse, Request};
/// use runtime::transport::{Transport, TransportError};
///
/// /// A server that is always fine and never knows anything.
/// #[derive(Debug)]
/// struct Empty;
///
/// impl Transport for Empty {
///     fn send(&self, _: Request) -> BoxFuture<'static, Result<RawResponse, TransportError>> {
///         Box::pin(async { Ok(RawResponse::new(StatusCode::OK, HeaderMap::new(), "{}")) })
///     }
/// }
/// ```
pub trait Transport: fmt::Debug + Send + Sync + 'static {
    /// Sends a request once and reads the whole answer.
    ///
    /// An answer with any status is `Ok`. Dropping the future gives the attempt up.
    fn send(&self, request: Request) -> BoxFuture<'static, Result<RawResponse, TransportError>>;
}

/// How far an attempt without an answer got.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Progress {
    /// The transport could not make sense of the request; nothing was sent.
    Refused,
    /// No connection came about; nothing was sent.
    Connecting,
    /// Some of the request may have been sent, and the answer is missing or cut off.
    Sent,
    /// The answer arrived, but it is longer than the request allows.
    TooLarge,
}

/// Why an attempt has no answer.
#[derive(Debug)]
pub struct TransportError {
    progress: Progress,
    timed_out: bool,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl TransportError {
    /// An attempt that got this far.
    pub fn new(progress: Progress) -> Self {
        Self {
            progress,
            timed_out: false,
            source: None,
        }
    }

    /// The same with its cause, which must show no credentials.
    pub fn caused_by(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// The same, ended by a time limit of the transport's own.
    pub fn timed_out(mut self) -> Self {
        self.timed_out = true;
        self
    }

    /// How far the attempt got.
    pub fn progress(&self) -> Progress {
        self.progress
    }

    /// Whether a time limit of the transport ended it.
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
            (Progress::Sent, true) => "the answer took too long",
            (Progress::TooLarge, _) => "the answer is too long",
        })
    }
}

impl StdError for TransportError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        let source = self.source.as_deref()?;
        Some(source)
    }
}
