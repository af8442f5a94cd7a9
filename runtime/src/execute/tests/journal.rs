//! Writes are journaled from before they are sent until their outcome is known.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::{Act, Progress, Stage, keyed, keyed_within, read};
use crate::clock::BoxFuture;
use crate::error::{Outcome, TimeLimit};
use crate::http::PendingWrite;
use crate::idempotency::{BeginOutcome, Journal, JournalError, JournalErrorKind};

/// A journal that logs its calls, and fails or hangs as configured.
#[derive(Debug)]
struct Book {
    stage: Arc<super::World>,
    works: bool,
    hangs: bool,
    written: Mutex<Vec<PendingWrite>>,
}

impl Journal for Book {
    fn begin<'a>(
        &'a self,
        write: &'a PendingWrite,
    ) -> BoxFuture<'a, Result<BeginOutcome, JournalError>> {
        self.stage.note(format!("begun {}", write.key));
        self.written.lock().unwrap().push(write.clone());
        let (works, hangs) = (self.works, self.hangs);
        Box::pin(async move {
            if hangs {
                return std::future::pending().await;
            }
            works
                .then_some(BeginOutcome::Inserted)
                .ok_or(JournalError::new("the disk is full"))
        })
    }

    fn finish<'a>(&'a self, write: &'a PendingWrite) -> BoxFuture<'a, Result<(), JournalError>> {
        self.stage.note(format!("finished {}", write.key));
        Box::pin(async { Ok(()) })
    }

    fn pending_writes(&self) -> BoxFuture<'_, Result<Vec<PendingWrite>, JournalError>> {
        Box::pin(async { Ok(Vec::new()) })
    }
}

fn with_journal(
    acts: impl IntoIterator<Item = Act>,
    works: bool,
    hangs: bool,
) -> (Stage, Arc<Book>) {
    let mut stage = Stage::new(acts);
    let book = Arc::new(Book {
        stage: Arc::clone(&stage.world),
        works,
        hangs,
        written: Mutex::default(),
    });
    stage.engine.journal = Some(book.clone());
    (stage, book)
}

#[tokio::test]
async fn write_is_journaled_before_it_is_sent_and_until_its_response() {
    for (status, body) in [(200, "{}"), (402, r#"{"error": {"type": "card_error"}}"#)] {
        let (stage, book) = with_journal([Act::Respond(status, body)], true, false);
        let _ = stage.run(keyed()).await;
        let log = stage.log();
        let at = |text: &str| log.iter().position(|line| line == text).unwrap();
        assert!(at("begun key") < at("sent key") && at("sent key") < at("finished key"));
        let written = book.written.lock().unwrap();
        assert_eq!(written[0].target, "/v1/items");
        assert_eq!(written[0].operation, "Create");
    }
}

#[tokio::test]
async fn write_stays_journaled_when_its_outcome_is_unknown() {
    let acts = [
        Act::Fail(Progress::Sent),
        Act::Fail(Progress::Connecting),
        Act::Respond(503, ""),
    ];
    let (stage, _) = with_journal(acts, true, false);
    let error = stage.run(keyed()).await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::Unknown);
    assert_eq!(error.pending().unwrap().key, "key");
    assert_eq!(stage.count("finished"), 0);
}

#[tokio::test]
async fn write_is_off_the_record_when_it_surely_was_not_sent() {
    let acts = [Act::Fail(Progress::Refused)];
    let (stage, _) = with_journal(acts, true, false);
    let error = stage.run(keyed()).await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::NotSent);
    assert!(error.pending().is_none());
    assert_eq!(stage.count("finished key"), 1);
}

#[tokio::test]
async fn write_is_not_sent_when_it_cannot_be_recorded() {
    let (stage, _) = with_journal([], false, false);
    let error = stage.run(keyed()).await.unwrap_err();
    assert!(
        error.is_journal() && error.outcome().is_not_sent(),
        "{error}"
    );
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert_eq!(source, "the disk is full");
    assert_eq!(stage.count("sent"), 0);
}

/// A journal that does not know whether it has stored a write.
#[derive(Debug)]
struct Unanswering;

impl Journal for Unanswering {
    fn begin<'a>(
        &'a self,
        _: &'a PendingWrite,
    ) -> BoxFuture<'a, Result<BeginOutcome, JournalError>> {
        let error = JournalError::new("no answer").with_kind(JournalErrorKind::Unanswered);
        Box::pin(async { Err(error) })
    }

    fn finish<'a>(&'a self, _: &'a PendingWrite) -> BoxFuture<'a, Result<(), JournalError>> {
        Box::pin(async { Ok(()) })
    }

    fn pending_writes(&self) -> BoxFuture<'_, Result<Vec<PendingWrite>, JournalError>> {
        Box::pin(async { Ok(Vec::new()) })
    }
}

#[tokio::test]
async fn outcome_is_unknown_when_the_record_may_be_found_later() {
    let mut stage = Stage::new([]);
    stage.engine.journal = Some(Arc::new(Unanswering));
    let error = stage.run(keyed()).await.unwrap_err();
    assert!(error.is_journal(), "{error}");
    assert_eq!(error.outcome(), Outcome::Unknown);
    assert_eq!(error.pending().unwrap().key, "key");
    assert_eq!(stage.count("sent"), 0);
}

#[tokio::test]
async fn deadline_holds_when_the_journal_hangs() {
    let (stage, _) = with_journal([], true, true);
    let error = stage
        .run(keyed_within(Duration::from_secs(2)))
        .await
        .unwrap_err();
    assert!(error.is_timeout() && error.outcome().is_not_sent());
    assert_eq!(error.time_limit(), Some(TimeLimit::Deadline));
    assert_eq!(stage.count("slept 2s"), 1);
}

#[tokio::test]
async fn nothing_is_recorded_when_there_is_no_key() {
    let (stage, book) = with_journal([Act::Respond(200, "{}")], true, false);
    stage.run(read()).await.unwrap();
    assert!(book.written.lock().unwrap().is_empty());
}

#[tokio::test]
async fn record_holds_no_credentials() {
    let (stage, book) = with_journal([Act::Respond(200, "{}")], true, false);
    let mut plan = keyed();
    let mut secret = http::HeaderValue::from_static("session=PLANTED");
    secret.set_sensitive(true);
    plan.headers.insert("cookie", secret);
    plan.headers
        .insert("x-own", http::HeaderValue::from_static("kept"));
    stage.run(plan).await.unwrap();
    let written = book.written.lock().unwrap();
    assert_eq!(
        written[0].headers,
        [
            ("test-account", "acct_1"),
            ("content-type", "application/x-www-form-urlencoded"),
            ("x-own", "kept")
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
    );
}
