//! Handlers that write to the inbox's own file.

use std::fmt;
use std::sync::Arc;

use sqlx::{Sqlite, SqliteConnection, Transaction};

use webhooks::columns::held;
use webhooks::InboxError;
use webhooks::MessageLease;
use super::{failed, millis_of, sql};
use runtime::clock::Clock;

/// A transaction in which the work for a message is done and the message with it.
///
/// [`SqliteInbox::begin`](super::SqliteInbox::begin) makes it. Both are on the disk once
/// [`commit`](Self::commit) has succeeded; if it is dropped before, nothing is.
pub struct SqliteMessageTransaction {
    transaction: Transaction<'static, Sqlite>,
    lease: MessageLease,
    clock: Arc<dyn Clock>,
}

impl SqliteMessageTransaction {
    pub(super) async fn begin(
        mut transaction: Transaction<'static, Sqlite>,
        lease: &MessageLease,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, InboxError> {
        let is_held = sqlx::query_scalar(sql::IS_HELD)
            .bind(lease.id())
            .bind(lease.token())
            .fetch_one(&mut *transaction)
            .await
            .map_err(failed)?;
        held(is_held)?;
        run(&mut transaction, sql::BEGIN_WORK).await?;
        Ok(Self {
            transaction,
            lease: lease.clone(),
            clock,
        })
    }

    /// The connection, for statements that belong to the work. After one that failed, drop the work:
    /// SQLite may have rolled all of it back.
    pub fn connection(&mut self) -> &mut SqliteConnection {
        &mut self.transaction
    }

    /// Makes the message done, and keeps that and what was written.
    ///
    /// # Errors
    /// [`InboxErrorKind::LeaseLost`](super::super::InboxErrorKind::LeaseLost) if the message is not the
    /// lease's any more. Nothing is kept after an error; the message is given out again.
    pub async fn commit(mut self) -> Result<(), InboxError> {
        // Fails if the transaction is not the one that was begun.
        run(&mut self.transaction, sql::END_WORK).await?;
        let completed = sqlx::query(sql::COMPLETE_ONCE)
            .bind(self.lease.id())
            .bind(self.lease.token())
            .bind(millis_of(self.clock.calendar()))
            .execute(&mut *self.transaction)
            .await
            .map_err(failed)?;
        held(completed.rows_affected() > 0)?;
        self.transaction.commit().await.map_err(failed)
    }
}

impl fmt::Debug for SqliteMessageTransaction {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("SqliteWork")
            .field("lease", &self.lease)
            .finish_non_exhaustive()
    }
}

async fn run(connection: &mut SqliteConnection, sql: &'static str) -> Result<(), InboxError> {
    let ran = sqlx::query(sql).execute(connection).await;
    ran.map(drop).map_err(failed)
}
