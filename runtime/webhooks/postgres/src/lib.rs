//! An inbox in a PostgreSQL database.
//!
//! In: what [`Inbox`] says. Out: the same as with any other inbox. Afterwards what was answered is
//! committed. Receivers and workers may be on as many machines as there are: all times are by the
//! server's clock, so that theirs may differ.

use std::fmt;
use std::time::Duration;

use sqlx::PgPool;
use sqlx::error::DatabaseError;

use webhooks::columns::{explanation, held};
use webhooks::{WakeSignal, InboxError, InboxErrorKind, ClaimedMessage, ClaimRequest, DeadLetter, InboxMessage, Inbox, MessageLease, MessageRecord, InboxStats, StoreOutcome};
use runtime::clock::BoxFuture;

mod rows;
mod schema;
mod sql;
#[cfg(test)]
mod tests;
mod work;

use rows::Ending;
/// For handlers that write to the same database in the same transaction.
pub use ::sqlx;
pub use work::PostgresMessageTransaction;

/// An [`Inbox`] in a PostgreSQL database, shared by any number of processes and machines.
///
/// Times are by the database's clock. What is answered survives what a commit survives there: leave
/// `synchronous_commit` on. The tables, `webhook_inbox`, `webhook_positions` and `webhook_schema`,
/// are in the first schema of the connections' `search_path`. The bell rings for what is stored
/// through this process only; workers on other machines find it when they look.
///
/// The pool must have more connections than there are [`PostgresMessageTransaction`]s at once, as those
/// hold one each: with none left, leases are not extended and messages not stored.
///
/// A claim in [`ClaimOrder::PerObject`](webhooks::ClaimOrder::PerObject) looks at every message that is due until
/// it has enough, also at those that have to wait for others: with tens of thousands about few
/// objects it takes a tenth of a second and more. Such claims are made one after the other.
///
/// Ids and objects of up to about 2600 bytes can be kept, as they are indexed; Stripe's have at most
/// 255 (<https://docs.stripe.com/upgrades#what-changes-does-stripe-consider-to-be-backward-compatible>).
///
/// ```no_run
/// use webhooks::{PostgresInbox, sqlx};
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
    bell: WakeSignal,
}

impl PostgresInbox {
    /// An inbox in the database of this pool. Makes the tables, or brings them up to date; that
    /// needs the right to create, which is not needed if they are.
    ///
    /// # Errors
    /// [`InboxErrorKind::Unavailable`] if the database cannot be reached or refuses;
    /// [`InboxErrorKind::SchemaMismatch`] if the tables are of a later version of this crate or something
    /// else; [`InboxErrorKind::Other`] if its encoding is not UTF-8, or there is no schema.
    pub async fn new(pool: PgPool) -> Result<Self, InboxError> {
        schema::migrate(&pool, sql::STEPS).await?;
        let bell = WakeSignal::new();
        Ok(Self { pool, bell })
    }

    /// An inbox in the database at this URL, through a pool with the defaults of
    /// [`sqlx`](super::sqlx): ten connections.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub async fn connect(url: &str) -> Result<Self, InboxError> {
        Self::new(PgPool::connect(url).await.map_err(failed)?).await
    }

    /// Begins work for a message in a transaction of the inbox's database, so that what the
    /// handler writes there and that the message is done are kept together or not at all: the
    /// handler's effect is there exactly once, whatever dies when.
    ///
    /// ```no_run
    /// use webhooks::{ClaimedMessage, InboxError, PostgresInbox, sqlx};
    ///
    /// async fn paid(inbox: &PostgresInbox, claim: &ClaimedMessage) -> Result<(), Box<dyn std::error::Error>> {
    ///     let mut work = inbox.begin_transaction(&claim.lease).await?;
    ///     sqlx::query("UPDATE orders SET paid = TRUE WHERE invoice = $1")
    ///         .bind(&claim.message.object)
    ///         .execute(work.connection())
    ///         .await?;
    ///     work.commit().await?;
    ///     Ok(())
    /// }
    /// ```
    ///
    /// The transaction reads what is committed (`READ COMMITTED`). While it is open, nobody else
    /// claims the message, even if the lease is over; extending the lease stays possible. Keep it
    /// short all the same, and ask other services before it: it holds a connection of the pool. If
    /// this machine vanishes from the network, the server keeps the transaction, and with it the
    /// message, until it notices; its settings `idle_in_transaction_session_timeout` and
    /// `tcp_keepalives_idle` say when that is.
    ///
    /// # Errors
    /// [`InboxErrorKind::LeaseLost`] if the message is not the lease's any more, or is done;
    /// [`InboxErrorKind::Unavailable`] if the database cannot be reached.
    pub async fn begin(&self, lease: &MessageLease) -> Result<PostgresMessageTransaction, InboxError> {
        let begun = self.pool.begin_with(sql::BEGIN).await;
        PostgresMessageTransaction::begin(begun.map_err(failed)?, lease).await
    }

    /// The connections to the database, for a program's own tables in it.
    pub fn pool(&self) -> &PgPool {
        &self.pool
    }

    async fn end(&self, lease: &MessageLease, ending: Ending<'_>) -> Result<(), InboxError> {
        let ended = rows::end(&self.pool, lease, ending).await;
        held(ended.map_err(failed)?)
    }
}

impl fmt::Debug for PostgresInbox {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("PostgresInbox").finish_non_exhaustive()
    }
}

impl Inbox for PostgresInbox {
    fn store<'a>(&'a self, entries: &'a [InboxMessage]) -> BoxFuture<'a, Result<Vec<StoreOutcome>, InboxError>> {
        Box::pin(async move {
            let stored = rows::store(&self.pool, entries).await?;
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
        Box::pin(async move { rows::claim(&self.pool, request).await.map_err(failed) })
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
        Box::pin(self.end(lease, Ending::Failed { reason, pause }))
    }

    fn bury<'a>(
        &'a self,
        lease: &'a MessageLease,
        reason: &'a str,
    ) -> BoxFuture<'a, Result<(), InboxError>> {
        Box::pin(self.end(lease, Ending::Dead { reason }))
    }

    fn release<'a>(&'a self, lease: &'a MessageLease) -> BoxFuture<'a, Result<(), InboxError>> {
        Box::pin(self.end(lease, Ending::Released))
    }

    fn dead_letters<'a>(
        &'a self,
        after: Option<&'a str>,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<DeadLetter>, InboxError>> {
        Box::pin(async move {
            let letters = rows::dead_letters(&self.pool, after, limit).await;
            letters.map_err(failed)
        })
    }

    fn find<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<Option<MessageRecord>, InboxError>> {
        Box::pin(rows::find(&self.pool, id))
    }

    fn replay<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<bool, InboxError>> {
        Box::pin(async move {
            let changed = rows::change_letter(&self.pool, sql::REPLAY, id).await;
            let was_dead = changed.map_err(failed)?;
            if was_dead {
                self.bell.ring();
            }
            Ok(was_dead)
        })
    }

    fn discard<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<bool, InboxError>> {
        Box::pin(async move {
            let changed = rows::change_letter(&self.pool, sql::DISCARD, id).await;
            changed.map_err(failed)
        })
    }

    fn stats(&self) -> BoxFuture<'_, Result<InboxStats, InboxError>> {
        Box::pin(async move { rows::stats(&self.pool).await.map_err(failed) })
    }

    fn prune(&self, done_for: Duration) -> BoxFuture<'_, Result<u64, InboxError>> {
        Box::pin(async move { rows::prune(&self.pool, done_for).await.map_err(failed) })
    }

    fn position<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Option<String>, InboxError>> {
        Box::pin(async move {
            let position = sqlx::query_scalar(sql::POSITION).bind(name);
            position.fetch_optional(&self.pool).await.map_err(failed)
        })
    }

    fn set_position<'a>(
        &'a self,
        name: &'a str,
        text: &'a str,
    ) -> BoxFuture<'a, Result<(), InboxError>> {
        Box::pin(async move {
            let set = sqlx::query(sql::SET_POSITION).bind(name).bind(text);
            set.execute(&self.pool).await.map(drop).map_err(failed)
        })
    }

    fn bell(&self) -> WakeSignal {
        self.bell.clone()
    }
}

fn failed(error: sqlx::Error) -> InboxError {
    let fault = fault(&error, by_code);
    InboxError::new(fault, explanation(fault)).with_source(error)
}

/// See <https://www.postgresql.org/docs/current/errcodes-appendix.html>.
fn by_code(error: &dyn DatabaseError) -> InboxErrorKind {
    match error.code().as_deref() {
        // No such table, no such column.
        Some("42P01" | "42703") => InboxErrorKind::SchemaMismatch,
        // Pages or indexes that are damaged.
        Some("XX001" | "XX002") => InboxErrorKind::Corrupted,
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

