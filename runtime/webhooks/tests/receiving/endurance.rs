//! A worker with an inbox that fails, with panics, and its drain.

use std::future::pending;
use std::sync::atomic::Ordering;
use std::time::Duration;

use runtime::clock::Clock as _;
use testing::ManualClock;
use webhooks::{Router, Worker};

use crate::entry;
use crate::worker::{counting, stage, store, worker};

#[tokio::test]
async fn worker_waits_and_goes_on_while_the_inbox_fails() {
    let clock = ManualClock::new().auto_advance();
    let (router, calls) = counting(|_| Ok(()));
    let inbox = crate::broken::BrokenInbox { hangs: false };
    let worker = Worker::with_clock(inbox, router, clock.clone()).unwrap();
    let report = worker.run(clock.sleep(Duration::from_secs(600))).await;
    assert_eq!((report.handled, calls.load(Ordering::SeqCst)), (0, 0));
    assert!(report.claim_errors > 10, "{report:?}");
    // It claims less and less often: finally every 32 seconds.
    let pauses = clock.completed_sleeps().len();
    assert!(pauses < 60, "{pauses}");
}

#[tokio::test]
async fn failing_inbox_is_distinguished_from_an_empty_one() {
    let clock = ManualClock::new().auto_advance();
    let (router, _) = counting(|_| Ok(()));
    let inbox = crate::broken::BrokenInbox { hangs: false };
    let worker = Worker::with_clock(inbox, router, clock).unwrap();
    assert_eq!(worker.run_until_idle().await.claim_errors, 1);
}

#[tokio::test]
async fn worker_asks_again_when_the_inbox_never_answers() {
    let clock = ManualClock::new().auto_advance();
    let (router, _) = counting(|_| Ok(()));
    let inbox = crate::broken::BrokenInbox { hangs: true };
    let worker = Worker::with_clock(inbox, router, clock.clone()).unwrap();
    let stop = clock.sleep(Duration::from_secs(600));
    let report = worker.run(stop).await;
    assert!(report.claim_errors > 5, "{report:?}");
}

#[tokio::test]
async fn panic_outside_of_a_handlers_work_ends_no_worker() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            if !std::thread::panicking() {
                std::panic::panic_any("dropped");
            }
        }
    }
    let (clock, inbox) = stage();
    store(&inbox, &[entry(1, 10, "cus_1"), entry(2, 10, "cus_2")]).await;
    let router = Router::new().fallback(|delivery| async move {
        if delivery.id() == "evt_1" {
            let _bomb = Bomb;
            pending::<()>().await;
        }
        Ok(())
    });
    let worker = worker(&inbox, router, &clock)
        .handler_timeout(Duration::from_secs(2))
        .lease_duration(Duration::from_secs(3_600));
    let report = worker.run_until_idle().await;
    assert_eq!((report.handled, report.lease_lost), (1, 1));
}

#[tokio::test]
async fn message_claimed_while_the_worker_stops_is_released_without_delaying_others() {
    let (clock, inbox) = stage();
    store(&inbox, &[entry(1, 10, "cus_1")]).await;
    let sleeping = clock.clone();
    let router = Router::new().fallback(move |_| {
        let sleeping = sleeping.clone();
        async move {
            sleeping.sleep(Duration::from_secs(10)).await;
            Ok(())
        }
    });
    let stop = clock.sleep(Duration::from_secs(1));
    let report = worker(&inbox, router, &clock).run(stop).await;
    assert_eq!((report.handled, report.stopped), (1, 0));
}
