//! Threads that wait for each other at a rate limiter.

use blocking::prelude::*;
use std::collections::HashMap;
use std::future::poll_fn;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};
use std::time::Duration;

use runtime::clock::{BoxFuture, Clock};
use runtime::rate_limit::{AcquireError, AcquireRequest, Permit, RateLimiter};

use crate::api::Anything;
use crate::builder;
use crate::server::{Reply, Server};

/// Admits one attempt at a time. Waiting attempts are woken by the one that ends, on its thread;
/// there is no timer that would compensate for a lost wake-up.
#[derive(Clone, Debug, Default)]
struct OneByOne(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    is_busy: bool,
    arrivals: u64,
    waiting: HashMap<u64, Waker>,
}

impl RateLimiter for OneByOne {
    fn acquire<'a>(
        &'a self,
        _: AcquireRequest<'a>,
        _: &'a Arc<dyn Clock>,
    ) -> BoxFuture<'a, Result<Permit, AcquireError>> {
        let mut state = self.0.lock().unwrap();
        state.arrivals += 1;
        let id = state.arrivals;
        Box::pin(async move {
            poll_fn(|context| {
                let mut state = self.0.lock().unwrap();
                if state.is_busy {
                    state.waiting.insert(id, context.waker().clone());
                    return Poll::Pending;
                }
                state.waiting.remove(&id);
                state.is_busy = true;
                Poll::Ready(())
            })
            .await;
            let shared = Arc::clone(&self.0);
            Ok(Permit::new(move |_| {
                let mut state = shared.lock().unwrap();
                state.is_busy = false;
                if let Some(next) = state.waiting.values().next() {
                    next.wake_by_ref();
                }
            }))
        })
    }
}

#[test]
fn threads_wake_each_other_when_the_limiter_lets_one_through() {
    let (busy, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (ours, peak) = (Arc::clone(&busy), Arc::clone(&most));
    let server = Server::start(move |_| {
        peak.fetch_max(ours.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        std::thread::sleep(Duration::from_millis(2));
        ours.fetch_sub(1, Ordering::SeqCst);
        Reply::json("{}")
    });
    let client = builder(&server)
        .rate_limiter(OneByOne::default())
        .build()
        .unwrap();
    let threads: Vec<_> = (0..6)
        .map(|_| {
            let client = client.clone();
            std::thread::spawn(move || {
                for _ in 0..10 {
                    let call = client.request::<Anything>(&[], &());
                    call.deadline(Duration::from_secs(60))
                        .send_blocking()
                        .unwrap();
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
    assert_eq!(server.seen().len(), 60);
    assert_eq!(most.load(Ordering::SeqCst), 1);
}

#[test]
fn waiting_ends_when_the_deadline_comes_first() {
    let server = Server::start(|_| Reply::Stall);
    let client = builder(&server)
        .rate_limiter(OneByOne::default())
        .build()
        .unwrap();
    let first = client.clone();
    std::thread::spawn(move || first.request::<Anything>(&[], &()).send_blocking());
    while server.seen().is_empty() {
        std::thread::sleep(Duration::from_millis(5));
    }
    let call = client.request::<Anything>(&[], &());
    let error = call
        .deadline(Duration::from_millis(80))
        .send_blocking()
        .unwrap_err();
    assert!(
        error.is_queue_timeout() && error.outcome().is_not_sent(),
        "{error}"
    );
}
