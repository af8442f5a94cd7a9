//! How what an inbox keeps is written into columns, and which of its tables there are.
//!
//! In: values of the columns. Out: the types of the contract. What is the same for both databases is
//! here; their SQL is not.

use std::time::Duration;

use super::error::{InboxError, InboxFault};
use super::store::{DeadLetter, Entry, Record, State};
use wire::value::{RawJson, Timestamp};

/// A hundred years in milliseconds: longer times are as good, and no date overflows.
const LONGEST: i64 = 100 * 366 * 24 * 60 * 60 * 1000;

/// A length of time in milliseconds, at most [`LONGEST`].
pub fn millis(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).map_or(LONGEST, |millis| millis.min(LONGEST))
}

/// A number of rows that were asked for.
pub fn limit(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

/// A number that is never negative.
pub fn count(number: i64) -> u64 {
    u64::try_from(number).unwrap_or_default()
}

pub fn attempts(number: i64) -> u32 {
    u32::try_from(number.max(0)).unwrap_or(u32::MAX)
}

/// The columns of a message: id, type, created, object, body.
pub type EntryColumns = (String, String, i64, Option<String>, Option<String>);

/// The text was checked before it was stored. Should somebody else have changed it, then reading it
/// fails later, for this message alone, and it becomes a dead letter; an error here would hold up
/// all others.
pub fn entry(columns: EntryColumns) -> Entry {
    let (id, type_, created, object, body) = columns;
    Entry {
        id,
        type_,
        created: Timestamp(created),
        object,
        body: body.as_deref().map(RawJson::checked).unwrap_or_default(),
    }
}

/// The columns of a dead letter beside those of a message: attempts, reason, the second of death.
pub fn dead_letter(
    message: EntryColumns,
    (tries, reason, died): (i64, Option<String>, i64),
) -> DeadLetter {
    let reason = reason.unwrap_or_default();
    DeadLetter::new(entry(message), attempts(tries), reason, Timestamp(died))
}

/// The columns of a record: id, type, state, attempts, reason, the second of storing, body.
pub type RecordColumns = (
    String,
    String,
    String,
    i64,
    Option<String>,
    i64,
    Option<String>,
);

pub fn record(columns: RecordColumns) -> Result<Record, InboxError> {
    let (id, type_, state, tries, reason, stored, body) = columns;
    Ok(Record {
        id,
        type_,
        state: self::state(&state)?,
        attempts: attempts(tries),
        reason,
        stored: Timestamp(stored),
        body: body.as_deref().map(RawJson::checked),
    })
}

fn state(text: &str) -> Result<State, InboxError> {
    match text {
        "pending" => Ok(State::Pending),
        "leased" => Ok(State::Leased),
        "done" => Ok(State::Done),
        "dead" => Ok(State::Dead),
        _ => Err(InboxError::new(
            InboxFault::Damaged,
            "a message in the inbox is in a state that does not exist",
        )),
    }
}

/// Whether a lease was found to be held.
pub fn held(is_held: bool) -> Result<(), InboxError> {
    if is_held {
        Ok(())
    } else {
        Err(InboxError::lease_lost())
    }
}

/// The text to an error of a database.
pub fn explanation(fault: InboxFault) -> &'static str {
    match fault {
        InboxFault::Foreign => "the inbox's tables are not what this version of the crate makes",
        InboxFault::Damaged => "what is in the inbox's database cannot be read",
        _ => "the inbox's database failed",
    }
}

/// Which of the schema's steps are to be taken, where `found` is the last one that was taken, if
/// the table of versions is there, and `others` whether tables of our names are.
pub fn missing_steps<'a>(
    steps: &'a [&'static str],
    found: Option<i64>,
    others: bool,
) -> Result<&'a [&'static str], InboxError> {
    let foreign = |text: &str| Err(InboxError::new(InboxFault::Foreign, text));
    match found {
        None if others => foreign(
            "tables of the inbox's names are there that this crate has not made: \
             give the inbox a database or schema of its own",
        ),
        None => Ok(steps),
        Some(version) => match usize::try_from(version).map(|taken| steps.get(taken..)) {
            Ok(Some(missing)) => Ok(missing),
            _ => foreign(
                "the inbox's tables are of a later version of this crate: use that one or a later",
            ),
        },
    }
}
