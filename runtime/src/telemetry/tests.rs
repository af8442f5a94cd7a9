use std::time::{Duration, Instant};

use http::{HeaderMap, StatusCode};

use super::CallEvent;
use super::Reports;
use crate::error::{Error, ErrorKind, Outcome};
use crate::http::RawResponse;

/// An event at a time, of one attempt that took 10 ms.
pub(super) fn event<'a>(at: Instant, error: Option<&'a Error>) -> CallEvent<'a> {
    CallEvent {
        service: "Test API",
        operation: "Create",
        method: "POST",
        template: "/v1/items",
        server: "api.example.test",
        duration: Duration::from_millis(10),
        failure: error.map(Error::outcome),
        error,
        ..CallEvent::new(at)
    }
}

/// Some point in time.
#[expect(
    clippy::disallowed_methods,
    reason = "instants cannot be made in another way"
)]
pub(super) fn start() -> Instant {
    Instant::now()
}

pub(super) fn answered(status: u16) -> Error {
    let status = StatusCode::from_u16(status).unwrap();
    Error::rejected(RawResponse::new(
        status,
        HeaderMap::new(),
        "{\"error\": {}}",
    ))
}

#[test]
fn failures_have_the_words_of_their_predicates() {
    let refused = answered(402);
    let event_of = |error| event(start(), error);
    assert_eq!(event_of(None).failure_kind(), None);
    assert_eq!(event_of(None).outcome_name(), "ok");
    assert_eq!(
        event_of(Some(&refused)).failure_kind(),
        Some("card_declined")
    );
    assert_eq!(event_of(Some(&refused)).outcome_name(), "rejected");
    let mut dropped = event_of(None);
    dropped.failure = Some(Outcome::Unknown);
    assert_eq!(dropped.failure_kind(), Some("dropped"));
    assert_eq!(dropped.outcome_name(), "unknown");
}

#[test]
fn refusals_of_one_request_are_no_faults() {
    for (status, is_fault) in [
        (400, false),
        (401, true),
        (402, false),
        (403, true),
        (404, false),
        (429, true),
        (500, true),
    ] {
        let error = answered(status);
        assert_eq!(
            event(start(), Some(&error)).is_fault(),
            is_fault,
            "{status}"
        );
    }
    let unsent = Error::new(ErrorKind::CircuitOpen, "");
    assert!(event(start(), Some(&unsent)).is_fault());
    assert!(!event(start(), Some(&Error::build("wrong"))).is_fault());
}

#[test]
fn raw_requests_are_named_by_their_template() {
    let mut raw = event(start(), None);
    assert_eq!(raw.full_name().to_string(), "Test API/Create");
    raw.operation = "";
    assert_eq!(raw.full_name().to_string(), "POST /v1/items");
}

#[test]
fn reports_are_thrown_away_when_the_queue_is_full() {
    let reports = Reports::default();
    for index in 0..20 {
        reports.add_report(&format!("req_{index}"), Duration::from_millis(index));
    }
    let sent: Vec<_> = std::iter::from_fn(|| reports.take_header()).collect();
    assert_eq!(sent.len(), 16);
    assert_eq!(
        sent[15],
        r#"{"last_request_metrics":{"request_id":"req_15","request_duration_ms":15}}"#
    );
}

#[test]
fn reports_hold_nothing_but_plain_ids() {
    let reports = Reports::default();
    for id in ["", "req\"1", "req 1", "r\u{e9}q", &"x".repeat(65)] {
        reports.add_report(id, Duration::ZERO);
    }
    assert_eq!(reports.take_header(), None);
    reports.add_report("req_Aa-1", Duration::MAX);
    assert!(reports.take_header().is_some());
}
