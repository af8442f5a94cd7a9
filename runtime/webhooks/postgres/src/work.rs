//! Handlers that write to the inbox's own database.

use std::fmt;

use sqlx::{PgConnection, Postgres, Transaction};

use webhooks::columns::held;
use webhooks::InboxError;
use webhooks::MessageLease;
use super::{failed, sql};

/// A transaction in which the work for a message is done and the message with it.
///
/// [`PostgresInbox::begin`](super::PostgresInbox::begin) makes it. Both are committed once
/// [`commit`](Self::commit) has succeeded; if it is dropped before, nothing is.
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
            .map_err(failed)?;
        held(row.is_some())?;
        Ok(Self {
            transaction,
            lease: lease.clone(),
        })
    }

    /// The connection, for statements that belong to the work.
    pub fn connection(&mut self) -> &mut PgConnection {
        &mut self.transaction
    }

    /// Makes the message done, and keeps that and what was written.
    ///
    /// # Errors
    /// [`InboxErrorKind::LeaseLost`](super::super::InboxErrorKind::LeaseLost) if the message is not the
    /// lease's any more: nothing is kept. After [`InboxErrorKind::Unavailable`](
    /// super::super::InboxErrorKind::Unavailable) either both are kept or nothing is, and in that
    /// case the message is given out again.
    pub async fn commit(mut self) -> Result<(), InboxError> {
        let completed = sqlx::query(sql::COMPLETE_ONCE)
            .bind(self.lease.id())
            .bind(self.lease.token())
            .execute(&mut *self.transaction)
            .await
            .map_err(failed)?;
        held(completed.rows_affected() > 0)?;
        self.transaction.commit().await.map_err(failed)
    }
}

impl fmt::Debug for PostgresMessageTransaction {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("PostgresWork")
            .field("lease", &self.lease)
            .finish_non_exhaustive()
    }
}
