//! Signatures of the scheme `v1`, both ways: what fits a header, and a signer for tests.
//!
//! In: secrets, the time that a header states, and the bytes of a body. Out: which secret made one
//! of the header's signatures, or a header. The signed text is `<time>.<body>`, the code is
//! HMAC-SHA256 keyed with the whole text of the secret, its prefix included, and it is written as
//! 64 hexadecimal digits. NullInbox here looks at a clock; [`verifier`](super::verifier) does.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::calendar::system_time;
use wire::secret::Secret;
use wire::value::Timestamp;

pub(super) mod header;
pub(super) mod secret;
pub(super) mod spelling;
#[cfg(test)]
mod tests;

/// A code before it is written as text.
pub(super) type Code = [u8; 32];

/// Which of the secrets made one of the codes.
///
/// All secrets are tried on all codes, whichever fits, and codes are compared in constant time.
pub(super) fn maker(secrets: &[Secret], time: &str, body: &[u8], codes: &[Code]) -> Option<usize> {
    let mut found = None;
    for (index, secret) in secrets.iter().enumerate() {
        let Some(mac) = mac(secret, time, body) else {
            continue;
        };
        // `|` and not `||`: which code fits is not told by the time either.
        let fits = codes.iter().fold(false, |fits, code| {
            fits | mac.clone().verify_slice(code).is_ok()
        });
        if fits && found.is_none() {
            found = Some(index);
        }
    }
    found
}

/// The code of a body. HMAC takes keys of any length, so `None` does not happen; it fits nothing.
fn mac(secret: &Secret, time: &str, body: &[u8]) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.expose().as_bytes()).ok()?;
    mac.update(time.as_bytes());
    mac.update(b".");
    mac.update(body);
    Some(mac)
}

/// Signs bodies as the API does, for tests of servers.
///
/// ```
/// use runtime::value::Timestamp;
/// use webhooks::{Signer, Verifier};
///
/// let body = br#"{"id": "evt_1", "object": "event"}"#;
/// let header = Signer::new("whsec_abc").sign(body);
/// assert!(Verifier::new("whsec_abc")?.verify(&header, body).is_ok());
///
/// let old = Signer::new("whsec_abc").at(Timestamp(1_769_599_800)).sign(body);
/// assert!(old.starts_with("t=1769599800,v1="));
/// # Ok::<(), webhooks::SecretError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Signer {
    secrets: Vec<Secret>,
    at: Option<Timestamp>,
}

impl Signer {
    /// Signs with this secret. White space around it is cut off, as the
    /// [`Verifier`](super::Verifier) does; otherwise any text will do.
    pub fn new(secret: impl Into<Secret>) -> Self {
        Self {
            secrets: vec![secret::trimmed(&secret.into())],
            at: None,
        }
    }

    /// Signs with this secret too, as the API does while an endpoint's secret is being replaced.
    #[must_use]
    pub fn also(mut self, secret: impl Into<Secret>) -> Self {
        self.secrets.push(secret::trimmed(&secret.into()));
        self
    }

    /// Signs as of this time instead of now. A time before 1970 gives a header that no verifier
    /// accepts.
    #[must_use]
    pub fn at(mut self, time: impl Into<Timestamp>) -> Self {
        self.at = Some(time.into());
        self
    }

    /// The header for a body: `t=<seconds>,v1=<digits>`, with a `v1` for each secret.
    ///
    /// Without [`at`](Self::at), it is the system's time, and 1970 in a browser or worker, where
    /// there is none.
    pub fn sign(&self, body: impl AsRef<[u8]>) -> String {
        let now = || system_time().map_or(Timestamp(0), Timestamp::from);
        let time = self.at.unwrap_or_else(now).to_string();
        let mut header = format!("t={time}");
        for mac in self
            .secrets
            .iter()
            .filter_map(|secret| mac(secret, &time, body.as_ref()))
        {
            header.push_str(",v1=");
            header.push_str(&header::digits(&mac.finalize().into_bytes().into()));
        }
        header
    }
}
