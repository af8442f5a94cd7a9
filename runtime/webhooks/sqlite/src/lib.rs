//! An inbox in an SQLite file.
//!
//! In: the operations of [`Inbox`] and [`InboxAdmin`]. Out: their results. A write that has
//! succeeded is in the file, and by default flushed to the disk, so that it is not lost in a crash
//! of the process or of the machine. Several processes of one machine may use the file. It must be
//! on a local disk, as SQLite's documentation requires for databases in WAL mode.

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use runtime::clock::{BoxFuture, Clock};
use sqlx::SqlitePool;
use sqlx::error::DatabaseError;
use tokio::sync::oneshot;
use webhooks::columns::{
    DeadLetterColumns, RecordColumns, describe_error, ensure_held, read_dead_letter, read_record,
    read_stats, row_limit,
};
use webhooks::{
    ClaimOrder, ClaimRequest, ClaimedMessage, DeadLetter, Inbox, InboxAdmin, InboxError,
    InboxErrorKind, InboxMessage, InboxStats, MessageLease, MessageOutcome, MessageRecord,
    StoreOutcome, WakeSignal,
};
use wire::value::Timestamp;

mod changes;
mod files;
mod options;
mod schema;
mod sql;
#[cfg(test)]
mod tests;
mod transaction;
mod writer;

/// For handlers that write to the same database in the same transaction.
pub use ::sqlx;
pub use options::SqliteOptions;
pub use transaction::SqliteMessageTransaction;

use changes::{
    ClaimMessages, ClaimReply, DeadLetterSuspects, FinishMessage, PRUNE_BATCH, PruneCompleted,
    RenewLease, ResolveDeadLetter, StoreMessages, WriteWatermark,
};
use files::DatabaseFiles;
use writer::{WriteQueue, send_change, write_change, writer_ended};

/// An [`Inbox`] in an SQLite file.
///
/// Messages are flushed to the disk before the response is sent; those that are stored at the same
/// time share one flush. Clones share one inbox, which writes in a task of the tokio runtime in
/// which it was opened. Several processes of one machine may have the file open, each with an inbox
/// of its own. Times are those of the system's calendar, or of the clock set by
/// [`SqliteOptions::clock`].
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
    queue: WriteQueue,
    writers: SqlitePool,
    readers: SqlitePool,
    files: Arc<DatabaseFiles>,
    clock: Arc<dyn Clock>,
    signal: WakeSignal,
}

impl SqliteInbox {
    /// Opens an inbox, and creates file and tables if they are missing, as
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

    /// Begins a transaction in the inbox's file, in which a handler writes its effect and the
    /// message is completed. Both are committed or neither is, so the effect happens exactly once,
    /// even if a process crashes.
    ///
    /// ```no_run
    /// use webhooks::{ClaimedMessage, InboxError};
    /// use webhooks_sqlite::{SqliteInbox, sqlx};
    ///
    /// async fn mark_paid(
    ///     inbox: &SqliteInbox,
    ///     claim: &ClaimedMessage,
    /// ) -> Result<(), Box<dyn std::error::Error>> {
    ///     // Call other services first: from here on the file is locked for all other writers.
    ///     let mut transaction = inbox.begin_transaction(&claim.lease).await?;
    ///     sqlx::query("UPDATE orders SET paid = TRUE WHERE invoice = ?1")
    ///         .bind(&claim.message.object)
    ///         .execute(transaction.connection())
    ///         .await?;
    ///     transaction.commit().await?;
    ///     Ok(())
    /// }
    /// ```
    ///
    /// Keep it short. SQLite has one writer at a time: until the transaction is committed or
    /// dropped, all other writes wait, in this process and in others, and fail after
    /// [`SqliteOptions::busy_timeout`]. Do not use the inbox itself in the meantime, since it would
    /// wait for the transaction.
    ///
    /// # Errors
    /// [`InboxErrorKind::LeaseLost`] if the lease is no longer held or the message is completed;
    /// [`InboxErrorKind::Unavailable`] if other writers hold the file for too long.
    pub async fn begin_transaction(
        &self,
        lease: &MessageLease,
    ) -> Result<SqliteMessageTransaction, InboxError> {
        let begun = self.writers.begin_with("BEGIN IMMEDIATE").await;
        let transaction = begun.map_err(convert_error)?;
        let (clock, files) = (Arc::clone(&self.clock), Arc::clone(&self.files));
        SqliteMessageTransaction::begin(transaction, lease, clock, files).await
    }

    /// The pool with the one connection that writes, for a program's own tables in the same file.
    /// The inbox waits while it is in use.
    pub fn pool(&self) -> &SqlitePool {
        &self.writers
    }

    /// Claims one suspect, or messages that are none.
    async fn write_claim(
        &self,
        request: &ClaimRequest,
        suspect: bool,
    ) -> Result<Vec<ClaimedMessage>, InboxError> {
        let (sender, receiver) = oneshot::channel();
        let queue = self.queue.downgrade();
        let request = request.clone();
        let claim = ClaimMessages { request, suspect };
        send_change(&self.queue, claim, move |claims| {
            drop(sender.send(claims.map(|claims| ClaimReply::new(claims, queue))));
        });
        let reply = receiver.await.unwrap_or_else(|_| Err(writer_ended()))?;
        Ok(reply.accept())
    }

    fn now(&self) -> i64 {
        to_millis(self.clock.calendar())
    }
}

impl From<SqliteInbox> for Arc<dyn Inbox> {
    fn from(inbox: SqliteInbox) -> Self {
        Arc::new(inbox)
    }
}

impl fmt::Debug for SqliteInbox {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("SqliteInbox").finish_non_exhaustive()
    }
}

impl Inbox for SqliteInbox {
    fn store_messages<'a>(
        &'a self,
        messages: &'a [InboxMessage],
    ) -> BoxFuture<'a, Result<Vec<StoreOutcome>, InboxError>> {
        Box::pin(async move {
            let outcomes = write_change(&self.queue, StoreMessages(messages.to_vec())).await?;
            if outcomes.contains(&StoreOutcome::New) {
                self.signal.notify_waiters();
            }
            Ok(outcomes)
        })
    }

    fn claim_messages<'a>(
        &'a self,
        request: &'a ClaimRequest,
    ) -> BoxFuture<'a, Result<Vec<ClaimedMessage>, InboxError>> {
        Box::pin(self.write_claim(request, false))
    }

    fn has_suspects(&self, order: ClaimOrder) -> BoxFuture<'_, Result<bool, InboxError>> {
        Box::pin(async move {
            let has_suspects = match order {
                ClaimOrder::Any => sql::HAS_SUSPECTS,
                ClaimOrder::PerObject => sql::HAS_SUSPECTS_IN_ORDER,
            };
            sqlx::query_scalar(has_suspects)
                .bind(self.now())
                .fetch_one(&self.readers)
                .await
                .map_err(convert_error)
        })
    }

    fn dead_letter_suspects(
        &self,
        crash_limit: u32,
    ) -> BoxFuture<'_, Result<Vec<String>, InboxError>> {
        Box::pin(write_change(&self.queue, DeadLetterSuspects(crash_limit)))
    }

    fn claim_suspect<'a>(
        &'a self,
        request: &'a ClaimRequest,
    ) -> BoxFuture<'a, Result<Option<ClaimedMessage>, InboxError>> {
        Box::pin(async move { Ok(self.write_claim(request, true).await?.pop()) })
    }

    fn renew_lease<'a>(
        &'a self,
        lease: &'a MessageLease,
        duration: Duration,
    ) -> BoxFuture<'a, Result<(), InboxError>> {
        Box::pin(async move {
            let renew = RenewLease(lease.clone(), duration);
            ensure_held(write_change(&self.queue, renew).await?)
        })
    }

    fn finish_message<'a>(
        &'a self,
        lease: &'a MessageLease,
        outcome: MessageOutcome,
    ) -> BoxFuture<'a, Result<(), InboxError>> {
        Box::pin(async move {
            let finish = FinishMessage(lease.clone(), outcome);
            ensure_held(write_change(&self.queue, finish).await?)
        })
    }

    fn read_watermark<'a>(
        &'a self,
        name: &'a str,
    ) -> BoxFuture<'a, Result<Option<String>, InboxError>> {
        Box::pin(async move {
            sqlx::query_scalar(sql::READ_WATERMARK)
                .bind(name)
                .fetch_optional(&self.readers)
                .await
                .map_err(convert_error)
        })
    }

    fn write_watermark<'a>(
        &'a self,
        name: &'a str,
        watermark: &'a str,
    ) -> BoxFuture<'a, Result<(), InboxError>> {
        let (name, watermark) = (name.to_owned(), watermark.to_owned());
        Box::pin(write_change(
            &self.queue,
            WriteWatermark { name, watermark },
        ))
    }

    fn wake_signal(&self) -> WakeSignal {
        self.signal.clone()
    }
}

impl InboxAdmin for SqliteInbox {
    fn list_dead_letters<'a>(
        &'a self,
        after: Option<&'a str>,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<DeadLetter>, InboxError>> {
        Box::pin(async move {
            let rows: Vec<DeadLetterColumns> = sqlx::query_as(sql::DEAD_LETTERS)
                .bind(after)
                .bind(row_limit(limit))
                .fetch_all(&self.readers)
                .await
                .map_err(convert_error)?;
            let letters = rows.into_iter().map(|mut columns| {
                columns.7 = to_seconds(columns.7).0;
                read_dead_letter(columns)
            });
            Ok(letters.collect())
        })
    }

    fn find_message<'a>(
        &'a self,
        id: &'a str,
    ) -> BoxFuture<'a, Result<Option<MessageRecord>, InboxError>> {
        Box::pin(async move {
            let row: Option<RecordColumns> = sqlx::query_as(sql::FIND)
                .bind(id)
                .bind(self.now())
                .fetch_optional(&self.readers)
                .await
                .map_err(convert_error)?;
            row.map(|mut columns| {
                columns.5 = to_seconds(columns.5).0;
                read_record(columns)
            })
            .transpose()
        })
    }

    fn replay_dead_letter<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<bool, InboxError>> {
        Box::pin(async move {
            let replay = ResolveDeadLetter::Replay(id.to_owned());
            let is_replayed = write_change(&self.queue, replay).await?;
            if is_replayed {
                self.signal.notify_waiters();
            }
            Ok(is_replayed)
        })
    }

    fn discard_dead_letter<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<bool, InboxError>> {
        let discard = ResolveDeadLetter::Discard(id.to_owned());
        Box::pin(write_change(&self.queue, discard))
    }

    fn collect_stats(&self) -> BoxFuture<'_, Result<InboxStats, InboxError>> {
        Box::pin(async move {
            let now = self.now();
            let columns: (i64, i64, i64, i64, Option<i64>) = sqlx::query_as(sql::STATS)
                .bind(now)
                .fetch_one(&self.readers)
                .await
                .map_err(convert_error)?;
            let (pending, leased, dead, done, oldest) = columns;
            let age = oldest.map(|stored_at| now - stored_at);
            Ok(read_stats((pending, leased, dead, done, age)))
        })
    }

    fn prune_completed(&self, age: Duration) -> BoxFuture<'_, Result<u64, InboxError>> {
        Box::pin(async move {
            let mut pruned = 0;
            loop {
                let batch = write_change(&self.queue, PruneCompleted(age)).await?;
                pruned += batch;
                if batch < PRUNE_BATCH {
                    return Ok(pruned);
                }
            }
        })
    }
}

/// Milliseconds since 1970.
fn to_millis(time: SystemTime) -> i64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

fn to_seconds(millis: i64) -> Timestamp {
    Timestamp(millis.div_euclid(1000))
}

fn convert_error(error: sqlx::Error) -> InboxError {
    let kind = match &error {
        sqlx::Error::Database(error) => kind_by_code(&**error),
        sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => InboxErrorKind::Corrupted,
        _ => InboxErrorKind::Unavailable,
    };
    InboxError::new(kind, describe_error(kind)).with_source(error)
}

/// See <https://sqlite.org/rescode.html>; the last eight bits are the primary code.
fn kind_by_code(error: &dyn DatabaseError) -> InboxErrorKind {
    let code = error.code().and_then(|code| code.parse::<i32>().ok());
    match code.map(|code| code & 0xff) {
        // SQLITE_ERROR: a statement that does not fit the tables.
        Some(1) => InboxErrorKind::Other,
        // SQLITE_CORRUPT
        Some(11) => InboxErrorKind::Corrupted,
        // SQLITE_NOTADB
        Some(26) => InboxErrorKind::SchemaMismatch,
        _ => InboxErrorKind::Unavailable,
    }
}
