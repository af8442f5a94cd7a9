//! A journal of pending writes in a file, which can be resumed after a crash of the process.
//!
//! In: writes that a client begins and finishes. Out: a future for each, which is ready once its
//! record is written and, with [`Durability::PowerLoss`], flushed. Guarantees: a process that opens
//! the file finds the writes that were begun and not finished, independent of when the previous
//! process was killed. `record` documents the format. One process at a time uses the file; its
//! directory should be on a local disk, because locks of network file systems are not reliable.

use std::fmt;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::thread::{self, JoinHandle};

use futures_channel::oneshot;
use runtime::clock::BoxFuture;
use runtime::http::PendingWrite;
use runtime::idempotency::{BeginOutcome, Journal, JournalError, JournalErrorKind};

mod file;
mod index;
mod log;
mod record;
mod replay;
#[cfg(test)]
mod tests;
mod writer;

use file::{JournalFile, OpenError};
use log::JournalLog;
use replay::{ReplayedLog, replay_log};
use writer::{BeginFuture, ResultSender, WriterMessage, closed_error, run_writer};

/// The default of [`FileJournalOptions::max_body_bytes`]: more than Stripe accepts as a file.
const DEFAULT_MAX_BODY_BYTES: usize = 16 << 20;
/// The default of [`FileJournalOptions::compact_above`].
const DEFAULT_COMPACT_ABOVE: u64 = 1 << 20;

/// The failures after which a record is still readable.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Durability {
    /// The end of the process: a record is written to the operating system, which takes some
    /// microseconds. It may be lost in a crash of the machine.
    Process,
    /// Also a power failure or a crash of the kernel: begins and finishes are flushed to the
    /// disk. A write costs two flushes, some milliseconds each on most disks, which concurrent
    /// calls share. This is the default, since a call over the network takes far longer.
    #[default]
    PowerLoss,
}

type DamageHandler = Arc<dyn Fn(&Discarded) + Send + Sync>;

/// Options of a [`FileJournal`].
///
/// ```
/// use journal::{Durability, FileJournal};
///
/// # fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let journal = FileJournal::options()
///     .durability(Durability::Process)
///     .max_body_bytes(1 << 20)
///     .open("state/writes.journal")?;
/// # let _ = journal;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
#[must_use = "call `open` to get a journal"]
pub struct FileJournalOptions {
    durability: Durability,
    max_body_bytes: usize,
    compact_above: u64,
    on_damage: Option<DamageHandler>,
}

impl fmt::Debug for FileJournalOptions {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("FileJournalOptions")
            .field("durability", &self.durability)
            .field("max_body_bytes", &self.max_body_bytes)
            .field("compact_above", &self.compact_above)
            .field("salvage", &self.on_damage.is_some())
            .finish()
    }
}

impl FileJournalOptions {
    /// Sets when records are flushed to the disk. Defaults to [`Durability::PowerLoss`].
    pub fn durability(mut self, durability: Durability) -> Self {
        self.durability = durability;
        self
    }

    /// Sets the maximum length of a journaled body in bytes. Defaults to 16 MiB. A write with a
    /// longer body fails and is not sent, because it could not be resumed: send large files with a
    /// client that has no journal.
    pub fn max_body_bytes(mut self, bytes: usize) -> Self {
        self.max_body_bytes = bytes;
        self
    }

    /// Sets the length in bytes above which the file is rewritten once three quarters of it belong
    /// to finished writes. Defaults to 1 MiB.
    pub fn compact_above(mut self, bytes: u64) -> Self {
        self.compact_above = bytes;
        self
    }

    /// Opens a damaged file too. The readable records are kept, a copy of the damaged file is made
    /// next to it with the suffix `.damaged`, and `on_damage` is called with what was lost. By
    /// default a damaged file is an error, since it may have had records of writes that were
    /// executed: look up what became of them before their programs repeat them.
    pub fn salvage(mut self, on_damage: impl Fn(&Discarded) + Send + Sync + 'static) -> Self {
        self.on_damage = Some(Arc::new(on_damage));
        self
    }

    /// Opens or creates a journal. Reads the file and so blocks the thread: call it when the
    /// program starts.
    ///
    /// # Errors
    /// [`JournalErrorKind::Locked`] if another process has the file open;
    /// [`JournalErrorKind::Damaged`] and [`JournalErrorKind::Foreign`] if the content is not that
    /// of a journal; [`JournalErrorKind::Io`] if the file or its directory cannot be created, read
    /// or written.
    pub fn open(&self, path: impl AsRef<Path>) -> Result<FileJournal, JournalError> {
        let durable = self.durability == Durability::PowerLoss;
        let (file, content) = JournalFile::open(path.as_ref(), durable).map_err(open_error)?;
        let replayed = replay_log(&content, self.on_damage.is_some())?;
        let discarded = Discarded::from_replay(&replayed);
        if let Some(discarded) = discarded.filter(Discarded::is_damage) {
            file.copy_damaged()
                .map_err(|error| io_error("the damaged journal cannot be copied", error))?;
            if let Some(on_damage) = &self.on_damage {
                on_damage(&discarded);
            }
        }
        let mut log = JournalLog::new(file, replayed, self.compact_above);
        log.repair()
            .map_err(|error| io_error("the journal cannot be written", error))?;
        let (messages, received) = channel();
        let thread = thread::Builder::new()
            .name("journal".to_owned())
            .spawn(move || run_writer(log, &received))
            .map_err(|error| io_error("the journal's thread cannot be started", error))?;
        Ok(FileJournal {
            messages: Some(messages),
            thread: Some(thread),
            max_body_bytes: self.max_body_bytes,
            discarded,
        })
    }
}

/// What of a file was not readable when it was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Discarded {
    /// The bytes at the end that a crash left incomplete. The calls that wrote them did not wait
    /// for the result, so none of these writes was sent.
    pub torn: u64,
    /// The damaged bytes; only with [`FileJournalOptions::salvage`].
    pub damaged: u64,
    /// The number of lines that are missing, each with the begin or the end of a write; only with
    /// [`FileJournalOptions::salvage`].
    pub missing_lines: u64,
}

impl Discarded {
    fn from_replay(replayed: &ReplayedLog) -> Option<Self> {
        let discarded = Self {
            torn: replayed.torn_bytes,
            damaged: replayed.skipped_bytes,
            missing_lines: replayed.missing_lines,
        };
        (discarded.torn > 0 || discarded.is_damage()).then_some(discarded)
    }

    /// Whether records were lost that calls depend on.
    fn is_damage(&self) -> bool {
        self.damaged > 0 || self.missing_lines > 0
    }
}

/// A [`Journal`] in a file of its own.
///
/// A thread writes the file, so calls do not block their executor, and any executor works.
/// Dropping the journal, with the last client that has it, ends the thread after it has processed
/// all pending requests.
///
/// The file holds the bodies of pending requests in plain text. It is created with permissions for
/// its owner only (mode 0600), and so is a missing directory (mode 0700). On systems other than
/// Unix, the permissions are those of the directory.
///
/// ```
/// # use runtime::client::{ApiSpec, Client};
/// use journal::FileJournal;
///
/// # async fn example(api: &'static ApiSpec) -> Result<(), Box<dyn std::error::Error>> {
/// let client = Client::builder(api)
///     .from_env()
///     .journal(FileJournal::open("state/writes.journal")?)
///     .build()?;
/// for write in client.pending_writes().await? {
///     // A write that cannot be resumed must not keep the others from being resumed.
///     if let Err(error) = client.resume(&write).await {
///         eprintln!("{write:?}: {error}");
///     }
/// }
/// # Ok(())
/// # }
/// ```
pub struct FileJournal {
    /// `None` only while the journal is dropped.
    messages: Option<Sender<WriterMessage>>,
    thread: Option<JoinHandle<()>>,
    max_body_bytes: usize,
    discarded: Option<Discarded>,
}

impl FileJournal {
    /// Opens or creates a journal with the defaults of [`FileJournalOptions`].
    ///
    /// # Errors
    /// Those of [`FileJournalOptions::open`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self, JournalError> {
        Self::options().open(path)
    }

    /// Returns the default options.
    pub fn options() -> FileJournalOptions {
        FileJournalOptions {
            durability: Durability::default(),
            max_body_bytes: DEFAULT_MAX_BODY_BYTES,
            compact_above: DEFAULT_COMPACT_ABOVE,
            on_damage: None,
        }
    }

    /// What was not readable when the file was opened; `None` if all of it was.
    pub fn discarded(&self) -> Option<Discarded> {
        self.discarded
    }

    fn messages(&self) -> Result<&Sender<WriterMessage>, JournalError> {
        self.messages.as_ref().ok_or_else(closed_error)
    }

    async fn send_message<T>(
        &self,
        message: impl FnOnce(ResultSender<T>) -> WriterMessage,
    ) -> Result<T, JournalError> {
        let (sender, result) = oneshot::channel();
        let sent = self.messages()?.send(message(sender));
        sent.map_err(|_| closed_error())?;
        result.await.map_err(|_| closed_error())?
    }

    fn check_body_length(&self, write: &PendingWrite) -> Result<(), JournalError> {
        let (length, max) = (write.body.len(), self.max_body_bytes);
        if length <= max {
            return Ok(());
        }
        let text = format!(
            "the body has {length} bytes, more than the {max} that the journal accepts: raise \
             `max_body_bytes`, or send it with a client that has no journal"
        );
        Err(JournalError::new(text).with_kind(JournalErrorKind::TooLarge))
    }
}

impl Journal for FileJournal {
    fn begin<'a>(
        &'a self,
        write: &'a PendingWrite,
    ) -> BoxFuture<'a, Result<BeginOutcome, JournalError>> {
        Box::pin(async move {
            self.check_body_length(write)?;
            BeginFuture::send(self.messages()?, write)?.await
        })
    }

    fn finish<'a>(&'a self, write: &'a PendingWrite) -> BoxFuture<'a, Result<(), JournalError>> {
        Box::pin(async move {
            let finish = |sender| WriterMessage::Finish(write.clone(), sender);
            self.send_message(finish).await.map(drop)
        })
    }

    fn pending_writes(&self) -> BoxFuture<'_, Result<Vec<PendingWrite>, JournalError>> {
        Box::pin(self.send_message(WriterMessage::ListPending))
    }
}

impl Drop for FileJournal {
    fn drop(&mut self) {
        self.messages = None;
        if let Some(thread) = self.thread.take() {
            // A panic of the thread could not be reported from here.
            let _ = thread.join();
        }
    }
}

impl fmt::Debug for FileJournal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("FileJournal")
            .field("max_body_bytes", &self.max_body_bytes)
            .field("discarded", &self.discarded)
            .finish_non_exhaustive()
    }
}

fn open_error(error: OpenError) -> JournalError {
    match error {
        OpenError::Io(text, error) => io_error(text, error),
        OpenError::Locked => {
            let text = "another process uses the journal: give each process a file of its own";
            JournalError::new(text).with_kind(JournalErrorKind::Locked)
        }
    }
}

fn io_error(text: &str, error: io::Error) -> JournalError {
    JournalError::new(text)
        .with_kind(JournalErrorKind::Io)
        .with_source(error)
}
