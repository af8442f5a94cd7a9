//! A deterministic simulation of the runtime in an unreliable world.
//!
//! In: a seed. Out: a [`Verdict`]. The seed decides who calls what and when, what the network and
//! the server do wrong, which callers drop their calls and which processes crash. The code under
//! test is the real [`runtime::Client`] with its real policies; only the clock, the transport and
//! the journal's disk are simulated. Time is virtual and there is one thread, so a seed gives the
//! same events in the same order every time.
//!
//! What must hold for every seed, each checked as soon as a violation is observable:
//!
//! | invariant | where it is checked |
//! |---|---|
//! | no write is executed twice | `watch`, at the server |
//! | a write that is acknowledged was executed once, one that is reported as not executed never is | `watch`, at the callers and at the end |
//! | the journal keeps writes with an unknown outcome, and is empty at the end | `watch`, `process` |
//! | nothing is sent before it is journaled; a begin that is dropped leaves no record, a finish that is dropped removes it | `watch::records` |
//! | no expired key is sent unless the caller allows it, and no other key is refused | `watch::records` |
//! | all attempts of a call have one key and the same bytes | `watch`, at the client's end of the network |
//! | there is one attempt per call and retry, and retries stay within their budget | `watch` |
//! | rates and attempts in flight stay within the limits, and no call waits too long | `watch::limits`, `watch::observer` |
//! | nothing is sent while the circuit is open; circuits close after the last outage | `watch`, `process` |
//! | no call outlives its deadline, to the nanosecond | `caller` |
//! | no permit, waiter or task is left over, and the time always moves on | `process`, `executor` |
//!
//! [`Rule`]s break the runtime on purpose, to show that the checks notice.
//!
//! The server gives the guarantees of the real one: a rejection depends on the order and not on
//! randomness, keys expire after the documented time and not before, and the network duplicates only writes with a key. Without these
//! guarantees no client could keep the invariants.
//!
//! The simulation does not use tokio, sockets and threads: the adapters for those are tested
//! elsewhere.

mod api;
mod caller;
mod clock;
mod executor;
mod expiry;
mod journal;
mod network;
mod policies;
mod process;
mod random;
mod report;
mod sabotage;
mod scenario;
mod server;
mod watch;
mod world;

use std::sync::Arc;

pub use report::{Stats, Verdict, Violation};
pub use sabotage::{RULES, Rule};

use executor::Executor;
use scenario::Scenario;
use world::{MILLI, Shared, World};

/// Runs the simulation of a seed, with a rule broken if one is given.
pub fn run(seed: u64, broken: Option<Rule>, readable: bool) -> Verdict {
    let scenario = Arc::new(Scenario::of(seed));
    let world = Shared::new(World::new(Arc::clone(&scenario), broken, readable));
    process::start(&world, &scenario);
    Executor::new(world.clone()).run();
    let mut world = world.lock();
    if world.violation.is_none() {
        world.watch_end();
    }
    let mut stats = std::mem::take(&mut world.stats);
    stats.seeds = 1;
    stats.milliseconds = world.now / MILLI;
    Verdict {
        seed,
        violation: world.violation.take(),
        hash: world.hash,
        stats,
        trace: world.trace.take().unwrap_or_default(),
    }
}
