//! A worker with messages whose lease expired: it runs them alone, and counts them apart.

use std::future::pending;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use runtime::clock::Clock as _;
use testing::ManualClock;
use webhooks::{Backoff, ClaimRequest, Inbox as _, InboxAdmin as _, MemoryInbox, Router};

use crate::entry;
use crate::worker::{counting, stage, store, worker};

/// Messages of a worker that crashed.
async fn store_suspects(inbox: &MemoryInbox, clock: &ManualClock, count: usize) {
    let entries: Vec<_> = (0..count)
        .map(|n| entry(n, 10, &format!("cus_{n}")))
        .collect();
    store(inbox, &entries).await;
    let request = ClaimRequest::new(count, Duration::from_secs(60));
    assert_eq!(inbox.claim_messages(&request).await.unwrap().len(), count);
    clock.advance(Duration::from_secs(61));
}

/// What ran at the same time as a message that was attempted before.
#[derive(Clone, Default)]
struct Company {
    running: Arc<AtomicUsize>,
    suspect_runs: Arc<AtomicBool>,
    /// The ids in the order in which they began.
    begun: Arc<Mutex<Vec<String>>>,
}

impl Company {
    /// A router whose handlers take a second, and panic if a suspect has company.
    fn router(&self, clock: &ManualClock) -> Router {
        let (company, clock) = (self.clone(), clock.clone());
        Router::new().fallback(move |delivery| {
            let (company, sleep) = (company.clone(), clock.sleep(Duration::from_secs(1)));
            async move {
                company.begun.lock().unwrap().push(delivery.id().to_owned());
                let is_suspect = delivery.attempt() > 1;
                let others = company.running.fetch_add(1, Ordering::SeqCst);
                assert!(!is_suspect || others == 0, "{others} run with a suspect");
                assert!(
                    !company.suspect_runs.load(Ordering::SeqCst),
                    "a suspect runs"
                );
                company.suspect_runs.store(is_suspect, Ordering::SeqCst);
                sleep.await;
                company.suspect_runs.store(false, Ordering::SeqCst);
                company.running.fetch_sub(1, Ordering::SeqCst);
                Ok(())
            }
        })
    }
}

#[tokio::test]
async fn suspects_are_handled_alone_and_in_turn_with_others() {
    let (clock, inbox) = stage();
    store_suspects(&inbox, &clock, 5).await;
    let others: Vec<_> = (10..60)
        .map(|n| entry(n, 10, &format!("cus_{n}")))
        .collect();
    store(&inbox, &others).await;
    let company = Company::default();
    let report = worker(&inbox, company.router(&clock), &clock)
        .run_until_idle()
        .await;
    assert_eq!((report.handled, report.failed), (55, 0), "{report:?}");
    // One claim of eight others between two suspects.
    let begun = company.begun.lock().unwrap();
    let is_suspect = |id: &String| id.len() == "evt_1".len();
    let places: Vec<_> = (0..55).filter(|&at| is_suspect(&begun[at])).collect();
    assert_eq!(places, [0, 9, 18, 27, 36]);
}

#[tokio::test]
async fn worker_that_is_always_busy_handles_suspects_too() {
    let (clock, inbox) = stage();
    store_suspects(&inbox, &clock, 1).await;
    let company = Company::default();
    let working = worker(&inbox, company.router(&clock), &clock)
        .concurrency(4)
        .run(clock.sleep(Duration::from_secs(60)));
    let storing = async {
        for n in 10..400 {
            store(&inbox, &[entry(n, 10, &format!("cus_{n}"))]).await;
            clock.sleep(Duration::from_millis(150)).await;
        }
    };
    let (report, ()) = futures_util::future::join(working, storing).await;
    assert_eq!(report.failed, 0, "{report:?}");
    assert!(company.begun.lock().unwrap().contains(&"evt_0".to_owned()));
}

#[tokio::test]
async fn lease_that_expires_while_all_capacity_is_used_is_noticed() {
    let (clock, inbox) = stage();
    store_suspects(&inbox, &clock, 1).await;
    let others: Vec<_> = (10..12)
        .map(|n| entry(n, 10, &format!("cus_{n}")))
        .collect();
    // Leased by a worker that asked for suspects before they expired.
    let begun = Arc::new(Mutex::new(Vec::new()));
    let (handler_begun, sleeping) = (Arc::clone(&begun), clock.clone());
    let router = Router::new().fallback(move |delivery| {
        handler_begun.lock().unwrap().push(delivery.id().to_owned());
        let sleep = sleeping.sleep(Duration::from_secs(5));
        async move {
            sleep.await;
            Ok(())
        }
    });
    store(&inbox, &others).await;
    let worker = worker(&inbox, router, &clock).concurrency(1);
    let report = worker.run(clock.sleep(Duration::from_secs(60))).await;
    assert_eq!(report.handled, 3);
    assert_eq!(*begun.lock().unwrap(), ["evt_0", "evt_10", "evt_11"]);
}

#[tokio::test]
async fn message_whose_attempts_never_end_becomes_a_dead_letter() {
    let (clock, inbox) = stage();
    store_suspects(&inbox, &clock, 1).await;
    let request = ClaimRequest::new(1, Duration::from_secs(60));
    for attempt in 2..=3 {
        let suspect = inbox.claim_suspect(&request).await.unwrap().unwrap();
        assert_eq!(suspect.attempt, attempt);
        clock.advance(Duration::from_secs(61));
    }
    let (router, calls) = counting(|_| Ok(()));
    let worker = worker(&inbox, router, &clock).crash_limit(2);
    let report = worker.run_until_idle().await;
    assert_eq!((report.dead_lettered, calls.load(Ordering::SeqCst)), (1, 0));
    let dead = inbox.list_dead_letters(None, 1).await.unwrap();
    assert!(dead[0].reason.contains("the last 2 of them"), "{dead:?}");
}

#[tokio::test]
async fn attempts_that_ended_with_the_process_are_no_failed_attempts() {
    let (clock, inbox) = stage();
    store_suspects(&inbox, &clock, 1).await;
    let (router, calls) = counting(|_| Err("never".into()));
    let worker =
        worker(&inbox, router, &clock).backoff(Backoff::new(Duration::ZERO, Duration::ZERO, 3));
    let report = worker.run_until_idle().await;
    assert_eq!((report.failed, report.dead_lettered), (2, 1));
    assert_eq!(calls.load(Ordering::SeqCst), 3);
    let dead = inbox.list_dead_letters(None, 1).await.unwrap();
    assert_eq!((dead[0].attempts, dead[0].crashes), (4, 1));
    assert_eq!(dead[0].reason, "never");
}

#[tokio::test]
async fn suspect_that_is_claimed_while_the_worker_stops_is_released() {
    let (clock, inbox) = stage();
    store_suspects(&inbox, &clock, 1).await;
    let router = Router::new().fallback(|_| pending());
    let report = worker(&inbox, router, &clock)
        .run(clock.sleep(Duration::from_secs(1)))
        .await;
    assert_eq!(report.stopped, 1);
    let record = inbox.find_message("evt_0").await.unwrap().unwrap();
    assert_eq!((record.attempts, record.crashes), (1, 1));
}
