//! The responses of a receiver.

use std::time::{Duration, UNIX_EPOCH};

use runtime::http_types::{HeaderMap, HeaderValue, StatusCode};
use runtime::value::Timestamp;
use testing::ManualClock;
use webhooks::{
    InboxAdmin as _, MemoryInbox, ReceiveOutcome, Receiver, Signer, Verifier, WebhookError,
};

use crate::event;

const NOW: i64 = 1_769_600_000;

fn stage() -> (MemoryInbox, Receiver) {
    let now = UNIX_EPOCH + Duration::from_secs(NOW.unsigned_abs());
    let clock = ManualClock::new().at(now);
    let inbox = MemoryInbox::with_clock(clock.clone());
    let verifier = Verifier::new("whsec_1").unwrap().clock(clock.clone());
    let receiver = Receiver::with_clock(verifier, inbox.clone(), clock);
    (inbox, receiver)
}

fn headers(secret: &str, body: &[u8]) -> HeaderMap {
    let header = Signer::new(secret).at(Timestamp(NOW)).sign(body);
    let mut headers = HeaderMap::new();
    headers.insert("stripe-signature", HeaderValue::from_str(&header).unwrap());
    headers
}

#[tokio::test]
async fn genuine_message_is_stored_and_then_answered() {
    let (inbox, receiver) = stage();
    let body = event(1, NOW, "cus_1").into_bytes();
    let reply = receiver.receive(&headers("whsec_1", &body), &body).await;
    assert_eq!(reply.status(), StatusCode::OK);
    assert!(matches!(reply.outcome(), ReceiveOutcome::Stored));
    let record = inbox.find_message("evt_1").await.unwrap().unwrap();
    assert_eq!(record.body.unwrap().as_str().as_bytes(), body);
    let again = receiver.receive(&headers("whsec_1", &body), &body).await;
    assert_eq!(again.status(), StatusCode::OK);
    assert!(matches!(again.outcome(), ReceiveOutcome::Duplicate));
    assert_eq!(inbox.collect_stats().await.unwrap().pending, 1);
}

#[tokio::test]
async fn forged_message_is_refused_and_not_stored() {
    let (inbox, receiver) = stage();
    let body = event(1, NOW, "cus_1").into_bytes();
    let reply = receiver.receive(&headers("whsec_2", &body), &body).await;
    assert_eq!(reply.status(), StatusCode::BAD_REQUEST);
    assert!(matches!(
        reply.outcome(),
        ReceiveOutcome::Rejected(WebhookError::Mismatch)
    ));
    assert!(reply.body().contains("whsec_…"), "{}", reply.body());
    assert!(!reply.body().contains("whsec_1"));
    assert_eq!(
        receiver.receive(&HeaderMap::new(), &body).await.status(),
        400
    );
    assert_eq!(inbox.find_message("evt_1").await.unwrap(), None);
}

#[tokio::test]
async fn long_body_is_rejected_before_it_is_parsed() {
    let (_, receiver) = stage();
    let receiver = receiver.max_body_bytes(100);
    let body = vec![b' '; 101];
    let reply = receiver.receive(&headers("whsec_1", &body), &body).await;
    assert_eq!(reply.status(), StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn sender_is_asked_to_try_again_when_the_inbox_fails_or_hangs() {
    use crate::broken::BrokenInbox;
    for hangs in [false, true] {
        let (_, _) = stage();
        let now = UNIX_EPOCH + Duration::from_secs(NOW.unsigned_abs());
        let clock = ManualClock::new().at(now).auto_advance();
        let verifier = Verifier::new("whsec_1").unwrap().clock(clock.clone());
        let receiver = Receiver::with_clock(verifier, BrokenInbox { hangs }, clock);
        let body = event(1, NOW, "cus_1").into_bytes();
        let reply = receiver.receive(&headers("whsec_1", &body), &body).await;
        assert_eq!(reply.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(reply.retry_after(), Some(5));
        assert!(matches!(reply.outcome(), ReceiveOutcome::Failed(_)));
        assert_eq!(reply.body(), "not stored: send it again");
    }
}
