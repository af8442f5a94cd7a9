//! The columns that the SQL inboxes store, and the versions of their schema.
//!
//! In: values of columns. Out: the types of an inbox. Both SQL inboxes use it; each has its own
//! SQL.

use std::time::Duration;

use wire::value::{RawJson, Timestamp};

use super::error::{InboxError, InboxErrorKind};
use super::message::{DeadLetter, InboxMessage, InboxStats, MessageRecord, MessageState};

/// A hundred years in milliseconds. Longer durations are truncated, so that no date overflows.
const MAX_MILLIS: i64 = 100 * 366 * 24 * 60 * 60 * 1000;

/// A duration in milliseconds, at most a hundred years.
pub fn duration_millis(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).map_or(MAX_MILLIS, |millis| millis.min(MAX_MILLIS))
}

/// How much earlier than asked a lease ends at most, in milliseconds: a tenth.
pub fn lease_jitter_millis(lease_duration: Duration) -> i64 {
    duration_millis(lease_duration / 10)
}

/// Why a suspect became a dead letter.
pub fn describe_crashes(crash_limit: u32) -> String {
    format!(
        "the process ended, or its worker was dropped, in {} attempts in a row without an \
         outcome, the last {crash_limit} of them with this message alone",
        crash_limit.saturating_add(1)
    )
}

/// The value of a `LIMIT`.
pub fn row_limit(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

/// The value of a column that is never negative.
pub fn unsigned_value(number: i64) -> u64 {
    u64::try_from(number).unwrap_or_default()
}

/// The column with the number of attempts.
pub fn attempt_count(number: i64) -> u32 {
    u32::try_from(number.max(0)).unwrap_or(u32::MAX)
}

/// The columns of a message: id, type, created, object, body.
pub type MessageColumns = (String, String, i64, Option<String>, Option<String>);

/// A message from its columns. The body was checked before it was stored. If it was changed since,
/// decoding it fails later, for this message alone, which then becomes a dead letter; an error here
/// would block all others.
pub fn read_message(columns: MessageColumns) -> InboxMessage {
    let (id, type_, created, object, body) = columns;
    InboxMessage {
        id,
        type_,
        created: Timestamp(created),
        object,
        body: body.as_deref().map(RawJson::checked).unwrap_or_default(),
    }
}

/// The columns of a dead letter: those of a message, attempts, reason, the second at which it
/// became one, crashes.
pub type DeadLetterColumns = (
    String,
    String,
    i64,
    Option<String>,
    Option<String>,
    i64,
    Option<String>,
    i64,
    i64,
);

/// A dead letter from its columns.
pub fn read_dead_letter(columns: DeadLetterColumns) -> DeadLetter {
    let (id, type_, created, object, body, attempts, reason, dead_lettered_at, crashes) = columns;
    let mut letter = DeadLetter::new(
        read_message((id, type_, created, object, body)),
        attempt_count(attempts),
        reason.unwrap_or_default(),
        Timestamp(dead_lettered_at),
    );
    letter.crashes = attempt_count(crashes);
    letter
}

/// The columns of a record: id, type, state, attempts, reason, the second of storing, body,
/// crashes.
pub type RecordColumns = (
    String,
    String,
    String,
    i64,
    Option<String>,
    i64,
    Option<String>,
    i64,
);

/// A record from its columns.
pub fn read_record(columns: RecordColumns) -> Result<MessageRecord, InboxError> {
    let (id, type_, state, attempts, reason, stored_at, body, crashes) = columns;
    Ok(MessageRecord {
        id,
        type_,
        state: read_state(&state)?,
        attempts: attempt_count(attempts),
        crashes: attempt_count(crashes),
        reason,
        stored_at: Timestamp(stored_at),
        body: body.as_deref().map(RawJson::checked),
    })
}

fn read_state(text: &str) -> Result<MessageState, InboxError> {
    match text {
        "pending" => Ok(MessageState::Pending),
        "leased" => Ok(MessageState::Leased),
        "done" => Ok(MessageState::Completed),
        "dead" => Ok(MessageState::DeadLettered),
        _ => Err(InboxError::new(
            InboxErrorKind::Corrupted,
            "a message in the inbox has an unknown state",
        )),
    }
}

/// Statistics from the numbers of pending, leased, dead-lettered and completed messages and the age
/// of the oldest pending or leased one in milliseconds.
pub fn read_stats(columns: (i64, i64, i64, i64, Option<i64>)) -> InboxStats {
    let (pending, leased, dead_letters, completed, oldest) = columns;
    InboxStats {
        pending: unsigned_value(pending),
        leased: unsigned_value(leased),
        dead_letters: unsigned_value(dead_letters),
        completed: unsigned_value(completed),
        oldest_age: oldest.map(|millis| Duration::from_millis(unsigned_value(millis))),
    }
}

/// An error unless the lease was held.
pub fn ensure_held(is_held: bool) -> Result<(), InboxError> {
    if is_held {
        Ok(())
    } else {
        Err(InboxError::lease_lost())
    }
}

/// The message of a database's error.
pub fn describe_error(kind: InboxErrorKind) -> &'static str {
    match kind {
        InboxErrorKind::SchemaMismatch => {
            "the inbox's tables are not those that this version of the crate makes"
        }
        InboxErrorKind::Corrupted => "the content of the inbox's database cannot be read",
        _ => "the inbox's database failed",
    }
}

/// The steps of the schema that are still to be applied, where `applied` is the number of the last
/// one that was, if the table of versions exists, and `has_tables` whether other tables of the
/// inbox's names do.
pub fn missing_steps<'a>(
    steps: &'a [&'static str],
    applied: Option<i64>,
    has_tables: bool,
) -> Result<&'a [&'static str], InboxError> {
    let mismatch = |text: &str| Err(InboxError::new(InboxErrorKind::SchemaMismatch, text));
    match applied {
        None if has_tables => mismatch(
            "there are tables with the inbox's names that this crate has not made: use a database \
             or schema of its own for the inbox",
        ),
        None => Ok(steps),
        Some(version) => match usize::try_from(version).map(|count| steps.get(count..)) {
            Ok(Some(missing)) => Ok(missing),
            _ => mismatch(
                "the inbox's tables were made by a later version of this crate: use that version \
                 or a later one",
            ),
        },
    }
}
