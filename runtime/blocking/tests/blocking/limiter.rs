//! Threads that wait for each other at a rate limiter.

use blocking::prelude::*;
use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Waker;
use std::time::Duration;

use runtime::rate_limit::{Admission, Demand, End, RateLimiter, Ticket};

use crate::api::Anything;
use crate::builder;
use crate::server::{Reply, Server};

/// Admits one attempt at a time. The attempt that ends wakes a waiting one, on its own thread; no
/// timer compensates for a lost wake-up.
#[derive(Debug, Default)]
struct SingleFlight(Mutex<SingleFlightState>);

#[derive(Debug, Default)]
struct SingleFlightState {
    holders: HashSet<Ticket>,
    waiting: HashMap<Ticket, Waker>,
}

impl RateLimiter for SingleFlight {
    fn ask(&self, ticket: Ticket, _: &Demand<'_>, waker: &Waker) -> Admission {
        let mut state = self.0.lock().unwrap();
        if state.holders.is_empty() {
            state.waiting.remove(&ticket);
            state.holders.insert(ticket);
            return Admission::Now;
        }
        state.waiting.insert(ticket, waker.clone());
        Admission::Wait(None)
    }

    fn release(&self, ticket: Ticket, _: &Demand<'_>, _: End<'_>) {
        let mut state = self.0.lock().unwrap();
        state.holders.remove(&ticket);
        state.waiting.remove(&ticket);
        if let Some(next) = state.waiting.values().next() {
            next.wake_by_ref();
        }
    }
}

#[test]
fn waiting_thread_is_woken_when_another_releases_its_permit() {
    let (active, max_active) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (ours, peak) = (Arc::clone(&active), Arc::clone(&max_active));
    let server = Server::start(move |_| {
        peak.fetch_max(ours.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        std::thread::sleep(Duration::from_millis(2));
        ours.fetch_sub(1, Ordering::SeqCst);
        Reply::json("{}")
    });
    let client = builder(&server)
        .rate_limiter(SingleFlight::default())
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
    assert_eq!(max_active.load(Ordering::SeqCst), 1);
}

#[test]
fn waiting_ends_at_the_deadline() {
    let server = Server::start(|_| Reply::Stall);
    let client = builder(&server)
        .rate_limiter(SingleFlight::default())
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
