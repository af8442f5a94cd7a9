//! Idempotency keys, one per logical call however many attempts it takes, and the journal that
//! remembers calls whose end is not known.
//!
//! In: a caller's text, or random numbers. Out: an [`IdempotencyKey`] that fits the header and
//! the server's limits. With a [`Journal`], a write is on record before it is sent, so that a
//! process that died before the answer came can send the same bytes under the same key again.

use std::error::Error as StdError;
use std::fmt;

use crate::clock::BoxFuture;
use crate::error::Error;
use crate::http::PendingWrite;

#[cfg(test)]
mod tests;

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

/// Remembers writes from before their first attempt until their end is known.
///
/// The client calls it for each write that carries an idempotency key. A write that has ended
/// with an answer, or that surely was not sent, is finished; one whose outcome is unknown, or
/// whose future was dropped, stays on record.
pub trait Journal: fmt::Debug + Send + Sync + 'static {
    /// Puts a write on record. When the future is ready, the record survives the end of the
    /// process. Beginning a write that is on record already, by key and account, changes nothing.
    ///
    /// # Errors
    /// If the record cannot be made. The write is then not sent.
    fn begin<'a>(&'a self, write: &'a PendingWrite) -> BoxFuture<'a, Result<(), JournalError>>;

    /// Takes a write off the record. Finishing one that is not on record changes nothing.
    ///
    /// # Errors
    /// If that fails. The call has its result all the same; its write will be found unfinished
    /// and, when resumed, be answered by the server from its own records.
    fn finish<'a>(&'a self, write: &'a PendingWrite) -> BoxFuture<'a, Result<(), JournalError>>;

    /// The writes on record, oldest first.
    ///
    /// # Errors
    /// If the record cannot be read.
    fn unfinished(&self) -> BoxFuture<'_, Result<Vec<PendingWrite>, JournalError>>;
}

/// Why a journal failed.
#[derive(Debug)]
pub struct JournalError {
    text: String,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl JournalError {
    /// A failure in words, which must hold nothing of a request.
    pub fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            source: None,
        }
    }

    /// The same with its cause.
    pub fn caused_by(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }
}

impl fmt::Display for JournalError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.text)
    }
}

impl StdError for JournalError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source
            .as_deref()
            .map(|source| source as &(dyn StdError + 'static))
    }
}
