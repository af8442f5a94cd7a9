//! The cache under a clock that the tests move, with a source that answers when it is told to.

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

use stage::{Answer, Stage, down, expiring, is, key, secs, shown};

#[test]
fn source_is_asked_once_when_many_calls_begin_together() {
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
async fn source_is_asked_once_when_calls_come_from_many_threads() {
    let stage = Arc::new(Stage::new());
    let calls: Vec<_> = (0..64)
        .map(|number| {
            let stage = Arc::clone(&stage);
            tokio::spawn(async move {
                // Some give up on the way.
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
fn fetch_goes_on_when_its_caller_is_dropped() {
    let stage = Stage::new();
    assert_eq!(stage.at_once(), None);
    assert_eq!(stage.source.fetches(), 1);
    stage.source.give(expiring("a", 3_600));
    assert_eq!(stage.at_once(), is("a"));
    assert_eq!(stage.source.fetches(), 1);
}

#[test]
fn waiting_call_takes_over_when_the_driving_one_is_dropped() {
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
fn fetch_is_given_up_when_nobody_waits_for_a_session() {
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
fn key_is_renewed_by_one_call_when_its_end_is_near() {
    let stage = Stage::new();
    stage.source.give(expiring("a", 100));
    assert_eq!(stage.at_once(), is("a"));
    stage.clock.advance(secs(89));
    assert_eq!(stage.at_once(), is("a"));
    assert_eq!(stage.source.fetches(), 1);
    stage.clock.advance(secs(1));
    let mut renewing = stage.current();
    assert!((&mut renewing).now_or_never().is_none());
    for _ in 0..10 {
        assert_eq!(stage.at_once(), is("a"), "the others do not wait");
    }
    assert_eq!(stage.source.fetches(), 2);
    stage.source.give(expiring("b", 100));
    assert_eq!(renewing.now_or_never().map(shown), is("b"));
    assert_eq!(stage.at_once(), is("b"));
}

#[test]
fn renewing_call_goes_on_with_the_old_key_when_the_source_is_slow() {
    let stage = Stage::new();
    stage.source.give(expiring("a", 100));
    assert_eq!(stage.at_once(), is("a"));
    stage.clock.advance(secs(90));
    let mut renewing = stage.current();
    assert!((&mut renewing).now_or_never().is_none());
    stage.clock.advance(REFRESH_WAIT);
    assert_eq!(renewing.now_or_never().map(shown), is("a"));
    stage.source.give(expiring("b", 100));
    assert_eq!(stage.at_once(), is("b"), "the next call finishes the fetch");
    assert_eq!(stage.source.fetches(), 2);
}

#[test]
fn calls_wait_when_the_key_is_over() {
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
        assert!(current.refresh_error.is_none(), "said once");
    }
    assert_eq!(stage.source.fetches(), 2, "the source is left alone");
    stage.clock.advance(secs(1));
    stage.source.give(expiring("b", 100));
    assert_eq!(stage.at_once(), is("b"));
}

#[test]
fn source_is_left_alone_for_a_moment_when_there_is_no_key() {
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
fn key_without_an_end_is_asked_for_again_and_outlives_the_source() {
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
fn key_is_asked_for_again_when_the_provider_wants_it() {
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
fn key_is_fetched_at_once_when_the_source_says_that_it_changed() {
    let stage = Stage::new();
    stage.source.give(Ok(key("a")));
    assert_eq!(stage.at_once(), is("a"));
    stage.source.changed.store(true, Ordering::SeqCst);
    stage.source.give(Ok(key("b")));
    assert_eq!(stage.at_once(), is("b"));
    assert_eq!(stage.source.fetches(), 2);
}

#[test]
fn refused_key_is_forgotten_once_however_many_calls_it_failed() {
    let stage = Stage::new();
    stage.source.give(Ok(key("a")));
    let keys: Vec<CachedKey> = (0..10)
        .map(|_| stage.current().now_or_never().unwrap().unwrap())
        .collect();
    stage.source.give(Ok(key("b")));
    for current in &keys {
        stage.credentials.reject(current);
        assert_eq!(stage.at_once(), is("b"));
    }
    assert_eq!(stage.source.fetches(), 2);
    assert_eq!(*stage.source.refused.lock().unwrap(), ["Bearer a"]);
}

#[test]
fn source_is_left_alone_when_it_gives_the_refused_key_again() {
    let stage = Stage::new();
    stage.source.give(Ok(key("a")));
    for _ in 0..100 {
        stage.source.give(Ok(key("a")));
    }
    for _ in 0..100 {
        let current = stage.current().now_or_never().unwrap().unwrap();
        stage.credentials.reject(&current);
        assert_eq!(stage.at_once(), is("a"));
    }
    assert_eq!(stage.source.fetches(), 2);
    stage.clock.advance(MAX_BACKOFF);
    let current = stage.current().now_or_never().unwrap().unwrap();
    stage.credentials.reject(&current);
    assert_eq!(stage.at_once(), is("a"));
    assert_eq!(stage.source.fetches(), 3);
}

#[test]
fn refused_key_is_not_used_again_when_the_source_fails() {
    let stage = Stage::new();
    stage.source.give(Ok(key("a")));
    let current = stage.current().now_or_never().unwrap().unwrap();
    stage.credentials.reject(&current);
    stage.source.give(down());
    assert_eq!(stage.at_once(), Some(Err("down".to_owned())));
    assert_eq!(stage.at_once(), Some(Err("down".to_owned())));
    assert_eq!(stage.source.fetches(), 2);
}

#[test]
fn fetch_fails_when_it_takes_too_long() {
    let stage = Stage::new();
    let mut call = stage.current();
    assert!((&mut call).now_or_never().is_none());
    stage.clock.advance(FETCH_TIMEOUT);
    let error = shown(call.now_or_never().unwrap()).unwrap_err();
    assert!(error.contains("30s"), "{error}");
}

#[test]
fn fetch_begins_anew_when_nobody_drove_it_for_long() {
    let stage = Stage::new();
    assert_eq!(stage.at_once(), None);
    stage.clock.advance(FETCH_TIMEOUT);
    stage.source.give(expiring("a", 100));
    assert_eq!(stage.at_once(), is("a"));
    assert_eq!(stage.source.fetches(), 2);
}

#[test]
fn key_is_used_for_a_moment_when_it_came_with_an_end_in_the_past() {
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
fn time_of_the_fetch_counts_when_the_key_is_leased() {
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
        fn fetch(&self) -> BoxFuture<'static, Answer> {
            panic!("a bug of the provider");
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
    fn key_is_renewed_before_its_end_and_never_much_too_early(
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
    fn key_without_an_end_is_asked_for_again_within_a_tenth(random in any::<u64>()) {
        let after = refresh_after(None, None, random);
        prop_assert!(after <= DEFAULT_TTL && after > DEFAULT_TTL * 9 / 10);
    }

    #[test]
    fn pauses_stay_within_bounds(failures in any::<u32>(), random in any::<u64>()) {
        let pause = fetch_backoff(failures, random);
        prop_assert!(pause >= Duration::from_millis(500) && pause <= MAX_BACKOFF);
    }
}
