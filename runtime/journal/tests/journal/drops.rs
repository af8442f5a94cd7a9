//! Futures that are dropped at any await, and journals that are slow or fail.

use std::future::{Future, IntoFuture as _, poll_fn};
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::Duration;

use journal::FileJournal;
use runtime::clock::BoxFuture;
use runtime::http::{HeaderMap, PendingWrite, RawResponse, Request, StatusCode};
use runtime::idempotency::{BeginOutcome, Journal, JournalError, MemoryJournal};
use runtime::operation::Operation;
use runtime::transport::{Transport, TransportError};
use runtime::{Call, Client};

use crate::api::{API, Create, Params};

/// A server in this process, which counts the executions of each key and keeps its answers.
#[derive(Clone, Debug, Default)]
struct Book(Arc<Mutex<Vec<(String, String)>>>);

impl Book {
    fn keys(&self) -> Vec<String> {
        let book = self.0.lock().unwrap();
        book.iter().map(|(key, _)| key.clone()).collect()
    }
}

impl Transport for Book {
    fn send(&self, request: Request) -> BoxFuture<'static, Result<RawResponse, TransportError>> {
        let book = self.clone();
        Box::pin(async move {
            pause().await;
            let key = request.headers["idempotency-key"].to_str().unwrap();
            let (key, body) = (
                key.to_owned(),
                String::from_utf8(request.body.to_vec()).unwrap(),
            );
            let earlier = {
                let mut book = book.0.lock().unwrap();
                let earlier = book.iter().find(|(known, _)| *known == key).cloned();
                if earlier.is_none() {
                    book.push((key.clone(), body.clone()));
                }
                earlier
            };
            pause().await;
            if body.contains("stuck") {
                std::future::pending::<()>().await;
            }
            let (status, answer) = match earlier {
                Some((_, first)) if first != body => (
                    StatusCode::BAD_REQUEST,
                    r#"{"error":{"type":"idempotency_error"}}"#.to_owned(),
                ),
                _ => (
                    StatusCode::OK,
                    r#"{"id":"item_1","object":"item"}"#.to_owned(),
                ),
            };
            Ok(RawResponse::new(status, HeaderMap::new(), answer))
        })
    }
}

/// Is pending once.
async fn pause() {
    let mut is_ready = false;
    poll_fn(|context| {
        if std::mem::replace(&mut is_ready, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// A journal whose operations are pending some times before and after they have an effect.
#[derive(Clone, Debug, Default)]
struct SlowJournal(MemoryJournal);

impl Journal for SlowJournal {
    fn begin<'a>(
        &'a self,
        write: &'a PendingWrite,
    ) -> BoxFuture<'a, Result<BeginOutcome, JournalError>> {
        Box::pin(async move {
            pause().await;
            let mut begun = Rollback(self, Some(write));
            let outcome = self.0.begin(write).await;
            pause().await;
            begun.1 = None;
            outcome
        })
    }

    fn finish<'a>(&'a self, write: &'a PendingWrite) -> BoxFuture<'a, Result<(), JournalError>> {
        let removed = self.0.finish(write);
        Box::pin(async move {
            removed.await?;
            pause().await;
            tokio::time::sleep(Duration::from_millis(40)).await;
            Ok(())
        })
    }

    fn pending_writes(&self) -> BoxFuture<'_, Result<Vec<PendingWrite>, JournalError>> {
        self.0.pending_writes()
    }
}

/// Removes what a begin has stored whose future was dropped.
struct Rollback<'a>(&'a SlowJournal, Option<&'a PendingWrite>);

impl Drop for Rollback<'_> {
    fn drop(&mut self) {
        if let Some(write) = self.1 {
            drop(self.0.0.finish(write));
        }
    }
}

fn client(book: &Book, journal: impl Journal) -> Client {
    let builder = Client::builder(&API)
        .api_key("sk_test_1")
        .transport(book.clone());
    builder.journal(journal).retries(0).build().unwrap()
}

fn create(client: &Client, email: &str, key: &str) -> Call<<Create as Operation>::Output> {
    let params = Params {
        email: Some(email.to_owned()),
        ..Params::default()
    };
    client.request::<Create>(&[], &params).idempotency_key(key)
}

/// Polls a future until it is ready, at most so many times.
async fn poll_times<F: Future>(future: F, times: usize) -> Option<F::Output> {
    let mut future = Box::pin(future);
    let mut left = times;
    let result = poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        future.as_mut().poll(context).map(Some)
    })
    .await;
    if result.is_none() {
        // The server executes what was sent before the future is dropped.
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    result
}

/// The keys of writes that were executed and are neither answered nor journaled, when a write is
/// dropped after each number of polls. `delay` is how long the answer is kept back.
async fn lost_writes(journal: impl Journal, delay: Option<Duration>) -> Vec<String> {
    let book = Book::default();
    let client = client(&book, journal);
    let mut answered = Vec::new();
    for polls in 0.. {
        let key = format!("after-{polls}");
        let call = create(&client, "x", &key).into_future();
        let call = async {
            let answer = call.await;
            if let Some(delay) = delay {
                tokio::time::sleep(delay).await;
            }
            answer
        };
        if let Some(answer) = poll_times(call, polls).await {
            answer.unwrap();
            answered.push(key);
        }
        // Some more, since a thread may be faster or slower.
        if answered.len() == 5 {
            break;
        }
    }
    assert!(
        book.keys().len() > answered.len(),
        "none was dropped after it was executed"
    );
    let journaled = client.pending_writes().await.unwrap();
    let mut lost = book.keys();
    lost.retain(|key| !answered.contains(key) && journaled.iter().all(|write| write.key != *key));
    lost
}

#[tokio::test]
async fn dropped_write_is_unsent_answered_or_journaled() {
    let folder = tempfile::tempdir().unwrap();
    let lost = lost_writes(MemoryJournal::new(), None).await;
    assert!(lost.is_empty(), "{lost:?}");
    let lost = lost_writes(SlowJournal::default(), None).await;
    assert!(lost.is_empty(), "{lost:?}");
    let file = FileJournal::open(folder.path().join("journal")).unwrap();
    let lost = lost_writes(file, None).await;
    assert!(lost.is_empty(), "{lost:?}");
}

#[tokio::test]
async fn write_is_lost_when_its_answer_is_kept_back_after_the_end_of_the_record() {
    // What the test above notices: an await between the removal and the return of the answer.
    let lost = lost_writes(MemoryJournal::new(), Some(Duration::from_millis(1))).await;
    assert!(!lost.is_empty());
}

#[tokio::test]
async fn answer_does_not_wait_for_the_journal() {
    let book = Book::default();
    let client = client(&book, SlowJournal::default());
    let call = create(&client, "x", "key").into_future();
    let answer = tokio::time::timeout(Duration::from_millis(25), call).await;
    answer.expect("in time").unwrap();
    assert!(client.pending_writes().await.unwrap().is_empty());
}

/// A journal on a full disk.
#[derive(Debug)]
struct FullDisk;

impl Journal for FullDisk {
    fn begin<'a>(
        &'a self,
        _: &'a PendingWrite,
    ) -> BoxFuture<'a, Result<BeginOutcome, JournalError>> {
        Box::pin(async { Err(JournalError::new("the disk is full")) })
    }

    fn finish<'a>(&'a self, _: &'a PendingWrite) -> BoxFuture<'a, Result<(), JournalError>> {
        Box::pin(async { Err(JournalError::new("the disk is full")) })
    }

    fn pending_writes(&self) -> BoxFuture<'_, Result<Vec<PendingWrite>, JournalError>> {
        Box::pin(async { Ok(Vec::new()) })
    }
}

#[tokio::test]
async fn write_is_not_sent_when_it_cannot_be_journaled() {
    let book = Book::default();
    let client = client(&book, FullDisk);
    for call in [create(&client, "x", "key"), create(&client, "y", "other")] {
        let error = call.await.err().unwrap();
        assert!(
            error.is_journal() && error.outcome().is_not_sent(),
            "{error}"
        );
        assert!(error.pending().is_none());
    }
    assert!(book.keys().is_empty());
}

#[tokio::test]
async fn write_that_was_begun_too_long_ago_is_not_sent_again() {
    let (book, journal) = (Book::default(), MemoryJournal::new());
    // A call that was dropped before it was answered.
    let first = client(&book, journal.clone());
    assert!(
        poll_times(create(&first, "x", "order-1").into_future(), 2)
            .await
            .is_none()
    );
    let [mut write] = journal.pending_writes().await.unwrap().try_into().unwrap();
    journal.finish(&write).await.unwrap();
    write.begun -= Duration::from_secs(30 * 60 * 60);
    journal.begin(&write).await.unwrap();

    let error = create(&first, "x", "order-1").await.err().unwrap();
    assert!(error.is_build() && error.outcome().is_unknown(), "{error}");
    assert!(error.to_string().contains("allow_expired_key"), "{error}");
    // The write of the error has the age of the first call.
    let pending = error.pending().unwrap();
    assert_eq!(pending.begun, write.begun);
    assert!(first.resume(pending).await.unwrap_err().is_build());
    assert_eq!(journal.pending_writes().await.unwrap(), [write]);

    let again = create(&first, "x", "order-1").allow_expired_key().await;
    again.unwrap();
    assert!(journal.pending_writes().await.unwrap().is_empty());
}

#[tokio::test]
async fn calls_with_one_key_and_different_bodies_leave_nothing_journaled() {
    let (book, journal) = (Book::default(), MemoryJournal::new());
    let client = client(&book, journal.clone());
    let mut first = Box::pin(create(&client, "stuck", "key").into_future());
    for _ in 0..10 {
        assert!(poll_fn(|context| Poll::Ready(first.as_mut().poll(context).is_pending())).await);
    }
    for number in 0..10 {
        let error = create(&client, &format!("other {number}"), "key")
            .await
            .err()
            .unwrap();
        assert!(
            error.is_idempotency_mismatch() && error.outcome().is_rejected(),
            "{error}"
        );
    }
    let [left] = journal.pending_writes().await.unwrap().try_into().unwrap();
    assert_eq!(&left.body[..], b"email=stuck");
}
