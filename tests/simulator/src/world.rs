//! The simulated world: its time, its pending events, and the state that they change.
//!
//! In: events with a time. Out, in order of time: what they do to the server, the network and the
//! sleeping callers. One thread owns a world; the lock exists because the runtime's traits require
//! types that can be shared.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;
use std::time::{Duration, Instant};

use super::journal::{DropState, StoredWrites};
use super::network::{Attempt, Loss, ServerResponse};
use super::random::Random;
use super::report::{Stats, Violation};
use super::sabotage::Rule;
use super::scenario::Scenario;
use super::server::Server;
use super::watch::Watch;

/// Virtual time, in nanoseconds since the beginning.
pub(super) type Nanos = u64;

pub(super) const MILLI: Nanos = 1_000_000;
pub(super) const SECOND: Nanos = 1_000_000_000;

/// The time at which a simulation is considered endless, without the gap of its scenario.
const DOOMSDAY: Nanos = 24 * 3_600 * SECOND;

/// A duration as virtual time.
pub(super) fn nanos(duration: Duration) -> Nanos {
    Nanos::try_from(duration.as_nanos()).unwrap_or(Nanos::MAX)
}

/// A task's future.
pub(super) type Work = Pin<Box<dyn Future<Output = ()> + Send>>;

/// What will happen at some time.
#[derive(Debug)]
pub(super) enum Event {
    /// A sleep ends.
    Timer { slot: usize, generation: u32 },
    /// A copy of a request arrives at the server.
    Arrive { attempt: usize, copy: u8 },
    /// The server completes the execution of a request.
    Finish { job: usize },
    /// The client receives the result of its attempt.
    Deliver {
        attempt: usize,
        end: Box<Result<ServerResponse, Loss>>,
    },
    /// The removal of a journaled write is durable.
    Flushed { process: usize, ticket: u64 },
}

#[derive(Debug)]
struct Scheduled {
    at: Nanos,
    sequence: u64,
    event: Event,
}

impl PartialEq for Scheduled {
    fn eq(&self, other: &Self) -> bool {
        (self.at, self.sequence) == (other.at, other.sequence)
    }
}

impl Eq for Scheduled {}

impl PartialOrd for Scheduled {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Scheduled {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at, self.sequence).cmp(&(other.at, other.sequence))
    }
}

/// A command for the executor.
pub(super) enum SimCommand {
    /// Start a task that belongs to a process, or to the world itself.
    Spawn {
        process: Option<usize>,
        name: String,
        work: Work,
    },
    /// Drop all tasks of a process, as a crash does.
    Kill { process: usize },
}

/// What an event led to.
pub(super) enum SimStep {
    /// There are no more events.
    End,
    Nothing,
    Wake(Waker),
}

#[derive(Debug, Default)]
struct SimTimer {
    generation: u32,
    waker: Option<Waker>,
}

pub(super) struct World {
    pub(super) now: Nanos,
    pub(super) base: Instant,
    pub(super) scenario: Arc<Scenario>,
    pub(super) broken: Option<Rule>,
    sequence: u64,
    queue: BinaryHeap<Reverse<Scheduled>>,
    timers: Vec<SimTimer>,
    idle_timers: Vec<usize>,
    pub(super) commands: Vec<SimCommand>,
    pub(super) attempts: Vec<Attempt>,
    pub(super) server: Server,
    pub(super) journals: Vec<StoredWrites>,
    /// When the call of each order is dropped because of a flush of the journal.
    pub(super) drops: Vec<DropState>,
    pub(super) watch: Watch,
    pub(super) stats: Stats,
    /// Living tasks per process.
    pub(super) living: Vec<usize>,
    /// The random numbers of the clients' clock.
    pub(super) draws: Random,
    /// The random numbers of the network.
    pub(super) luck: Random,
    /// The random numbers of callers, processes and journals.
    pub(super) whims: Random,
    pub(super) violation: Option<Violation>,
    pub(super) hash: u64,
    pub(super) trace: Option<Vec<String>>,
}

impl World {
    pub(super) fn new(scenario: Arc<Scenario>, broken: Option<Rule>, readable: bool) -> Self {
        let seed = scenario.seed;
        Self {
            now: 0,
            base: beginning(),
            broken,
            sequence: 0,
            queue: BinaryHeap::new(),
            timers: Vec::new(),
            idle_timers: Vec::new(),
            commands: Vec::new(),
            attempts: Vec::new(),
            server: Server::new(seed),
            journals: scenario
                .processes
                .iter()
                .map(|_| StoredWrites::default())
                .collect(),
            drops: scenario
                .orders
                .iter()
                .map(|order| {
                    order
                        .planned_drop
                        .map_or(DropState::Never, DropState::Planned)
                })
                .collect(),
            watch: Watch::new(scenario.orders.len()),
            stats: Stats::default(),
            living: vec![0; scenario.processes.len()],
            draws: Random::new(seed, 2),
            luck: Random::new(seed, 3),
            whims: Random::new(seed, 4),
            violation: None,
            hash: 0xcbf2_9ce4_8422_2325,
            trace: readable.then(Vec::new),
            scenario,
        }
    }

    /// Schedules an event.
    pub(super) fn schedule(&mut self, after: Nanos, event: Event) {
        self.schedule_at(self.now.saturating_add(after), event);
    }

    pub(super) fn schedule_at(&mut self, at: Nanos, event: Event) {
        let sequence = self.sequence;
        self.sequence += 1;
        self.queue.push(Reverse(Scheduled {
            at,
            sequence,
            event,
        }));
    }

    /// Executes the next event.
    pub(super) fn step(&mut self) -> SimStep {
        loop {
            let Some(Reverse(next)) = self.queue.pop() else {
                return SimStep::End;
            };
            if let Event::Timer { slot, generation } = next.event
                && self.timers[slot].generation != generation
            {
                // Cancelled. It must not advance the time.
                continue;
            }
            self.now = next.at;
            let gap = self.scenario.gap.map_or(0, |gap| gap.length);
            if self.now > DOOMSDAY + gap {
                self.violate(
                    "the world ends",
                    "a day has passed and calls still run".to_owned(),
                );
                return SimStep::End;
            }
            return match next.event {
                Event::Timer { slot, .. } => {
                    let waker = self.timers[slot].waker.take();
                    self.cancel_timer(slot);
                    waker.map_or(SimStep::Nothing, SimStep::Wake)
                }
                Event::Arrive { attempt, copy } => {
                    self.arrive(attempt, copy);
                    SimStep::Nothing
                }
                Event::Finish { job } => {
                    self.finish(job);
                    SimStep::Nothing
                }
                Event::Flushed { process, ticket } => {
                    self.journals[process].end_removal(ticket);
                    SimStep::Nothing
                }
                Event::Deliver { attempt, end } => self
                    .deliver(attempt, *end)
                    .map_or(SimStep::Nothing, SimStep::Wake),
            };
        }
    }

    /// Starts a timer.
    pub(super) fn start_timer(&mut self, until: Nanos, waker: Waker) -> (usize, u32) {
        let slot = self.idle_timers.pop().unwrap_or_else(|| {
            self.timers.push(SimTimer::default());
            self.timers.len() - 1
        });
        self.timers[slot].waker = Some(waker);
        let generation = self.timers[slot].generation;
        if until < Nanos::MAX {
            self.schedule_at(until, Event::Timer { slot, generation });
        }
        (slot, generation)
    }

    /// Replaces the waker of a running timer; false if it has ended.
    pub(super) fn renew_timer(&mut self, (slot, generation): (usize, u32), waker: &Waker) -> bool {
        let timer = &mut self.timers[slot];
        if timer.generation != generation {
            return false;
        }
        if !timer
            .waker
            .as_ref()
            .is_some_and(|known| known.will_wake(waker))
        {
            timer.waker = Some(waker.clone());
        }
        true
    }

    pub(super) fn drop_timer(&mut self, (slot, generation): (usize, u32)) {
        if self.timers[slot].generation == generation {
            self.cancel_timer(slot);
        }
    }

    fn cancel_timer(&mut self, slot: usize) {
        self.timers[slot].generation += 1;
        self.timers[slot].waker = None;
        self.idle_timers.push(slot);
    }

    /// Records an event in the fingerprint of the run, and in the log if it is requested.
    pub(super) fn note(&mut self, fact: u64, text: impl FnOnce() -> String) {
        for word in [self.now, fact] {
            self.hash = (self.hash ^ word).wrapping_mul(0x0000_0100_0000_01b3);
            self.hash ^= self.hash >> 29;
        }
        if let Some(trace) = &mut self.trace {
            trace.push(format!("{:>12} {}", show(self.now), text()));
        }
    }

    /// Records that an invariant does not hold. The first one ends the simulation.
    pub(super) fn violate(&mut self, invariant: &'static str, text: String) {
        self.note(0xdead, || format!("VIOLATION of \"{invariant}\": {text}"));
        if self.violation.is_none() {
            let at = Duration::from_nanos(self.now);
            self.violation = Some(Violation {
                invariant,
                text,
                at,
            });
        }
    }

    pub(super) fn spawn(&mut self, process: Option<usize>, name: String, work: Work) {
        self.commands.push(SimCommand::Spawn {
            process,
            name,
            work,
        });
    }
}

/// Formats a time for the log.
pub(super) fn show(at: Nanos) -> String {
    format!("{}.{:06}s", at / SECOND, at % SECOND / 1_000)
}

#[expect(
    clippy::disallowed_methods,
    reason = "an `Instant` can only be had from the system; only distances to it count"
)]
fn beginning() -> Instant {
    Instant::now()
}

/// The world, as its parts share it.
#[derive(Clone)]
pub(super) struct Shared(Arc<Mutex<World>>);

impl Shared {
    pub(super) fn new(world: World) -> Self {
        Self(Arc::new(Mutex::new(world)))
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, World> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("World")
    }
}
