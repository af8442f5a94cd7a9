//! The task that stores messages.
//!
//! In: batches of messages, from any number of tasks. Out: the outcomes of each batch, once they are
//! committed. Batches that wait at the same time are stored by one statement, so that they share a
//! round trip and a commit. If the database refuses that statement, each batch is stored by one of
//! its own, so that only those fail that are refused. If the future that waits for the outcomes is
//! dropped, the messages are stored regardless. The task ends when the last inbox with its queue is
//! dropped and all messages are stored.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use sqlx::PgPool;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::{Semaphore, oneshot};
use webhooks::{InboxError, InboxErrorKind, InboxMessage, StoreOutcome};

use super::{convert_error, rows};

/// The maximum number of batches in one statement.
const MAX_GROUP: usize = 256;

/// The maximum number of messages in one statement, unless one batch has more.
const MAX_MESSAGES: usize = 1_000;

/// After this time the next group does not wait for the one before it, which may wait for a lock or
/// for a connection that is lost.
const STALL_TIME: Duration = Duration::from_millis(50);

/// The maximum number of groups at the same time.
const MAX_STATEMENTS: usize = 4;

/// How often a group is stored together if the server aborts it because of a deadlock with another
/// transaction that stores the same messages.
const GROUP_ATTEMPTS: u32 = 3;

/// How long a statement may take, with the wait for a connection. Longer than receivers wait. A
/// network that drops packets reports no error.
const STATEMENT_TIMEOUT: Duration = Duration::from_secs(10);

type StoreReply = oneshot::Sender<Result<Vec<StoreOutcome>, InboxError>>;

/// Messages that are stored together or not at all.
pub(super) struct StoreBatch {
    messages: Vec<InboxMessage>,
    reply: StoreReply,
}

/// The queue of the task.
pub(super) type StoreQueue = UnboundedSender<StoreBatch>;

/// Starts the task.
pub(super) fn start_storing(pool: PgPool, origin: Arc<str>) -> StoreQueue {
    let (queue, received) = unbounded_channel();
    tokio::spawn(process_queue(pool, origin, received));
    queue
}

/// Sends messages, and waits for their outcomes.
pub(super) async fn store_messages(
    queue: &StoreQueue,
    messages: &[InboxMessage],
) -> Result<Vec<StoreOutcome>, InboxError> {
    if messages.is_empty() {
        return Ok(Vec::new());
    }
    if messages.iter().any(has_nul) {
        return Err(InboxError::new(
            InboxErrorKind::Other,
            "PostgreSQL cannot store NUL characters in a text, and a message's id, type or object \
             has one",
        ));
    }
    let (reply, stored) = oneshot::channel();
    let messages = messages.to_vec();
    // If the task has ended, this drops the reply.
    drop(queue.send(StoreBatch { messages, reply }));
    stored.await.unwrap_or_else(|_| Err(task_ended()))
}

fn has_nul(message: &InboxMessage) -> bool {
    let object = message.object.as_deref().unwrap_or_default();
    let body = message.body.as_str();
    let texts = [message.id.as_str(), message.type_.as_str(), object, body];
    texts.into_iter().any(|text| text.contains('\0'))
}

fn task_ended() -> InboxError {
    InboxError::new(
        InboxErrorKind::Unavailable,
        "the inbox was opened in a tokio runtime that has ended: open it in the one that uses it",
    )
}

async fn process_queue(
    pool: PgPool,
    origin: Arc<str>,
    mut received: UnboundedReceiver<StoreBatch>,
) {
    let permits = Arc::new(Semaphore::new(MAX_STATEMENTS));
    while let Some(first) = received.recv().await {
        // Waits before it takes more, so that what arrives meanwhile joins the group.
        let permit = Arc::clone(&permits).acquire_owned().await;
        let group = take_group(first, &mut received);
        let (pool, origin) = (pool.clone(), Arc::clone(&origin));
        let storing = tokio::spawn(async move {
            store_group(&pool, &origin, group).await;
            drop(permit);
        });
        drop(tokio::time::timeout(STALL_TIME, storing).await);
    }
}

/// The first batch and those that wait behind it, up to the limits.
fn take_group(first: StoreBatch, received: &mut UnboundedReceiver<StoreBatch>) -> Vec<StoreBatch> {
    let mut messages = first.messages.len();
    let mut group = vec![first];
    while group.len() < MAX_GROUP && messages < MAX_MESSAGES {
        let Ok(batch) = received.try_recv() else {
            break;
        };
        messages += batch.messages.len();
        group.push(batch);
    }
    group
}

/// Stores a group and replies to each batch.
async fn store_group(pool: &PgPool, origin: &str, group: Vec<StoreBatch>) {
    let all = group.iter().flat_map(|batch| &batch.messages);
    match insert_messages(pool, origin, all).await {
        Ok(new) => reply_to_all(group, new),
        // The database refused something, perhaps for one of them.
        Err(sqlx::Error::Database(_)) if group.len() > 1 => {
            for batch in group {
                match insert_messages(pool, origin, batch.messages.iter()).await {
                    Ok(new) => reply_to_all(vec![batch], new),
                    Err(error) => fail_all(vec![batch], error),
                }
            }
        }
        Err(error) => fail_all(group, error),
    }
}

/// Returns the ids of the new messages.
async fn insert_messages<'a>(
    pool: &PgPool,
    origin: &str,
    messages: impl Iterator<Item = &'a InboxMessage> + Clone,
) -> Result<HashSet<String>, sqlx::Error> {
    let mut attempt = 1;
    loop {
        let insert = rows::insert_messages(pool, origin, messages.clone());
        let inserted = tokio::time::timeout(STATEMENT_TIMEOUT, insert).await;
        match inserted.unwrap_or_else(|_| Err(timeout_error())) {
            Err(error) if attempt < GROUP_ATTEMPTS && is_conflict(&error) => attempt += 1,
            inserted => return Ok(inserted?.into_iter().collect()),
        }
    }
}

fn timeout_error() -> sqlx::Error {
    let text = format!("the database did not respond within {STATEMENT_TIMEOUT:?}");
    std::io::Error::new(std::io::ErrorKind::TimedOut, text).into()
}

/// Whether the server aborted a statement because of a concurrent one: a deadlock or a
/// serialization failure. See <https://www.postgresql.org/docs/current/errcodes-appendix.html>.
fn is_conflict(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code());
    matches!(code.as_deref(), Some("40P01" | "40001"))
}

/// If an id is repeated, the first message with it is the new one.
fn reply_to_all(group: Vec<StoreBatch>, mut new: HashSet<String>) {
    for StoreBatch { messages, reply } in group {
        let outcomes = messages
            .iter()
            .map(|message| match new.remove(&message.id) {
                true => StoreOutcome::New,
                false => StoreOutcome::Duplicate,
            });
        // Without a receiver the future that waited was dropped.
        drop(reply.send(Ok(outcomes.collect())));
    }
}

/// Replies with an error of its own for each batch, whose source is shared.
fn fail_all(group: Vec<StoreBatch>, error: sqlx::Error) {
    let error = Arc::new(convert_error(error));
    for batch in group {
        let own = InboxError::new(error.kind(), error.to_string());
        drop(batch.reply.send(Err(own.with_source(Arc::clone(&error)))));
    }
}
