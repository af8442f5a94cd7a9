//! Idempotency keys, one per call for all its attempts, and the journal of writes whose outcome
//! is not known.
//!
//! In: a caller's string, or random numbers. Out: an [`IdempotencyKey`] that is valid in a header
//! and within the server's limits. With a [`Journal`], a write is journaled before it is sent. A
//! process that starts after a crash can then send the same bytes under the same key again.
//! [`MemoryJournal`] stores writes in this process, `FileJournal` (crate `journal`) in a file. This
//! module sends no requests and does not decide when a write is finished.

use std::fmt;

use http::HeaderName;

use crate::error::Error;

mod journal;
mod memory;
#[cfg(test)]
mod tests;

pub use journal::{BeginOutcome, Journal, JournalError, JournalErrorKind};
pub use memory::MemoryJournal;

/// The header of idempotency keys.
pub(crate) const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// The maximum length of a key in bytes, which is Stripe's limit.
const MAX_KEY_BYTES: usize = 255;

/// A valid idempotency key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// Creates a key from a caller's string, unchanged.
    ///
    /// # Errors
    /// Returns [`Error::is_build`] if it is empty, longer than 255 bytes, not ASCII, contains
    /// control characters, or begins or ends with a space (which HTTP would remove).
    pub fn new(text: impl Into<String>) -> Result<Self, Error> {
        let text = text.into();
        let problem = if text.is_empty() {
            "is empty"
        } else if text.len() > MAX_KEY_BYTES {
            "is longer than 255 characters"
        } else if !text
            .bytes()
            .all(|byte| byte == b' ' || byte.is_ascii_graphic())
        {
            "holds control characters or others that are not ASCII"
        } else if text.starts_with(' ') || text.ends_with(' ') {
            "begins or ends with a space"
        } else {
            return Ok(Self(text));
        };
        Err(Error::build(format!("the idempotency key {problem}")))
    }

    /// Generates a key from a source of random numbers, in the form of a UUID of version 4.
    pub fn random(mut draw: impl FnMut() -> u64) -> Self {
        let (high, low) = (draw(), draw());
        Self(format!(
            "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
            high >> 32,
            (high >> 16) & 0xffff,
            high & 0xfff,
            (low >> 48) & 0x3fff | 0x8000,
            low & 0xffff_ffff_ffff,
        ))
    }

    /// The key as it is sent.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for IdempotencyKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}
