//! The health window behind a real client.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use observe::{AlertThreshold, HealthWindow};

use crate::stage::{Act, OK, Stage, create};

const FAILED: Act = Act::Respond(500, &[], "{}");
const DECLINED: Act = Act::Respond(402, &[], r#"{"error": {"type": "card_error"}}"#);

#[tokio::test]
async fn window_counts_the_calls_of_a_client() {
    let stage = Stage::new([OK, FAILED, OK, DECLINED, Act::Unreachable]);
    let window = HealthWindow::new();
    let client = stage.builder().observer(window.clone()).build().unwrap();
    create(&client).await.unwrap();
    create(&client).retries(1).await.unwrap();
    create(&client).await.unwrap_err();
    create(&client).retries(0).await.unwrap_err();
    let health = window.snapshot(&client);
    assert_eq!(
        (health.calls, health.service_errors, health.retries),
        (4, 1, 1)
    );
    assert_eq!((health.attempts, health.dropped), (5, 0));
    assert!((health.error_rate() - 0.25).abs() < 1e-9);
    assert!((health.retries_per_call() - 0.25).abs() < 1e-9);
    let kinds: Vec<_> = health.failed_calls.into_iter().collect();
    assert_eq!(kinds, [("card_declined", 1), ("connect", 1)]);
    assert_eq!(health.failed_attempts["server"], 1);
    let attempts = health.attempt_latency.unwrap();
    assert!(attempts.p99.abs_diff(Duration::from_millis(20)) < Duration::from_millis(1));
    assert!(health.call_latency.unwrap().p99 > attempts.p99);
    assert_eq!(health.quota, None);

    stage.clock().pass(Duration::from_secs(61));
    let later = window.snapshot(&client);
    assert_eq!((later.calls, later.call_latency), (0, None));
}

#[tokio::test]
async fn alert_fires_once_when_a_client_begins_to_fail() {
    let acts = (0..60).map(|index| if index < 40 { OK } else { FAILED });
    let stage = Stage::new(acts);
    let fired = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&fired);
    let threshold = AlertThreshold::error_rate(0.05).min_calls(50);
    let window = HealthWindow::new().on_alert(threshold, move |health| {
        assert!(health.error_rate() >= 0.05 && health.calls == 50);
        count.fetch_add(1, Ordering::Relaxed);
    });
    let client = stage.builder().observer(window).build().unwrap();
    for _ in 0..60 {
        let _ = create(&client).retries(0).await;
    }
    assert_eq!(fired.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn quota_is_unknown_without_a_rate_limiter() {
    let stage = Stage::new([]);
    let window = HealthWindow::new();
    let client = stage.client();
    assert_eq!(window.snapshot(&client).quota, None);
}
