//! The thread that has the file, and what it is asked for.
//!
//! Calls send their orders through a channel and await the answers. The thread takes all orders
//! that have come while it was busy, so however many calls there are, they share one write and
//! one flush of the disk.

use std::future::Future;
use std::pin::Pin;
use std::sync::mpsc::{Receiver, Sender};
use std::task::{Context, Poll, ready};

use super::clerk::{Clerk, Medium, Order};
use super::reply::{Awaited, Promise, closed, promise};
use runtime::http::PendingWrite;
use runtime::idempotency::{Begun, JournalError};

/// The most orders in one batch, so that a flood of calls cannot hold the first answer back.
const BATCH: usize = 1_024;

/// What the thread is asked for.
#[derive(Debug)]
pub(crate) enum Command {
    Begin(PendingWrite, Promise<Begun>),
    Finish(PendingWrite, Promise<Begun>),
    /// The end of a begin that was given up. Nobody waits for it.
    TakeBack(PendingWrite),
    List(Promise<Vec<PendingWrite>>),
}

/// Serves commands until the last sender is gone and the channel is empty.
pub(crate) fn serve<M: Medium>(mut clerk: Clerk<M>, commands: &Receiver<Command>) {
    while let Ok(first) = commands.recv() {
        let mut batch = vec![first];
        batch.extend(commands.try_iter().take(BATCH - 1));
        let mut orphans = handle(&mut clerk, batch);
        while !orphans.is_empty() {
            orphans = handle(&mut clerk, orphans);
        }
    }
}

/// Handles a batch. Returns what to take back, since nobody waits for it any more.
fn handle<M: Medium>(clerk: &mut Clerk<M>, batch: Vec<Command>) -> Vec<Command> {
    let (mut orders, mut begins, mut lists) = (Vec::new(), Vec::new(), Vec::new());
    for command in batch {
        match command {
            Command::Begin(_, promise) if promise.is_abandoned() => {}
            Command::Begin(write, promise) => {
                begins.push((Some(write.clone()), Some(promise)));
                orders.push(Order::Begin(write));
            }
            Command::Finish(write, promise) => {
                begins.push((None, Some(promise)));
                orders.push(Order::Finish(write));
            }
            Command::TakeBack(write) => {
                begins.push((None, None));
                orders.push(Order::TakeBack(write));
            }
            Command::List(promise) => lists.push(promise),
        }
    }
    let mut orphans = Vec::new();
    for (answer, (write, promise)) in clerk.process(orders).into_iter().zip(begins) {
        let is_new = matches!(answer, Ok(Begun::New));
        let awaited = promise.is_none_or(|promise| promise.keep(answer));
        if is_new && !awaited {
            orphans.extend(write.map(Command::TakeBack));
        }
    }
    for promise in lists {
        promise.keep(Ok(clerk.unfinished()));
    }
    orphans
}

/// A begin on its way. Dropped before its answer is read, it is taken back.
#[derive(Debug)]
pub(crate) struct Beginning<'a> {
    commands: &'a Sender<Command>,
    write: &'a PendingWrite,
    answer: Awaited<Begun>,
}

impl<'a> Beginning<'a> {
    pub(crate) fn send(
        commands: &'a Sender<Command>,
        write: &'a PendingWrite,
    ) -> Result<Self, JournalError> {
        let (promise, answer) = promise();
        let command = Command::Begin(write.clone(), promise);
        commands.send(command).map_err(|_| closed())?;
        Ok(Self {
            commands,
            write,
            answer,
        })
    }
}

impl Future for Beginning<'_> {
    type Output = Result<Begun, JournalError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let answer = ready!(Pin::new(&mut self.answer).poll(context));
        Poll::Ready(answer)
    }
}

impl Drop for Beginning<'_> {
    fn drop(&mut self) {
        if let Some(Ok(Begun::New)) = self.answer.abandon() {
            let command = Command::TakeBack(self.write.clone());
            // Without a thread there is nobody who could take it back.
            let _ = self.commands.send(command);
        }
    }
}
