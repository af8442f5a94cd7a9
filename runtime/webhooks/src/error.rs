//! Why a webhook was rejected.

use std::fmt;
use std::time::Duration;

use wire::codec::DecodeError;

/// Why a request was not verified as a webhook of the API, or not decoded.
///
/// The messages contain no part of a secret, and no part of the body except its `object` and its
/// API version, truncated to 64 characters.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum WebhookError {
    /// There is no signature header, or it is empty: the request is not from the API, or a proxy
    /// removes the header.
    NotSigned,
    /// The signature header has no readable timestamp, has two different ones, or is longer than
    /// 4096 bytes.
    MalformedHeader,
    /// The signature header has no signature of the scheme `v1`.
    NoSignature,
    /// No signature matches: the endpoint has another secret, the body is not the bytes that were
    /// received, or the request is forged.
    Mismatch,
    /// The signature matches and is older than the tolerance: a delivery that was delayed, or
    /// recorded and sent again.
    TooOld {
        /// The age of the signature.
        age: Duration,
        /// The maximum age.
        tolerance: Duration,
    },
    /// The signature matches and its time is too far in the future: one of the clocks is wrong.
    TooNew {
        /// How far in the future it was signed.
        ahead: Duration,
        /// The maximum.
        tolerance: Duration,
    },
    /// The signature matches and there is no clock to compare its time with: set
    /// [`Verifier::clock`](crate::Verifier::clock) in a browser or web worker.
    NoClock,
    /// The body is not JSON, or lacks a member that every event has.
    Payload(DecodeError),
    /// The body is neither an event nor a notification.
    NotAnEvent {
        /// Its `object`, if it has one.
        found: Option<String>,
    },
    /// The body is an event of the other kind.
    WrongKind {
        /// The kind of event that it is.
        found: &'static str,
        /// The function for that kind.
        instead: &'static str,
    },
    /// The event is of another release of the API than the program's types, and the
    /// [`VersionPolicy`](crate::VersionPolicy) rejects it.
    WrongVersion {
        /// The event's version, if it has one.
        found: Option<String>,
        /// The version of the program's types.
        expected: &'static str,
    },
}

impl fmt::Display for WebhookError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotSigned => out.write_str("the request has no signature header"),
            Self::MalformedHeader => {
                out.write_str("the signature header is too long or has no readable timestamp `t=…`")
            }
            Self::NoSignature => out.write_str("the signature header has no signature `v1=…`"),
            Self::Mismatch => out.write_str(
                "no signature matches: check that the secret is the one of this endpoint \
                 (`whsec_…`). The body must be the bytes that were received; a framework that \
                 parses and re-serialises JSON changes them",
            ),
            Self::TooOld { age, tolerance } => write!(
                out,
                "signed {} s ago, and the tolerance is {} s",
                age.as_secs(),
                tolerance.as_secs()
            ),
            Self::TooNew { ahead, tolerance } => write!(
                out,
                "signed {} s in the future, and the tolerance is {} s: check the clock",
                ahead.as_secs(),
                tolerance.as_secs()
            ),
            Self::NoClock => {
                out.write_str("there is no clock to compare the signature's time with")
            }
            Self::Payload(error) => write!(out, "the body is not an event: {error}"),
            Self::NotAnEvent { found: Some(found) } => {
                write!(
                    out,
                    "the body is not an event but `{}`",
                    found.escape_debug()
                )
            }
            Self::NotAnEvent { found: None } => {
                out.write_str("the body is not an event: its member `object` is missing or no text")
            }
            Self::WrongKind { found, instead } => {
                write!(out, "the body is {found}: use `{instead}`")
            }
            Self::WrongVersion { found, expected } => match found {
                Some(found) => write!(
                    out,
                    "the event is of API version {} and the program of {expected}: create the \
                     endpoint with that version",
                    found.escape_debug()
                ),
                None => write!(
                    out,
                    "the event has no API version and the program is of {expected}"
                ),
            },
        }
    }
}

/// The text of a [`DecodeError`] is part of the message and not a source, so that it is not shown
/// twice.
impl std::error::Error for WebhookError {}

impl From<DecodeError> for WebhookError {
    fn from(error: DecodeError) -> Self {
        Self::Payload(error)
    }
}

/// The maximum length of a text of a request in an error, in characters.
const MAX_TEXT_CHARS: usize = 64;

/// Truncates a text of a request for an error.
pub(crate) fn shorten_text(text: &str) -> String {
    match text.char_indices().nth(MAX_TEXT_CHARS) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}
