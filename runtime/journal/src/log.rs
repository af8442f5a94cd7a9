//! The append-only log of a journal and the index of what is pending in it.
//!
//! In: batches of commands. Out: a result for each, once its line is written. Guarantees: the
//! storage agrees with the index, or is marked as dirty and rewritten before the next batch. This
//! module has no threads and does not wait.

use std::io;

use runtime::http::PendingWrite;
use runtime::idempotency::{BeginOutcome, JournalError, JournalErrorKind};

use crate::index::{IndexedWrite, PendingWriteIndex};
use crate::record::{begin_line, finish_line, start_line};
use crate::replay::ReplayedLog;

#[cfg(test)]
mod tests;

/// Stores the lines of a log.
pub(crate) trait LogStorage {
    /// Appends bytes. On failure, any part of them may have been written.
    fn append_bytes(&mut self, bytes: &[u8], durable: bool) -> io::Result<()>;
    /// Truncates the log to `length` bytes.
    fn truncate_to(&mut self, length: u64) -> io::Result<()>;
    /// Writes the replacement that `commit_replacement` installs. The log itself is unchanged.
    fn prepare_replacement(&mut self, bytes: &[u8]) -> io::Result<()>;
    /// Replaces the whole log. On failure, the replacement may have been installed.
    fn commit_replacement(&mut self) -> io::Result<()>;
}

/// A change of the log.
#[derive(Clone, Debug)]
pub(crate) enum LogCommand {
    Begin(PendingWrite),
    Finish(PendingWrite),
    /// Removes the record of a begin whose future was dropped.
    Rollback(PendingWrite),
}

/// The pending writes and the storage of their lines.
#[derive(Debug)]
pub(crate) struct JournalLog<S> {
    storage: S,
    index: PendingWriteIndex,
    /// The number of the next line.
    next_number: u64,
    /// The length of the log in bytes.
    length: u64,
    /// The bytes that lines of pending writes take.
    pending_bytes: u64,
    /// Whether the storage may differ from the index.
    is_dirty: bool,
    /// The length above which a log that consists mostly of finished writes is compacted.
    compact_above: u64,
    /// The length at which compaction is tried again after it failed.
    next_compaction_length: u64,
}

/// How to undo one change of the index.
enum UndoStep {
    Remove(u64),
    Insert(u64, Box<IndexedWrite>),
}

impl<S: LogStorage> JournalLog<S> {
    /// A log that continues what was read from the storage.
    pub(crate) fn new(storage: S, replayed: ReplayedLog, compact_above: u64) -> Self {
        let is_new = replayed.next_number == 0;
        Self {
            storage,
            pending_bytes: replayed.index.total_size(),
            index: replayed.index,
            next_number: replayed.next_number,
            length: replayed.length,
            // A torn end has to be removed before anything is appended, and a new log needs its
            // first line.
            is_dirty: replayed.torn_bytes > 0
                || replayed.skipped_bytes > 0
                || replayed.missing_lines > 0
                || is_new,
            compact_above,
            next_compaction_length: 0,
        }
    }

    /// The pending writes, oldest first.
    pub(crate) fn pending_writes(&self) -> Vec<PendingWrite> {
        self.index.pending_writes().cloned().collect()
    }

    /// Rewrites the storage from the index if it is dirty.
    pub(crate) fn repair(&mut self) -> io::Result<()> {
        if self.is_dirty {
            self.rewrite_storage()?;
            self.is_dirty = false;
        }
        Ok(())
    }

    /// Applies a batch with one append. If the append fails, no command of the batch has been
    /// applied, and each has the error as its result.
    pub(crate) fn apply_batch(
        &mut self,
        batch: Vec<LogCommand>,
    ) -> Vec<Result<BeginOutcome, JournalError>> {
        let count = batch.len();
        let failed = |error: &io::Error| (0..count).map(|_| Err(write_error(error))).collect();
        if let Err(error) = self.repair() {
            return failed(&error);
        }
        let mut lines = Vec::new();
        let (next_number, mut undo, mut durable) = (self.next_number, Vec::new(), false);
        let mut results = Vec::with_capacity(count);
        for command in batch {
            let (line, outcome) = self.apply_command(command, &mut undo);
            // Finishes are flushed as well: a write that was reported as rejected or not sent
            // must not be found, and executed, after a power failure.
            durable |= !line.is_empty();
            lines.extend_from_slice(&line);
            results.push(Ok(outcome.unwrap_or(BeginOutcome::Inserted)));
        }
        if lines.is_empty() {
            return results;
        }
        if let Err(error) = self.storage.append_bytes(&lines, durable) {
            self.undo_batch(undo, next_number);
            return failed(&error);
        }
        self.length += lines.len() as u64;
        self.compact_if_worthwhile();
        results
    }

    /// Returns the line of a command, which may be empty, and the outcome of a begin.
    fn apply_command(
        &mut self,
        command: LogCommand,
        undo: &mut Vec<UndoStep>,
    ) -> (Vec<u8>, Option<BeginOutcome>) {
        match command {
            LogCommand::Begin(write) => {
                if let Some(begun) = self.index.share_write(&write) {
                    return (Vec::new(), Some(BeginOutcome::AlreadyPresent { begun }));
                }
                let (number, line) = (self.next_number, begin_line(self.next_number, &write));
                let size = line.len() as u64;
                self.next_number += 1;
                self.pending_bytes += size;
                self.index.insert(number, IndexedWrite::new(write, size));
                undo.push(UndoStep::Remove(number));
                (line, Some(BeginOutcome::Inserted))
            }
            LogCommand::Finish(write) => {
                let number = self.index.find_number(&write);
                (self.remove_write(number, undo), None)
            }
            // A call that got `AlreadyPresent` may be in flight and needs the record.
            LogCommand::Rollback(write) => {
                let number = self.index.find_unshared(&write);
                (self.remove_write(number, undo), None)
            }
        }
    }

    /// Returns the line that finishes a write; empty if the write is not pending.
    fn remove_write(&mut self, number: Option<u64>, undo: &mut Vec<UndoStep>) -> Vec<u8> {
        let Some((begun, indexed)) = number.and_then(|n| Some((n, self.index.remove(n)?))) else {
            return Vec::new();
        };
        let line = finish_line(self.next_number, begun);
        self.next_number += 1;
        self.pending_bytes -= indexed.size;
        undo.push(UndoStep::Insert(begun, Box::new(indexed)));
        line
    }

    /// Undoes a batch of which a part may have been written. If the process ends before the
    /// storage is rewritten, writes of that part may be found as pending.
    fn undo_batch(&mut self, undo: Vec<UndoStep>, next_number: u64) {
        for step in undo.into_iter().rev() {
            match step {
                UndoStep::Remove(number) => drop(self.index.remove(number)),
                UndoStep::Insert(number, indexed) => self.index.insert(number, *indexed),
            }
        }
        self.next_number = next_number;
        self.pending_bytes = self.index.total_size();
        // Dirty even if the truncation succeeds: after a failed write, the operating system may
        // mark pages as clean that are not on the disk. Only a new file is safe.
        self.is_dirty = true;
        let _ = self.storage.truncate_to(self.length);
    }

    /// Removes finished writes from a log that consists mostly of them. A failure does not fail
    /// the batch, whose lines are written.
    fn compact_if_worthwhile(&mut self) {
        let is_mostly_finished = self.pending_bytes < self.length / 4;
        let is_worthwhile = self.length > self.compact_above && is_mostly_finished;
        if !is_worthwhile || self.length < self.next_compaction_length {
            return;
        }
        if self.rewrite_storage().is_err() {
            self.next_compaction_length = self.length.saturating_mul(2);
        }
    }

    fn rewrite_storage(&mut self) -> io::Result<()> {
        let mut lines = start_line();
        let (mut index, mut next_number) = (PendingWriteIndex::default(), 1);
        for indexed in self.index.indexed_writes() {
            let line = begin_line(next_number, &indexed.write);
            let (size, indexed) = (line.len() as u64, indexed.clone());
            lines.extend_from_slice(&line);
            index.insert(next_number, IndexedWrite { size, ..indexed });
            next_number += 1;
        }
        self.storage.prepare_replacement(&lines)?;
        // Until the replacement is known to be complete, either file may be found after a crash.
        self.is_dirty = true;
        self.storage.commit_replacement()?;
        self.is_dirty = false;
        self.pending_bytes = index.total_size();
        (self.index, self.next_number) = (index, next_number);
        (self.length, self.next_compaction_length) = (lines.len() as u64, 0);
        Ok(())
    }
}

fn write_error(error: &io::Error) -> JournalError {
    let source = io::Error::new(error.kind(), error.to_string());
    JournalError::new("the journal file could not be written")
        .with_kind(JournalErrorKind::Io)
        .with_source(source)
}
