//! The thread that fires timers which no `block_on` owns.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::Waker;

use super::now;
use super::timer::{Timer, take_expired};

static STATE: Mutex<WakerThreadState> = Mutex::new(WakerThreadState {
    timers: Vec::new(),
    is_running: false,
});
/// Notified when timers are added.
static TIMERS_ADDED: Condvar = Condvar::new();

struct WakerThreadState {
    timers: Vec<Arc<Timer>>,
    is_running: bool,
}

/// Adds timers. The thread starts with the first timer and ends after the last.
pub(super) fn add_timers(timers: Vec<Arc<Timer>>) {
    let mut state = lock_state();
    state.timers.extend(timers);
    TIMERS_ADDED.notify_one();
    if state.is_running {
        return;
    }
    let thread = std::thread::Builder::new().name("thread-clock".to_owned());
    if thread.spawn(fire_timers).is_ok() {
        state.is_running = true;
        return;
    }
    drop(state);
    // No thread can be started. Blocking here is better than never waking.
    fire_timers();
}

fn fire_timers() {
    let mut state = lock_state();
    loop {
        let time = now();
        let (wakers, next) = take_expired(&mut state.timers, time);
        if !wakers.is_empty() {
            drop(state);
            wakers.into_iter().for_each(Waker::wake);
            state = lock_state();
            continue;
        }
        let Some(next) = next else {
            state.is_running = false;
            return;
        };
        let waited = TIMERS_ADDED.wait_timeout(state, next.saturating_duration_since(time));
        state = waited.unwrap_or_else(PoisonError::into_inner).0;
    }
}

fn lock_state() -> MutexGuard<'static, WakerThreadState> {
    STATE.lock().unwrap_or_else(PoisonError::into_inner)
}
