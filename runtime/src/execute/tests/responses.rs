//! Journaled writes whose failure may hide an earlier effect.

use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, HeaderValue, StatusCode};

use super::{Act, PreparedRequest, Stage, WRITE, keyed, request, with_key};
use crate::clock::BoxFuture;
use crate::error::{Error, Outcome};
use crate::http::{PendingWrite, RawResponse};
use crate::idempotency::{BeginOutcome, Journal, JournalError, MemoryJournal};
use crate::transport::Progress;
use circuit_breaker::ServerHealth;

/// A stage whose requests accept JSON, and its journal.
fn journaled(acts: impl IntoIterator<Item = Act>) -> (Stage, MemoryJournal) {
    let mut stage = Stage::new(acts);
    let journal = MemoryJournal::new();
    stage.engine.journal = Some(Arc::new(journal.clone()));
    (stage, journal)
}

fn wanting_json() -> Box<PreparedRequest> {
    with_key(request(&WRITE, "application/json"))
}

#[tokio::test]
async fn success_that_is_no_json_leaves_the_write_journaled() {
    for body in ["<html>sign in first</html>", "{\"id\":\"ch_1\",\"am", ""] {
        let (stage, journal) = journaled([Act::Respond(200, body)]);
        let error = stage.run(wanting_json()).await.unwrap_err();
        assert!(error.is_decode(), "{body}: {error}");
        assert_eq!(error.outcome(), Outcome::Unknown, "{body}");
        let pending = journal.pending_writes().await.unwrap();
        assert_eq!(error.pending(), pending.first(), "{body}");
        assert!(error.pending().is_some(), "{body}");
    }
    for body in ["{}", " [1]\n", "null", "\"ok\""] {
        let (stage, journal) = journaled([Act::Respond(200, body)]);
        stage.run(wanting_json()).await.unwrap();
        assert_eq!(journal.pending_writes().await.unwrap(), [], "{body}");
    }
}

/// A journal that cannot remove entries.
#[derive(Debug)]
struct Stubborn(MemoryJournal);

impl Journal for Stubborn {
    fn begin<'a>(
        &'a self,
        write: &'a PendingWrite,
    ) -> BoxFuture<'a, Result<BeginOutcome, JournalError>> {
        self.0.begin(write)
    }

    fn finish<'a>(&'a self, _: &'a PendingWrite) -> BoxFuture<'a, Result<(), JournalError>> {
        Box::pin(async { Err(JournalError::new("the disk is full")) })
    }

    fn pending_writes(&self) -> BoxFuture<'_, Result<Vec<PendingWrite>, JournalError>> {
        self.0.pending_writes()
    }
}

#[tokio::test]
async fn outcome_is_unknown_while_the_write_stays_journaled() {
    for act in [Act::Fail(Progress::Connecting), Act::Respond(402, "{}")] {
        let mut stage = Stage::new([act]);
        stage.engine.journal = Some(Arc::new(Stubborn(MemoryJournal::new())));
        let mut plan = keyed();
        plan.limits.max_retries = 0;
        let error = stage.run(plan).await.unwrap_err();
        assert_eq!(error.outcome(), Outcome::Unknown, "{error}");
        assert!(error.pending().is_some(), "{error}");
    }
    let mut stage = Stage::new([Act::Respond(200, "{}")]);
    stage.engine.journal = Some(Arc::new(Stubborn(MemoryJournal::new())));
    stage.run(keyed()).await.unwrap();
}

#[test]
fn repeated_failure_says_that_the_server_is_well() {
    let mut headers = HeaderMap::new();
    let health = |headers: &HeaderMap| {
        let status = StatusCode::INTERNAL_SERVER_ERROR;
        let response = RawResponse::new(status, headers.clone(), "{}");
        Error::rejected(response).verdict().health
    };
    assert_eq!(health(&headers), ServerHealth::Failed);
    headers.insert("idempotent-replayed", HeaderValue::from_static("true"));
    assert_eq!(health(&headers), ServerHealth::Healthy);
}

#[tokio::test]
async fn impatience_says_nothing_about_the_server() {
    for (limit, failures) in [(999, 0), (1_000, 1)] {
        let stage = Stage::new([Act::Hang]);
        let mut prepared = keyed();
        prepared.limits.attempt = Duration::from_millis(limit);
        prepared.limits.max_retries = 0;
        assert!(stage.run(prepared).await.unwrap_err().is_timeout());
        assert_eq!(stage.circuit().failures, failures);
    }
}
