//! The scenario of a seed: who calls what and when, and which part of the world fails when.
//!
//! In: a seed. Out: a [`Scenario`], complete before the simulation begins, except for the faults of
//! single attempts, which the network draws during the simulation.

use std::time::Duration;

use runtime::rate_limit::Priority;

use super::api::Action;
use super::random::Random;
use super::world::{MILLI, Nanos, SECOND};

/// The server's result of an order, the same for each request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ruling {
    Accept,
    /// A declined card: the execution is begun and has no effect.
    Decline,
    /// Invalid parameters: rejected before the execution is begun.
    Invalid,
}

/// A write that a caller wants to be executed once.
#[derive(Clone, Debug)]
pub(super) struct Order {
    pub(super) process: usize,
    pub(super) action: Action,
    pub(super) at: Nanos,
    /// Writes to the same object exclude each other at the server.
    pub(super) object: u64,
    pub(super) ruling: Ruling,
    pub(super) deadline: Option<Duration>,
    pub(super) priority: Priority,
    /// When the caller drops the future of its first call.
    pub(super) cancel_after: Option<Nanos>,
    /// Whether the caller chose the key, and calls again with it after any result.
    pub(super) own_key: bool,
    /// The flush of the journal during which the caller drops its call.
    pub(super) planned_drop: Option<PlannedDrop>,
    /// Whether another caller makes the same calls with the same key at the same time.
    pub(super) twin: bool,
    /// Whether the caller does nothing during the gap.
    pub(super) absent: bool,
    /// Whether the caller sends a write with an expired key again, if it was not executed.
    pub(super) insists: bool,
    /// Whether the caller starts again after "not sent" and "rejected".
    pub(super) reissues: bool,
}

/// An operation of the journal that takes time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flush {
    Begin,
    Finish,
}

/// A drop of a call during a flush of the journal, after some flushes of the same kind.
#[derive(Clone, Copy, Debug)]
pub(super) struct PlannedDrop {
    pub(super) flush: Flush,
    pub(super) skipped: u64,
}

/// A time of hours or days in which nothing is planned.
#[derive(Clone, Copy, Debug)]
pub(super) struct Gap {
    pub(super) from: Nanos,
    pub(super) length: Nanos,
}

impl Gap {
    pub(super) fn until(self) -> Nanos {
        self.from + self.length
    }

    fn shift(self, at: &mut Nanos) {
        if *at >= self.from {
            *at += self.length;
        }
    }
}

/// One process with a client.
#[derive(Clone, Debug)]
pub(super) struct Process {
    pub(super) account: Option<&'static str>,
    pub(super) live: bool,
    pub(super) journaled: bool,
    /// When it crashes, and for how long it is down.
    pub(super) crashes: Vec<(Nanos, Nanos)>,
    pub(super) timeout: Duration,
    pub(super) retries: u32,
    pub(super) deadline: Option<Duration>,
    /// Retries that its client may make at any time, and more for each call.
    pub(super) budget: (u32, f64),
    /// How many attempts its circuit breaker must have seen, and how long it opens at first.
    pub(super) min_attempts: u32,
    pub(super) open_for: Duration,
    /// How many calls may wait for its rate limiter, and for how long.
    pub(super) queue: u32,
    pub(super) longest_wait: Duration,
}

/// A kind of outage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outage {
    /// Connections are refused.
    Refused,
    /// Requests and responses are lost.
    Blackhole,
    /// The server responds to everything with 503.
    Unavailable,
    /// An intermediary responds with a page, before or after the execution.
    BadGateway,
    /// The server is slow.
    Slow,
    /// Some executions fail.
    Partial,
    /// Many connections break.
    Lossy,
    /// Keys are not accepted.
    Unauthorized,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Phase {
    pub(super) from: Nanos,
    pub(super) until: Nanos,
    pub(super) outage: Outage,
}

/// How often single attempts fail, in thousandths; the sum is below a thousand.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Rates {
    pub(super) refused: u64,
    pub(super) connect_timeout: u64,
    pub(super) lost: u64,
    pub(super) lost_answer: u64,
    pub(super) silent: u64,
    pub(super) cut: u64,
    pub(super) stalled: u64,
    pub(super) garbage: u64,
    pub(super) page: u64,
    pub(super) slow: u64,
    pub(super) late: u64,
    pub(super) duplicate: u64,
    /// Failures of the execution itself.
    pub(super) failure: u64,
    /// Failures of the journal.
    pub(super) journal: u64,
}

/// The server's own limits and speed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Capacity {
    pub(super) per_second: usize,
    pub(super) concurrent: usize,
    pub(super) fastest: Nanos,
    pub(super) slowest: Nanos,
}

#[derive(Debug)]
pub(super) struct Scenario {
    pub(super) seed: u64,
    pub(super) orders: Vec<Order>,
    pub(super) processes: Vec<Process>,
    pub(super) phases: Vec<Phase>,
    /// From this time on there are no failures.
    pub(super) calm_from: Nanos,
    pub(super) gap: Option<Gap>,
    /// How long the journal takes at most to store or remove a record.
    pub(super) slowest_flush: Nanos,
    pub(super) rates: Rates,
    pub(super) capacity: Capacity,
    /// Whether tasks that could run do so in random order.
    pub(super) shuffled: bool,
}

impl Scenario {
    pub(super) fn of(seed: u64) -> Self {
        let mut random = Random::new(seed, 1);
        let callers = match seed % 100 {
            7 => random.between(2_000, 3_000),
            3 | 53 => random.between(100, 400),
            _ => random.between(3, 40),
        };
        let span = random.pick([0, 0, 1, 3, 10, 30]) * SECOND;
        let phases = phases(&mut random, span + 20 * SECOND);
        let calm_from = phases
            .iter()
            .map(|phase| phase.until)
            .max()
            .unwrap_or(0)
            .max(span + 20 * SECOND);
        let processes = processes(&mut random, span);
        let objects = random.between(1, callers);
        let keyed_by_caller = random.pick([0, 0, 100, 500]);
        let impatience = random.pick([0, 50, 400]);
        let orders = (0..callers)
            .map(|_| {
                order(
                    &mut random,
                    &processes,
                    span,
                    objects,
                    keyed_by_caller,
                    impatience,
                )
            })
            .collect();
        let mut scenario = Self {
            seed,
            orders,
            processes,
            phases,
            calm_from,
            gap: None,
            slowest_flush: 15 * MILLI,
            rates: rates(&mut random),
            capacity: capacity(&mut random, callers),
            shuffled: random.chance(500),
        };
        let mut random = Random::new(seed, 7);
        scenario.plan_flushes(&mut random);
        // More callers than that would end their gap with a load that takes the server minutes.
        if callers < 100 && random.chance(250) {
            scenario.plan_gap(&mut random, span);
        }
        scenario
    }

    /// Plans how long flushes take, and drops of calls during flushes.
    fn plan_flushes(&mut self, random: &mut Random) {
        self.slowest_flush = random.pick([15, 15, 15, 400, 8_000]) * MILLI;
        let rate = random.pick([0, 50, 300]);
        for order in &mut self.orders {
            if random.chance(rate) && self.processes[order.process].journaled {
                order.planned_drop = Some(PlannedDrop {
                    flush: random.pick([Flush::Begin, Flush::Finish]),
                    skipped: random.pick([0, 0, 1, 2]),
                });
                order.twin = order.own_key && random.chance(500);
            }
        }
    }

    /// Inserts a gap, after which keys have expired, or nearly so.
    fn plan_gap(&mut self, random: &mut Random, span: Nanos) {
        const HOUR: Nanos = 3_600 * SECOND;
        const DAY: Nanos = 24 * HOUR;
        let quarter = HOUR / 4;
        let gap = Gap {
            from: random.between(SECOND, span + 15 * SECOND),
            length: random.pick([
                DAY - 6 * quarter,
                DAY - quarter,
                DAY + HOUR,
                DAY + HOUR,
                DAY + HOUR,
                30 * DAY - quarter,
                31 * DAY,
            ]),
        };
        for order in &mut self.orders {
            gap.shift(&mut order.at);
            // Without a journal, nothing protects a caller who repeats a write with its own key.
            let is_protected = !order.own_key || self.processes[order.process].journaled;
            order.absent = is_protected && random.chance(500);
            order.insists = random.chance(500);
        }
        for phase in &mut self.phases {
            if phase.from >= gap.from {
                gap.shift(&mut phase.from);
                gap.shift(&mut phase.until);
            }
        }
        for process in &mut self.processes {
            for (at, _) in &mut process.crashes {
                gap.shift(at);
            }
            if random.chance(500) {
                process.crashes.push((gap.from, gap.length));
            }
        }
        self.calm_from += gap.length;
        self.gap = Some(gap);
    }

    /// The outage at a time, if there is one.
    pub(super) fn outage(&self, at: Nanos) -> Option<Outage> {
        let here = |phase: &&Phase| (phase.from..phase.until).contains(&at);
        self.phases.iter().find(here).map(|phase| phase.outage)
    }
}

fn phases(random: &mut Random, until: Nanos) -> Vec<Phase> {
    let count = random.pick([0, 0, 1, 1, 2, 3]);
    let mut phases = Vec::new();
    for _ in 0..count {
        let from = random.below(until);
        let length = random.pick([1, 4, 15, 40]) * SECOND;
        phases.push(Phase {
            from,
            until: from + random.between(length / 4, length),
            outage: random.pick([
                Outage::Refused,
                Outage::Blackhole,
                Outage::Unavailable,
                Outage::Unavailable,
                Outage::BadGateway,
                Outage::Slow,
                Outage::Partial,
                Outage::Lossy,
                Outage::Unauthorized,
            ]),
        });
    }
    phases
}

fn processes(random: &mut Random, span: Nanos) -> Vec<Process> {
    let count = random.pick([1, 1, 1, 2, 3]);
    let live = !random.chance(150);
    let shared_account = random.chance(500);
    (0..count)
        .map(|number| {
            let journaled = random.chance(700);
            let crashes = if random.chance(400) {
                random.between(1, 2)
            } else {
                0
            };
            let mut at = 0;
            Process {
                account: match number {
                    0 => None,
                    _ if shared_account => None,
                    _ => Some("acct_other"),
                },
                live,
                journaled,
                crashes: (0..crashes)
                    .map(|_| {
                        at += random.between(20 * MILLI, span + 15 * SECOND);
                        let down = random.between(0, 5 * SECOND);
                        at += down;
                        (at - down, down)
                    })
                    .collect(),
                timeout: Duration::from_secs(random.pick([2, 5, 10])),
                retries: random.pick([0, 1, 2, 2, 4]),
                deadline: random.chance(300).then(|| Duration::from_secs(30)),
                budget: random.pick([(100, 0.2), (10, 0.2), (2, 0.1), (0, 0.5)]),
                min_attempts: random.pick([20, 20, 4]),
                open_for: Duration::from_secs(random.pick([5, 5, 1])),
                queue: random.pick([1_000, 1_000, 5_000, 10]),
                longest_wait: Duration::from_secs(random.pick([30, 30, 5, 120])),
            }
        })
        .collect()
}

fn order(
    random: &mut Random,
    processes: &[Process],
    span: Nanos,
    objects: u64,
    keyed_by_caller: u64,
    impatience: u64,
) -> Order {
    let action = random.pick([
        Action::Read,
        Action::Search,
        Action::ReadPayout,
        Action::Create,
        Action::Create,
        Action::Create,
        Action::Keyless,
        Action::Remove,
        Action::CreateV2,
        Action::CreateV2,
        Action::RemoveV2,
        Action::Payout,
        Action::Meter,
        Action::Raw,
    ]);
    let process = usize::try_from(random.below(processes.len() as u64)).unwrap_or(0);
    let deadline = random.pick([0, 0, 0, 300, 2_000, 8_000, 25_000]);
    Order {
        process,
        action,
        at: random.between(0, span + 50 * MILLI),
        object: random.below(objects),
        ruling: random.pick([
            Ruling::Accept,
            Ruling::Accept,
            Ruling::Accept,
            Ruling::Accept,
            Ruling::Accept,
            Ruling::Accept,
            Ruling::Decline,
            Ruling::Invalid,
        ]),
        deadline: (deadline > 0).then(|| Duration::from_millis(deadline)),
        priority: random.pick([Priority::Interactive, Priority::Interactive, Priority::Bulk]),
        cancel_after: random
            .chance(impatience)
            .then(|| random.between(0, 12 * SECOND)),
        own_key: action.is_keyed() && random.chance(keyed_by_caller),
        planned_drop: None,
        twin: false,
        absent: false,
        insists: false,
        reissues: random.chance(700),
    }
}

fn rates(random: &mut Random) -> Rates {
    let level = random.pick([0, 8, 8, 25, 60]);
    let mut rate = || random.below(level + 1);
    Rates {
        refused: rate(),
        connect_timeout: rate(),
        lost: rate(),
        lost_answer: rate(),
        silent: rate(),
        cut: rate(),
        stalled: rate(),
        garbage: rate(),
        page: rate(),
        slow: rate(),
        late: rate(),
        duplicate: rate(),
        failure: rate(),
        journal: rate() / 4,
    }
}

fn capacity(random: &mut Random, callers: u64) -> Capacity {
    let fastest = random.between(20, 300) * MILLI;
    Capacity {
        per_second: match random.pick([100, 100, 100, 40, 15]) {
            _ if callers > 1_000 => 100,
            limit => limit,
        },
        concurrent: match random.pick([4, 20, 100]) {
            _ if callers > 1_000 => 100,
            limit => limit,
        },
        fastest,
        slowest: fastest + random.between(0, 900) * MILLI,
    }
}
