//! The task that writes the journal.
//!
//! In: begins and removals, from any number of calls. Out: their results, once they are committed.
//! They are processed in the order in which they were sent, as far as they are about the same
//! write. What waits at the same time shares statements and their commits. A removal that failed is
//! tried again before anything that was sent later. The task also renews the lease of the process.
//! It ends when the last journal with its queue is dropped and everything is processed.
//!
//! If the database does not answer whether it has stored a begin, the call fails, and the record
//! has to be removed for certain. The database may still execute the statement then, so the process
//! takes another id before it removes the record.

use std::collections::HashSet;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use runtime::clock::{Clock, SystemClock};
use runtime::http::PendingWrite;
use runtime::idempotency::{BeginOutcome, JournalError, JournalErrorKind};
use sqlx::PgPool;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::oneshot;

use super::record::{WriteDigest, digest_of, system_time};
use super::rows::{self, NewWrite};
use super::{RENEWAL_INTERVAL, draw_number};
use crate::error::{FleetError, timeout_error};

/// The maximum number of commands that share statements.
const MAX_BATCH: usize = 256;

/// The maximum size of the bodies in one statement in bytes, unless one write has more.
const MAX_BATCH_BYTES: usize = 4 << 20;

/// How long a statement may take, with the wait for a connection.
const STATEMENT_TIMEOUT: Duration = Duration::from_secs(10);

/// When removals that failed are tried again, if nothing else is sent before.
const RETRY_DELAY: Duration = Duration::from_secs(1);

/// How often a statement is tried that the server aborts because of a deadlock with another process.
const ATTEMPTS: u32 = 3;

type Reply<T> = oneshot::Sender<Result<T, JournalError>>;

enum Command {
    Begin(NewWrite, Reply<BeginOutcome>),
    Finish(WriteDigest, Option<Reply<()>>),
    /// Removes the row that a begin has made whose call did not wait for it.
    RollBack(WriteDigest, i64),
    List(Reply<Vec<PendingWrite>>),
}

impl Command {
    /// The write that a command is about.
    fn digest(&self) -> Option<&WriteDigest> {
        match self {
            Self::Begin(new, _) => Some(&new.digest),
            Self::Finish(digest, _) | Self::RollBack(digest, _) => Some(digest),
            Self::List(_) => None,
        }
    }
}

/// The queue of the task.
#[derive(Clone)]
pub(super) struct JournalQueue(UnboundedSender<Command>);

/// Starts the task.
pub(super) fn start_queue(pool: PgPool, process: i64) -> JournalQueue {
    let (queue, received) = unbounded_channel();
    let writer = JournalWriter {
        pool,
        process,
        renewed: SystemClock.now(),
        unwritten: Vec::new(),
        must_change_id: false,
    };
    tokio::spawn(writer.process_queue(received));
    JournalQueue(queue)
}

impl JournalQueue {
    /// Hands a removal over when it is first polled, and waits for it.
    pub(super) async fn finish_write(&self, write: &PendingWrite) -> Result<(), JournalError> {
        let (reply, finished) = oneshot::channel();
        // If the task has ended, this drops the reply.
        drop(self.0.send(Command::Finish(digest_of(write), Some(reply))));
        finished.await.unwrap_or_else(|_| Err(task_ended()))
    }

    pub(super) async fn list_writes(&self) -> Result<Vec<PendingWrite>, JournalError> {
        let (reply, listed) = oneshot::channel();
        drop(self.0.send(Command::List(reply)));
        listed.await.unwrap_or_else(|_| Err(task_ended()))
    }
}

fn task_ended() -> JournalError {
    JournalError::new(
        "the journal was opened in a tokio runtime that has ended: open it in the one that uses it",
    )
    .with_kind(JournalErrorKind::Closed)
}

/// A begin that waits for its result. It is rolled back if it is dropped before.
pub(super) struct BeginReply<'a> {
    queue: &'a JournalQueue,
    digest: WriteDigest,
    begin_id: i64,
    result: oneshot::Receiver<Result<BeginOutcome, JournalError>>,
}

impl<'a> BeginReply<'a> {
    pub(super) fn send(queue: &'a JournalQueue, write: &PendingWrite) -> Self {
        let (reply, result) = oneshot::channel();
        let digest = digest_of(write);
        let begin_id = draw_number();
        let new = NewWrite {
            digest,
            begin_id,
            write: write.clone(),
        };
        drop(queue.0.send(Command::Begin(new, reply)));
        Self {
            queue,
            digest,
            begin_id,
            result,
        }
    }
}

impl Future for BeginReply<'_> {
    type Output = Result<BeginOutcome, JournalError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let result = Pin::new(&mut self.result).poll(context);
        result.map(|received| received.unwrap_or_else(|_| Err(task_ended())))
    }
}

impl Drop for BeginReply<'_> {
    fn drop(&mut self) {
        self.result.close();
        // A result that is not received here is returned to the task, which then rolls back.
        if let Ok(Ok(BeginOutcome::Inserted)) = self.result.try_recv() {
            let command = Command::RollBack(self.digest, self.begin_id);
            // If the task has ended, the record stays and is found as pending.
            drop(self.queue.0.send(command));
        }
    }
}

struct JournalWriter {
    pool: PgPool,
    process: i64,
    /// When the lease was last renewed, or should have been.
    renewed: Instant,
    /// Removals that failed.
    unwritten: Vec<Command>,
    /// Whether the database may still execute a statement of this id.
    must_change_id: bool,
}

impl JournalWriter {
    async fn process_queue(mut self, mut received: UnboundedReceiver<Command>) {
        loop {
            let age = SystemClock.now().saturating_duration_since(self.renewed);
            let mut wait = RENEWAL_INTERVAL.saturating_sub(age);
            if !self.unwritten.is_empty() {
                wait = wait.min(RETRY_DELAY);
            }
            let batch = match tokio::time::timeout(wait, received.recv()).await {
                Ok(Some(first)) => take_batch(first, &mut received),
                Ok(None) => break,
                Err(_) => Vec::new(),
            };
            if age >= RENEWAL_INTERVAL {
                self.renew_lease().await;
            }
            self.process_batch(batch).await;
        }
        self.process_batch(Vec::new()).await;
        // What is left is passed on. If this fails, the lease expires.
        drop(in_time(rows::end_lease(&self.pool, self.process)).await);
    }

    async fn renew_lease(&mut self) {
        self.renewed = SystemClock.now();
        if let Err(error) = in_time(rows::renew_lease(&self.pool, self.process)).await {
            tracing::warn!(
                error = &error as &(dyn std::error::Error + 'static),
                "the lease of a journal was not renewed"
            );
        }
    }

    /// Processes commands in rounds in which each write has one command.
    async fn process_batch(&mut self, batch: Vec<Command>) {
        let mut left = std::mem::take(&mut self.unwritten);
        left.extend(batch);
        while !left.is_empty() {
            let mut seen = HashSet::new();
            let is_repeated =
                |command: &Command| command.digest().is_some_and(|digest| !seen.insert(*digest));
            let end = left.iter().position(is_repeated).unwrap_or(left.len());
            let next = left.split_off(end);
            self.process_round(std::mem::replace(&mut left, next)).await;
        }
    }

    async fn process_round(&mut self, round: Vec<Command>) {
        let (mut begins, mut finishes, mut rollbacks, mut lists) =
            (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for command in round {
            match command {
                Command::Begin(_, reply) if reply.is_closed() => {}
                Command::Begin(new, reply) => begins.push((new, reply)),
                Command::Finish(digest, reply) => finishes.push((digest, reply)),
                Command::RollBack(digest, begin_id) => rollbacks.push((digest, begin_id)),
                Command::List(reply) => lists.push(reply),
            }
        }
        self.finish_all(finishes).await;
        self.roll_back_all(rollbacks).await;
        self.begin_all(begins).await;
        for reply in lists {
            let listed = in_time(rows::list_writes(&self.pool, self.process)).await;
            // A receiver that was dropped needs no list.
            drop(reply.send(listed.map_err(journal_error)));
        }
    }

    async fn begin_all(&mut self, begins: Vec<(NewWrite, Reply<BeginOutcome>)>) {
        let mut possible = Vec::new();
        for (new, reply) in begins {
            if self.is_being_finished(&new.digest) {
                let text =
                    "an earlier call of this write has ended, and its record was not removed";
                drop(reply.send(Err(JournalError::new(text).with_kind(JournalErrorKind::Io))));
            } else {
                possible.push((new, reply));
            }
        }
        let mut begins = possible;
        if begins.is_empty() {
            return;
        }
        // All processes lock rows in the same order.
        begins.sort_by_key(|(new, _)| new.digest);
        let (new, replies): (Vec<NewWrite>, Vec<_>) = begins.into_iter().unzip();
        let begun = retry_conflicts(|| rows::begin_writes(&self.pool, self.process, &new)).await;
        // Without an answer of the database, the rows may have been made.
        let may_exist = begun.as_ref().err().is_some_and(is_unanswered);
        self.must_change_id |= may_exist;
        let begun = begun.map_err(Arc::new);
        for (new, reply) in new.into_iter().zip(replies) {
            let outcome = match &begun {
                Ok(rows) => match rows.get(&new.digest[..]) {
                    Some((id, _)) if *id == new.begin_id => Ok(BeginOutcome::Inserted),
                    Some((_, begun)) => Ok(BeginOutcome::AlreadyPresent {
                        begun: system_time(*begun),
                    }),
                    None => Err(JournalError::new(
                        "the database returned no row of the write",
                    )),
                },
                Err(error) => Err(shared_error(error)),
            };
            let is_inserted = matches!(outcome, Ok(BeginOutcome::Inserted));
            let is_received = reply.send(outcome).is_ok();
            if may_exist || is_inserted && !is_received {
                let rollback = Command::RollBack(new.digest, new.begin_id);
                self.unwritten.push(rollback);
            }
        }
    }

    /// Whether the removal of a write has failed: it is tried again, and would remove what begins
    /// before.
    fn is_being_finished(&self, digest: &WriteDigest) -> bool {
        let mut unwritten = self.unwritten.iter();
        unwritten.any(|command| matches!(command, Command::Finish(known, _) if known == digest))
    }

    async fn finish_all(&mut self, finishes: Vec<(WriteDigest, Option<Reply<()>>)>) {
        if finishes.is_empty() {
            return;
        }
        let (mut digests, replies): (Vec<WriteDigest>, Vec<_>) = finishes.into_iter().unzip();
        let finished = retry_conflicts(|| rows::finish_writes(&self.pool, &digests)).await;
        let finished = finished.map_err(Arc::new);
        for reply in replies.into_iter().flatten() {
            // Without a receiver the future that waited was dropped.
            drop(reply.send(finished.as_ref().copied().map_err(shared_error)));
        }
        if finished.is_err() {
            let again = digests
                .drain(..)
                .map(|digest| Command::Finish(digest, None));
            self.unwritten.extend(again);
        }
    }

    /// Takes another id if the database may still execute a statement of the old one.
    async fn change_id(&mut self) -> Result<(), sqlx::Error> {
        if self.must_change_id {
            let new = draw_number();
            in_time(rows::change_id(&self.pool, self.process, new)).await?;
            self.process = new;
            self.must_change_id = false;
            // In case the database has changed it before and did not answer.
            self.renew_lease().await;
        }
        Ok(())
    }

    async fn roll_back_all(&mut self, rollbacks: Vec<(WriteDigest, i64)>) {
        if rollbacks.is_empty() {
            return;
        }
        let removed = match self.change_id().await {
            Ok(()) => retry_conflicts(|| rows::roll_back_begins(&self.pool, &rollbacks)).await,
            Err(error) => Err(error),
        };
        if removed.is_err() {
            let again = rollbacks.into_iter();
            let again = again.map(|(digest, begin_id)| Command::RollBack(digest, begin_id));
            self.unwritten.extend(again);
        }
    }
}

/// The first command and those that wait behind it, up to the limits.
fn take_batch(first: Command, received: &mut UnboundedReceiver<Command>) -> Vec<Command> {
    let size = |command: &Command| match command {
        Command::Begin(new, _) => new.write.body.len(),
        _ => 0,
    };
    let mut bytes = size(&first);
    let mut batch = vec![first];
    while batch.len() < MAX_BATCH && bytes < MAX_BATCH_BYTES {
        let Ok(command) = received.try_recv() else {
            break;
        };
        bytes += size(&command);
        batch.push(command);
    }
    batch
}

async fn in_time<T>(
    statement: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T, sqlx::Error> {
    let result = tokio::time::timeout(STATEMENT_TIMEOUT, statement).await;
    result.unwrap_or_else(|_| Err(timeout_error()))
}

async fn retry_conflicts<T, F: Future<Output = Result<T, sqlx::Error>>>(
    statement: impl Fn() -> F,
) -> Result<T, sqlx::Error> {
    let mut attempt = 1;
    loop {
        match in_time(statement()).await {
            Err(error) if attempt < ATTEMPTS && is_conflict(&error) => attempt += 1,
            result => return result,
        }
    }
}

/// Whether the server aborted a statement because of a concurrent one: a deadlock or a
/// serialization failure. See <https://www.postgresql.org/docs/current/errcodes-appendix.html>.
fn is_conflict(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code());
    matches!(code.as_deref(), Some("40P01" | "40001"))
}

/// Whether a statement may have been committed although it failed: the database has not refused it,
/// and it was sent to it.
fn is_unanswered(error: &sqlx::Error) -> bool {
    !matches!(
        error,
        sqlx::Error::Database(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed
    )
}

fn journal_error(error: sqlx::Error) -> JournalError {
    FleetError::from(error).into()
}

/// The error of one of several calls that shared a statement.
fn shared_error(error: &Arc<sqlx::Error>) -> JournalError {
    JournalError::new("the database failed")
        .with_kind(JournalErrorKind::Io)
        .with_source(Arc::clone(error))
}
