use std::future::poll_fn;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;

use super::{ThreadClock, block, block_on, now};
use runtime::clock::{BoxFuture, Clock};

/// Long enough that nothing here may take so long.
const FOREVER: Duration = Duration::from_secs(60);

fn sleep(milliseconds: u64) -> BoxFuture<'static, ()> {
    ThreadClock.sleep(Duration::from_millis(milliseconds))
}

/// A timer that was polled before its time. A thread that has to wait for its turn may be too
/// late for one, and then takes another.
fn polled(milliseconds: u64, context: &mut Context<'_>) -> BoxFuture<'static, ()> {
    loop {
        let mut timer = sleep(milliseconds);
        if timer.as_mut().poll(context).is_pending() {
            return timer;
        }
    }
}

/// A waker of another executor: it sends a message.
struct Message(Mutex<mpsc::Sender<()>>);

impl Wake for Message {
    fn wake(self: Arc<Self>) {
        self.0.lock().unwrap().send(()).ok();
    }
}

fn foreign() -> (Waker, mpsc::Receiver<()>) {
    let (sender, receiver) = mpsc::channel();
    (Waker::from(Arc::new(Message(Mutex::new(sender)))), receiver)
}

#[test]
fn sleep_is_over_when_its_time_has_passed() {
    let begun = now();
    let timer = sleep(40);
    std::thread::sleep(Duration::from_millis(30));
    block_on(timer);
    let spent = now() - begun;
    // It counts from when it was made.
    assert!(
        spent >= Duration::from_millis(40) && spent < FOREVER,
        "{spent:?}"
    );
    block_on(sleep(0));
}

#[test]
fn thread_rests_while_future_waits() {
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
    let begun = now();
    block_on(async {
        // This combinator polls only those whose own waker was used.
        let mut timers: FuturesUnordered<_> = [70, 10, 40, 10, 0].into_iter().map(sleep).collect();
        while timers.next().await.is_some() {}
    });
    let spent = now() - begun;
    assert!(
        spent >= Duration::from_millis(70) && spent < FOREVER,
        "{spent:?}"
    );
}

#[test]
fn dropped_timers_leave_nothing_behind() {
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
        assert!(block::alarms() <= 1, "{}", block::alarms());
    });
}

#[test]
fn future_goes_on_when_another_thread_wakes_it() {
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
fn wake_up_is_kept_when_inner_block_uses_the_thread() {
    let mut polls = 0;
    block_on(poll_fn(|context| {
        polls += 1;
        if polls == 2 {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        // Parks, and so uses up the permission to go on.
        block_on(sleep(10));
        Poll::Pending
    }));
    assert_eq!(polls, 2);
}

#[test]
fn outer_timer_fires_when_inner_block_has_ended() {
    let mut outer = sleep(20);
    block_on(poll_fn(|context| {
        let result = outer.as_mut().poll(context);
        block_on(sleep(30));
        result
    }));
}

#[test]
fn timer_wakes_when_another_executor_polls_it() {
    let (waker, woken) = foreign();
    let mut context = Context::from_waker(&waker);
    let (mut first, mut second) = (polled(20, &mut context), polled(40, &mut context));
    for timer in [&mut first, &mut second] {
        woken.recv_timeout(FOREVER).unwrap();
        assert!(timer.as_mut().poll(&mut context).is_ready());
    }
}

#[test]
fn timer_wakes_when_its_block_has_ended() {
    let (waker, woken) = foreign();
    let _timer = block_on(poll_fn(|_| {
        let mut context = Context::from_waker(&waker);
        Poll::Ready(polled(20, &mut context))
    }));
    woken.recv_timeout(FOREVER).unwrap();
}

#[test]
fn timer_wakes_new_thread_when_it_has_moved() {
    let timer = block_on(poll_fn(|context| Poll::Ready(polled(60, context))));
    std::thread::spawn(move || block_on(timer)).join().unwrap();
}

#[test]
fn timer_never_fires_when_its_time_is_beyond_reckoning() {
    let (waker, _) = foreign();
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
