//! What a journal promises, and how it fails.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

use crate::clock::BoxFuture;
use crate::http::PendingWrite;

/// Remembers writes from before their first attempt until their end is known.
///
/// The client calls it for each write that carries an idempotency key. A write that has ended
/// with an answer, or that surely was not sent, is finished; one whose outcome is unknown, or
/// whose future was dropped, stays on record.
///
/// Two writes are the same to a journal if [`PendingWrite::is_same_request`] says so. Going by
/// the key alone would not do: a program that uses one key for two requests by mistake is told
/// so by the server, and the end of the second must not erase the first.
pub trait Journal: fmt::Debug + Send + Sync + 'static {
    /// Puts a write on record. When the future is ready, the record survives the end of the
    /// process. Beginning a write that is on record already changes nothing, not even the time,
    /// and answers [`Begun::Before`].
    ///
    /// If the future is dropped before it is ready, the write is not sent. A journal should then
    /// take back the record that this call has made or is about to make, and none that was there
    /// before, nor one that another call has begun since: that one was told [`Begun::Before`]
    /// and relies on it.
    ///
    /// # Errors
    /// If the record cannot be made. The write is then not sent.
    fn begin<'a>(&'a self, write: &'a PendingWrite) -> BoxFuture<'a, Result<Begun, JournalError>>;

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

impl<J: Journal + ?Sized> Journal for Arc<J> {
    fn begin<'a>(&'a self, write: &'a PendingWrite) -> BoxFuture<'a, Result<Begun, JournalError>> {
        (**self).begin(write)
    }

    fn finish<'a>(&'a self, write: &'a PendingWrite) -> BoxFuture<'a, Result<(), JournalError>> {
        (**self).finish(write)
    }

    fn unfinished(&self) -> BoxFuture<'_, Result<Vec<PendingWrite>, JournalError>> {
        (**self).unfinished()
    }
}

/// Whether a write was on record when it was begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Begun {
    /// It was not; it is now.
    New,
    /// It was: an earlier call, perhaps of an earlier process, may have had an effect. A failure
    /// that surely happened before anything was sent does not end such a write.
    Before,
}

/// Why a journal failed.
#[derive(Debug)]
pub struct JournalError {
    fault: JournalFault,
    text: String,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// What kind of failure a [`JournalError`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum JournalFault {
    /// The file or its directory cannot be read or written: the source says why.
    Io,
    /// Another process, or another journal of this one, uses the file.
    Locked,
    /// The file is damaged before its end. What follows the damage is readable, so this is not
    /// what a crash leaves behind: a disk fault, or somebody edited the file.
    Damaged {
        /// The line with the damage, from 1.
        line: u64,
        /// The byte at which that line begins, from 0.
        offset: u64,
    },
    /// The file is no journal, or one of a later version of this crate.
    Foreign,
    /// The body is longer than the journal may record.
    TooLarge,
    /// The journal's thread has ended.
    Closed,
    /// Something else: journals of other crates and programs fail in their own ways.
    Other,
}

impl JournalError {
    /// A failure in words, which must hold nothing of a request.
    pub fn new(text: impl Into<String>) -> Self {
        Self::of(JournalFault::Other, text)
    }

    /// A failure of a kind, in words that must hold nothing of a request.
    pub fn of(fault: JournalFault, text: impl Into<String>) -> Self {
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

    /// What kind of failure this is.
    pub fn fault(&self) -> JournalFault {
        self.fault
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
