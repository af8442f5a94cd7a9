//! The cache with a clock that the tests move and a source whose responses they give.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, SystemTime};

use futures_util::future::{FutureExt, join_all};
use proptest::prelude::{any, prop_assert, proptest};

use super::super::cache_state::{
    DEFAULT_TTL, MAX_BACKOFF, REFRESH_BUFFER, fetch_backoff, refresh_after,
};
use super::{CachedKey, Credentials, FETCH_TIMEOUT, REFRESH_WAIT};
use crate::auth::CredentialProvider;
use crate::clock::BoxFuture;

mod stage;

use stage::{FetchResult, Stage, down, expiring, is, key, secs, shown};

#[test]
fn one_fetch_serves_calls_that_begin_together() {
    let stage = Stage::new();
    let mut calls = Box::pin(join_all((0..100).map(|_| stage.current())));
    assert!((&mut calls).now_or_never().is_none());
    assert_eq!(stage.source.fetches(), 1);
    stage.source.give(expiring("a", 3_600));
    let keys = calls.now_or_never().unwrap();
    assert!(
        keys.into_iter()
            .all(|current| shown(current) == Ok("a".to_owned()))
    );
    assert_eq!(stage.at_once(), is("a"));
    assert_eq!(stage.source.fetches(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_fetch_serves_calls_of_many_threads() {
    let stage = Arc::new(Stage::new());
    let calls: Vec<_> = (0..64)
        .map(|number| {
            let stage = Arc::clone(&stage);
            tokio::spawn(async move {
                // Some are dropped while they wait.
                if number % 3 == 0 {
                    drop(stage.current().now_or_never());
                    return true;
                }
                shown(stage.current().await) == Ok("a".to_owned())
            })
        })
        .collect();
    while stage.source.fetches() == 0 {
        tokio::task::yield_now().await;
    }
    stage.source.give(expiring("a", 3_600));
    for call in calls {
        assert!(call.await.unwrap());
    }
    assert_eq!(stage.source.fetches(), 1);
}

#[test]
fn fetch_is_continued_when_its_call_is_dropped() {
    let stage = Stage::new();
    assert_eq!(stage.at_once(), None);
    assert_eq!(stage.source.fetches(), 1);
    stage.source.give(expiring("a", 3_600));
    assert_eq!(stage.at_once(), is("a"));
    assert_eq!(stage.source.fetches(), 1);
}

#[test]
fn waiting_call_drives_the_fetch_when_the_first_is_dropped() {
    let stage = Stage::new();
    let (mut first, mut second) = (stage.current(), stage.current());
    assert!((&mut first).now_or_never().is_none());
    assert!((&mut second).now_or_never().is_none());
    drop(first);
    stage.source.give(expiring("a", 3_600));
    assert_eq!(second.now_or_never().map(shown), is("a"));
    assert_eq!(stage.source.fetches(), 1);
}

#[test]
fn fetch_of_owning_provider_is_dropped_with_its_last_waiter() {
    let stage = Stage::with(Credentials::from_owning_provider);
    let (mut first, mut second) = (stage.current(), stage.current());
    assert!((&mut first).now_or_never().is_none());
    assert!((&mut second).now_or_never().is_none());
    drop(first);
    assert_eq!(Arc::strong_count(&stage.source), 3, "the second waits on");
    drop(second);
    assert_eq!(
        Arc::strong_count(&stage.source),
        2,
        "the stage's and the provider's"
    );
}

#[test]
fn key_is_refreshed_by_one_call_before_it_expires() {
    let stage = Stage::new();
    stage.source.give(expiring("a", 100));
    assert_eq!(stage.at_once(), is("a"));
    stage.clock.advance(secs(89));
    assert_eq!(stage.at_once(), is("a"));
    assert_eq!(stage.source.fetches(), 1);
    stage.clock.advance(secs(1));
    let mut refreshing = stage.current();
    assert!((&mut refreshing).now_or_never().is_none());
    for _ in 0..10 {
        assert_eq!(stage.at_once(), is("a"), "the others do not wait");
    }
    assert_eq!(stage.source.fetches(), 2);
    stage.source.give(expiring("b", 100));
    assert_eq!(refreshing.now_or_never().map(shown), is("b"));
    assert_eq!(stage.at_once(), is("b"));
}

#[test]
fn refreshing_call_uses_the_old_key_when_the_source_is_slow() {
    let stage = Stage::new();
    stage.source.give(expiring("a", 100));
    assert_eq!(stage.at_once(), is("a"));
    stage.clock.advance(secs(90));
    let mut refreshing = stage.current();
    assert!((&mut refreshing).now_or_never().is_none());
    stage.clock.advance(REFRESH_WAIT);
    assert_eq!(refreshing.now_or_never().map(shown), is("a"));
    stage.source.give(expiring("b", 100));
    assert_eq!(stage.at_once(), is("b"), "the next call finishes the fetch");
    assert_eq!(stage.source.fetches(), 2);
}

#[test]
fn calls_wait_when_the_key_has_expired() {
    let stage = Stage::new();
    stage.source.give(expiring("a", 100));
    assert_eq!(stage.at_once(), is("a"));
    stage.clock.advance(secs(100));
    assert_eq!(stage.at_once(), None);
    assert_eq!(stage.at_once(), None);
    stage.source.give(expiring("b", 100));
    assert_eq!(stage.at_once(), is("b"));
    assert_eq!(stage.source.fetches(), 2);
}

#[test]
fn old_key_stays_in_use_when_the_source_fails() {
    let stage = Stage::new();
    stage.source.give(expiring("a", 100));
    assert_eq!(stage.at_once(), is("a"));
    stage.clock.advance(secs(90));
    stage.source.give(down());
    let current = stage.current().now_or_never().unwrap().unwrap();
    assert_eq!(current.refresh_error.unwrap().to_string(), "down");
    for _ in 0..10 {
        let current = stage.current().now_or_never().unwrap().unwrap();
        assert!(current.refresh_error.is_none(), "reported once");
    }
    assert_eq!(stage.source.fetches(), 2, "no fetch during the backoff");
    stage.clock.advance(secs(1));
    stage.source.give(expiring("b", 100));
    assert_eq!(stage.at_once(), is("b"));
}

#[test]
fn fetches_back_off_when_there_is_no_key() {
    let stage = Stage::new();
    stage.source.give(down());
    let failed = Some(Err("down".to_owned()));
    for _ in 0..10 {
        assert_eq!(stage.at_once(), failed);
    }
    assert_eq!(stage.source.fetches(), 1);
    stage.clock.advance(secs(1));
    stage.source.give(expiring("a", 100));
    assert_eq!(stage.at_once(), is("a"));
}

#[test]
fn key_without_expiry_is_refreshed_and_survives_failures() {
    let stage = Stage::new();
    stage.source.give(Ok(key("a")));
    assert_eq!(stage.at_once(), is("a"));
    stage.clock.advance(DEFAULT_TTL);
    stage.source.give(Ok(key("b")));
    assert_eq!(stage.at_once(), is("b"));
    for _ in 0..200 {
        stage.clock.advance(secs(60));
        stage.source.give(down());
        assert_eq!(stage.at_once(), is("b"));
    }
}

#[test]
fn key_is_refreshed_at_the_interval_of_the_provider() {
    let stage = Stage::new();
    stage.source.give(Ok(key("a").refresh_in(secs(60))));
    assert_eq!(stage.at_once(), is("a"));
    stage.clock.advance(secs(59));
    assert_eq!(stage.at_once(), is("a"));
    assert_eq!(stage.source.fetches(), 1);
    stage.clock.advance(secs(1));
    stage.source.give(Ok(key("b")));
    assert_eq!(stage.at_once(), is("b"));
}

#[test]
fn key_is_refreshed_at_once_when_the_source_has_changed() {
    let stage = Stage::new();
    stage.source.give(Ok(key("a")));
    assert_eq!(stage.at_once(), is("a"));
    stage.source.changed.store(true, Ordering::SeqCst);
    stage.source.give(Ok(key("b")));
    assert_eq!(stage.at_once(), is("b"));
    assert_eq!(stage.source.fetches(), 2);
}

#[test]
fn rejected_key_is_dropped_once_for_all_calls_it_failed() {
    let stage = Stage::new();
    stage.source.give(Ok(key("a")));
    let keys: Vec<CachedKey> = (0..10)
        .map(|_| stage.current().now_or_never().unwrap().unwrap())
        .collect();
    stage.source.give(Ok(key("b")));
    for current in &keys {
        stage.credentials.reject_key(current);
        assert_eq!(stage.at_once(), is("b"));
    }
    assert_eq!(stage.source.fetches(), 2);
    assert_eq!(*stage.source.refused.lock().unwrap(), ["Bearer a"]);
}

#[test]
fn fetches_back_off_when_the_source_returns_the_rejected_key() {
    let stage = Stage::new();
    stage.source.give(Ok(key("a")));
    for _ in 0..100 {
        stage.source.give(Ok(key("a")));
    }
    for _ in 0..100 {
        let current = stage.current().now_or_never().unwrap().unwrap();
        stage.credentials.reject_key(&current);
        assert_eq!(stage.at_once(), is("a"));
    }
    assert_eq!(stage.source.fetches(), 2);
    stage.clock.advance(MAX_BACKOFF);
    let current = stage.current().now_or_never().unwrap().unwrap();
    stage.credentials.reject_key(&current);
    assert_eq!(stage.at_once(), is("a"));
    assert_eq!(stage.source.fetches(), 3);
}

#[test]
fn rejected_key_is_not_used_when_the_source_fails() {
    let stage = Stage::new();
    stage.source.give(Ok(key("a")));
    let current = stage.current().now_or_never().unwrap().unwrap();
    stage.credentials.reject_key(&current);
    stage.source.give(down());
    assert_eq!(stage.at_once(), Some(Err("down".to_owned())));
    assert_eq!(stage.at_once(), Some(Err("down".to_owned())));
    assert_eq!(stage.source.fetches(), 2);
}

#[test]
fn fetch_fails_when_it_times_out() {
    let stage = Stage::new();
    let mut call = stage.current();
    assert!((&mut call).now_or_never().is_none());
    stage.clock.advance(FETCH_TIMEOUT);
    let error = shown(call.now_or_never().unwrap()).unwrap_err();
    assert!(error.contains("30s"), "{error}");
}

#[test]
fn fetch_is_restarted_when_no_call_drove_it_for_long() {
    let stage = Stage::new();
    assert_eq!(stage.at_once(), None);
    stage.clock.advance(FETCH_TIMEOUT);
    stage.source.give(expiring("a", 100));
    assert_eq!(stage.at_once(), is("a"));
    assert_eq!(stage.source.fetches(), 2);
}

#[test]
fn key_is_used_briefly_when_it_came_expired() {
    let stage = Stage::new();
    stage
        .source
        .give(Ok(key("a").expires(SystemTime::UNIX_EPOCH)));
    assert_eq!(stage.at_once(), is("a"));
    assert_eq!(stage.at_once(), is("a"), "clocks differ");
    assert_eq!(stage.source.fetches(), 1);
    stage.clock.advance(secs(1));
    assert_eq!(stage.at_once(), None);
}

#[test]
fn time_of_the_fetch_counts_towards_the_lifetime() {
    let stage = Stage::new();
    assert_eq!(stage.at_once(), None);
    stage.clock.advance(secs(20));
    stage.source.give(expiring("a", 100));
    assert_eq!(stage.at_once(), is("a"));
    stage.clock.advance(secs(80));
    assert_eq!(stage.at_once(), None);
}

#[test]
fn call_fails_and_the_next_one_fetches_when_the_provider_panics() {
    #[derive(Debug)]
    struct Panics;
    impl CredentialProvider for Panics {
        fn fetch(&self) -> BoxFuture<'static, FetchResult> {
            panic!("a bug in the provider");
        }
    }
    let stage = Stage::with(|_| Credentials::from_provider(Panics));
    for _ in 0..3 {
        let error = stage.at_once().unwrap().unwrap_err();
        assert!(error.contains("panicked"), "{error}");
    }
}

proptest! {
    #[test]
    fn key_is_refreshed_within_bounds_before_it_expires(
        seconds in 1_u64..10_000_000, random in any::<u64>(),
    ) {
        let life = secs(seconds);
        let after = refresh_after(Some(life), None, random);
        let early = life - after;
        let least = (life / 10).max(REFRESH_BUFFER);
        prop_assert!(early >= least.min(life / 2));
        prop_assert!(early <= (least + least / 2).min(life / 2));
    }

    #[test]
    fn key_without_expiry_is_refreshed_within_a_tenth(random in any::<u64>()) {
        let after = refresh_after(None, None, random);
        prop_assert!(after <= DEFAULT_TTL && after > DEFAULT_TTL * 9 / 10);
    }

    #[test]
    fn backoffs_stay_within_bounds(failures in any::<u32>(), random in any::<u64>()) {
        let pause = fetch_backoff(failures, random);
        prop_assert!(pause >= Duration::from_millis(500) && pause <= MAX_BACKOFF);
    }
}
