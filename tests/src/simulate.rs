//! A deterministic simulation of the runtime in an unreliable world.
//!
//! In: a seed. Out: a [`Verdict`]. The seed decides who calls what and when, what the network and
//! the server do wrong, which callers drop their calls and which processes die. The code under
//! test is the real [`runtime::Client`] with its real policies; only the clock, the transport and
//! the journal's disk are simulated. Time is virtual and there is one thread, so a seed gives the
//! same events in the same order every time.
//!
//! What must hold for every seed is listed in `watch`, `caller` and `process`, next to where it is
//! checked. [`Rule`]s break the runtime on purpose, to show that the checks notice.
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
