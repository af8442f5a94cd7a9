//! An inbox in an SQLite file.
//!
//! In: what [`Inbox`] says. Out: the same as with any other inbox. Afterwards what was answered is
//! in the file, on the disk unless less is asked for, whenever the process was killed. Several
//! processes of one machine may use the file; its directory must be on a local disk, as SQLite's
//! documentation says of databases in WAL mode.

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use sqlx::SqlitePool;
use sqlx::error::DatabaseError;
use tokio::sync::oneshot;

use webhooks::columns::{
    EntryColumns, RecordColumns, count, dead_letter, explanation, held, limit, record,
};
use webhooks::{WakeSignal, InboxError, InboxErrorKind, ClaimedMessage, ClaimRequest, DeadLetter, InboxMessage, Inbox, MessageLease, MessageRecord, InboxStats, StoreOutcome};
use runtime::clock::{BoxFuture, Clock};
use wire::value::Timestamp;

mod changes;
mod offer;
mod options;
mod schema;
mod sql;
#[cfg(test)]
mod tests;
mod work;
mod writer;

use changes::{End, Ending, Letter, PRUNED_AT_ONCE, Prune, SetPosition, Store, Take};
use offer::Offer;
pub use options::SqliteOptions;
/// For handlers that write to the same database in the same transaction.
pub use ::sqlx;
pub use work::SqliteMessageTransaction;
use writer::{Jobs, closed, send, write};

/// An [`Inbox`] in an SQLite file.
///
/// Messages are on the disk before they are answered; those that are stored at the same time share
/// one flush. Clones share one inbox; it writes in a task of the tokio runtime in which it was
/// opened. Several processes of one machine may have the file open, each with an inbox of its own.
/// Times are the calendar's of the system, or of the clock that [`SqliteOptions::clock`] names.
///
/// ```no_run
/// use webhooks_sqlite::SqliteInbox;
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let inbox = SqliteInbox::open("state/inbox.db").await?;
/// # let _ = inbox;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct SqliteInbox {
    jobs: Jobs,
    writers: SqlitePool,
    readers: SqlitePool,
    clock: Arc<dyn Clock>,
    bell: WakeSignal,
}

impl SqliteInbox {
    /// Opens an inbox, and makes file and tables if they are missing, as
    /// [`SqliteOptions::open`] does.
    ///
    /// # Errors
    /// As [`SqliteOptions::open`].
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub async fn open(path: impl AsRef<Path>) -> Result<Self, InboxError> {
        Self::options().open(path).await
    }

    /// Options for opening.
    pub fn options() -> SqliteOptions {
        SqliteOptions::default()
    }

    /// Begins work for a message in a transaction of the inbox's file, so that what the handler
    /// writes there and that the message is done are kept together or not at all: the handler's
    /// effect is there exactly once, whatever dies when.
    ///
    /// ```no_run
    /// use webhooks::{ClaimedMessage, InboxError, SqliteInbox, sqlx};
    ///
    /// async fn paid(inbox: &SqliteInbox, claim: &ClaimedMessage) -> Result<(), Box<dyn std::error::Error>> {
    ///     // Ask others first: the file is locked for all other writers from here on.
    ///     let mut work = inbox.begin_transaction(&claim.lease).await?;
    ///     sqlx::query("UPDATE orders SET paid = TRUE WHERE invoice = ?1")
    ///         .bind(&claim.message.object)
    ///         .execute(work.connection())
    ///         .await?;
    ///     work.commit().await?;
    ///     Ok(())
    /// }
    /// ```
    ///
    /// Keep it short. SQLite has one writer at a time: until the work is committed or dropped,
    /// nobody else stores, claims or completes, neither in this process nor in another, and after
    /// [`SqliteOptions::busy_timeout`] they fail. Do not use the inbox itself meanwhile, since it
    /// would wait for the work.
    ///
    /// # Errors
    /// [`InboxErrorKind::LeaseLost`] if the message is not the lease's any more, or is done;
    /// [`InboxErrorKind::Unavailable`] if others write for too long.
    pub async fn begin(&self, lease: &MessageLease) -> Result<SqliteMessageTransaction, InboxError> {
        let begun = self.writers.begin_with("BEGIN IMMEDIATE").await;
        let transaction = begun.map_err(failed)?;
        SqliteMessageTransaction::begin(transaction, lease, Arc::clone(&self.clock)).await
    }

    /// The connections that write, for a program's own tables in the same file: there is one, so
    /// that writers take turns. The inbox waits while it is in use.
    pub fn pool(&self) -> &SqlitePool {
        &self.writers
    }

    fn now(&self) -> i64 {
        millis_of(self.clock.calendar())
    }

    async fn end(&self, lease: &MessageLease, ending: Ending) -> Result<(), InboxError> {
        held(write(&self.jobs, End(lease.clone(), ending)).await?)
    }
}

impl fmt::Debug for SqliteInbox {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("SqliteInbox").finish_non_exhaustive()
    }
}

impl Inbox for SqliteInbox {
    fn store<'a>(&'a self, entries: &'a [InboxMessage]) -> BoxFuture<'a, Result<Vec<StoreOutcome>, InboxError>> {
        Box::pin(async move {
            let stored = write(&self.jobs, Store(entries.to_vec())).await?;
            if stored.contains(&StoreOutcome::New) {
                self.bell.ring();
            }
            Ok(stored)
        })
    }

    fn claim<'a>(
        &'a self,
        request: &'a ClaimRequest,
    ) -> BoxFuture<'a, Result<Vec<ClaimedMessage>, InboxError>> {
        Box::pin(async move {
            let (reply, answer) = oneshot::channel();
            let jobs = self.jobs.downgrade();
            send(&self.jobs, Take(request.clone()), move |taken| {
                drop(reply.send(taken.map(|claims| Offer::new(claims, jobs))));
            });
            let offer = answer.await.unwrap_or_else(|_| Err(closed()))?;
            Ok(offer.accept())
        })
    }

    fn renew<'a>(
        &'a self,
        lease: &'a MessageLease,
        time: Duration,
    ) -> BoxFuture<'a, Result<(), InboxError>> {
        Box::pin(self.end(lease, Ending::Renewed(time)))
    }

    fn complete<'a>(&'a self, lease: &'a MessageLease) -> BoxFuture<'a, Result<(), InboxError>> {
        Box::pin(self.end(lease, Ending::Done))
    }

    fn fail<'a>(
        &'a self,
        lease: &'a MessageLease,
        reason: &'a str,
        pause: Duration,
    ) -> BoxFuture<'a, Result<(), InboxError>> {
        let reason = reason.to_owned();
        Box::pin(self.end(lease, Ending::Failed { reason, pause }))
    }

    fn bury<'a>(
        &'a self,
        lease: &'a MessageLease,
        reason: &'a str,
    ) -> BoxFuture<'a, Result<(), InboxError>> {
        let reason = reason.to_owned();
        Box::pin(self.end(lease, Ending::Dead { reason }))
    }

    fn release<'a>(&'a self, lease: &'a MessageLease) -> BoxFuture<'a, Result<(), InboxError>> {
        Box::pin(self.end(lease, Ending::Released))
    }

    fn dead_letters<'a>(
        &'a self,
        after: Option<&'a str>,
        most: usize,
    ) -> BoxFuture<'a, Result<Vec<DeadLetter>, InboxError>> {
        Box::pin(async move {
            let rows: Vec<LetterColumns> = sqlx::query_as(sql::DEAD_LETTERS)
                .bind(after)
                .bind(limit(most))
                .fetch_all(&self.readers)
                .await
                .map_err(failed)?;
            Ok(rows.into_iter().map(letter).collect())
        })
    }

    fn find<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<Option<MessageRecord>, InboxError>> {
        Box::pin(async move {
            let row: Option<RecordColumns> = sqlx::query_as(sql::FIND)
                .bind(id)
                .bind(self.now())
                .fetch_optional(&self.readers)
                .await
                .map_err(failed)?;
            row.map(|mut row| {
                row.5 = seconds(row.5).0;
                record(row)
            })
            .transpose()
        })
    }

    fn replay<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<bool, InboxError>> {
        Box::pin(async move {
            let was_dead = write(&self.jobs, Letter::Replay(id.to_owned())).await?;
            if was_dead {
                self.bell.ring();
            }
            Ok(was_dead)
        })
    }

    fn discard<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<bool, InboxError>> {
        Box::pin(write(&self.jobs, Letter::Discard(id.to_owned())))
    }

    fn stats(&self) -> BoxFuture<'_, Result<InboxStats, InboxError>> {
        Box::pin(async move {
            let now = self.now();
            let counts: (i64, i64, i64, i64, Option<i64>) = sqlx::query_as(sql::STATS)
                .bind(now)
                .fetch_one(&self.readers)
                .await
                .map_err(failed)?;
            let (pending, leased, dead, done, oldest) = counts;
            let age = |stored_at: i64| Duration::from_millis(count(now - stored_at));
            let mut stats = InboxStats::default();
            stats.pending = count(pending);
            stats.leased = count(leased);
            stats.dead = count(dead);
            stats.done = count(done);
            stats.oldest = oldest.map(age);
            Ok(stats)
        })
    }

    fn prune(&self, done_for: Duration) -> BoxFuture<'_, Result<u64, InboxError>> {
        Box::pin(async move {
            let mut pruned = 0;
            loop {
                let some = write(&self.jobs, Prune(done_for)).await?;
                pruned += some;
                if some < PRUNED_AT_ONCE {
                    return Ok(pruned);
                }
            }
        })
    }

    fn position<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Option<String>, InboxError>> {
        Box::pin(async move {
            sqlx::query_scalar(sql::POSITION)
                .bind(name)
                .fetch_optional(&self.readers)
                .await
                .map_err(failed)
        })
    }

    fn set_position<'a>(
        &'a self,
        name: &'a str,
        text: &'a str,
    ) -> BoxFuture<'a, Result<(), InboxError>> {
        let (name, text) = (name.to_owned(), text.to_owned());
        Box::pin(write(&self.jobs, SetPosition { name, text }))
    }

    fn bell(&self) -> WakeSignal {
        self.bell.clone()
    }
}

/// The columns of a dead letter: those of a message, attempts, reason, the time of death.
type LetterColumns = (
    String,
    String,
    i64,
    Option<String>,
    Option<String>,
    i64,
    Option<String>,
    i64,
);

fn letter(columns: LetterColumns) -> DeadLetter {
    let (id, type_, created, object, body, tries, reason, died_at) = columns;
    let message: EntryColumns = (id, type_, created, object, body);
    dead_letter(message, (tries, reason, seconds(died_at).0))
}

/// Milliseconds since 1970.
fn millis_of(time: SystemTime) -> i64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

fn seconds(millis: i64) -> Timestamp {
    Timestamp(millis.div_euclid(1000))
}

fn failed(error: sqlx::Error) -> InboxError {
    let fault = fault(&error, by_code);
    InboxError::new(fault, explanation(fault)).with_source(error)
}

/// See <https://sqlite.org/rescode.html>; the last eight bits are the primary code.
fn by_code(error: &dyn DatabaseError) -> InboxErrorKind {
    let code = error.code().and_then(|code| code.parse::<i32>().ok());
    match code.map(|code| code & 0xff) {
        // A statement that does not fit the tables.
        Some(1) => InboxErrorKind::Other,
        Some(11) => InboxErrorKind::Corrupted,
        Some(26) => InboxErrorKind::SchemaMismatch,
        _ => InboxErrorKind::Unavailable,
    }
}

/// What a database's error means, with what the database in question makes of its codes.
fn fault(
    error: &sqlx::Error,
    by_code: impl FnOnce(&dyn DatabaseError) -> InboxErrorKind,
) -> InboxErrorKind {
    match error {
        sqlx::Error::Database(refused) => by_code(&**refused),
        sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => InboxErrorKind::Corrupted,
        _ => InboxErrorKind::Unavailable,
    }
}

