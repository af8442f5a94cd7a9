//! A journal in a file, for programs that must survive their own death.
//!
//! In: writes. Out: a promise for each that its record is in the file, on the disk if that is
//! asked for. Afterwards whoever opens the file finds exactly the writes that were begun and not
//! finished, whenever the last process was killed. `record` documents the format. The file is
//! used by one process at a time, and its directory should be on a local disk: locks of network
//! file systems are not to be relied on.

use std::fmt;
use std::path::Path;
use std::sync::mpsc::{Sender, channel};
use std::thread::{self, JoinHandle};

use runtime::idempotency::{Begun, Journal, JournalError, JournalFault};
use runtime::clock::BoxFuture;
use runtime::http::PendingWrite;

mod clerk;
mod disk;
mod ledger;
mod record;
mod replay;
mod reply;
#[cfg(test)]
mod tests;
mod writer;

use clerk::Clerk;
use disk::{Disk, OpenFault};
use reply::{Promise, closed, promise};
use writer::{Beginning, Command};

/// The longest body, if nobody says otherwise: above what Stripe takes as a file.
const LONGEST_BODY: usize = 16 << 20;
/// The length above which files are compacted, if nobody says otherwise.
const COMPACT_ABOVE: u64 = 1 << 20;

/// What a record survives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Durability {
    /// The end of the process, in whatever way, but not of the machine: a record is handed to
    /// the operating system. It costs some microseconds.
    Process,
    /// Also a failure of power or kernel: a record is on the disk, and so is its end. It costs two
    /// flushes, some milliseconds each on most disks, which calls at the same time share. The default, since a call
    /// over the network takes far longer.
    #[default]
    PowerLoss,
}

/// How a [`FileJournal`] is kept.
///
/// ```
/// use runtime::idempotency::{Durability, FileJournal};
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
#[derive(Clone, Debug)]
#[must_use = "call `open` to get a journal"]
pub struct FileJournalOptions {
    durability: Durability,
    max_body_bytes: usize,
    compact_above: u64,
    salvage: bool,
}

impl FileJournalOptions {
    /// What a record survives. [`Durability::PowerLoss`] by default.
    pub fn durability(mut self, durability: Durability) -> Self {
        self.durability = durability;
        self
    }

    /// The longest body to record. 16 MiB by default. A write with a longer one is refused and
    /// not sent, since it could not be resumed: send large files with a client that has no
    /// journal.
    pub fn max_body_bytes(mut self, bytes: usize) -> Self {
        self.max_body_bytes = bytes;
        self
    }

    /// The length in bytes above which the file is written anew once three quarters of it are
    /// writes that have ended. 1 MiB by default.
    pub fn compact_above(mut self, bytes: u64) -> Self {
        self.compact_above = bytes;
        self
    }

    /// Opens a damaged file too: keeps what is readable, and a copy of the file as it was next
    /// to it, with `.damaged` at the end of its name. Off by default, since writes in the
    /// damaged lines are lost; [`FileJournal::discarded`] says how much that was.
    pub fn salvage(mut self, salvage: bool) -> Self {
        self.salvage = salvage;
        self
    }

    /// Opens or creates a journal. Reads the file, and so blocks the thread: call it when the
    /// program starts.
    ///
    /// # Errors
    /// [`JournalFault::Locked`] if another process has it open; [`JournalFault::Damaged`] and
    /// [`JournalFault::Foreign`] if the file is not what a journal wrote; [`JournalFault::Io`]
    /// if file or directory cannot be created, read or written.
    pub fn open(&self, path: impl AsRef<Path>) -> Result<FileJournal, JournalError> {
        let durable = self.durability == Durability::PowerLoss;
        let (disk, text) = Disk::open(path.as_ref(), durable).map_err(unopened)?;
        let replay = replay::replay(&text, self.salvage)?;
        if replay.skipped > 0 {
            disk.keep_copy()
                .map_err(|fault| io_fault("the damaged journal cannot be copied", fault))?;
        }
        let discarded = Discarded::of(&replay);
        let mut clerk = Clerk::new(disk, replay, self.compact_above);
        clerk
            .mend()
            .map_err(|fault| io_fault("the journal cannot be written", fault))?;
        let (commands, received) = channel();
        let thread = thread::Builder::new()
            .name("journal".to_owned())
            .spawn(move || writer::serve(clerk, &received))
            .map_err(|fault| io_fault("the journal's thread cannot be started", fault))?;
        Ok(FileJournal {
            commands: Some(commands),
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
    /// The bytes at the end that a crash had left incomplete. No call was told that they were on
    /// record, so no write of theirs was sent.
    pub torn: u64,
    /// The bytes before the end that were damaged; only with [`FileJournalOptions::salvage`].
    pub damaged: u64,
}

impl Discarded {
    fn of(replay: &replay::Replay) -> Option<Self> {
        let (torn, damaged) = (replay.torn, replay.skipped);
        (torn + damaged > 0).then_some(Self { torn, damaged })
    }
}

/// A [`Journal`] in a file of its own.
///
/// A thread writes it, so calls do not block their executor, and any executor will do. Dropping
/// the journal, with the last client that has it, ends the thread after it has written what was
/// asked for.
///
/// The file holds the bodies of unfinished requests, in plain text. It is created for its owner
/// alone (mode 0600), and so is a directory that is missing (mode 0700); on other systems than
/// Unix, access follows from the directory.
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
///     // One that cannot be resumed must not hold up the others.
///     if let Err(error) = client.resume(&write).await {
///         eprintln!("{write:?}: {error}");
///     }
/// }
/// # Ok(())
/// # }
/// ```
pub struct FileJournal {
    /// There until the journal is dropped.
    commands: Option<Sender<Command>>,
    thread: Option<JoinHandle<()>>,
    max_body_bytes: usize,
    discarded: Option<Discarded>,
}

impl FileJournal {
    /// Opens or creates a journal with the defaults of [`FileJournalOptions`].
    ///
    /// # Errors
    /// As [`FileJournalOptions::open`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self, JournalError> {
        Self::options().open(path)
    }

    /// The defaults, to be changed.
    pub fn options() -> FileJournalOptions {
        FileJournalOptions {
            durability: Durability::default(),
            max_body_bytes: LONGEST_BODY,
            compact_above: COMPACT_ABOVE,
            salvage: false,
        }
    }

    /// What of the file was not readable when it was opened; `None` if all of it was.
    pub fn discarded(&self) -> Option<Discarded> {
        self.discarded
    }

    fn commands(&self) -> Result<&Sender<Command>, JournalError> {
        self.commands.as_ref().ok_or_else(closed)
    }

    async fn ask<T>(&self, command: impl FnOnce(Promise<T>) -> Command) -> Result<T, JournalError> {
        let (promise, answer) = promise();
        let sent = self.commands()?.send(command(promise));
        sent.map_err(|_| closed())?;
        answer.await
    }

    fn check_size(&self, write: &PendingWrite) -> Result<(), JournalError> {
        let (length, longest) = (write.body.len(), self.max_body_bytes);
        if length <= longest {
            return Ok(());
        }
        let text = format!(
            "a body of {length} bytes is longer than the {longest} that the journal may record: \
             raise `max_body_bytes`, or send it with a client that has no journal"
        );
        Err(JournalError::of(JournalFault::TooLarge, text))
    }
}

impl Journal for FileJournal {
    fn begin<'a>(&'a self, write: &'a PendingWrite) -> BoxFuture<'a, Result<Begun, JournalError>> {
        Box::pin(async move {
            self.check_size(write)?;
            Beginning::send(self.commands()?, write)?.await
        })
    }

    fn finish<'a>(&'a self, write: &'a PendingWrite) -> BoxFuture<'a, Result<(), JournalError>> {
        Box::pin(async move {
            let finish = |promise| Command::Finish(write.clone(), promise);
            self.ask(finish).await.map(drop)
        })
    }

    fn unfinished(&self) -> BoxFuture<'_, Result<Vec<PendingWrite>, JournalError>> {
        Box::pin(self.ask(Command::List))
    }
}

impl Drop for FileJournal {
    fn drop(&mut self) {
        self.commands = None;
        if let Some(thread) = self.thread.take() {
            // It cannot have panicked, and there would be nobody to tell.
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

fn unopened(fault: OpenFault) -> JournalError {
    match fault {
        OpenFault::Io(what, fault) => io_fault(what, fault),
        OpenFault::Locked => JournalError::of(
            JournalFault::Locked,
            "another process uses the journal: give each process a file of its own",
        ),
    }
}

fn io_fault(what: &str, fault: std::io::Error) -> JournalError {
    JournalError::of(JournalFault::Io, what).caused_by(fault)
}
