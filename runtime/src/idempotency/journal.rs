//! The interface of journals and their errors.

use std::error::Error as StdError;
use std::fmt;
use std::time::SystemTime;

use crate::clock::BoxFuture;
use crate::http::PendingWrite;

/// Stores writes from before their first attempt until their outcome is known.
///
/// The client calls it for each write that has an idempotency key. It finishes a write that the
/// API accepted or permanently refused, or that was certainly not sent; a write whose outcome is
/// unknown, or whose future was dropped, stays in the journal.
///
/// A call that succeeded returns its response without waiting for `finish`, so that no future can
/// be dropped between the response and its return. A call that failed waits, because the write
/// must not be found in the journal, and executed, after the error says that it was not.
///
/// Two writes are the same to a journal if [`PendingWrite::is_same_request`] returns `true`. The
/// key alone does not identify a write: if a program uses one key for two requests by mistake,
/// the server rejects the second, and finishing it must not remove the first.
pub trait Journal: fmt::Debug + Send + Sync + 'static {
    /// Stores a write. When the future is ready, the record must be durable. Beginning a write that
    /// the journal already has changes nothing, not even its time, and returns
    /// [`BeginOutcome::AlreadyPresent`] with the time of the first.
    ///
    /// If the future is dropped before it is ready, the write is not sent. The journal must
    /// then remove the record that this call has made or is about to make. It keeps a record that
    /// existed before, and one that another call has begun since: that call got
    /// [`BeginOutcome::AlreadyPresent`] and depends on the record.
    ///
    /// # Errors
    /// If the write cannot be stored. It is then not sent, and must not be in the journal, unless
    /// the kind of the error is [`JournalErrorKind::Unanswered`].
    fn begin<'a>(
        &'a self,
        write: &'a PendingWrite,
    ) -> BoxFuture<'a, Result<BeginOutcome, JournalError>>;

    /// Removes a write. Removing one that the journal does not have changes nothing. A journal of
    /// several processes keeps a record that another process depends on, and returns
    /// [`JournalErrorKind::PassedOn`].
    ///
    /// The first poll of the future hands the removal over and does not block; the future is ready
    /// when the removal is durable. If it is dropped in between, the write is removed all the same.
    /// A `begin` that is called after the first poll begins the write anew.
    ///
    /// # Errors
    /// If the write cannot be removed. A call that succeeded returns its response regardless; the
    /// write is later found as pending, and if it is resumed, the server repeats its stored
    /// response.
    fn finish<'a>(&'a self, write: &'a PendingWrite) -> BoxFuture<'a, Result<(), JournalError>>;

    /// Returns the writes in the journal, oldest first.
    ///
    /// # Errors
    /// If the journal cannot be read.
    fn pending_writes(&self) -> BoxFuture<'_, Result<Vec<PendingWrite>, JournalError>>;
}

/// Whether [`Journal::begin`] stored a new record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BeginOutcome {
    /// The journal did not have the write before.
    Inserted,
    /// The journal had the write: an earlier call, perhaps of an earlier process, may have had an
    /// effect. An error before anything was sent does not finish such a write.
    AlreadyPresent {
        /// When that call began.
        begun: SystemTime,
    },
}

/// The error of a [`Journal`].
#[derive(Debug)]
pub struct JournalError {
    kind: JournalErrorKind,
    text: String,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// The kind of a [`JournalError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum JournalErrorKind {
    /// The file or its directory cannot be read or written; the source has the reason.
    Io,
    /// Another process, or another journal of this process, uses the file.
    Locked,
    /// The file is damaged before its end. What follows the damage is readable, so a crash is not
    /// the cause: the disk failed, or the file was edited.
    Damaged {
        /// The number of the damaged line, from 1.
        line: u64,
        /// The offset of that line in bytes, from 0.
        offset: u64,
    },
    /// The file is not a journal, or a journal of a later version of this crate.
    Foreign,
    /// The body is longer than the journal accepts.
    TooLarge,
    /// The journal's thread has ended.
    Closed,
    /// It is not known whether the record was stored or removed. After a begin with this error, the
    /// client reports the outcome of the write as unknown: it was not sent by this call, but the
    /// record may be found later, and the write be resumed.
    Unanswered,
    /// The record does not belong to this process any more, which shares its journal with others:
    /// another one has begun or resumed the write.
    PassedOn,
    /// Any other error of a journal.
    Other,
}

impl JournalError {
    /// An error of the kind [`JournalErrorKind::Other`]. The text must not contain data of a
    /// request.
    pub fn new(text: impl Into<String>) -> Self {
        Self {
            kind: JournalErrorKind::Other,
            text: text.into(),
            source: None,
        }
    }

    /// Sets the kind.
    #[must_use]
    pub fn with_kind(mut self, kind: JournalErrorKind) -> Self {
        self.kind = kind;
        self
    }

    /// Sets the error that caused this one.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// The kind of the error.
    pub fn kind(&self) -> JournalErrorKind {
        self.kind
    }
}

impl fmt::Display for JournalError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.text)
    }
}

impl StdError for JournalError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        let source = self.source.as_deref()?;
        Some(source)
    }
}
