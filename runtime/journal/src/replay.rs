//! Replays the content of a journal file into an index of pending writes.
//!
//! A crash leaves a prefix of what was written, so its last line has no line feed. A power failure
//! may leave blocks that were never written, which are zeros. Such unreadable bytes, with nothing
//! readable after them, are the torn end of a batch whose calls got no result, and are dropped. All
//! other unreadable bytes, and lines that are missing, are damage: an error, unless the caller wants
//! to salvage the rest.

use runtime::idempotency::{JournalError, JournalErrorKind};

use crate::index::{IndexedWrite, PendingWriteIndex};
use crate::record::{LineError, LogRecord, VERSION, parse_line, start_line};

#[cfg(test)]
mod tests;

/// The smallest unit that disks write, in bytes.
const SECTOR: usize = 512;

/// The shortest run of zeros that counts as not written, in bytes.
const MIN_UNWRITTEN: usize = 8;

/// The result of a replay.
#[derive(Debug, Default)]
pub(crate) struct ReplayedLog {
    pub(crate) index: PendingWriteIndex,
    /// The number of the next line.
    pub(crate) next_number: u64,
    /// The length of the readable part.
    pub(crate) length: u64,
    /// The bytes at the end that were dropped.
    pub(crate) torn_bytes: u64,
    /// The damaged bytes that were skipped; only when salvaging.
    pub(crate) skipped_bytes: u64,
    /// The number of lines that are missing; only when salvaging.
    pub(crate) missing_lines: u64,
}

/// Replays the content of a file.
pub(crate) fn replay_log(content: &[u8], salvage: bool) -> Result<ReplayedLog, JournalError> {
    let mut replayed = ReplayedLog::default();
    let mut rest = content;
    let mut line_number = 0;
    while !rest.is_empty() {
        line_number += 1;
        let length = rest.iter().position(|byte| *byte == b'\n');
        let result = match length {
            Some(length) => replayed.apply_line(rest.get(..length).unwrap_or_default(), salvage),
            None => Err(LineError::Corrupt),
        };
        let size = length.map_or(rest.len(), |length| length + 1);
        let following = rest.get(size..).unwrap_or_default();
        match result {
            Ok(()) => {}
            Err(LineError::Corrupt) if is_torn_end(content, rest) => {
                replayed.torn_bytes = rest.len() as u64;
                break;
            }
            Err(_) if salvage => replayed.skipped_bytes += size as u64,
            Err(_) if replayed.next_number == 0 && !has_readable_line(following) => break,
            Err(error) => return Err(damage_error(error, line_number, replayed.length)),
        }
        replayed.length += size as u64;
        rest = following;
    }
    if replayed.next_number == 0 && !is_new_file(content) {
        let text = "the file is not a journal: choose another path";
        return Err(JournalError::new(text).with_kind(JournalErrorKind::Foreign));
    }
    Ok(replayed)
}

impl ReplayedLog {
    fn apply_line(&mut self, line: &[u8], salvage: bool) -> Result<(), LineError> {
        let (number, record) = parse_line(line)?;
        let is_in_order = number == self.next_number || salvage && number > self.next_number;
        let is_start = matches!(record, LogRecord::Start(VERSION));
        if !is_in_order || is_start != (number == 0) {
            return Err(LineError::Unknown);
        }
        match record {
            LogRecord::Begin(write) => {
                let (write, size) = (*write, line.len() as u64 + 1);
                self.index.insert(number, IndexedWrite::new(write, size));
            }
            LogRecord::Finish(begun) => {
                // When salvaging, the line that began the write may be among the lost ones.
                if self.index.remove(begun).is_none() && !salvage {
                    return Err(LineError::Unknown);
                }
            }
            LogRecord::Start(_) => {}
        }
        self.missing_lines += number - self.next_number;
        self.next_number = number + 1;
        Ok(())
    }
}

fn has_readable_line(content: &[u8]) -> bool {
    content
        .split_inclusive(|byte| *byte == b'\n')
        .filter_map(|line| line.strip_suffix(b"\n"))
        .any(|line| parse_line(line) != Err(LineError::Corrupt))
}

/// Whether a crash or a power failure explains that `rest`, the end of the content, begins with an
/// unreadable line.
fn is_torn_end(content: &[u8], rest: &[u8]) -> bool {
    if !rest.contains(&b'\n') {
        // Unless it is a complete line, whose line feed is damaged.
        let line = rest.split_last().map_or(rest, |(_, line)| line);
        return parse_line(line) == Err(LineError::Corrupt);
    }
    !has_readable_line(rest) && has_unwritten_block(content, content.len() - rest.len())
}

/// Whether there is a block after `start` that was never written: zeros up to the end of a sector
/// or of the file. A single damaged byte is shorter than [`MIN_UNWRITTEN`].
fn has_unwritten_block(content: &[u8], start: usize) -> bool {
    let mut zeros = 0;
    for (at, byte) in content.iter().enumerate().skip(start) {
        zeros = if *byte == 0 { zeros + 1 } else { 0 };
        let is_end = (at + 1) % SECTOR == 0 || at + 1 == content.len();
        if is_end && zeros >= MIN_UNWRITTEN {
            return true;
        }
    }
    false
}

/// Whether a file without a readable line may be the result of a crash while it was created.
fn is_new_file(content: &[u8]) -> bool {
    start_line().starts_with(content) || content.iter().all(|byte| *byte == 0)
}

fn damage_error(error: LineError, line: u64, offset: u64) -> JournalError {
    if error == LineError::Unknown && offset == 0 {
        let text = "the file is not a journal, or one of a later version of this crate";
        return JournalError::new(text).with_kind(JournalErrorKind::Foreign);
    }
    let text = format!(
        "the journal is damaged in line {line}, at byte {offset}: open it with \
         `FileJournalOptions::salvage` to keep the rest"
    );
    JournalError::new(text).with_kind(JournalErrorKind::Damaged { line, offset })
}
