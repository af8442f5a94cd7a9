//! Transactions of handlers that write to the inbox's database.

use std::fmt;

use sqlx::{PgConnection, Postgres, Transaction};

use webhooks::columns::ensure_held;
use webhooks::{InboxError, MessageLease};

use super::{convert_error, sql};

/// A transaction in which a handler writes its effect and the message is completed.
///
/// [`PostgresInbox::begin_transaction`](super::PostgresInbox::begin_transaction) begins it. If it
/// is dropped before [`commit`](Self::commit) has succeeded, it is rolled back.
pub struct PostgresMessageTransaction {
    transaction: Transaction<'static, Postgres>,
    lease: MessageLease,
}

impl PostgresMessageTransaction {
    pub(super) async fn begin(
        mut transaction: Transaction<'static, Postgres>,
        lease: &MessageLease,
    ) -> Result<Self, InboxError> {
        let row = sqlx::query(sql::HOLD)
            .bind(lease.id())
            .bind(lease.token())
            .fetch_optional(&mut *transaction)
            .await
            .map_err(convert_error)?;
        ensure_held(row.is_some())?;
        Ok(Self {
            transaction,
            lease: lease.clone(),
        })
    }

    /// The connection, for the handler's statements.
    pub fn connection(&mut self) -> &mut PgConnection {
        &mut self.transaction
    }

    /// Completes the message and commits.
    ///
    /// # Errors
    /// [`InboxErrorKind::LeaseLost`](webhooks::InboxErrorKind::LeaseLost) if the lease is no longer
    /// held: nothing is committed. After
    /// [`InboxErrorKind::Unavailable`](webhooks::InboxErrorKind::Unavailable) either everything is
    /// committed or nothing, and then the message is delivered again.
    pub async fn commit(mut self) -> Result<(), InboxError> {
        let completed = sqlx::query(sql::COMPLETE_ONCE)
            .bind(self.lease.id())
            .bind(self.lease.token())
            .execute(&mut *self.transaction)
            .await
            .map_err(convert_error)?;
        ensure_held(completed.rows_affected() > 0)?;
        self.transaction.commit().await.map_err(convert_error)
    }
}

impl fmt::Debug for PostgresMessageTransaction {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("PostgresWork")
            .field("lease", &self.lease)
            .finish_non_exhaustive()
    }
}
