//! From the bytes of a journal file to the writes that it has on record.
//!
//! A crash leaves a prefix of what was written, and a power failure perhaps a last piece that is
//! not what was written. So unreadable bytes with nothing readable after them are the torn end
//! of a batch that nobody was told about, and are dropped. Unreadable bytes before readable ones
//! are damage, and are reported, unless the caller wants to salvage the rest.

use super::record::{Record, Unreadable, VERSION, parse, start_line};
use runtime::idempotency::{JournalError, JournalFault};
use crate::ledger::{Entry, Ledger};

#[cfg(test)]
mod tests;

/// What a file says.
#[derive(Debug, Default)]
pub(crate) struct Replay {
    pub(crate) ledger: Ledger,
    /// The number of the next line.
    pub(crate) next: u64,
    /// How much of the file is good.
    pub(crate) length: u64,
    /// How many bytes at the end were dropped.
    pub(crate) torn: u64,
    /// How many bytes before the end were skipped; only when salvaging.
    pub(crate) skipped: u64,
}

/// Reads a file.
pub(crate) fn replay(text: &[u8], salvage: bool) -> Result<Replay, JournalError> {
    let mut replay = Replay::default();
    let mut rest = text;
    let mut line = 0;
    while !rest.is_empty() {
        line += 1;
        let length = rest.iter().position(|byte| *byte == b'\n');
        let read = match length {
            Some(length) => replay.take(rest.get(..length).unwrap_or_default(), salvage),
            None => Err(Unreadable::Altered),
        };
        let size = length.map_or(rest.len(), |length| length + 1);
        let after = rest.get(size..).unwrap_or_default();
        match read {
            Ok(()) => {}
            Err(Unreadable::Altered) if !has_good_line(after) => {
                replay.torn = rest.len() as u64;
                break;
            }
            Err(_) if salvage => replay.skipped += size as u64,
            Err(fault) => return Err(damage(fault, line, replay.length)),
        }
        replay.length += size as u64;
        rest = after;
    }
    if replay.next == 0 && !is_unborn(text) {
        return Err(JournalError::of(
            JournalFault::Foreign,
            "the file is not a journal: choose another path",
        ));
    }
    Ok(replay)
}

impl Replay {
    fn take(&mut self, line: &[u8], salvage: bool) -> Result<(), Unreadable> {
        let (number, record) = parse(line)?;
        let in_order = number == self.next || salvage && number > self.next;
        let starts = matches!(record, Record::Start(VERSION));
        if !in_order || starts != (number == 0) {
            return Err(Unreadable::Unknown);
        }
        match record {
            Record::Begin(write) => {
                let (write, size) = (*write, line.len() as u64 + 1);
                self.ledger.insert(number, Entry::new(write, size));
            }
            Record::Finish(begun) => {
                // When salvaging, the line that began it may be among those that are lost.
                if self.ledger.remove(begun).is_none() && !salvage {
                    return Err(Unreadable::Unknown);
                }
            }
            Record::Start(_) => {}
        }
        self.next = number + 1;
        Ok(())
    }
}

fn has_good_line(text: &[u8]) -> bool {
    text.split_inclusive(|byte| *byte == b'\n')
        .filter_map(|line| line.strip_suffix(b"\n"))
        .any(|line| parse(line) != Err(Unreadable::Altered))
}

/// Whether a file without a readable line can be one that a crash left at its very beginning.
fn is_unborn(text: &[u8]) -> bool {
    start_line().starts_with(text) || text.iter().all(|byte| *byte == 0)
}

fn damage(fault: Unreadable, line: u64, offset: u64) -> JournalError {
    if fault == Unreadable::Unknown && offset == 0 {
        let text = "the file is not a journal, or one of a later version of this crate";
        return JournalError::of(JournalFault::Foreign, text);
    }
    let text = format!(
        "the journal is damaged in line {line}, at byte {offset}: open it with \
         `FileJournalOptions::salvage` to keep the rest"
    );
    JournalError::of(JournalFault::Damaged { line, offset }, text)
}
