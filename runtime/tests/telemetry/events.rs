//! Events between spans: retries, notices, circuits, background errors.

use std::time::Duration;

use runtime::circuit_breaker::CircuitBreaker;
use tracing::Level;

use crate::capture::Capture;
use crate::stage::{Act, OK, Stage, create};

#[tokio::test]
async fn retry_is_reported_with_its_pause_when_an_attempt_fails() {
    let (capture, _guard) = Capture::start();
    let stage = Stage::new([Act::Respond(500, &[("request-id", "req_bad")], "{}"), OK]);
    create(&stage.client()).retries(1).await.unwrap();
    let [retry] = capture.events("runtime::retry").try_into().unwrap();
    assert_eq!((retry.level, retry.parent), (Level::INFO, Some(0)));
    for (field, value) in [
        ("rpc.method", "Test API/Create"),
        ("call.attempts", "1"),
        ("error.type", "server"),
        ("http.response.status_code", "500"),
        ("request_id", "req_bad"),
    ] {
        assert_eq!(retry.get(field), Some(value), "{field} in {retry:#?}");
    }
    let pause: f64 = retry.get("call.pause").unwrap().parse().unwrap();
    assert!((0.0..=0.5).contains(&pause), "{pause}");
}

#[tokio::test]
async fn notice_is_bounded_when_the_server_sends_one() {
    let (capture, _guard) = Capture::start();
    let long: &'static str = Box::leak("Update\tyour code. ".repeat(200).into_boxed_str());
    let headers: &'static [(&str, &str)] = Box::leak(Box::new([("stripe-notice", long)]));
    let stage = Stage::new([Act::Respond(200, headers, "{}")]);
    create(&stage.client()).await.unwrap();
    let [notice] = capture.events("runtime::notice").try_into().unwrap();
    assert_eq!(notice.level, Level::WARN);
    let text = notice.get("notice").unwrap();
    assert_eq!(text.len(), 300);
    assert!(text.starts_with("Update?your code."), "{text}");
}

#[tokio::test]
async fn circuit_changes_are_logged_once_each() {
    let (capture, _guard) = Capture::start();
    let stage = Stage::new([Act::Respond(500, &[], "{}"), OK]);
    let breaker = CircuitBreaker::new()
        .min_attempts(1)
        .open_for(Duration::ZERO, Duration::ZERO)
        .probes(1, 1);
    let client = stage.builder().circuit_breaker(breaker).build().unwrap();
    create(&client).retries(0).await.unwrap_err();
    create(&client).await.unwrap();
    let changes = capture.events("runtime::circuit");
    let shown: Vec<_> = changes
        .iter()
        .map(|change| (change.level, change.get("state").unwrap()))
        .collect();
    let expected = [
        (Level::WARN, "open"),
        (Level::INFO, "half open"),
        (Level::INFO, "closed"),
    ];
    assert_eq!(shown, expected);
    assert!(
        changes
            .iter()
            .all(|change| change.get("host") == Some("api"))
    );
}

mod journal {
    use runtime::clock::BoxFuture;
    use runtime::http::PendingWrite;
    use runtime::idempotency::{BeginOutcome, Journal, JournalError};

    /// A journal that cannot finish writes.
    #[derive(Debug)]
    pub(super) struct Stuck;

    impl Journal for Stuck {
        fn begin<'a>(
            &'a self,
            _: &'a PendingWrite,
        ) -> BoxFuture<'a, Result<BeginOutcome, JournalError>> {
            Box::pin(async { Ok(BeginOutcome::Inserted) })
        }

        fn finish<'a>(&'a self, _: &'a PendingWrite) -> BoxFuture<'a, Result<(), JournalError>> {
            Box::pin(async { Err(JournalError::new("the disk is\nfull")) })
        }

        fn pending_writes(&self) -> BoxFuture<'_, Result<Vec<PendingWrite>, JournalError>> {
            Box::pin(async { Ok(Vec::new()) })
        }
    }
}

#[tokio::test]
async fn background_error_is_reported_on_one_line_when_the_journal_fails() {
    let (capture, _guard) = Capture::start();
    let stage = Stage::new([OK]);
    let client = stage.builder().journal(journal::Stuck).build().unwrap();
    create(&client).idempotency_key("key").await.unwrap();
    let [error] = capture.events("runtime::background").try_into().unwrap();
    assert_eq!((error.level, error.parent), (Level::WARN, Some(0)));
    assert!(error.get("error").unwrap().contains("the disk is?full"));
    assert!(error.get("message").unwrap().contains("journal"));
}
