use std::sync::{Arc, Mutex};
use std::task::{Context, Wake, Waker};
use std::time::{Duration, SystemTime};

use runtime::clock::{BoxFuture, Clock};
use testing::ManualClock;

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test]
async fn sleep_ends_when_the_clock_is_moved() {
    let clock = ManualClock::new();
    let sleeping = tokio::spawn(clock.sleep(10 * SECOND));
    tokio::task::yield_now().await;
    assert_eq!(
        (clock.sleeper_count(), clock.time_to_deadline()),
        (1, Some(10 * SECOND))
    );
    clock.advance(9 * SECOND);
    tokio::task::yield_now().await;
    assert!(!sleeping.is_finished());
    assert_eq!(clock.advance_to_next(), Some(SECOND));
    sleeping.await.unwrap();
    assert_eq!(
        (clock.elapsed(), clock.completed_sleeps()),
        (10 * SECOND, vec![10 * SECOND])
    );
    assert_eq!((clock.advance_to_next(), clock.sleeper_count()), (None, 0));
}

#[tokio::test]
async fn sleeps_end_in_the_order_of_their_deadlines_when_time_advances_by_itself() {
    let clock = ManualClock::new().auto_advance();
    let ends = Arc::new(Mutex::new(Vec::new()));
    let tasks: Vec<_> = [5, 1, 3, 1, 4]
        .into_iter()
        .map(|seconds| {
            let (clock, ends) = (clock.clone(), Arc::clone(&ends));
            tokio::spawn(async move {
                clock.sleep(seconds * SECOND).await;
                ends.lock().unwrap().push((seconds, clock.elapsed()));
                clock.sleep(2 * SECOND).await;
                ends.lock().unwrap().push((seconds + 2, clock.elapsed()));
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let ends = ends.lock().unwrap();
    let times: Vec<_> = ends.iter().map(|(seconds, _)| *seconds).collect();
    assert_eq!(times, [1, 1, 3, 3, 3, 4, 5, 5, 6, 7]);
    assert!(
        ends.iter().all(|(seconds, at)| *at == *seconds * SECOND),
        "{ends:?}"
    );
}

#[tokio::test]
async fn shorter_of_two_sleeps_wins_whichever_is_polled_first() {
    for swap in [false, true] {
        let clock = ManualClock::new().auto_advance();
        let (mut short, mut long) = (clock.sleep(SECOND), clock.sleep(20 * SECOND));
        let won = if swap {
            tokio::select! { biased; () = &mut long => "long", () = &mut short => "short" }
        } else {
            tokio::select! { biased; () = &mut short => "short", () = &mut long => "long" }
        };
        assert_eq!((won, clock.elapsed()), ("short", SECOND));
        drop(long);
        assert_eq!(clock.sleeper_count(), 0);
    }
}

#[tokio::test]
async fn other_tasks_run_before_a_deadline_when_time_advances_by_itself() {
    let clock = ManualClock::new().auto_advance();
    let (sender, receiver) = tokio::sync::oneshot::channel();
    tokio::spawn(async move {
        for _ in 0..5 {
            tokio::task::yield_now().await;
        }
        sender.send(()).unwrap();
    });
    let limit = clock.sleep(SECOND);
    let won = tokio::select! { biased; () = limit => "limit", _ = receiver => "work" };
    assert_eq!((won, clock.elapsed()), ("work", Duration::ZERO));
}

#[test]
fn dropped_sleep_is_removed_and_the_next_one_ends() {
    let clock = ManualClock::new().auto_advance();
    let mut context = Context::from_waker(Waker::noop());
    let (mut first, mut second) = (clock.sleep(SECOND), clock.sleep(2 * SECOND));
    assert!(first.as_mut().poll(&mut context).is_pending());
    for _ in 0..20 {
        assert!(second.as_mut().poll(&mut context).is_pending());
    }
    drop(first);
    let polls = (0..20).take_while(|_| second.as_mut().poll(&mut context).is_pending());
    assert!(polls.count() < 20);
    assert_eq!(clock.completed_sleeps(), [2 * SECOND]);
}

#[test]
fn sleep_counts_from_its_creation() {
    let clock = ManualClock::new();
    let mut sleep = clock.sleep(SECOND);
    clock.advance(SECOND);
    let mut context = Context::from_waker(Waker::noop());
    assert!(sleep.as_mut().poll(&mut context).is_ready());
    let mut endless = clock.sleep(Duration::MAX);
    clock.advance(SECOND);
    assert!(endless.as_mut().poll(&mut context).is_pending());
}

#[test]
fn random_numbers_repeat_for_one_seed() {
    let draw = |seed| {
        let clock = ManualClock::new().seed(seed);
        [clock.random(), clock.random(), clock.random()]
    };
    assert_eq!(draw(1), draw(1));
    assert_ne!(draw(1), draw(2));
    assert!(draw(0)[0] != draw(0)[1]);
    // The first outputs of the reference implementation for the seed 1234567.
    assert_eq!(
        draw(1_234_567)[..2],
        [6_457_827_717_110_365_317, 3_203_168_211_198_807_973]
    );
}

#[test]
fn calendar_moves_with_the_clock() {
    let day = SystemTime::UNIX_EPOCH + 86_400 * SECOND;
    let clock = ManualClock::new();
    clock.advance(SECOND);
    let clock = clock.at(day);
    assert_eq!(clock.calendar(), day);
    clock.advance(SECOND);
    assert_eq!(clock.calendar(), day + SECOND);
}

#[test]
fn waker_may_own_another_sleep_when_it_is_dropped() {
    struct Owner(Mutex<Option<BoxFuture<'static, ()>>>);
    impl Wake for Owner {
        fn wake(self: Arc<Self>) {
            self.0.lock().unwrap().take();
        }
    }
    let clock = ManualClock::new();
    for drop_sleep in [false, true] {
        let mut inner = clock.sleep(3 * SECOND);
        let mut context = Context::from_waker(Waker::noop());
        assert!(inner.as_mut().poll(&mut context).is_pending());
        let mut outer = clock.sleep(3 * SECOND);
        let owner = Waker::from(Arc::new(Owner(Mutex::new(Some(inner)))));
        assert!(
            outer
                .as_mut()
                .poll(&mut Context::from_waker(&owner))
                .is_pending()
        );
        drop(owner);
        if drop_sleep {
            drop(outer);
        } else {
            assert!(outer.as_mut().poll(&mut context).is_pending());
        }
        assert!(clock.sleeper_count() <= 1);
    }
}
