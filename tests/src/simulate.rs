//! A deterministic simulation of the runtime in an unreliable world.
//!
//! In: a seed. Out: a [`Verdict`]. The seed decides who calls what and when, what the network and
//! the server do wrong, which callers drop their calls and which processes die. The code under
//! test is the real [`runtime::Client`] with its real policies; only the clock, the transport and
//! the journal's disk are simulated. Time is virtual and there is one thread, so a seed gives the
//! same events in the same order every time.
//!
//! What must hold for every seed, each checked as soon as a violation is observable:
//!
//! | invariant | where it is checked |
//! |---|---|
//! | no write is carried out twice | `watch`, at the server |
//! | what is acknowledged was carried out once, what is reported as not done never is | `watch`, at the callers and at the end |
//! | the journal keeps what is unknown, and is empty in the end | `watch`, `process` |
//! | all attempts of a call have one key and the same bytes | `watch`, at the client's end of the network |
//! | there is one attempt per call and retry, and retries stay within their budget | `watch` |
//! | rates and attempts at once stay within the limits, and no call waits too long | `watch::limits`, `watch::observer` |
//! | nothing is sent while the circuit is open; circuits close after the last outage | `watch`, `process` |
//! | no call outlives its deadline, to the nanosecond | `caller` |
//! | no permit, waiter or task is left over, and the time always moves on | `process`, `executor` |
//!
//! [`Rule`]s break the runtime on purpose, to show that the checks notice.
//!
//! The server keeps its word where the real one does: a refusal depends on the order and not on
//! chance, a key is never forgotten, and a network that delivers twice does so to writes with a
//! key alone. Without that no client could keep the invariants.
//!
//! The simulation deliberately knows nothing of tokio, sockets and threads: what the adapters for
//! those do wrong has to be found by other tests.

mod api;
mod caller;
mod clock;
mod executor;
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
