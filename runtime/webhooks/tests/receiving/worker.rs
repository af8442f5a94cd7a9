//! What a worker does with messages: completed, retried, dead-lettered, released.

use std::future::pending;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use runtime::clock::Clock as _;
use runtime::value::RawJson;
use testing::ManualClock;
use webhooks::{
    Backoff, ClaimOrder, ClaimRequest, Delivery, EventKind, HandlerError, Inbox as _,
    InboxAdmin as _, InboxMessage, MemoryInbox, Message, MessageOutcome, MessageState, Router,
    Worker, WorkerSetupError,
};

use crate::entry;

const UPDATED: EventKind<RawJson> = EventKind::new("customer.updated");

pub(crate) fn stage() -> (ManualClock, MemoryInbox) {
    let clock = ManualClock::new().auto_advance();
    (clock.clone(), MemoryInbox::with_clock(clock))
}

pub(crate) async fn store(inbox: &MemoryInbox, entries: &[InboxMessage]) {
    inbox.store_messages(entries).await.unwrap();
}

/// A router that counts its calls and returns the result of the closure.
pub(crate) fn counting(
    answer: impl Fn(&Delivery) -> Result<(), HandlerError> + Send + Sync + 'static,
) -> (Router, Arc<AtomicU32>) {
    let calls = Arc::new(AtomicU32::new(0));
    let counter = Arc::clone(&calls);
    let router = Router::new().fallback(move |delivery| {
        counter.fetch_add(1, Ordering::SeqCst);
        let answer = answer(&delivery);
        async move { answer }
    });
    (router, calls)
}

pub(crate) fn worker(inbox: &MemoryInbox, router: Router, clock: &ManualClock) -> Worker {
    Worker::with_clock(inbox.clone(), router, clock.clone()).unwrap()
}

#[tokio::test]
async fn message_is_done_when_its_handler_is() {
    let (clock, inbox) = stage();
    store(&inbox, &[entry(1, 10, "cus_1"), entry(2, 10, "cus_2")]).await;
    let seen = Arc::new(Mutex::new(Vec::new()));
    let handler_seen = Arc::clone(&seen);
    let router = Router::new().on(UPDATED, move |delivery| {
        let seen = Arc::clone(&handler_seen);
        async move {
            let object = delivery.object()?;
            let id: String = object.get("id").ok_or("no id")?.decode()?;
            seen.lock()
                .unwrap()
                .push((delivery.id().to_owned(), id, delivery.attempt()));
            Ok(())
        }
    });
    let report = worker(&inbox, router, &clock).run_until_idle().await;
    assert_eq!((report.handled, report.failed), (2, 0));
    let expected = [("evt_1", "cus_1", 1), ("evt_2", "cus_2", 1)]
        .map(|(event, object, attempt)| (event.to_owned(), object.to_owned(), attempt));
    assert_eq!(*seen.lock().unwrap(), expected);
    assert_eq!(inbox.collect_stats().await.unwrap().completed, 2);
}

#[tokio::test]
async fn message_is_tried_again_later_when_its_handler_fails() {
    let (clock, inbox) = stage();
    store(&inbox, &[entry(1, 10, "cus_1")]).await;
    let (router, calls) = counting(|delivery| match delivery.attempt() {
        1 | 2 => Err("not yet".into()),
        _ => Ok(()),
    });
    let begun = clock.now();
    let stop = {
        let (inbox, clock) = (inbox.clone(), clock.clone());
        async move {
            while inbox.collect_stats().await.unwrap().completed == 0 {
                clock.sleep(Duration::from_secs(1)).await;
            }
        }
    };
    let report = worker(&inbox, router, &clock).run(stop).await;
    assert_eq!((report.handled, report.failed), (1, 2));
    assert_eq!(calls.load(Ordering::SeqCst), 3);
    // Delays of up to 5 and 10 seconds, at least half of each, and a poll each second.
    let passed = clock.now() - begun;
    assert!(passed >= Duration::from_millis(7_500), "{passed:?}");
    assert!(passed <= Duration::from_secs(20), "{passed:?}");
}

#[tokio::test]
async fn message_is_a_dead_letter_when_all_attempts_failed() {
    let (clock, inbox) = stage();
    store(&inbox, &[entry(1, 10, "cus_1")]).await;
    let (router, calls) = counting(|_| Err("never".into()));
    let worker =
        worker(&inbox, router, &clock).backoff(Backoff::new(Duration::ZERO, Duration::ZERO, 3));
    let report = worker.run_until_idle().await;
    assert_eq!(
        (
            report.failed,
            report.dead_lettered,
            calls.load(Ordering::SeqCst)
        ),
        (2, 1, 3)
    );
    let dead = inbox.list_dead_letters(None, 10).await.unwrap();
    assert_eq!((dead[0].attempts, dead[0].reason.as_str()), (3, "never"));
    assert_eq!(dead[0].message, entry(1, 10, "cus_1"));
}

#[tokio::test]
async fn message_is_a_dead_letter_at_once_when_its_failure_is_permanent() {
    let (clock, inbox) = stage();
    store(&inbox, &[entry(1, 10, "cus_1")]).await;
    let (router, _) = counting(|_| Err(HandlerError::permanent("no such order")));
    let report = worker(&inbox, router, &clock).run_until_idle().await;
    assert_eq!((report.failed, report.dead_lettered), (0, 1));
}

#[tokio::test]
async fn handler_says_when_to_try_again() {
    let (clock, inbox) = stage();
    store(&inbox, &[entry(1, 10, "cus_1")]).await;
    let (router, _) =
        counting(|_| Err(HandlerError::from("later").retry_in(Duration::from_secs(99))));
    worker(&inbox, router, &clock).run_until_idle().await;
    let request = ClaimRequest::new(1, Duration::from_secs(1));
    clock.advance(Duration::from_secs(98));
    assert!(inbox.claim_messages(&request).await.unwrap().is_empty());
    clock.advance(Duration::from_secs(1));
    assert_eq!(inbox.claim_messages(&request).await.unwrap()[0].attempt, 2);
}

#[tokio::test]
async fn panic_of_a_handler_is_an_error_and_affects_no_other_message() {
    let (clock, inbox) = stage();
    store(
        &inbox,
        &[
            entry(1, 10, "cus_1"),
            entry(2, 10, "cus_2"),
            entry(3, 10, "cus_3"),
        ],
    )
    .await;
    let router = Router::new().fallback(|delivery| {
        assert_ne!(delivery.id(), "evt_1", "before the future");
        async move {
            assert_ne!(delivery.id(), "evt_2", "inside of it");
            Ok(())
        }
    });
    let report = worker(&inbox, router, &clock).run_until_idle().await;
    assert_eq!((report.handled, report.failed), (1, 2));
    for (id, text) in [("evt_1", "before the future"), ("evt_2", "inside of it")] {
        let reason = inbox
            .find_message(id)
            .await
            .unwrap()
            .unwrap()
            .reason
            .unwrap();
        assert!(reason.starts_with("the handler panicked: "), "{reason}");
        assert!(reason.contains(text), "{reason}");
    }
}

#[tokio::test]
async fn lease_is_renewed_for_as_long_as_the_handler_runs() {
    let (clock, inbox) = stage();
    store(&inbox, &[entry(1, 10, "cus_1")]).await;
    let sleeping = clock.clone();
    let router = Router::new().fallback(move |_| {
        let sleeping = sleeping.clone();
        async move {
            sleeping.sleep(Duration::from_secs(250)).await;
            Ok(())
        }
    });
    let thief = async {
        let request = ClaimRequest::new(1, Duration::from_secs(1));
        let mut stolen = 0;
        for _ in 0..240 {
            clock.sleep(Duration::from_secs(1)).await;
            stolen += inbox.claim_messages(&request).await.unwrap().len();
            stolen += usize::from(inbox.claim_suspect(&request).await.unwrap().is_some());
        }
        stolen
    };
    let working = worker(&inbox, router, &clock)
        .lease_duration(Duration::from_secs(30))
        .run_until_idle();
    let (report, stolen) = futures_util::future::join(working, thief).await;
    assert_eq!((report.handled, stolen), (1, 0));
}

#[tokio::test]
async fn handler_is_stopped_when_its_lease_went_to_another() {
    let (clock, inbox) = stage();
    store(&inbox, &[entry(1, 10, "cus_1")]).await;
    let router = Router::new().fallback(|_| pending());
    let thief = async {
        // A worker that did not renew its lease in time, because its machine was suspended.
        clock.sleep(Duration::from_millis(1)).await;
        clock.advance(Duration::from_secs(61));
        inbox
            .claim_suspect(&ClaimRequest::new(1, Duration::from_secs(600)))
            .await
            .unwrap()
    };
    let working = worker(&inbox, router, &clock).run_until_idle();
    let (report, stolen) = futures_util::future::join(working, thief).await;
    if let Some(stolen) = stolen {
        assert_eq!((report.lease_lost, report.failed), (1, 0));
        inbox
            .finish_message(&stolen.lease, MessageOutcome::Completed)
            .await
            .unwrap();
    } else {
        // The renewal came first, and the handler timed out.
        assert_eq!(report.failed, 1);
    }
}

#[tokio::test]
async fn handler_that_takes_too_long_has_failed() {
    let (clock, inbox) = stage();
    store(&inbox, &[entry(1, 10, "cus_1")]).await;
    let router = Router::new().fallback(|_| pending());
    let worker = worker(&inbox, router, &clock).handler_timeout(Duration::from_secs(90));
    let report = worker.run_until_idle().await;
    assert_eq!(report.failed, 1);
    let reason = inbox
        .find_message("evt_1")
        .await
        .unwrap()
        .unwrap()
        .reason
        .unwrap();
    assert_eq!(reason, "the handler took longer than 90s");
}

#[tokio::test]
async fn message_without_a_handler_is_done() {
    let (clock, inbox) = stage();
    store(&inbox, &[entry(1, 10, "cus_1")]).await;
    let other = EventKind::<RawJson>::new("invoice.paid");
    let router = Router::new().on(other, |_| async { Ok(()) });
    let report = worker(&inbox, router, &clock).run_until_idle().await;
    assert_eq!((report.handled, report.ignored), (0, 1));
}

#[tokio::test]
async fn stored_text_that_is_no_message_becomes_a_dead_letter() {
    let (clock, inbox) = stage();
    let mut odd = entry(1, 10, "cus_1");
    odd.body = r#"{"object":"event"}"#.parse().unwrap();
    store(&inbox, &[odd]).await;
    let (router, calls) = counting(|_| Ok(()));
    let report = worker(&inbox, router, &clock).run_until_idle().await;
    assert_eq!((report.dead_lettered, calls.load(Ordering::SeqCst)), (1, 0));
}

#[tokio::test]
async fn no_more_messages_are_handled_at_once_than_set() {
    let (clock, inbox) = stage();
    let entries: Vec<_> = (0..40).map(|n| entry(n, 10, &format!("cus_{n}"))).collect();
    store(&inbox, &entries).await;
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (in_handler, at_most, sleeping) = (Arc::clone(&now), Arc::clone(&most), clock.clone());
    let router = Router::new().fallback(move |_| {
        let (now, most) = (Arc::clone(&in_handler), Arc::clone(&at_most));
        let sleep = sleeping.sleep(Duration::from_millis(sleeping.random() % 50));
        async move {
            most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            sleep.await;
            now.fetch_sub(1, Ordering::SeqCst);
            Ok(())
        }
    });
    let report = worker(&inbox, router, &clock)
        .concurrency(5)
        .run_until_idle()
        .await;
    assert_eq!((report.handled, most.load(Ordering::SeqCst)), (40, 5));
}

#[tokio::test]
async fn messages_about_one_object_are_handled_one_after_the_other() {
    let (clock, inbox) = stage();
    // Arrived out of order, two of them of one second.
    let order = [(3, 12), (1, 10), (4, 12), (2, 11)];
    let entries: Vec<_> = order.map(|(number, at)| entry(number, at, "cus_1")).into();
    store(&inbox, &entries).await;
    let seen = Arc::new(Mutex::new(Vec::new()));
    let (handler_seen, sleeping) = (Arc::clone(&seen), clock.clone());
    let router = Router::new().fallback(move |delivery| {
        let (seen, sleeping) = (Arc::clone(&handler_seen), sleeping.clone());
        async move {
            if delivery.id() == "evt_1" && delivery.attempt() == 1 {
                return Err("hold them all up".into());
            }
            sleeping.sleep(Duration::from_millis(10)).await;
            seen.lock().unwrap().push(delivery.id().to_owned());
            Ok(())
        }
    });
    let stop = clock.sleep(Duration::from_secs(60));
    let report = worker(&inbox, router, &clock)
        .order(ClaimOrder::PerObject)
        .run(stop)
        .await;
    assert_eq!((report.handled, report.failed), (4, 1));
    assert_eq!(*seen.lock().unwrap(), ["evt_1", "evt_2", "evt_3", "evt_4"]);
}

#[tokio::test]
async fn worker_drains_handlers_and_releases_the_rest() {
    let (clock, inbox) = stage();
    store(&inbox, &[entry(1, 10, "cus_1"), entry(2, 10, "cus_2")]).await;
    let sleeping = clock.clone();
    let router = Router::new().fallback(move |delivery| {
        let sleeping = sleeping.clone();
        async move {
            let long = if delivery.id() == "evt_1" { 10 } else { 200 };
            sleeping.sleep(Duration::from_secs(long)).await;
            Ok(())
        }
    });
    let stop = clock.sleep(Duration::from_secs(1));
    let report = worker(&inbox, router, &clock)
        .drain_timeout(Duration::from_secs(20))
        .run(stop)
        .await;
    assert_eq!((report.handled, report.stopped), (1, 1));
    let record = inbox.find_message("evt_2").await.unwrap().unwrap();
    assert_eq!((record.state, record.attempts), (MessageState::Pending, 0));
}

#[tokio::test]
async fn worker_is_woken_when_something_is_stored() {
    let (clock, inbox) = stage();
    let (router, _) = counting(|_| Ok(()));
    let storing = async {
        clock.sleep(Duration::from_secs(5)).await;
        let begun = clock.now();
        store(&inbox, &[entry(1, 10, "cus_1")]).await;
        while inbox.collect_stats().await.unwrap().completed == 0 {
            clock.sleep(Duration::from_millis(1)).await;
        }
        clock.now() - begun
    };
    let (stop, stopped) = futures_channel();
    let working = worker(&inbox, router, &clock)
        .poll_interval(Duration::from_secs(3_600))
        .run(stopped);
    let storing = async {
        let time = storing.await;
        stop();
        time
    };
    let (report, time) = futures_util::future::join(working, storing).await;
    assert_eq!(report.handled, 1);
    assert!(time < Duration::from_secs(1), "{time:?}");
}

/// A future that is ready once the function was called.
fn futures_channel() -> (impl FnOnce(), impl Future<Output = ()>) {
    let signal = webhooks::WakeSignal::new();
    let notifying = signal.clone();
    (move || notifying.notify_waiters(), async move {
        signal.notified_since(0).await
    })
}

#[test]
fn work_can_move_between_threads() {
    fn is_send<T: Send>(_: &T) {}
    let (clock, inbox) = stage();
    let (router, _) = counting(|_| Ok(()));
    is_send(&worker(&inbox, router, &clock).run(pending()));
    let (router, _) = counting(|_| Ok(()));
    is_send(&worker(&inbox, router, &clock).run_until_idle());
}

#[test]
fn worker_is_refused_if_its_router_has_no_use() {
    let inbox = || MemoryInbox::with_clock(ManualClock::new());
    let made = |router| Worker::with_clock(inbox(), router, ManualClock::new()).map(drop);
    assert_eq!(made(Router::new()), Err(WorkerSetupError::NoHandlers));
    let twice = Router::new()
        .on(UPDATED, |_| async { Ok(()) })
        .on(UPDATED, |_| async { Ok(()) });
    assert_eq!(
        made(twice),
        Err(WorkerSetupError::DuplicateHandler("customer.updated"))
    );
}

#[tokio::test]
async fn notification_reaches_its_handler_and_has_no_object() {
    let (clock, inbox) = stage();
    let text = br#"{"id":"evt_1","object":"v2.core.event","type":"v2.x","created":"2026-01-28T12:30:00Z"}"#;
    store(
        &inbox,
        &[InboxMessage::from(
            &Message::parse_unverified(text).unwrap(),
        )],
    )
    .await;
    let router = Router::new().on(EventKind::<RawJson>::new("v2.x"), |delivery| async move {
        delivery.notification()?;
        let error = delivery.object().err().ok_or("it has an object")?;
        if error.to_string().contains("Delivery::notification") {
            Ok(())
        } else {
            Err(error.into())
        }
    });
    let report = worker(&inbox, router, &clock).run_until_idle().await;
    assert_eq!(report.handled, 1);
}

#[test]
fn pauses_double_up_to_the_longest_and_leave_half_to_chance() {
    let backoff = Backoff::new(Duration::from_secs(4), Duration::from_secs(20), 6);
    let least: Vec<_> = (1..=6)
        .map(|attempt| backoff.delay_after(attempt, 0))
        .collect();
    let seconds = |seconds| Some(Duration::from_secs(seconds));
    assert_eq!(
        least,
        [
            seconds(2),
            seconds(4),
            seconds(8),
            seconds(10),
            seconds(10),
            None
        ]
    );
    for attempt in 1..6 {
        let most = backoff.delay_after(attempt, u64::MAX).unwrap();
        let least = backoff.delay_after(attempt, 0).unwrap();
        assert!(
            most <= least * 2 && most > least,
            "{attempt}: {least:?} to {most:?}"
        );
    }
    assert_eq!(backoff.delay_after(u32::MAX, 0), None);
}
