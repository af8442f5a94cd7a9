//! The thread that wakes timers which no `block_on` looks after.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::Waker;

use super::alarm::{Alarm, expire};
use super::now;

static STATE: Mutex<State> = Mutex::new(State {
    alarms: Vec::new(),
    is_running: false,
});
/// Tells the thread that there are more alarms.
static MORE: Condvar = Condvar::new();

struct State {
    alarms: Vec<Arc<Alarm>>,
    is_running: bool,
}

/// Takes alarms over. The thread starts with the first and ends after the last.
pub(super) fn register(alarms: Vec<Arc<Alarm>>) {
    let mut state = lock();
    state.alarms.extend(alarms);
    MORE.notify_one();
    if state.is_running {
        return;
    }
    let thread = std::thread::Builder::new().name("thread-clock".to_owned());
    if thread.spawn(run).is_ok() {
        state.is_running = true;
        return;
    }
    drop(state);
    // The system has no thread to give: to wait here is unkind, and better than never to wake.
    run();
}

fn run() {
    let mut state = lock();
    loop {
        let time = now();
        let (due, next) = expire(&mut state.alarms, time);
        if !due.is_empty() {
            drop(state);
            due.into_iter().for_each(Waker::wake);
            state = lock();
            continue;
        }
        let Some(next) = next else {
            state.is_running = false;
            return;
        };
        let waited = MORE.wait_timeout(state, next.saturating_duration_since(time));
        state = waited.unwrap_or_else(PoisonError::into_inner).0;
    }
}

fn lock() -> MutexGuard<'static, State> {
    STATE.lock().unwrap_or_else(PoisonError::into_inner)
}
