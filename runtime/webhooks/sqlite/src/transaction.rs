//! Transactions of handlers that write to the inbox's file.

use std::fmt;
use std::sync::Arc;

use sqlx::{Sqlite, SqliteConnection, Transaction};

use runtime::clock::Clock;
use webhooks::columns::ensure_held;
use webhooks::{InboxError, MessageLease};

use super::files::DatabaseFiles;
use super::{convert_error, sql, to_millis};

/// A transaction in which a handler writes its effect and the message is completed.
///
/// [`SqliteInbox::begin_transaction`](super::SqliteInbox::begin_transaction) begins it. If it is
/// dropped before [`commit`](Self::commit) has succeeded, it is rolled back.
pub struct SqliteMessageTransaction {
    transaction: Transaction<'static, Sqlite>,
    lease: MessageLease,
    clock: Arc<dyn Clock>,
    files: Arc<DatabaseFiles>,
}

impl SqliteMessageTransaction {
    pub(super) async fn begin(
        mut transaction: Transaction<'static, Sqlite>,
        lease: &MessageLease,
        clock: Arc<dyn Clock>,
        files: Arc<DatabaseFiles>,
    ) -> Result<Self, InboxError> {
        let is_held = sqlx::query_scalar(sql::IS_HELD)
            .bind(lease.id())
            .bind(lease.token())
            .fetch_one(&mut *transaction)
            .await
            .map_err(convert_error)?;
        ensure_held(is_held)?;
        run_statement(&mut transaction, sql::BEGIN_WORK).await?;
        Ok(Self {
            transaction,
            lease: lease.clone(),
            clock,
            files,
        })
    }

    /// The connection, for the handler's statements. After one that failed, drop the transaction:
    /// SQLite may have rolled it back.
    pub fn connection(&mut self) -> &mut SqliteConnection {
        &mut self.transaction
    }

    /// Completes the message and commits.
    ///
    /// # Errors
    /// [`InboxErrorKind::LeaseLost`](webhooks::InboxErrorKind::LeaseLost) if the lease is no longer
    /// held. After an error nothing is committed, and the message is delivered again; if the files
    /// of the database were deleted or replaced, what was committed is lost with them.
    pub async fn commit(mut self) -> Result<(), InboxError> {
        // Fails if SQLite has rolled the transaction back.
        run_statement(&mut self.transaction, sql::END_WORK).await?;
        let completed = sqlx::query(sql::COMPLETE_ONCE)
            .bind(self.lease.id())
            .bind(self.lease.token())
            .bind(to_millis(self.clock.calendar()))
            .execute(&mut *self.transaction)
            .await
            .map_err(convert_error)?;
        ensure_held(completed.rows_affected() > 0)?;
        self.transaction.commit().await.map_err(convert_error)?;
        let unchanged = self.files.ensure_unchanged();
        unchanged.map_err(|error| convert_error(error.into()))
    }
}

impl fmt::Debug for SqliteMessageTransaction {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("SqliteMessageTransaction")
            .field("lease", &self.lease)
            .finish_non_exhaustive()
    }
}

async fn run_statement(
    connection: &mut SqliteConnection,
    sql: &'static str,
) -> Result<(), InboxError> {
    let ran = sqlx::query(sql).execute(connection).await;
    ran.map(drop).map_err(convert_error)
}
