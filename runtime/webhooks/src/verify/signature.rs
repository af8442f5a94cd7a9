//! Signatures of the scheme `v1`: verification, and a signer for tests.
//!
//! In: secrets, the time in a header, and the bytes of a body. Out: the secret that one of the
//! header's signatures was made with, or a header. The signed text is `<time>.<body>`. The code is
//! HMAC-SHA256 with the whole text of the secret as the key, its prefix included, written as 64
//! hexadecimal digits. The time is compared with the clock by the [`Verifier`](super::Verifier).

use std::time::SystemTime;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use wire::secret::Secret;
use wire::value::Timestamp;

use super::secret::trim_secret;
use super::signature_header::{SignatureCode, encode_hex};

/// The index of the secret that one of the codes was made with.
///
/// All secrets are compared with all codes, also after a match, and codes are compared in constant
/// time.
pub(super) fn find_signing_secret(
    secrets: &[Secret],
    time: &str,
    body: &[u8],
    codes: &[SignatureCode],
) -> Option<usize> {
    let mut found = None;
    for (index, secret) in secrets.iter().enumerate() {
        let Some(mac) = compute_mac(secret, time, body) else {
            continue;
        };
        // `|` and not `||`, so that the duration does not depend on which code matches.
        let fits = codes.iter().fold(false, |fits, code| {
            fits | mac.clone().verify_slice(code).is_ok()
        });
        if fits && found.is_none() {
            found = Some(index);
        }
    }
    found
}

/// The code of a body. HMAC takes keys of any length, so `None` does not happen; it would match
/// no code.
fn compute_mac(secret: &Secret, time: &str, body: &[u8]) -> Option<Hmac<Sha256>> {
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
    /// Signs with this secret. White space around it is removed, as by the
    /// [`Verifier`](super::Verifier); otherwise any text is accepted.
    pub fn new(secret: impl Into<Secret>) -> Self {
        Self {
            secrets: vec![trim_secret(&secret.into())],
            at: None,
        }
    }

    /// Adds a signature with this secret, as the API does while an endpoint's secret is rolled.
    #[must_use]
    pub fn also(mut self, secret: impl Into<Secret>) -> Self {
        self.secrets.push(trim_secret(&secret.into()));
        self
    }

    /// Sets the time of the signature. Defaults to now. No verifier accepts a time before 1970.
    #[must_use]
    pub fn at(mut self, time: impl Into<Timestamp>) -> Self {
        self.at = Some(time.into());
        self
    }

    /// The header for a body: `t=<seconds>,v1=<digits>`, with a `v1` for each secret.
    ///
    /// In a browser or web worker, which have no system clock, the time defaults to 1970.
    pub fn sign(&self, body: impl AsRef<[u8]>) -> String {
        let now = || system_time().map_or(Timestamp(0), Timestamp::from);
        let time = self.at.unwrap_or_else(now).to_string();
        let mut header = format!("t={time}");
        for mac in self
            .secrets
            .iter()
            .filter_map(|secret| compute_mac(secret, &time, body.as_ref()))
        {
            header.push_str(",v1=");
            header.push_str(&encode_hex(&mac.finalize().into_bytes().into()));
        }
        header
    }
}

/// The system's time; `None` in a browser or web worker, where Rust has no clock.
pub(super) fn system_time() -> Option<SystemTime> {
    #[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
    return None;
    #[cfg(not(all(target_arch = "wasm32", target_os = "unknown")))]
    #[expect(
        clippy::disallowed_methods,
        reason = "the calendar of programs without a clock"
    )]
    Some(SystemTime::now())
}
