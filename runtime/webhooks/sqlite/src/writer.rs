//! The one task that writes.
//!
//! In: changes, from as many tasks as there are. Out: what came of each, once that is on the disk.
//! Changes that wait at the same time are committed together, so that they share one flush. Whoever
//! gives up waiting disturbs nobody: the change is carried out all the same. The task ends when the
//! last inbox that can send it something is gone, with nothing left undone.

use std::sync::Arc;

use sqlx::{SqliteConnection, SqlitePool};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::oneshot;

use webhooks::{InboxError, InboxErrorKind};
use super::{failed, millis_of};
use runtime::clock::{BoxFuture, Clock};

/// The most changes that are committed together: a flush takes as long as some hundred of them.
const LARGEST_BATCH: usize = 256;

/// Something that is to be written.
pub(super) trait Change: Send + Sync + 'static {
    /// What comes of it.
    type Out: Send + 'static;

    /// Writes it, at this time. It may be called again after what it did was rolled back.
    fn apply<'a>(
        &'a self,
        connection: &'a mut SqliteConnection,
        now: i64,
    ) -> BoxFuture<'a, Result<Self::Out, sqlx::Error>>;
}

/// Where changes are sent to.
pub(super) type Jobs = UnboundedSender<Box<dyn Job>>;

/// Starts the task, which takes connections from this pool: only one at a time, in turn with who
/// else does.
pub(super) fn start(pool: SqlitePool, clock: Arc<dyn Clock>) -> Jobs {
    let (jobs, received) = unbounded_channel();
    tokio::spawn(serve(pool, clock, received));
    jobs
}

/// Sends a change, and waits for what comes of it.
pub(super) async fn write<C: Change>(jobs: &Jobs, change: C) -> Result<C::Out, InboxError> {
    let (reply, answer) = oneshot::channel();
    send(jobs, change, move |out| drop(reply.send(out)));
    answer.await.unwrap_or_else(|_| Err(closed()))
}

/// Sends a change; the function gets what comes of it.
pub(super) fn send<C: Change>(
    jobs: &Jobs,
    change: C,
    reply: impl FnOnce(Result<C::Out, InboxError>) + Send + 'static,
) {
    let task = Task {
        change,
        out: None,
        reply,
    };
    // If nobody receives it, it is dropped with the reply in it, and whoever waits is told so.
    drop(jobs.send(Box::new(task)));
}

/// The task that writes is gone.
pub(super) fn closed() -> InboxError {
    InboxError::new(
        InboxErrorKind::Unavailable,
        "the inbox was opened in a tokio runtime that has ended: open it in the one that uses it",
    )
}

/// A [`Change`] of whatever kind.
pub(super) trait Job: Send {
    fn apply<'a>(
        &'a mut self,
        connection: &'a mut SqliteConnection,
        now: i64,
    ) -> BoxFuture<'a, Result<(), sqlx::Error>>;

    /// Tells who asked, once it is committed or is known not to be.
    fn answer(self: Box<Self>, committed: Result<(), InboxError>);
}

struct Task<C: Change, R> {
    change: C,
    out: Option<C::Out>,
    reply: R,
}

impl<C, R> Job for Task<C, R>
where
    C: Change,
    R: FnOnce(Result<C::Out, InboxError>) + Send,
{
    fn apply<'a>(
        &'a mut self,
        connection: &'a mut SqliteConnection,
        now: i64,
    ) -> BoxFuture<'a, Result<(), sqlx::Error>> {
        Box::pin(async move {
            self.out = Some(self.change.apply(connection, now).await?);
            Ok(())
        })
    }

    fn answer(self: Box<Self>, committed: Result<(), InboxError>) {
        let Self { out, reply, .. } = *self;
        reply(committed.and_then(|()| out.ok_or_else(closed)));
    }
}

async fn serve(
    pool: SqlitePool,
    clock: Arc<dyn Clock>,
    mut received: UnboundedReceiver<Box<dyn Job>>,
) {
    let mut batch = Vec::new();
    while received.recv_many(&mut batch, LARGEST_BATCH).await > 0 {
        let error = perform(&pool, &*clock, std::mem::take(&mut batch)).await;
        if let Some(error) = error {
            // What came meanwhile would wait as long for the same answer, and take memory.
            while let Ok(job) = received.try_recv() {
                refuse(job, &error);
            }
        }
    }
}

/// How a transaction failed.
enum Failure {
    /// It could not be begun: nor can any other now.
    Begin(sqlx::Error),
    /// Something in it failed, which need not be the fault of all that was.
    Within(sqlx::Error),
}

/// Answers with the error if no transaction can be begun.
async fn perform(
    pool: &SqlitePool,
    clock: &dyn Clock,
    mut batch: Vec<Box<dyn Job>>,
) -> Option<Arc<InboxError>> {
    match commit(pool, clock, &mut batch).await {
        Err(Failure::Within(_)) if batch.len() > 1 => {
            for job in batch {
                let mut alone = vec![job];
                let committed = commit(pool, clock, &mut alone).await;
                answer(alone, committed);
            }
            None
        }
        committed => answer(batch, committed),
    }
}

fn answer(batch: Vec<Box<dyn Job>>, committed: Result<(), Failure>) -> Option<Arc<InboxError>> {
    let (error, is_general) = match committed {
        Ok(()) => {
            batch.into_iter().for_each(|job| job.answer(Ok(())));
            return None;
        }
        Err(Failure::Begin(error)) => (error, true),
        Err(Failure::Within(error)) => (error, false),
    };
    let error = Arc::new(failed(error));
    batch.into_iter().for_each(|job| refuse(job, &error));
    is_general.then_some(error)
}

/// One error for all of them, and each gets one of its own around it.
fn refuse(job: Box<dyn Job>, error: &Arc<InboxError>) {
    let told = InboxError::new(error.fault(), error.to_string());
    job.answer(Err(told.with_source(Arc::clone(error))));
}

/// Does it all in one transaction, or nothing.
async fn commit(
    pool: &SqlitePool,
    clock: &dyn Clock,
    batch: &mut [Box<dyn Job>],
) -> Result<(), Failure> {
    let begun = pool.begin_with("BEGIN IMMEDIATE").await;
    let mut transaction = begun.map_err(Failure::Begin)?;
    let now = millis_of(clock.calendar());
    for job in batch {
        let applied = job.apply(&mut transaction, now).await;
        if let Err(error) = applied {
            // Rolled back here, so that the next transaction does not wait for it.
            drop(transaction.rollback().await);
            return Err(Failure::Within(error));
        }
    }
    transaction.commit().await.map_err(Failure::Within)
}
