//! The proof that the API sent a request.
//!
//! In: a signature header and the body's bytes as they were received. Out: when the body was
//! signed and by which secret, or the event in it; else a [`WebhookError`] that says what is wrong.
//! Afterwards one of the secrets signed exactly these bytes, at a time that is not further away
//! than the tolerances allow. The signature is looked at before the time, so that an error about
//! the time is about a request that the API did send.
//!
//! It deliberately does not remember what it has seen: a delivery that is repeated within the
//! tolerance is accepted again, as the API itself repeats deliveries. Whoever acts on events has
//! to know them by their ids. It does not limit the size of bodies either; the server does.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use http::HeaderName;

use super::envelope::{Message, text};
use super::error::WebhookError;
use super::event::Event;
use super::notification::EventNotification;
use super::signature::header::ClaimedMessage;
use super::signature::secret::{SecretError, checked, from_env};
use super::signature::{maker, spelling};
use super::version::{Noted, VersionPolicy};
use crate::calendar::system_time;
use runtime::clock::Clock;
use wire::secret::Secret;
use wire::value::Timestamp;

#[cfg(test)]
mod property_tests;
mod signature_header;
#[cfg(test)]
mod tests;

pub use signature_header::SignatureHeader;

/// How old a signature may be, if nobody says otherwise: as in the API's own libraries.
const TOLERANCE: Duration = Duration::from_secs(300);

/// How far in the future a signature may be, if nobody says otherwise. The API's own libraries
/// accept any; its documentation speaks of five minutes between the two times.
const FUTURE_TOLERANCE: Duration = TOLERANCE;

/// The header, if nobody says otherwise.
const HEADER: HeaderName = HeaderName::from_static("stripe-signature");

/// Verifies requests of the API to one endpoint. Cheap to clone; `Debug` shows no secret.
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
/// The body must be the bytes that were received, before anything parses them. The header may be
/// a [`HeaderMap`](http::HeaderMap), a value or a text; see [`SignatureHeader`].
#[derive(Clone)]
#[must_use]
pub struct Verifier {
    secrets: Arc<[Secret]>,
    header: HeaderName,
    tolerance: Duration,
    future_tolerance: Duration,
    clock: Option<Arc<dyn Clock>>,
    policy: VersionPolicy,
    noted: Arc<Noted>,
}

impl Verifier {
    /// Verifies with the signing secret of an endpoint, `whsec_…`. White space around it is cut
    /// off. Other secrets are accepted too, since test servers let their users choose one.
    ///
    /// # Errors
    /// If the text is empty, is an API key or the id of an endpoint, or holds characters that no
    /// secret has (inner white space, quotes, control characters, anything beyond ASCII).
    pub fn new(secret: impl Into<Secret>) -> Result<Self, SecretError> {
        Ok(Self::with(vec![checked(&secret.into())?]))
    }

    /// Verifies with the secrets in an environment variable, between commas or white space.
    ///
    /// # Errors
    /// If the variable is missing, is not UTF-8, or holds no secret or something that is none.
    pub fn from_env(variable: &str) -> Result<Self, SecretError> {
        from_env(variable).map(Self::with)
    }

    fn with(secrets: Vec<Secret>) -> Self {
        Self {
            secrets: secrets.into(),
            header: HEADER,
            tolerance: TOLERANCE,
            future_tolerance: FUTURE_TOLERANCE,
            clock: None,
            policy: VersionPolicy::accept(),
            noted: Arc::default(),
        }
    }

    /// Accepts what this secret signed too: while a secret is being replaced, or for a server
    /// that several endpoints point to. Each secret costs another hash of each body.
    ///
    /// # Errors
    /// As of [`new`](Self::new).
    pub fn also(mut self, secret: impl Into<Secret>) -> Result<Self, SecretError> {
        let secret = checked(&secret.into())?;
        self.secrets = self.secrets.iter().cloned().chain([secret]).collect();
        Ok(self)
    }

    /// How old a signature may be. 300 seconds by default, as in the API's own libraries.
    ///
    /// Signatures state whole seconds, and ages are counted in them: with zero, only what was
    /// signed within the current second is accepted. [`Duration::MAX`] accepts any age, for
    /// bodies that waited in a queue; recorded requests can then be sent again for ever.
    pub fn tolerance(mut self, tolerance: Duration) -> Self {
        self.tolerance = tolerance;
        self
    }

    /// How far in the future a signature may be, by this machine's clock. 300 seconds by default,
    /// so that the clocks may differ by as much either way; [`Duration::MAX`] accepts any, as the
    /// API's own libraries do.
    pub fn future_tolerance(mut self, tolerance: Duration) -> Self {
        self.future_tolerance = tolerance;
        self
    }

    /// Takes the time from this clock: in tests, or where the system has no calendar, as in
    /// browsers and workers. Only [`Clock::calendar`] is asked.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Some(Arc::new(clock));
        self
    }

    /// What to do with events of other API versions. [`VersionPolicy::accept`] by default.
    pub fn version_policy(mut self, policy: VersionPolicy) -> Self {
        self.policy = policy;
        self
    }

    /// The header to look for in a [`HeaderMap`](http::HeaderMap). `stripe-signature` by default.
    pub fn header_name(mut self, name: HeaderName) -> Self {
        self.header = name;
        self
    }

    /// Verifies a body whatever it is, to be parsed later or somewhere else.
    ///
    /// # Errors
    /// If the header is missing or cannot be read, if no signature fits, or if the time is too far
    /// away. For an error that says why no signature fits, bodies of up to 64 KiB are compared in
    /// some other spellings, too; such a body is refused all the same.
    pub fn verify(
        &self,
        header: impl SignatureHeader,
        body: &[u8],
    ) -> Result<VerifiedSignature, WebhookError> {
        let header = header.signature(&self.header);
        self.verify_text(header.as_deref().unwrap_or_default(), body)
    }

    /// Verifies and decodes an event with a snapshot of its object.
    ///
    /// # Errors
    /// As of [`verify`](Self::verify); if the body is no event, or is a notification; if the
    /// [`VersionPolicy`] refuses it.
    pub fn event(&self, header: impl SignatureHeader, body: &[u8]) -> Result<Event, WebhookError> {
        let message = self.decoded(header, body)?;
        let event = message.event("Verifier::notification").cloned()?;
        self.accept_version(&event)?;
        Ok(event)
    }

    /// Verifies and decodes a notification: an event without its object.
    ///
    /// # Errors
    /// As of [`verify`](Self::verify); if the body is no notification, or is an event with a
    /// snapshot.
    pub fn notification(
        &self,
        header: impl SignatureHeader,
        body: &[u8],
    ) -> Result<EventNotification, WebhookError> {
        let message = self.decoded(header, body)?;
        message.notification("Verifier::event").cloned()
    }

    /// Verifies and decodes an event or a notification, whichever it is.
    ///
    /// # Errors
    /// As of [`verify`](Self::verify); if the body is neither; if it is an event that the
    /// [`VersionPolicy`] refuses.
    pub fn message(
        &self,
        header: impl SignatureHeader,
        body: &[u8],
    ) -> Result<Message, WebhookError> {
        let message = self.decoded(header, body)?;
        if let Message::Event(event) = &message {
            self.accept_version(event)?;
        }
        Ok(message)
    }

    fn decoded(&self, header: impl SignatureHeader, body: &[u8]) -> Result<Message, WebhookError> {
        self.verify(header, body)?;
        Message::read(text(body)?)
    }

    fn accept_version(&self, event: &Event) -> Result<(), WebhookError> {
        self.policy.judge(event.api_version(), &self.noted)
    }

    fn verify_text(&self, header: &str, body: &[u8]) -> Result<VerifiedSignature, WebhookError> {
        let header = header.trim();
        if header.is_empty() {
            return Err(WebhookError::NotSigned);
        }
        let claim = ClaimedMessage::read(header)?;
        let fitting = |body: &[u8]| maker(&self.secrets, claim.time, body, &claim.codes);
        let Some(secret) = fitting(body) else {
            // Without a readable signature there is nothing that another spelling could fit.
            let is_changed = !claim.codes.is_empty()
                && spelling::any(body, &mut |spelling| fitting(spelling).is_some());
            return Err(match is_changed {
                true => WebhookError::BodyChanged,
                false => WebhookError::Mismatch,
            });
        };
        self.accept_time(claim.at)?;
        Ok(VerifiedSignature {
            at: claim.at,
            secret,
        })
    }

    fn accept_time(&self, at: Timestamp) -> Result<(), WebhookError> {
        let now = Timestamp::from(self.now().ok_or(WebhookError::NoClock)?);
        let distance = Duration::from_secs(now.0.abs_diff(at.0));
        if at < now && distance > self.tolerance {
            return Err(WebhookError::TooOld {
                age: distance,
                tolerance: self.tolerance,
            });
        }
        if at > now && distance > self.future_tolerance {
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

/// The proof that a body was signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VerifiedSignature {
    at: Timestamp,
    secret: usize,
}

impl VerifiedSignature {
    /// When it was signed: the time of the delivery, not of what happened.
    pub const fn at(self) -> Timestamp {
        self.at
    }

    /// Which secret signed it, counted from zero in the order in which the verifier got them; the
    /// first of them if several did. Tells when an old secret is no longer in use.
    pub const fn secret(self) -> usize {
        self.secret
    }
}
