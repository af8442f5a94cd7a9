//! Idempotency keys, one per logical call however many attempts it takes, and the journal that
//! remembers calls whose end is not known.
//!
//! In: a caller's text, or random numbers. Out: an [`IdempotencyKey`] that fits the header and
//! the server's limits. With a [`Journal`], a write is on record before it is sent, so that a
//! process that died before the answer came can send the same bytes under the same key again.
//! [`MemoryJournal`] keeps the record in this process, `FileJournal` (crate `journal`) in a
//! file. Nothing here sends a request or decides when a write has ended.

use std::fmt;

use http::HeaderName;

use crate::error::Error;

mod journal;
mod memory;
#[cfg(test)]
mod tests;

pub use journal::{Begun, Journal, JournalError, JournalFault};
pub use memory::MemoryJournal;

/// The header of idempotency keys.
pub(crate) const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// The longest key that the server takes, in bytes.
const LONGEST: usize = 255;

/// A checked idempotency key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// A key of the caller's own, unchanged.
    ///
    /// # Errors
    /// If it is empty, longer than 255 bytes, not ASCII, holds control characters, or begins
    /// or ends with a space (which HTTP would cut off, making it another key).
    pub fn new(text: impl Into<String>) -> Result<Self, Error> {
        let text = text.into();
        let fault = if text.is_empty() {
            "is empty"
        } else if text.len() > LONGEST {
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
        Err(Error::build(format!("the idempotency key {fault}")))
    }

    /// A new key from a source of random numbers, in the form of a UUID of version 4.
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
