use std::future::poll_fn;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;

use runtime::clock::{BoxFuture, Clock};

use super::block_on::timer_count;
use super::{ThreadClock, block_on, now};

/// An upper bound of the durations in these tests.
const FOREVER: Duration = Duration::from_secs(60);

fn sleep(milliseconds: u64) -> BoxFuture<'static, ()> {
    ThreadClock.sleep(Duration::from_millis(milliseconds))
}

/// A timer that was polled before its deadline. A thread that was not scheduled in time creates
/// another one.
fn polled(milliseconds: u64, context: &mut Context<'_>) -> BoxFuture<'static, ()> {
    loop {
        let mut timer = sleep(milliseconds);
        if timer.as_mut().poll(context).is_pending() {
            return timer;
        }
    }
}

/// A waker of another executor: it sends a message.
struct ChannelWaker(Mutex<mpsc::Sender<()>>);

impl Wake for ChannelWaker {
    fn wake(self: Arc<Self>) {
        self.0.lock().unwrap().send(()).ok();
    }
}

fn channel_waker() -> (Waker, mpsc::Receiver<()>) {
    let (sender, receiver) = mpsc::channel();
    (
        Waker::from(Arc::new(ChannelWaker(Mutex::new(sender)))),
        receiver,
    )
}

#[test]
fn sleep_is_over_when_its_time_has_passed() {
    let started = now();
    let timer = sleep(40);
    std::thread::sleep(Duration::from_millis(30));
    block_on(timer);
    let spent = now() - started;
    // The duration starts when the sleep is created.
    assert!(
        spent >= Duration::from_millis(40) && spent < FOREVER,
        "{spent:?}"
    );
    block_on(sleep(0));
}

#[test]
fn thread_is_parked_while_future_waits() {
    let polls = AtomicU32::new(0);
    let mut timer = sleep(60);
    block_on(poll_fn(|context| {
        polls.fetch_add(1, Ordering::Relaxed);
        timer.as_mut().poll(context)
    }));
    assert!(polls.load(Ordering::Relaxed) <= 3, "{polls:?}");
}

#[test]
fn every_timer_of_a_set_is_woken() {
    let started = now();
    block_on(async {
        // This combinator polls only futures whose waker was used.
        let mut timers: FuturesUnordered<_> = [70, 10, 40, 10, 0].into_iter().map(sleep).collect();
        while timers.next().await.is_some() {}
    });
    let spent = now() - started;
    assert!(
        spent >= Duration::from_millis(70) && spent < FOREVER,
        "{spent:?}"
    );
}

#[test]
fn dropped_timers_are_removed() {
    block_on(async {
        for _ in 0..50 {
            let mut long = ThreadClock.sleep(FOREVER);
            poll_fn(|context| {
                assert!(long.as_mut().poll(context).is_pending());
                Poll::Ready(())
            })
            .await;
            drop(long);
            sleep(1).await;
        }
        assert!(timer_count() <= 1, "{}", timer_count());
    });
}

#[test]
fn future_is_polled_when_another_thread_wakes_it() {
    let shared: Arc<Mutex<(bool, Option<Waker>)>> = Arc::default();
    let theirs = Arc::clone(&shared);
    std::thread::spawn(move || {
        loop {
            std::thread::sleep(Duration::from_millis(10));
            let mut state = theirs.lock().unwrap();
            if let Some(waker) = state.1.take() {
                state.0 = true;
                return waker.wake();
            }
        }
    });
    block_on(poll_fn(|context| {
        let mut state = shared.lock().unwrap();
        state.1 = Some(context.waker().clone());
        if state.0 {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    }));
}

#[test]
fn wake_up_is_kept_when_inner_block_on_parks_the_thread() {
    let mut polls = 0;
    block_on(poll_fn(|context| {
        polls += 1;
        if polls == 2 {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        // Parks, and so consumes the unpark token.
        block_on(sleep(10));
        Poll::Pending
    }));
    assert_eq!(polls, 2);
}

#[test]
fn outer_timer_fires_after_inner_block_on() {
    let mut outer = sleep(20);
    block_on(poll_fn(|context| {
        let result = outer.as_mut().poll(context);
        block_on(sleep(30));
        result
    }));
}

#[test]
fn timer_fires_on_another_executor() {
    let (waker, woken) = channel_waker();
    let mut context = Context::from_waker(&waker);
    let (mut first, mut second) = (polled(20, &mut context), polled(40, &mut context));
    for timer in [&mut first, &mut second] {
        woken.recv_timeout(FOREVER).unwrap();
        assert!(timer.as_mut().poll(&mut context).is_ready());
    }
}

#[test]
fn timer_fires_after_its_block_on_has_ended() {
    let (waker, woken) = channel_waker();
    let _timer = block_on(poll_fn(|_| {
        let mut context = Context::from_waker(&waker);
        Poll::Ready(polled(20, &mut context))
    }));
    woken.recv_timeout(FOREVER).unwrap();
}

#[test]
fn timer_wakes_the_thread_that_it_moved_to() {
    let timer = block_on(poll_fn(|context| Poll::Ready(polled(60, context))));
    std::thread::spawn(move || block_on(timer)).join().unwrap();
}

#[test]
fn timer_never_fires_when_its_deadline_overflows() {
    let (waker, _) = channel_waker();
    let mut timer = ThreadClock.sleep(Duration::MAX);
    assert!(
        timer
            .as_mut()
            .poll(&mut Context::from_waker(&waker))
            .is_pending()
    );
}

#[test]
fn threads_do_not_miss_wake_ups_when_there_are_many() {
    let threads: Vec<_> = (0..8_u64)
        .map(|thread| {
            std::thread::spawn(move || {
                for round in 0..40 {
                    block_on(async {
                        let mut timers: FuturesUnordered<_> =
                            (0..4).map(|n| sleep((thread + round + n) % 4)).collect();
                        while timers.next().await.is_some() {}
                    });
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
}
