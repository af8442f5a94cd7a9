//! What a reconciler stores, and how it continues.

use std::time::{Duration, UNIX_EPOCH};

use runtime::value::Timestamp;
use testing::ManualClock;
use webhooks::{Inbox as _, InboxAdmin as _, MemoryInbox, ReconcileError, Reconciler};

use crate::server::{Listed, Server, snapshot};
use crate::waiting;

const NOW: i64 = 1_769_600_000;
const DAY: i64 = 86_400;

fn clock() -> ManualClock {
    let now = UNIX_EPOCH + Duration::from_secs(NOW.unsigned_abs());
    ManualClock::new().at(now).auto_advance()
}

struct Stage {
    server: Server,
    clock: ManualClock,
    inbox: MemoryInbox,
}

impl Stage {
    fn new() -> Self {
        let clock = clock();
        Self {
            server: Server::default(),
            inbox: MemoryInbox::with_clock(clock.clone()),
            clock,
        }
    }

    fn reconciler(&self) -> Reconciler {
        Reconciler::events(self.server.client(&self.clock), self.inbox.clone())
    }
}

fn ids(numbers: impl IntoIterator<Item = usize>) -> Vec<String> {
    numbers
        .into_iter()
        .map(|number| format!("evt_{number}"))
        .collect()
}

#[tokio::test]
async fn initial_run_stores_all_since_the_start_and_oldest_first() {
    let stage = Stage::new();
    stage.server.happen_many(0..350, NOW - 5_000);
    let reconciler = stage.reconciler().since(Timestamp(NOW - 4_990));
    let report = reconciler.run_once().await.unwrap();
    assert_eq!(report.missed, 340);
    assert_eq!(report.oldest_missed, Some(Timestamp(NOW - 4_990)));
    assert_eq!((report.gap, report.restarted), (None, false));
    assert_eq!(waiting(&stage.inbox).await, ids(10..350));
}

#[tokio::test]
async fn initial_run_begins_now_by_default() {
    let stage = Stage::new();
    stage.server.happen_many(0..50, NOW - 5_000);
    assert_eq!(stage.reconciler().run_once().await.unwrap().missed, 0);
    stage.server.happen(snapshot(50, NOW + 1));
    assert_eq!(
        stage.reconciler().run_once().await.unwrap().missed_ids,
        ids([50])
    );
}

#[tokio::test]
async fn later_run_continues_from_the_watermark() {
    let stage = Stage::new();
    stage.server.happen_many(0..20, NOW - 5_000);
    let reconciler = stage.reconciler().since(Timestamp(NOW - DAY));
    assert_eq!(reconciler.run_once().await.unwrap().missed, 20);
    stage.server.happen_many(20..270, NOW - 4_000);
    let before = stage.server.seen().len();
    let report = stage.reconciler().run_once().await.unwrap();
    assert_eq!((report.missed, report.pages), (250, 3));
    let seen = stage.server.seen();
    assert!(
        seen[before].query.contains("ending_before=evt_19"),
        "{seen:?}"
    );
    assert_eq!(waiting(&stage.inbox).await, ids(0..270));
}

#[tokio::test]
async fn end_of_the_list_is_read_again_because_events_can_be_listed_late() {
    let stage = Stage::new();
    stage.server.happen_many(0..5, NOW - 100);
    let reconciler = stage.reconciler().since(Timestamp(NOW - DAY));
    assert_eq!(reconciler.run_once().await.unwrap().missed, 5);
    // Happened before the newest event that was read, and is listed late.
    let late = Server::default();
    late.happen_many(0..3, NOW - 100);
    stage.server.forget_before(i64::MAX);
    stage.server.happen_many(0..3, NOW - 100);
    stage.server.happen(snapshot(77, NOW - 98));
    stage.server.happen_many(3..5, NOW - 100);
    let report = reconciler.run_once().await.unwrap();
    assert_eq!(report.missed_ids, ids([77]));
    assert_eq!(report.listed, 6);
}

#[tokio::test]
async fn what_the_inbox_has_is_not_missed() {
    let stage = Stage::new();
    stage.server.happen_many(0..3, NOW - 100);
    let known = [crate::entry(1, NOW - 99, "cus_1")];
    stage.inbox.store_messages(&known).await.unwrap();
    let report = stage
        .reconciler()
        .since(Timestamp(NOW - DAY))
        .run_once()
        .await
        .unwrap();
    assert_eq!(report.missed_ids, ids([0, 2]));
    assert_eq!(report.listed, 3);
}

#[tokio::test]
async fn interrupted_run_continues_without_a_hole() {
    for failing in 0..8 {
        let stage = Stage::new();
        stage.server.happen_many(0..350, NOW - 5_000);
        stage.server.fail_at(failing);
        let reconciler = stage.reconciler().since(Timestamp(NOW - DAY));
        let first = reconciler.run_once().await;
        if failing < 7 {
            assert!(
                matches!(first, Err(ReconcileError::Api(_))),
                "{failing}: {first:?}"
            );
            reconciler.run_once().await.unwrap();
        }
        assert_eq!(
            waiting(&stage.inbox).await,
            ids(0..350),
            "failing at {failing}"
        );
    }
}

#[tokio::test]
async fn events_that_happen_during_a_run_are_stored_by_it() {
    let stage = Stage::new();
    stage.server.happen_many(0..250, NOW - 5_000);
    let news = (250..255).map(|number| snapshot(number, NOW)).collect();
    stage.server.surprise_after(1, news);
    let report = stage
        .reconciler()
        .since(Timestamp(NOW - DAY))
        .run_once()
        .await
        .unwrap();
    assert_eq!(report.missed, 255);
    assert_eq!(waiting(&stage.inbox).await, ids(0..255));
}

#[tokio::test]
async fn run_begins_by_time_if_the_last_event_is_unknown() {
    let stage = Stage::new();
    stage.server.happen_many(0..5, NOW - 5_000);
    let reconciler = stage.reconciler().since(Timestamp(NOW - DAY));
    reconciler.run_once().await.unwrap();
    stage.server.forget_before(i64::MAX);
    stage.server.happen(snapshot(9, NOW));
    let report = reconciler.run_once().await.unwrap();
    assert!(report.restarted);
    assert_eq!((report.missed_ids, report.gap), (ids([9]), None));
}

#[tokio::test]
async fn gap_is_reported_if_the_last_run_was_too_long_ago() {
    let stage = Stage::new();
    stage.server.happen_many(0..5, NOW - 5_000);
    let reconciler = stage.reconciler().since(Timestamp(NOW - DAY));
    reconciler.run_once().await.unwrap();
    stage.clock.advance(Duration::from_secs(40 * 86_400));
    stage.server.forget_before(i64::MAX);
    stage.server.happen(snapshot(9, NOW + 20 * DAY));
    let report = reconciler.run_once().await.unwrap();
    let gap = report.gap.unwrap();
    assert!(gap.from < gap.to && gap.to.0 >= NOW + 10 * DAY, "{gap:?}");
    assert_eq!(report.missed_ids, ids([9]));
    // It is reported once.
    assert_eq!(reconciler.run_once().await.unwrap().gap, None);
}

#[tokio::test]
async fn there_is_no_gap_when_nothing_happened_for_long() {
    let stage = Stage::new();
    stage.server.happen_many(0..5, NOW - 5_000);
    let reconciler = stage.reconciler().since(Timestamp(NOW - DAY));
    for _ in 0..3 {
        assert_eq!(reconciler.run_once().await.unwrap().gap, None);
        stage.clock.advance(Duration::from_secs(20 * 86_400));
    }
}

#[tokio::test]
async fn undelivered_events_are_found_however_old_they_are() {
    let stage = Stage::new();
    stage.server.happen_many(0..300, NOW - 5_000);
    let reconciler = stage.reconciler().undelivered().since(Timestamp(NOW - DAY));
    assert_eq!(reconciler.run_once().await.unwrap().missed, 0);
    stage.server.forget_before(i64::MAX);
    for number in 0..300 {
        let delivered = number % 2 == 0;
        let listed = snapshot(number, NOW - 5_000);
        stage.server.happen(Listed {
            delivered,
            ..listed
        });
    }
    let report = reconciler.run_once().await.unwrap();
    assert_eq!(report.missed, 150);
    assert!(
        stage
            .server
            .seen()
            .iter()
            .all(|seen| seen.query.contains("delivery_success=false"))
    );
}

#[tokio::test]
async fn odd_event_is_reported_and_does_not_stop_the_rest() {
    let stage = Stage::new();
    stage.server.happen_many(0..3, NOW - 100);
    let body = r#"{"id":"evt_odd","object":"event","created":1}"#.to_owned();
    stage.server.happen(Listed {
        id: "evt_odd".into(),
        created: NOW,
        delivered: true,
        body,
    });
    let report = stage
        .reconciler()
        .since(Timestamp(NOW - DAY))
        .run_once()
        .await
        .unwrap();
    assert_eq!(report.missed, 3);
    assert_eq!(report.unreadable.len(), 1);
    assert!(report.unreadable[0].starts_with("evt_odd: "), "{report:?}");
}

#[tokio::test]
async fn account_is_asked_for_and_named_in_its_events() {
    let stage = Stage::new();
    stage.server.happen_many(0..2, NOW - 100);
    let reconciler = stage
        .reconciler()
        .account("acct_1")
        .since(Timestamp(NOW - DAY));
    reconciler.run_once().await.unwrap();
    for seen in stage.server.seen() {
        assert_eq!(seen.headers["test-account"], "acct_1");
    }
    let record = stage.inbox.find_message("evt_0").await.unwrap().unwrap();
    let body = record.body.unwrap();
    assert_eq!(
        body.get("account").unwrap().decode::<String>().unwrap(),
        "acct_1"
    );
}

#[tokio::test]
async fn types_are_asked_for_and_have_a_position_of_their_own() {
    let stage = Stage::new();
    stage.server.happen_many(0..2, NOW - 100);
    let reconciler = stage
        .reconciler()
        .types(["a.b", "c.d"])
        .since(Timestamp(NOW - DAY));
    reconciler.run_once().await.unwrap();
    let query = &stage.server.seen()[0].query;
    assert!(query.contains("types[0]=a.b&types[1]=c.d"), "{query}");
    let all = stage
        .reconciler()
        .since(Timestamp(NOW - DAY))
        .run_once()
        .await
        .unwrap();
    assert_eq!(all.listed, 2, "another reconciler begins at its own start");
    let many = (0..21).map(|number| number.to_string());
    let refused = stage.reconciler().types(many).run_once().await;
    assert!(matches!(refused, Err(ReconcileError::Configuration(_))));
}

fn notification(number: usize, created: i64) -> Listed {
    let time = runtime::value::DateTime::from(Timestamp(created));
    Listed {
        id: format!("evt_{number}"),
        created,
        delivered: true,
        body: format!(
            r#"{{"id":"evt_{number}","object":"v2.core.event","type":"v2.x","created":"{}"}}"#,
            time.as_str()
        ),
    }
}

#[tokio::test]
async fn notifications_are_stored_oldest_first_over_several_pages() {
    let stage = Stage::new();
    for number in 0..10 {
        stage.server.happen(notification(
            number,
            NOW - 5_000 + i64::try_from(number).unwrap(),
        ));
    }
    let news = (10..14).map(|number| notification(number, NOW)).collect();
    stage.server.surprise_after(2, news);
    let client = stage.server.client(&stage.clock);
    let reconciler = Reconciler::notifications(client, stage.inbox.clone())
        .account("acct_1")
        .since(Timestamp(NOW - DAY));
    let report = reconciler.run_once().await.unwrap();
    assert_eq!(report.missed, 10, "{report:?}");
    assert_eq!(stage.server.seen()[0].headers["test-context"], "acct_1");
    assert_eq!(reconciler.run_once().await.unwrap().missed_ids, ids(10..14));
    assert_eq!(waiting(&stage.inbox).await, ids(0..14));
    let body = stage
        .inbox
        .find_message("evt_3")
        .await
        .unwrap()
        .unwrap()
        .body
        .unwrap();
    assert_eq!(
        body.get("context").unwrap().decode::<String>().unwrap(),
        "acct_1"
    );
}

#[tokio::test]
async fn undelivered_notifications_cannot_be_asked_for() {
    let stage = Stage::new();
    let client = stage.server.client(&stage.clock);
    let reconciler = Reconciler::notifications(client, stage.inbox.clone()).undelivered();
    assert!(matches!(
        reconciler.run_once().await,
        Err(ReconcileError::Configuration(_))
    ));
}

#[tokio::test]
async fn api_without_events_cannot_be_swept() {
    let stage = Stage::new();
    let client = stage.server.client_without_events(&stage.clock);
    let reconciler = Reconciler::events(client, stage.inbox.clone());
    assert!(matches!(
        reconciler.run_once().await,
        Err(ReconcileError::Configuration(_))
    ));
}

#[tokio::test]
async fn reconciler_runs_repeatedly_until_it_is_stopped() {
    let stage = Stage::new();
    let stop = {
        let clock = stage.clock.clone();
        async move { runtime::clock::Clock::sleep(&clock, Duration::from_secs(3_600)).await }
    };
    let mut outcomes = 0;
    let reconciler = stage.reconciler();
    reconciler
        .run(Duration::from_secs(600), stop, |_| outcomes += 1)
        .await;
    assert!((6..=7).contains(&outcomes), "{outcomes}");
}

#[tokio::test]
async fn gap_is_reported_even_if_the_run_that_found_it_failed() {
    for failing in 0..4 {
        let stage = Stage::new();
        stage.server.happen_many(0..5, NOW - 5_000);
        let reconciler = stage.reconciler().since(Timestamp(NOW - DAY));
        reconciler.run_once().await.unwrap();
        stage.clock.advance(Duration::from_secs(40 * 86_400));
        stage.server.forget_before(i64::MAX);
        stage.server.happen_many(10..260, NOW + 20 * DAY);
        stage.server.fail_at(stage.server.seen().len() + failing);
        assert!(reconciler.run_once().await.is_err(), "{failing}");
        let report = reconciler.run_once().await.unwrap();
        assert!(report.gap.is_some(), "failing at {failing}: {report:?}");
        assert_eq!(reconciler.run_once().await.unwrap().gap, None);
    }
}

#[tokio::test]
async fn initial_run_has_no_gap_however_early_it_begins() {
    let stage = Stage::new();
    stage.server.happen_many(0..5, NOW - 5_000);
    let report = stage
        .reconciler()
        .since(Timestamp(0))
        .run_once()
        .await
        .unwrap();
    assert_eq!(
        (report.missed, report.gap, report.is_initial_run),
        (5, None, true)
    );
    assert!(!stage.reconciler().run_once().await.unwrap().is_initial_run);
}

#[tokio::test]
async fn no_run_reads_what_happened_before_the_beginning() {
    for undelivered in [false, true] {
        let stage = Stage::new();
        let listed = snapshot(1, NOW - 100);
        let delivered = !undelivered;
        stage.server.happen(Listed {
            delivered,
            ..listed
        });
        let mut reconciler = stage.reconciler();
        if undelivered {
            reconciler = reconciler.undelivered();
        }
        for _ in 0..5 {
            assert_eq!(reconciler.run_once().await.unwrap().listed, 0);
            stage.clock.advance(Duration::from_secs(300));
        }
    }
}

#[tokio::test]
async fn events_of_another_release_are_stored_and_counted() {
    let stage = Stage::new();
    for (number, version) in ["2025-01-01.test", "2025-01-01.other"]
        .into_iter()
        .enumerate()
    {
        let mut listed = snapshot(number, NOW);
        let member = format!(r#"{{"api_version":"{version}","#);
        listed.body = listed.body.replacen('{', &member, 1);
        stage.server.happen(listed);
    }
    let report = stage
        .reconciler()
        .since(Timestamp(NOW - DAY))
        .run_once()
        .await
        .unwrap();
    assert_eq!((report.missed, report.version_mismatches), (2, 1));
    assert!(
        report.to_string().contains("1 of another API release"),
        "{report}"
    );
}

#[tokio::test]
async fn watermark_that_no_reconciler_wrote_is_an_error() {
    let stage = Stage::new();
    stage
        .inbox
        .write_watermark("mine", "yesterday")
        .await
        .unwrap();
    let outcome = stage.reconciler().name("mine").run_once().await;
    assert!(
        matches!(outcome, Err(ReconcileError::Inbox(_))),
        "{outcome:?}"
    );
}
