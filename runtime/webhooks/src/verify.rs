//! Verifies that the API sent a request.
//!
//! In: a signature header and the bytes of the body as they were received. Out: when the body was
//! signed and with which secret, or the event in it; otherwise a [`WebhookError`] that says what is
//! wrong. Exactly these bytes were then signed with one of the secrets, at a time within the
//! tolerances. The signature is verified before the time, so that an error about the time is about
//! a request of the API.
//!
//! It has no memory of requests: a delivery that is repeated within the tolerance is accepted
//! again, as the API itself repeats deliveries. Handlers have to recognise events by their ids. It
//! does not limit the size of bodies; the server must.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use http::HeaderName;
use runtime::clock::Clock;
use wire::secret::Secret;
use wire::value::Timestamp;

use crate::error::WebhookError;
use crate::event::{Event, EventNotification, Message, parse_body};

mod header_source;
#[cfg(test)]
mod property_tests;
mod secret;
mod signature;
mod signature_header;
#[cfg(test)]
mod signature_tests;
#[cfg(test)]
mod tests;
mod version;
#[cfg(test)]
mod version_tests;

pub use header_source::SignatureHeader;
pub use secret::SecretError;
pub use signature::Signer;
pub use version::{VersionPolicy, release_name};

use secret::{check_secret, read_secrets};
use signature::{find_signing_secret, system_time};
use signature_header::ParsedSignature;
use version::WarnedVersions;

/// The default maximum age of a signature, as in the API's own libraries.
const TOLERANCE: Duration = Duration::from_secs(300);

/// The default maximum time of a signature in the future. The API's own libraries accept any; its
/// documentation names five minutes between the two times.
const FUTURE_TOLERANCE: Duration = TOLERANCE;

/// The default header.
const SIGNATURE_HEADER: HeaderName = HeaderName::from_static("stripe-signature");

/// Verifies the requests of the API to one endpoint. Cheap to clone; `Debug` shows no secret.
///
/// ```
/// use webhooks::{Signer, Verifier, WebhookError};
///
/// let verifier = Verifier::new("whsec_abc")?;
///
/// let body = br#"{
///     "id": "evt_1", "object": "event", "type": "customer.created", "created": 1769599800,
///     "data": {"object": {"id": "cus_1", "object": "customer"}}
/// }"#;
/// let header = Signer::new("whsec_abc").sign(body);
/// let event = verifier.event(&header, body)?;
/// assert_eq!(event.type_(), "customer.created");
///
/// let forged = verifier.event("t=1769599800,v1=00", body);
/// assert!(matches!(forged, Err(WebhookError::Mismatch)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// The body must be the bytes that were received: a framework that parses and re-serialises JSON
/// changes them. The header may be a [`HeaderMap`](http::HeaderMap), a value or a text; see
/// [`SignatureHeader`].
#[derive(Clone)]
#[must_use]
pub struct Verifier {
    secrets: Arc<[Secret]>,
    header: HeaderName,
    tolerance: Duration,
    future_tolerance: Duration,
    clock: Option<Arc<dyn Clock>>,
    policy: VersionPolicy,
    warned: Arc<WarnedVersions>,
}

impl Verifier {
    /// Verifies with the signing secret of an endpoint, `whsec_…`. White space around it is
    /// removed. Secrets without that prefix are accepted too, for test servers.
    ///
    /// # Errors
    /// If the text is empty, is an API key or the id of an endpoint, or has characters that no
    /// secret has (inner white space, quotes, control characters, characters outside of ASCII).
    pub fn new(secret: impl Into<Secret>) -> Result<Self, SecretError> {
        Ok(Self::with_secrets(vec![check_secret(&secret.into())?]))
    }

    /// Verifies with the secrets in an environment variable, separated by commas or white space.
    ///
    /// # Errors
    /// If the variable is not set, is not UTF-8, or has no secret or an invalid one.
    pub fn from_env(variable: &str) -> Result<Self, SecretError> {
        read_secrets(variable).map(Self::with_secrets)
    }

    fn with_secrets(secrets: Vec<Secret>) -> Self {
        Self {
            secrets: secrets.into(),
            header: SIGNATURE_HEADER,
            tolerance: TOLERANCE,
            future_tolerance: FUTURE_TOLERANCE,
            clock: None,
            policy: VersionPolicy::accept(),
            warned: Arc::default(),
        }
    }

    /// Also accepts signatures with this secret: while a secret is rolled, or for a server of
    /// several endpoints. Each secret requires another hash of each body.
    ///
    /// # Errors
    /// As of [`new`](Self::new).
    pub fn also(mut self, secret: impl Into<Secret>) -> Result<Self, SecretError> {
        let secret = check_secret(&secret.into())?;
        self.secrets = self.secrets.iter().cloned().chain([secret]).collect();
        Ok(self)
    }

    /// Sets the maximum age of a signature. Defaults to 300 seconds, as in the API's own libraries.
    ///
    /// Signatures have a time in whole seconds: with zero, only those of the current second are
    /// accepted. [`Duration::MAX`] accepts any age, for bodies that waited in a queue; recorded
    /// requests can then be replayed at any time.
    pub fn tolerance(mut self, tolerance: Duration) -> Self {
        self.tolerance = tolerance;
        self
    }

    /// Sets the maximum time of a signature in the future, by this machine's clock. Defaults to 300
    /// seconds, so that the clocks may differ by as much either way. [`Duration::MAX`] accepts any,
    /// as the API's own libraries do.
    pub fn future_tolerance(mut self, tolerance: Duration) -> Self {
        self.future_tolerance = tolerance;
        self
    }

    /// Sets the clock whose [`Clock::calendar`] is used: for tests, and for browsers and web
    /// workers, which have no system clock. Defaults to the system's.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Some(Arc::new(clock));
        self
    }

    /// Sets the policy for events of other API versions. Defaults to [`VersionPolicy::accept`].
    pub fn version_policy(mut self, policy: VersionPolicy) -> Self {
        self.policy = policy;
        self
    }

    /// Sets the name of the header in a [`HeaderMap`](http::HeaderMap). Defaults to
    /// `stripe-signature`.
    pub fn header_name(mut self, name: HeaderName) -> Self {
        self.header = name;
        self
    }

    /// Verifies a body without decoding it.
    ///
    /// # Errors
    /// If the header is missing or malformed, if no signature matches, or if the time is outside of
    /// the tolerances.
    pub fn verify(
        &self,
        header: impl SignatureHeader,
        body: &[u8],
    ) -> Result<VerifiedSignature, WebhookError> {
        let header = header.signature_text(&self.header);
        self.verify_text(header.as_deref().unwrap_or_default(), body)
    }

    /// Verifies and decodes an event with a snapshot of its object.
    ///
    /// # Errors
    /// As of [`verify`](Self::verify); if the body is not an event, or is a notification; if the
    /// [`VersionPolicy`] rejects it.
    #[doc(alias("construct_event", "verify webhook"))]
    pub fn event(&self, header: impl SignatureHeader, body: &[u8]) -> Result<Event, WebhookError> {
        let message = self.verify_message(header, body)?;
        let event = message.event("Verifier::notification").cloned()?;
        self.check_version(&event)?;
        Ok(event)
    }

    /// Verifies and decodes a notification: an event without its object.
    ///
    /// # Errors
    /// As of [`verify`](Self::verify); if the body is not a notification, or is an event with a
    /// snapshot.
    pub fn notification(
        &self,
        header: impl SignatureHeader,
        body: &[u8],
    ) -> Result<EventNotification, WebhookError> {
        let message = self.verify_message(header, body)?;
        message.notification("Verifier::event").cloned()
    }

    /// Verifies and decodes an event or a notification.
    ///
    /// # Errors
    /// As of [`verify`](Self::verify); if the body is neither; if it is an event that the
    /// [`VersionPolicy`] rejects.
    pub fn message(
        &self,
        header: impl SignatureHeader,
        body: &[u8],
    ) -> Result<Message, WebhookError> {
        let message = self.verify_message(header, body)?;
        if let Message::Event(event) = &message {
            self.check_version(event)?;
        }
        Ok(message)
    }

    fn verify_message(
        &self,
        header: impl SignatureHeader,
        body: &[u8],
    ) -> Result<Message, WebhookError> {
        self.verify(header, body)?;
        Message::from_json(parse_body(body)?)
    }

    fn check_version(&self, event: &Event) -> Result<(), WebhookError> {
        self.policy.check_version(event.api_version(), &self.warned)
    }

    fn verify_text(&self, header: &str, body: &[u8]) -> Result<VerifiedSignature, WebhookError> {
        let header = header.trim();
        if header.is_empty() {
            return Err(WebhookError::NotSigned);
        }
        let parsed = ParsedSignature::parse(header)?;
        let secret = find_signing_secret(&self.secrets, parsed.time, body, &parsed.codes);
        let secret_index = secret.ok_or(WebhookError::Mismatch)?;
        self.check_time(parsed.signed_at)?;
        Ok(VerifiedSignature {
            signed_at: parsed.signed_at,
            secret_index,
        })
    }

    fn check_time(&self, signed_at: Timestamp) -> Result<(), WebhookError> {
        let now = Timestamp::from(self.now().ok_or(WebhookError::NoClock)?);
        let distance = Duration::from_secs(now.0.abs_diff(signed_at.0));
        if signed_at < now && distance > self.tolerance {
            return Err(WebhookError::TooOld {
                age: distance,
                tolerance: self.tolerance,
            });
        }
        if signed_at > now && distance > self.future_tolerance {
            return Err(WebhookError::TooNew {
                ahead: distance,
                tolerance: self.future_tolerance,
            });
        }
        Ok(())
    }

    fn now(&self) -> Option<SystemTime> {
        match &self.clock {
            Some(clock) => Some(clock.calendar()),
            None => system_time(),
        }
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Verifier")
            .field("secrets", &self.secrets.len())
            .field("header", &self.header)
            .field("tolerance", &self.tolerance)
            .field("future_tolerance", &self.future_tolerance)
            .field("clock", &self.clock)
            .field("version_policy", &self.policy)
            .finish_non_exhaustive()
    }
}

/// A signature that was verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VerifiedSignature {
    signed_at: Timestamp,
    secret_index: usize,
}

impl VerifiedSignature {
    /// When the body was signed. This is the time of the delivery, not of the event.
    pub const fn signed_at(self) -> Timestamp {
        self.signed_at
    }

    /// The index of the secret that it was signed with, in the order in which they were added to
    /// the verifier; of several the first. It shows when an old secret is no longer used.
    pub const fn secret_index(self) -> usize {
        self.secret_index
    }
}
