//! The task that writes.
//!
//! In: changes, from any number of tasks. Out: the result of each, once it is committed. Changes
//! that wait at the same time are committed together, so that they share one flush. If the future
//! that waits for a result is dropped, the change is applied regardless. The task ends when the
//! last inbox with its queue is dropped and all changes are applied.

use std::sync::Arc;

use runtime::clock::{BoxFuture, Clock};
use sqlx::{SqliteConnection, SqlitePool};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::oneshot;
use webhooks::{InboxError, InboxErrorKind};

use super::files::DatabaseFiles;
use super::{convert_error, to_millis};

/// The maximum number of changes in one transaction. Some hundred take as long as a flush.
const MAX_BATCH: usize = 256;

/// A write.
pub(super) trait Change: Send + Sync + 'static {
    /// Its result.
    type Output: Send + 'static;

    /// Writes it, at this time. It may be called again after the transaction was rolled back.
    fn apply<'a>(
        &'a self,
        connection: &'a mut SqliteConnection,
        now: i64,
    ) -> BoxFuture<'a, Result<Self::Output, sqlx::Error>>;
}

/// The queue of the task.
pub(super) type WriteQueue = UnboundedSender<Box<dyn QueuedChange>>;

/// Sends a change, and waits for its result.
pub(super) async fn write_change<C: Change>(
    queue: &WriteQueue,
    change: C,
) -> Result<C::Output, InboxError> {
    let (sender, receiver) = oneshot::channel();
    send_change(queue, change, move |result| drop(sender.send(result)));
    receiver.await.unwrap_or_else(|_| Err(writer_ended()))
}

/// Sends a change, and passes its result to `reply`.
pub(super) fn send_change<C: Change>(
    queue: &WriteQueue,
    change: C,
    reply: impl FnOnce(Result<C::Output, InboxError>) + Send + 'static,
) {
    let queued = ChangeWithReply {
        change,
        output: None,
        reply,
    };
    // If the task has ended, this drops the change and with it `reply`.
    drop(queue.send(Box::new(queued)));
}

/// The error if the task has ended.
pub(super) fn writer_ended() -> InboxError {
    InboxError::new(
        InboxErrorKind::Unavailable,
        "the inbox was opened in a tokio runtime that has ended: open it in the one that uses it",
    )
}

/// A [`Change`] of any type, with its reply.
pub(super) trait QueuedChange: Send {
    fn apply<'a>(
        &'a mut self,
        connection: &'a mut SqliteConnection,
        now: i64,
    ) -> BoxFuture<'a, Result<(), sqlx::Error>>;

    /// Replies, once the change is committed or known not to be.
    fn send_reply(self: Box<Self>, committed: Result<(), InboxError>);
}

struct ChangeWithReply<C: Change, R> {
    change: C,
    output: Option<C::Output>,
    reply: R,
}

impl<C, R> QueuedChange for ChangeWithReply<C, R>
where
    C: Change,
    R: FnOnce(Result<C::Output, InboxError>) + Send,
{
    fn apply<'a>(
        &'a mut self,
        connection: &'a mut SqliteConnection,
        now: i64,
    ) -> BoxFuture<'a, Result<(), sqlx::Error>> {
        Box::pin(async move {
            self.output = Some(self.change.apply(connection, now).await?);
            Ok(())
        })
    }

    fn send_reply(self: Box<Self>, committed: Result<(), InboxError>) {
        let Self { output, reply, .. } = *self;
        reply(committed.and_then(|()| output.ok_or_else(writer_ended)));
    }
}

/// The task.
pub(super) struct WriteTask {
    pool: SqlitePool,
    clock: Arc<dyn Clock>,
    files: Arc<DatabaseFiles>,
}

impl WriteTask {
    /// A task that takes one connection of the pool at a time, in turn with other users.
    pub(super) fn new(pool: SqlitePool, clock: Arc<dyn Clock>, files: Arc<DatabaseFiles>) -> Self {
        Self { pool, clock, files }
    }

    /// Starts it.
    pub(super) fn start(self) -> WriteQueue {
        let (queue, received) = unbounded_channel();
        tokio::spawn(self.process_queue(received));
        queue
    }

    async fn process_queue(self, mut received: UnboundedReceiver<Box<dyn QueuedChange>>) {
        let mut batch = Vec::new();
        while received.recv_many(&mut batch, MAX_BATCH).await > 0 {
            let error = self.write_batch(std::mem::take(&mut batch)).await;
            if let Some(error) = error {
                // What was queued in the meantime would wait as long for the same error, and use
                // memory.
                while let Ok(change) = received.try_recv() {
                    reply_with_error(change, &error);
                }
            }
        }
    }

    /// Writes a batch. Returns the error if it is not due to a change in it.
    async fn write_batch(&self, mut batch: Vec<Box<dyn QueuedChange>>) -> Option<Arc<InboxError>> {
        match self.commit_batch(&mut batch).await {
            Err(CommitError::Apply(_)) if batch.len() > 1 => {
                // One by one, so that the changes which do not fail are committed.
                for change in batch {
                    let mut single = vec![change];
                    let committed = self.commit_batch(&mut single).await;
                    send_replies(single, committed);
                }
                None
            }
            committed => send_replies(batch, committed),
        }
    }

    /// Writes all changes in one transaction, or none.
    async fn commit_batch(&self, batch: &mut [Box<dyn QueuedChange>]) -> Result<(), CommitError> {
        let begun = self.pool.begin_with("BEGIN IMMEDIATE").await;
        let mut transaction = begun.map_err(CommitError::General)?;
        let now = to_millis(self.clock.calendar());
        for change in batch {
            let applied = change.apply(&mut transaction, now).await;
            if let Err(error) = applied {
                // Rolled back here, so that the next transaction does not wait for it.
                drop(transaction.rollback().await);
                return Err(CommitError::Apply(error));
            }
        }
        transaction.commit().await.map_err(CommitError::Apply)?;
        let unchanged = self.files.ensure_unchanged();
        unchanged.map_err(|error| CommitError::General(error.into()))
    }
}

/// Why a transaction failed.
enum CommitError {
    /// No transaction can be begun, or what was committed is not in the inbox's files.
    General(sqlx::Error),
    /// One of the changes failed, or the commit.
    Apply(sqlx::Error),
}

fn send_replies(
    batch: Vec<Box<dyn QueuedChange>>,
    committed: Result<(), CommitError>,
) -> Option<Arc<InboxError>> {
    let (error, is_general) = match committed {
        Ok(()) => {
            batch
                .into_iter()
                .for_each(|change| change.send_reply(Ok(())));
            return None;
        }
        Err(CommitError::General(error)) => (error, true),
        Err(CommitError::Apply(error)) => (error, false),
    };
    let error = Arc::new(convert_error(error));
    batch
        .into_iter()
        .for_each(|change| reply_with_error(change, &error));
    is_general.then_some(error)
}

/// Replies with an error of its own for each change, whose source is shared.
fn reply_with_error(change: Box<dyn QueuedChange>, error: &Arc<InboxError>) {
    let reply = InboxError::new(error.kind(), error.to_string());
    change.send_reply(Err(reply.with_source(Arc::clone(error))));
}
