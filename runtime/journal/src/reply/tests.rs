use std::thread;

use super::promise;
use runtime::idempotency::JournalFault;

#[tokio::test]
async fn answer_wakes_the_future_that_awaits_it() {
    let (promise, awaited) = promise();
    let thread = thread::spawn(move || promise.keep(Ok(7)));
    assert_eq!(awaited.await.unwrap(), 7);
    assert!(thread.join().unwrap());
}

#[tokio::test]
async fn future_ends_when_the_other_side_is_gone() {
    let (promise, awaited) = promise::<()>();
    let waiting = tokio::spawn(awaited);
    tokio::task::yield_now().await;
    drop(promise);
    let error = waiting.await.unwrap().unwrap_err();
    assert_eq!(error.fault(), JournalFault::Closed);
}

#[test]
fn answer_that_nobody_reads_is_told_to_one_side_exactly() {
    let (early, awaited) = promise();
    assert!(awaited.abandon().is_none() && early.is_abandoned());
    assert!(!early.keep(Ok(7)));
    let (late, awaited) = promise();
    assert!(late.keep(Ok(7)));
    assert_eq!(awaited.abandon().unwrap().unwrap(), 7);
}
