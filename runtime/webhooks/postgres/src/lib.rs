//! An inbox in a PostgreSQL database.
//!
//! In: the operations of [`Inbox`] and [`InboxAdmin`]. Out: their results. A write that has
//! succeeded is committed. Receivers and workers may run on any number of machines: all times are
//! those of the server's clock.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use runtime::clock::BoxFuture;
use sqlx::PgPool;
use sqlx::error::DatabaseError;
use webhooks::columns::{describe_error, ensure_held};
use webhooks::{
    ClaimOrder, ClaimRequest, ClaimedMessage, DeadLetter, Inbox, InboxAdmin, InboxError,
    InboxErrorKind, InboxMessage, InboxStats, MessageLease, MessageOutcome, MessageRecord,
    StoreOutcome, WakeSignal,
};

mod listener;
mod rows;
mod schema;
mod sql;
mod store_queue;
#[cfg(test)]
mod tests;
mod transaction;

/// For handlers that write to the same database in the same transaction.
pub use ::sqlx;
pub use transaction::PostgresMessageTransaction;

use listener::ListenTask;
use store_queue::StoreQueue;

/// An [`Inbox`] in a PostgreSQL database, shared by any number of processes and machines.
///
/// Times are those of the database's clock. A response is sent after the commit; leave
/// `synchronous_commit` on. The tables, `webhook_inbox`, `webhook_positions` and `webhook_schema`,
/// are in the first schema of the connections' `search_path`.
///
/// Messages that are stored at the same time share a statement and its commit. The commit notifies
/// the workers of other processes and machines (`LISTEN`), for which an inbox has one connection
/// besides those of its pool. Workers that are not notified, because that connection is lost or a
/// proxy shares connections between clients, find messages at their next poll. Clones share one
/// inbox, which stores and listens in tasks of the tokio runtime in which it was opened.
///
/// The pool must have more connections than there are [`PostgresMessageTransaction`]s at the same
/// time, as those hold one each: without a free one, leases are not renewed and messages not
/// stored.
///
/// Claims in [`ClaimOrder::PerObject`] are made one at a time. A
/// message that has to wait for an earlier one about its object is read by one of them, which marks
/// it, and again when the earlier one has ended.
///
/// Ids and objects can have up to about 2600 bytes, as they are indexed. Stripe's have at most 255
/// (<https://docs.stripe.com/upgrades#what-changes-does-stripe-consider-to-be-backward-compatible>).
///
/// ```no_run
/// use webhooks_postgres::{PostgresInbox, sqlx};
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let pool = sqlx::PgPool::connect("postgres://app@db.example.com/shop").await?;
/// let inbox = PostgresInbox::new(pool).await?;
/// # let _ = inbox;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct PostgresInbox {
    pool: PgPool,
    signal: WakeSignal,
    queue: StoreQueue,
    /// The origin of this inbox's notifications.
    origin: Arc<str>,
    /// Held until the last clone is dropped.
    _listening: Arc<ListenTask>,
}

impl PostgresInbox {
    /// Opens an inbox in the database of this pool. Creates or migrates the tables if necessary,
    /// which requires the right to create tables.
    ///
    /// # Errors
    /// [`InboxErrorKind::Unavailable`] if the database cannot be reached or denies access;
    /// [`InboxErrorKind::SchemaMismatch`] if the tables were made by a later version of this crate
    /// or are not an inbox's; [`InboxErrorKind::Other`] if its encoding is not UTF-8, or there is
    /// no schema.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub async fn new(pool: PgPool) -> Result<Self, InboxError> {
        schema::migrate(&pool, sql::STEPS).await?;
        let signal = WakeSignal::new();
        let origin: Arc<str> = format!("{:016x}", runtime::clock::system_random()).into();
        let listening = listener::start_listening(&pool, Arc::clone(&origin), signal.clone());
        Ok(Self {
            queue: store_queue::start_storing(pool.clone(), Arc::clone(&origin)),
            _listening: Arc::new(listening),
            pool,
            signal,
            origin,
        })
    }

    /// Opens an inbox in the database at this URL, through a pool with the defaults of [`sqlx`]:
    /// ten connections.
    ///
    /// # Errors
    /// See [`new`](Self::new).
    pub async fn connect(url: &str) -> Result<Self, InboxError> {
        Self::new(PgPool::connect(url).await.map_err(convert_error)?).await
    }

    /// Begins a transaction in the inbox's database, in which a handler writes its effect and the
    /// message is completed. Both are committed or neither is, so the effect happens exactly once,
    /// even if a process crashes.
    ///
    /// ```no_run
    /// use webhooks::{ClaimedMessage, InboxError};
    /// use webhooks_postgres::{PostgresInbox, sqlx};
    ///
    /// async fn mark_paid(
    ///     inbox: &PostgresInbox,
    ///     claim: &ClaimedMessage,
    /// ) -> Result<(), Box<dyn std::error::Error>> {
    ///     let mut transaction = inbox.begin_transaction(&claim.lease).await?;
    ///     sqlx::query("UPDATE orders SET paid = TRUE WHERE invoice = $1")
    ///         .bind(&claim.message.object)
    ///         .execute(transaction.connection())
    ///         .await?;
    ///     transaction.commit().await?;
    ///     Ok(())
    /// }
    /// ```
    ///
    /// The isolation level is `READ COMMITTED`. While the transaction is open, the message is not
    /// claimed again, even if the lease expires, and the lease can be renewed. Keep it short
    /// nevertheless, and call other services before it: it holds a connection of the pool. If this
    /// machine loses its network, the server keeps the transaction, and with it the message, until
    /// it notices; its settings `idle_in_transaction_session_timeout` and `tcp_keepalives_idle`
    /// determine when.
    ///
    /// # Errors
    /// [`InboxErrorKind::LeaseLost`] if the lease is no longer held or the message is completed;
    /// [`InboxErrorKind::Unavailable`] if the database cannot be reached.
    pub async fn begin_transaction(
        &self,
        lease: &MessageLease,
    ) -> Result<PostgresMessageTransaction, InboxError> {
        let begun = self.pool.begin_with(sql::BEGIN).await;
        PostgresMessageTransaction::begin(begun.map_err(convert_error)?, lease).await
    }

    /// The connections to the database, for a program's own tables in it.
    pub fn pool(&self) -> &PgPool {
        &self.pool
    }
}

impl From<PostgresInbox> for Arc<dyn Inbox> {
    fn from(inbox: PostgresInbox) -> Self {
        Arc::new(inbox)
    }
}

impl fmt::Debug for PostgresInbox {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("PostgresInbox").finish_non_exhaustive()
    }
}

impl Inbox for PostgresInbox {
    fn store_messages<'a>(
        &'a self,
        messages: &'a [InboxMessage],
    ) -> BoxFuture<'a, Result<Vec<StoreOutcome>, InboxError>> {
        Box::pin(async move {
            let outcomes = store_queue::store_messages(&self.queue, messages).await?;
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
        Box::pin(async move {
            let claims = rows::claim_messages(&self.pool, request, false).await;
            claims.map_err(convert_error)
        })
    }

    fn has_suspects(&self, order: ClaimOrder) -> BoxFuture<'_, Result<bool, InboxError>> {
        Box::pin(async move {
            let has_suspects = rows::has_suspects(&self.pool, order).await;
            has_suspects.map_err(convert_error)
        })
    }

    fn dead_letter_suspects(
        &self,
        crash_limit: u32,
    ) -> BoxFuture<'_, Result<Vec<String>, InboxError>> {
        Box::pin(async move {
            let ids = rows::dead_letter_suspects(&self.pool, crash_limit).await;
            ids.map_err(convert_error)
        })
    }

    fn claim_suspect<'a>(
        &'a self,
        request: &'a ClaimRequest,
    ) -> BoxFuture<'a, Result<Option<ClaimedMessage>, InboxError>> {
        Box::pin(async move {
            let claims = rows::claim_messages(&self.pool, request, true).await;
            Ok(claims.map_err(convert_error)?.pop())
        })
    }

    fn renew_lease<'a>(
        &'a self,
        lease: &'a MessageLease,
        duration: Duration,
    ) -> BoxFuture<'a, Result<(), InboxError>> {
        Box::pin(async move {
            let renewed = rows::renew_lease(&self.pool, lease, duration).await;
            ensure_held(renewed.map_err(convert_error)?)
        })
    }

    fn finish_message<'a>(
        &'a self,
        lease: &'a MessageLease,
        outcome: MessageOutcome,
    ) -> BoxFuture<'a, Result<(), InboxError>> {
        Box::pin(async move {
            let finished = rows::finish_message(&self.pool, lease, outcome).await;
            ensure_held(finished.map_err(convert_error)?)
        })
    }

    fn read_watermark<'a>(
        &'a self,
        name: &'a str,
    ) -> BoxFuture<'a, Result<Option<String>, InboxError>> {
        Box::pin(async move {
            let read = sqlx::query_scalar(sql::READ_WATERMARK).bind(name);
            read.fetch_optional(&self.pool).await.map_err(convert_error)
        })
    }

    fn write_watermark<'a>(
        &'a self,
        name: &'a str,
        watermark: &'a str,
    ) -> BoxFuture<'a, Result<(), InboxError>> {
        Box::pin(async move {
            let write = sqlx::query(sql::WRITE_WATERMARK).bind(name).bind(watermark);
            let written = write.execute(&self.pool).await;
            written.map(drop).map_err(convert_error)
        })
    }

    fn wake_signal(&self) -> WakeSignal {
        self.signal.clone()
    }
}

impl InboxAdmin for PostgresInbox {
    fn list_dead_letters<'a>(
        &'a self,
        after: Option<&'a str>,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<DeadLetter>, InboxError>> {
        Box::pin(async move {
            let letters = rows::list_dead_letters(&self.pool, after, limit).await;
            letters.map_err(convert_error)
        })
    }

    fn find_message<'a>(
        &'a self,
        id: &'a str,
    ) -> BoxFuture<'a, Result<Option<MessageRecord>, InboxError>> {
        Box::pin(rows::find_message(&self.pool, id))
    }

    fn replay_dead_letter<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<bool, InboxError>> {
        Box::pin(async move {
            let changed = rows::replay_dead_letter(&self.pool, &self.origin, id).await;
            let is_replayed = changed.map_err(convert_error)?;
            if is_replayed {
                self.signal.notify_waiters();
            }
            Ok(is_replayed)
        })
    }

    fn discard_dead_letter<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<bool, InboxError>> {
        Box::pin(async move {
            let changed = rows::discard_dead_letter(&self.pool, id).await;
            changed.map_err(convert_error)
        })
    }

    fn collect_stats(&self) -> BoxFuture<'_, Result<InboxStats, InboxError>> {
        Box::pin(async move { rows::collect_stats(&self.pool).await.map_err(convert_error) })
    }

    fn prune_completed(&self, age: Duration) -> BoxFuture<'_, Result<u64, InboxError>> {
        Box::pin(async move {
            let pruned = rows::prune_completed(&self.pool, age).await;
            pruned.map_err(convert_error)
        })
    }
}

fn convert_error(error: sqlx::Error) -> InboxError {
    let kind = match &error {
        sqlx::Error::Database(error) => kind_by_code(&**error),
        sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => InboxErrorKind::Corrupted,
        _ => InboxErrorKind::Unavailable,
    };
    InboxError::new(kind, describe_error(kind)).with_source(error)
}

/// See <https://www.postgresql.org/docs/current/errcodes-appendix.html>.
fn kind_by_code(error: &dyn DatabaseError) -> InboxErrorKind {
    match error.code().as_deref() {
        // undefined_table, undefined_column
        Some("42P01" | "42703") => InboxErrorKind::SchemaMismatch,
        // data_corrupted, index_corrupted
        Some("XX001" | "XX002") => InboxErrorKind::Corrupted,
        _ => InboxErrorKind::Unavailable,
    }
}
