//! Why a webhook was refused.

use std::fmt;
use std::time::Duration;

use wire::codec::DecodeError;

/// Why a request is not taken for a webhook of the API.
///
/// The messages hold nothing of a secret, and nothing of the body but what it says to be and of
/// which version, cut to 64 characters.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum WebhookError {
    /// There is no signature header, or it is empty: the request is not from the API, or a proxy
    /// drops the header.
    NotSigned,
    /// The signature header has no readable timestamp, has two different ones, or is longer than
    /// 4096 bytes.
    MalformedHeader,
    /// The signature header has no signature of the scheme `v1`.
    NoSignature,
    /// No signature fits any of the secrets: the endpoint's secret is another one, or the request
    /// is forged.
    Mismatch,
    /// The signature fits another spelling of the body: something between the socket and the
    /// verification parsed the JSON and wrote it again. Verify the bytes as they were received.
    BodyChanged,
    /// The signature fits, and is older than the tolerance: a delivery that was held up, or
    /// recorded and sent again.
    TooOld {
        /// How long ago it was signed.
        age: Duration,
        /// How old it may be.
        tolerance: Duration,
    },
    /// The signature fits, and was made later than this machine's clock allows for: one of the
    /// clocks is wrong.
    TooNew {
        /// How far in the future it was signed.
        ahead: Duration,
        /// How far in the future it may be.
        tolerance: Duration,
    },
    /// The signature fits, and there is no clock to compare its time with: in a browser or worker,
    /// give the verifier one.
    NoClock,
    /// The body is no JSON, or lacks what every event has.
    Payload(DecodeError),
    /// The body is neither an event nor a notification.
    NotAnEvent {
        /// Its `object`, if it has one.
        found: Option<String>,
    },
    /// The body is an event of the other kind.
    WrongKind {
        /// What it is.
        found: &'static str,
        /// The function that takes it.
        instead: &'static str,
    },
    /// The event was written for another release of the API than the program, and the
    /// `VersionPolicy` says to refuse it.
    WrongVersion {
        /// The event's version; `None` if it states none.
        found: Option<String>,
        /// The version of the program's types.
        expected: &'static str,
    },
}

impl fmt::Display for WebhookError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotSigned => out.write_str("the request has no signature header"),
            Self::MalformedHeader => out.write_str(
                "the signature header is too long or has no timestamp `t=…` that can be read",
            ),
            Self::NoSignature => out.write_str("the signature header has no signature `v1=…`"),
            Self::Mismatch => out.write_str(
                "no signature fits: check that the secret is the one of this endpoint \
                 (`whsec_…`), and that the body is verified as it was received",
            ),
            Self::BodyChanged => out.write_str(
                "the signature fits another spelling of the body: verify the bytes as they were \
                 received, before anything parses them",
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
            Self::Payload(error) => write!(out, "the body is no event: {error}"),
            Self::NotAnEvent { found: Some(found) } => {
                write!(out, "the body is no event but `{}`", found.escape_debug())
            }
            Self::NotAnEvent { found: None } => out.write_str("the body is no event"),
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
                    "the event states no API version and the program is of {expected}"
                ),
            },
        }
    }
}

impl std::error::Error for WebhookError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Payload(error) => Some(error),
            _ => None,
        }
    }
}

impl From<DecodeError> for WebhookError {
    fn from(error: DecodeError) -> Self {
        Self::Payload(error)
    }
}

/// No more characters of a text that came with a request are kept.
const SHOWN: usize = 64;

/// A text that came with a request, as it may be in an error.
pub(super) fn shortened(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}
