//! Keeps the writes on record and the file in step, batch by batch.
//!
//! In: what calls want to begin and finish. Out: the answer to each, once the record is written.
//! Afterwards the file says what the ledger says, or is known not to and is written anew before
//! anything is promised again. There is no thread and no waiting here.

use std::io;

use super::record::{begin_line, finish_line, start_line};
use super::replay::Replay;
use runtime::http::PendingWrite;
use runtime::idempotency::{Begun, JournalError, JournalFault};
use crate::ledger::{Entry, Ledger};

#[cfg(test)]
mod tests;

/// Where the lines are kept.
pub(crate) trait Medium {
    /// Adds bytes at the end. If that fails, any part of them may be there.
    fn append(&mut self, bytes: &[u8], durable: bool) -> io::Result<()>;
    /// Cuts off what follows the first `length` bytes.
    fn cut(&mut self, length: u64) -> io::Result<()>;
    /// Writes the bytes that `swap` puts in the place of all others. Changes nothing yet.
    fn prepare(&mut self, bytes: &[u8]) -> io::Result<()>;
    /// Puts what was prepared in the place of all others. If that fails, it may be in place.
    fn swap(&mut self) -> io::Result<()>;
}

/// What a call wants.
#[derive(Debug)]
pub(crate) enum Order {
    Begin(PendingWrite),
    Finish(PendingWrite),
    /// The end of a begin that was given up.
    TakeBack(PendingWrite),
}

/// The record and where it is kept.
#[derive(Debug)]
pub(crate) struct Clerk<M> {
    medium: M,
    ledger: Ledger,
    /// The number of the next line.
    next: u64,
    length: u64,
    /// How many bytes the unfinished writes take.
    live: u64,
    /// Whether the file may say something else than the ledger.
    astray: bool,
    /// The length above which a file that is mostly finished writes is written anew.
    compact_above: u64,
    /// The length at which compacting is tried next, after it failed.
    not_before: u64,
}

/// How to take a change of the ledger back.
enum Undo {
    Remove(u64),
    Insert(u64, Box<Entry>),
}

impl<M: Medium> Clerk<M> {
    /// Takes over what a file says.
    pub(crate) fn new(medium: M, replay: Replay, compact_above: u64) -> Self {
        let live = replay.ledger.size();
        Self {
            medium,
            ledger: replay.ledger,
            next: replay.next,
            length: replay.length,
            live,
            // A torn end has to go before anything can follow, and a new file needs its start.
            astray: replay.torn > 0 || replay.skipped > 0 || replay.next == 0,
            compact_above,
            not_before: 0,
        }
    }

    /// The unfinished writes, oldest first.
    pub(crate) fn unfinished(&self) -> Vec<PendingWrite> {
        self.ledger.writes().cloned().collect()
    }

    /// Brings the file back into step with the ledger, if it is not.
    pub(crate) fn mend(&mut self) -> io::Result<()> {
        if self.astray {
            self.rewrite()?;
            self.astray = false;
        }
        Ok(())
    }

    /// Carries out a batch with one access to the file. If that fails, nothing of the batch has
    /// happened, and all of it is answered with the error.
    pub(crate) fn process(&mut self, batch: Vec<Order>) -> Vec<Result<Begun, JournalError>> {
        let count = batch.len();
        let failed = |fault: &io::Error| (0..count).map(|_| Err(unwritten(fault))).collect();
        if let Err(fault) = self.mend() {
            return failed(&fault);
        }
        let mut lines = Vec::new();
        let (next, mut undo, mut durable) = (self.next, Vec::new(), false);
        let mut answers = Vec::with_capacity(count);
        for order in batch {
            let (line, answer) = self.carry_out(order, &mut undo);
            // Ends matter as much as beginnings: a write that its caller was told was refused or
            // not sent must not be found, and carried out, after a power failure.
            durable |= !line.is_empty();
            lines.extend_from_slice(&line);
            answers.push(Ok(answer.unwrap_or(Begun::Before)));
        }
        if lines.is_empty() {
            return answers;
        }
        if let Err(fault) = self.medium.append(&lines, durable) {
            self.take_back(undo, next);
            return failed(&fault);
        }
        self.length += lines.len() as u64;
        self.compact();
        answers
    }

    /// The line for an order, which may be none, and how a begin ended.
    fn carry_out(&mut self, order: Order, undo: &mut Vec<Undo>) -> (Vec<u8>, Option<Begun>) {
        match order {
            Order::Begin(write) => {
                if let Some(number) = self.ledger.find(&write) {
                    self.ledger.share(number);
                    return (Vec::new(), Some(Begun::Before));
                }
                let (number, line) = (self.next, begin_line(self.next, &write));
                let size = line.len() as u64;
                self.next += 1;
                self.live += size;
                self.ledger.insert(number, Entry::new(write, size));
                undo.push(Undo::Remove(number));
                (line, Some(Begun::New))
            }
            Order::Finish(write) => (self.remove(self.ledger.find(&write), undo), None),
            // Another call that was told `Before` may be on its way and needs the record.
            Order::TakeBack(write) => (self.remove(self.ledger.find_own(&write), undo), None),
        }
    }

    /// The line for the end of a record, none if there is none.
    fn remove(&mut self, number: Option<u64>, undo: &mut Vec<Undo>) -> Vec<u8> {
        let Some((begun, entry)) = number.and_then(|n| Some((n, self.ledger.remove(n)?))) else {
            return Vec::new();
        };
        let line = finish_line(self.next, begun);
        self.next += 1;
        self.live -= entry.size;
        undo.push(Undo::Insert(begun, Box::new(entry)));
        line
    }

    /// Takes a batch back that may be in the file in part. Should the process end before the
    /// file is written anew, what is left of the batch may be found as unfinished.
    fn take_back(&mut self, undo: Vec<Undo>, next: u64) {
        for step in undo.into_iter().rev() {
            match step {
                Undo::Remove(number) => drop(self.ledger.remove(number)),
                Undo::Insert(number, entry) => self.ledger.insert(number, *entry),
            }
        }
        self.next = next;
        self.live = self.ledger.size();
        // Even if cutting succeeds: after a failed write to the disk, the system may take pages
        // for written that are not. A new file is the only safe ground.
        self.astray = true;
        let _ = self.medium.cut(self.length);
    }

    /// Drops finished writes from a file that is mostly made of them. Failing to is no failure
    /// of the batch, whose record stands.
    fn compact(&mut self) {
        let worth_it = self.length > self.compact_above && self.live < self.length / 4;
        if !worth_it || self.length < self.not_before {
            return;
        }
        if self.rewrite().is_err() {
            self.not_before = self.length.saturating_mul(2);
        }
    }

    fn rewrite(&mut self) -> io::Result<()> {
        let mut lines = start_line();
        let (mut ledger, mut live, mut next) = (Ledger::default(), 0, 1);
        for entry in self.ledger.entries() {
            let line = begin_line(next, &entry.write);
            let (size, entry) = (line.len() as u64, entry.clone());
            lines.extend_from_slice(&line);
            ledger.insert(next, Entry { size, ..entry });
            live += size;
            next += 1;
        }
        self.medium.prepare(&lines)?;
        // Until the swap is known to be complete, either file may be the one that is found.
        self.astray = true;
        self.medium.swap()?;
        self.astray = false;
        (self.ledger, self.live, self.next) = (ledger, live, next);
        (self.length, self.not_before) = (lines.len() as u64, 0);
        Ok(())
    }
}

fn unwritten(fault: &io::Error) -> JournalError {
    let text = "the journal's file could not be written";
    let cause = io::Error::new(fault.kind(), fault.to_string());
    JournalError::of(JournalFault::Io, text).caused_by(cause)
}
