//! The task that writes the journal.
//!
//! In: begins and removals, from any number of calls. Out: their results, once they are committed.
//! They are processed in the order in which they were sent, as far as they are about the same
//! write. What waits at the same time shares statements and their commits. A removal that failed is
//! tried again before anything that was sent later. The task ends when the last journal with its
//! queue is dropped and everything was tried once more.

use std::collections::HashSet;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use runtime::http::PendingWrite;
use runtime::idempotency::{BeginOutcome, JournalError, JournalErrorKind};
use sqlx::PgPool;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::record::{WriteDigest, digest_of, system_time};
use super::rows::{self, NewWrite};
use super::{draw_number, report_error};
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
pub(super) fn start_queue(pool: PgPool, process: i64, renewal: JoinHandle<()>) -> JournalQueue {
    let (queue, received) = unbounded_channel();
    let writer = JournalWriter {
        pool,
        process,
        renewal,
        unwritten: Vec::new(),
    };
    tokio::spawn(writer.process_queue(received));
    JournalQueue(queue)
}

impl JournalQueue {
    /// Hands a removal over when it is first polled, and waits for it.
    pub(super) async fn finish_write(&self, write: &PendingWrite) -> Result<(), JournalError> {
        let (reply, finished) = oneshot::channel();
        self.send_command(Command::Finish(digest_of(write), Some(reply)))?;
        finished.await.unwrap_or_else(|_| Err(no_reply()))
    }

    pub(super) async fn list_writes(&self) -> Result<Vec<PendingWrite>, JournalError> {
        let (reply, listed) = oneshot::channel();
        self.send_command(Command::List(reply))?;
        listed.await.unwrap_or_else(|_| Err(no_reply()))
    }

    fn send_command(&self, command: Command) -> Result<(), JournalError> {
        self.0.send(command).map_err(|_| task_ended())
    }
}

fn task_ended() -> JournalError {
    JournalError::new(
        "the journal was opened in a tokio runtime that has ended: open it in the one that uses it",
    )
    .with_kind(JournalErrorKind::Closed)
}

/// The error of a command that the task received, and did not process before its runtime ended.
fn no_reply() -> JournalError {
    JournalError::new("the tokio runtime of the journal ended before the database answered")
        .with_kind(JournalErrorKind::Unanswered)
}

/// A begin that waits for its result. It is rolled back if it is dropped before.
pub(super) struct BeginReply<'a> {
    queue: &'a JournalQueue,
    digest: WriteDigest,
    begin_id: i64,
    result: oneshot::Receiver<Result<BeginOutcome, JournalError>>,
}

impl<'a> BeginReply<'a> {
    pub(super) fn send(
        queue: &'a JournalQueue,
        write: &PendingWrite,
    ) -> Result<Self, JournalError> {
        let (reply, result) = oneshot::channel();
        let digest = digest_of(write);
        let begin_id = draw_number();
        let new = NewWrite {
            digest,
            begin_id,
            write: write.clone(),
        };
        queue.send_command(Command::Begin(new, reply))?;
        Ok(Self {
            queue,
            digest,
            begin_id,
            result,
        })
    }
}

impl Future for BeginReply<'_> {
    type Output = Result<BeginOutcome, JournalError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let result = Pin::new(&mut self.result).poll(context);
        result.map(|received| received.unwrap_or_else(|_| Err(no_reply())))
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
    /// The task that renews the lease, which ends with this one.
    renewal: JoinHandle<()>,
    /// Removals that failed.
    unwritten: Vec<Command>,
}

impl Drop for JournalWriter {
    fn drop(&mut self) {
        self.renewal.abort();
    }
}

impl JournalWriter {
    async fn process_queue(mut self, mut received: UnboundedReceiver<Command>) {
        loop {
            let next = if self.unwritten.is_empty() {
                received.recv().await
            } else {
                match tokio::time::timeout(RETRY_DELAY, received.recv()).await {
                    Ok(next) => next,
                    Err(_) => {
                        self.process_batch(Vec::new()).await;
                        continue;
                    }
                }
            };
            let Some(first) = next else {
                break;
            };
            let batch = take_batch(first, &mut received);
            self.process_batch(batch).await;
        }
        self.process_batch(Vec::new()).await;
        self.renewal.abort();
        // What is left is passed on. If this fails, the lease expires.
        drop(in_time(rows::end_lease(&self.pool, self.process)).await);
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
            let listed = retry_conflicts(|| rows::list_writes(&self.pool, self.process)).await;
            // A receiver that was dropped needs no list.
            drop(reply.send(match listed {
                Ok(mut writes) => {
                    writes.retain(|write| !self.is_being_removed(&digest_of(write)));
                    Ok(writes)
                }
                Err(error) => Err(journal_error(error)),
            }));
        }
    }

    async fn begin_all(&mut self, begins: Vec<(NewWrite, Reply<BeginOutcome>)>) {
        let mut possible = Vec::new();
        for (new, reply) in begins {
            if self.is_being_removed(&new.digest) {
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
            if is_inserted && !is_received {
                let rollback = Command::RollBack(new.digest, new.begin_id);
                self.unwritten.push(rollback);
            }
        }
    }

    /// Whether the removal of a write has failed: it is tried again, and would remove what begins
    /// before.
    fn is_being_removed(&self, digest: &WriteDigest) -> bool {
        let mut unwritten = self.unwritten.iter();
        unwritten.any(|command| command.digest() == Some(digest))
    }

    async fn finish_all(&mut self, mut finishes: Vec<(WriteDigest, Option<Reply<()>>)>) {
        while !finishes.is_empty() {
            let rest = finishes.split_off(finishes.len().min(MAX_BATCH));
            let (digests, replies): (Vec<WriteDigest>, Vec<_>) = finishes.into_iter().unzip();
            finishes = rest;
            let finish = || rows::finish_writes(&self.pool, self.process, &digests);
            let finished = retry_conflicts(finish).await.map_err(Arc::new);
            if let Err(error) = &finished {
                report_error("the journal could not remove finished writes", error);
                let again = digests.iter().map(|digest| Command::Finish(*digest, None));
                self.unwritten.extend(again);
            }
            for (digest, reply) in digests.iter().zip(replies) {
                let result = match &finished {
                    Ok(removed) if removed.contains(&digest[..]) => Ok(()),
                    Ok(_) => Err(passed_on()),
                    Err(error) => Err(shared_error(error)),
                };
                // Without a receiver the future that waited was dropped.
                drop(reply.map(|reply| reply.send(result)));
            }
        }
    }

    async fn roll_back_all(&mut self, rollbacks: Vec<(WriteDigest, i64)>) {
        for rollbacks in rollbacks.chunks(MAX_BATCH) {
            let removed = retry_conflicts(|| rows::roll_back_begins(&self.pool, rollbacks)).await;
            if let Err(error) = removed {
                report_error(
                    "the journal could not remove writes that were not sent",
                    &error,
                );
                let again = rollbacks.iter();
                let again = again.map(|(digest, begin_id)| Command::RollBack(*digest, *begin_id));
                self.unwritten.extend(again);
            }
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

/// Whether a statement may have been committed although it failed: it was sent to the database, and
/// the database has not refused it. Errors of the classes 08 and 57P (the connection, the end of the
/// server) may also come from a proxy, and say nothing about the statement.
fn is_unanswered(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Database(error) => {
            let code = error.code().unwrap_or_default();
            code.starts_with("08") || code.starts_with("57P")
        }
        sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed => false,
        _ => true,
    }
}

/// The error of a removal of a write that does not belong to this process.
fn passed_on() -> JournalError {
    JournalError::new("another process has begun or resumed the write")
        .with_kind(JournalErrorKind::PassedOn)
}

fn journal_error(error: sqlx::Error) -> JournalError {
    FleetError::from(error).into()
}

/// The error of one of several calls that shared a statement.
fn shared_error(error: &Arc<sqlx::Error>) -> JournalError {
    let (kind, text) = if is_unanswered(error) {
        (JournalErrorKind::Unanswered, "the database did not answer")
    } else {
        (JournalErrorKind::Io, "the database failed")
    };
    JournalError::new(text)
        .with_kind(kind)
        .with_source(Arc::clone(error))
}
