//! The thread that owns the log, and the messages it receives.
//!
//! Calls send messages through a channel and await the results. The thread takes all messages
//! that arrived while it was busy as one batch, so concurrent calls share one write and one
//! flush.

use std::future::Future;
use std::pin::Pin;
use std::sync::mpsc::{Receiver, Sender};
use std::task::{Context, Poll};

use futures_channel::oneshot;
use runtime::http::PendingWrite;
use runtime::idempotency::{BeginOutcome, JournalError, JournalErrorKind};

use crate::log::{JournalLog, LogCommand, LogStorage};

/// The maximum number of messages in one batch, which bounds the time to the first result.
const MAX_BATCH_LEN: usize = 1_024;

/// Where the result of a message is sent. The receiver is dropped by a caller that no longer
/// waits.
pub(crate) type ResultSender<T> = oneshot::Sender<Result<T, JournalError>>;

/// A message for the thread.
#[derive(Debug)]
pub(crate) enum WriterMessage {
    Begin(PendingWrite, ResultSender<BeginOutcome>),
    Finish(PendingWrite, ResultSender<BeginOutcome>),
    /// Removes the record of a begin whose future was dropped. It has no result.
    Rollback(PendingWrite),
    ListPending(ResultSender<Vec<PendingWrite>>),
}

/// Processes messages until all senders are dropped and the channel is empty.
pub(crate) fn run_writer<S: LogStorage>(
    mut log: JournalLog<S>,
    messages: &Receiver<WriterMessage>,
) {
    let mut unwritten = Vec::new();
    while let Ok(first) = messages.recv() {
        let mut batch = vec![first];
        batch.extend(messages.try_iter().take(MAX_BATCH_LEN - 1));
        let mut rollbacks = process_batch(&mut log, &mut unwritten, batch);
        while !rollbacks.is_empty() {
            rollbacks = process_batch(&mut log, &mut unwritten, rollbacks);
        }
    }
    process_batch(&mut log, &mut unwritten, Vec::new());
}

/// Processes a batch. Returns the rollbacks of begins whose futures were dropped meanwhile.
///
/// `unwritten` has the removals that could not be written. They are tried again with each batch,
/// before anything that was sent later.
fn process_batch<S: LogStorage>(
    log: &mut JournalLog<S>,
    unwritten: &mut Vec<LogCommand>,
    batch: Vec<WriterMessage>,
) -> Vec<WriterMessage> {
    let mut commands = std::mem::take(unwritten);
    let mut replies: Vec<_> = commands.iter().map(|_| None).collect();
    let mut lists = Vec::new();
    for message in batch {
        let (command, reply) = match message {
            WriterMessage::Begin(_, result) if result.is_canceled() => continue,
            WriterMessage::Begin(write, result) => (LogCommand::Begin(write), Some(result)),
            WriterMessage::Finish(write, result) => (LogCommand::Finish(write), Some(result)),
            WriterMessage::Rollback(write) => (LogCommand::Rollback(write), None),
            WriterMessage::ListPending(result) => {
                lists.push(result);
                continue;
            }
        };
        commands.push(command);
        replies.push(reply);
    }
    let mut rollbacks = Vec::new();
    let results = log.apply_batch(commands.clone());
    for ((command, result), reply) in commands.into_iter().zip(results).zip(replies) {
        let is_new = matches!(result, Ok(BeginOutcome::Inserted));
        let is_failed = result.is_err();
        let is_received = reply.is_none_or(|reply| reply.send(result).is_ok());
        match command {
            LogCommand::Begin(write) if is_new && !is_received => {
                rollbacks.push(WriterMessage::Rollback(write));
            }
            LogCommand::Begin(_) => {}
            removal => unwritten.extend(is_failed.then_some(removal)),
        }
    }
    for sender in lists {
        // A receiver that was dropped needs no list.
        let _ = sender.send(Ok(log.pending_writes()));
    }
    rollbacks
}

/// The error of a message that the thread did not process.
pub(crate) fn closed_error() -> JournalError {
    JournalError::new("the journal's thread has ended").with_kind(JournalErrorKind::Closed)
}

/// A begin that waits for its result. It is rolled back if it is dropped before.
#[derive(Debug)]
pub(crate) struct BeginFuture<'a> {
    messages: &'a Sender<WriterMessage>,
    write: &'a PendingWrite,
    result: oneshot::Receiver<Result<BeginOutcome, JournalError>>,
}

impl<'a> BeginFuture<'a> {
    pub(crate) fn send(
        messages: &'a Sender<WriterMessage>,
        write: &'a PendingWrite,
    ) -> Result<Self, JournalError> {
        let (sender, result) = oneshot::channel();
        let message = WriterMessage::Begin(write.clone(), sender);
        messages.send(message).map_err(|_| closed_error())?;
        Ok(Self {
            messages,
            write,
            result,
        })
    }
}

impl Future for BeginFuture<'_> {
    type Output = Result<BeginOutcome, JournalError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let result = Pin::new(&mut self.result).poll(context);
        result.map(|received| received.unwrap_or_else(|_| Err(closed_error())))
    }
}

impl Drop for BeginFuture<'_> {
    fn drop(&mut self) {
        self.result.close();
        // A result that is not received here is returned to the thread, which then rolls back.
        if let Ok(Some(Ok(BeginOutcome::Inserted))) = self.result.try_recv() {
            let message = WriterMessage::Rollback(self.write.clone());
            // If the thread has ended, the record stays and is found as pending.
            let _ = self.messages.send(message);
        }
    }
}

#[cfg(test)]
mod tests;
