//! How an inbox fails.

use std::error::Error as StdError;
use std::fmt;

/// Why an inbox failed.
pub struct InboxError {
    fault: InboxFault,
    text: String,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// What kind of failure an [`InboxError`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum InboxFault {
    /// The lease is over and the message belongs to another worker, or to none: what was done
    /// under it must not be kept.
    LeaseLost,
    /// The database cannot be reached, read or written: the source says why. Try again.
    Unavailable,
    /// The tables are of a later version of this crate, or are something else.
    Foreign,
    /// What is stored cannot be read.
    Damaged,
    /// Something else: inboxes of other crates and programs fail in their own ways.
    Other,
}

impl InboxError {
    /// A failure in words, which must hold nothing of a message.
    pub fn new(fault: InboxFault, text: impl Into<String>) -> Self {
        Self {
            fault,
            text: text.into(),
            source: None,
        }
    }

    /// The same with its cause.
    pub fn caused_by(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// The lease is over.
    pub fn lease_lost() -> Self {
        Self::new(
            InboxFault::LeaseLost,
            "the lease is over and somebody else may have the message: drop what was done",
        )
    }

    /// What kind of failure this is.
    pub fn fault(&self) -> InboxFault {
        self.fault
    }

    /// Whether the lease is over.
    pub fn is_lease_lost(&self) -> bool {
        self.fault == InboxFault::LeaseLost
    }
}

/// Shows the causes as they display themselves: what a database tells beside that may hold parts of
/// messages.
impl fmt::Debug for InboxError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let causes = std::iter::successors(self.source(), |&cause| cause.source());
        let causes: Vec<String> = causes.map(ToString::to_string).collect();
        out.debug_struct("InboxError")
            .field("fault", &self.fault)
            .field("text", &self.text)
            .field("causes", &causes)
            .finish()
    }
}

impl fmt::Display for InboxError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.text)
    }
}

impl StdError for InboxError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source
            .as_deref()
            .map(|source| source as &(dyn StdError + 'static))
    }
}
