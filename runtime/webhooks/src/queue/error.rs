//! The errors of an inbox.

use std::error::Error as StdError;
use std::fmt;

/// Why an operation of an inbox failed.
pub struct InboxError {
    kind: InboxErrorKind,
    message: String,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// The kind of an [`InboxError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum InboxErrorKind {
    /// The lease expired and the message was claimed by another worker, or is no longer leased:
    /// what was done under the lease must not be kept.
    LeaseLost,
    /// The database cannot be reached, read or written; the source says why. Retry later.
    Unavailable,
    /// The tables were made by a later version of this crate, or are not an inbox's.
    SchemaMismatch,
    /// What is stored cannot be read.
    Corrupted,
    /// Anything else. Inboxes of other crates may fail in other ways.
    Other,
}

impl InboxError {
    /// An error with a message, which must not contain parts of a webhook.
    pub fn new(kind: InboxErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            source: None,
        }
    }

    /// Sets the source.
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// The error of a lease that is no longer held.
    pub fn lease_lost() -> Self {
        Self::new(
            InboxErrorKind::LeaseLost,
            "the lease expired and another worker may process the message: roll back what was done",
        )
    }

    /// The kind.
    pub fn kind(&self) -> InboxErrorKind {
        self.kind
    }

    /// Whether the lease is no longer held.
    pub fn is_lease_lost(&self) -> bool {
        self.kind == InboxErrorKind::LeaseLost
    }
}

/// Shows the sources by their `Display`: the `Debug` of a database's error may contain parts of
/// messages.
impl fmt::Debug for InboxError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sources = std::iter::successors(self.source(), |&source| source.source());
        let sources: Vec<String> = sources.map(ToString::to_string).collect();
        out.debug_struct("InboxError")
            .field("kind", &self.kind)
            .field("message", &self.message)
            .field("sources", &sources)
            .finish()
    }
}

impl fmt::Display for InboxError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.message)
    }
}

impl StdError for InboxError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source
            .as_deref()
            .map(|source| source as &(dyn StdError + 'static))
    }
}
