//! Random programs against a limiter, checked by brute force.

use std::collections::HashMap;

use proptest::prelude::{Just, ProptestConfig, Strategy, prop_oneof, proptest};

use super::{
    Admission, Bench, ClassLimit, Demand, Duration, End, Instant, Preset, Priority, RateLimiter,
    SECOND, StandardLimiter, Usage,
};

const OPERATIONS: [(&str, &str); 5] = [
    ("a", ""),
    ("b", ""),
    ("c", "narrow"),
    ("d", "narrow"),
    ("e", "separate"),
];
const ACCOUNTS: [Option<&str>; 2] = [None, Some("acct_1")];
const ACCOUNT: usize = 4;
const OPERATION: usize = 3;
const NARROW: (usize, u32) = (2, 1);
const SEPARATE: usize = 5;
const AT_ONCE: u32 = 5;
const QUEUE: u32 = 12;

#[derive(Clone, Copy, Debug)]
enum Step {
    Come {
        operation: usize,
        account: usize,
        bulk: bool,
    },
    /// The attempt or waiter at this place, counted around.
    Drop(usize),
    Answer(usize, u16, &'static str),
    Pass(u64),
}

#[derive(Clone, Copy, Debug)]
struct Caller {
    ticket: u64,
    operation: usize,
    account: usize,
    bulk: bool,
    /// When it asks again, while it waits.
    timer: Option<Instant>,
}

impl Caller {
    fn demand(self, now: Instant) -> Demand<'static> {
        let (operation, class) = OPERATIONS[self.operation];
        let mut demand = Demand::new(operation, now);
        demand.class = class;
        demand.account = ACCOUNTS[self.account];
        if self.bulk {
            demand.priority = Priority::Bulk;
        }
        demand
    }

    fn scope(self) -> String {
        match OPERATIONS[self.operation] {
            (operation, "") => format!("operation {operation}"),
            (_, class) => format!("class {class}"),
        }
    }

    fn is_separate(self) -> bool {
        OPERATIONS[self.operation].1 == "separate"
    }
}

struct World {
    bench: Bench,
    waiting: Vec<Caller>,
    running: Vec<Caller>,
    admitted: Vec<(Instant, Caller)>,
    /// Interactive ones admitted while bulk waited, by account and scope.
    passed_over: HashMap<(usize, String), u32>,
}

impl World {
    fn new() -> Self {
        let limit = |n: usize| u32::try_from(n).unwrap();
        let preset = Preset::new(0, limit(ACCOUNT), limit(OPERATION)).classes(
            const {
                &[
                    ClassLimit::new("narrow", NARROW.0 as u32).concurrent(NARROW.1),
                    ClassLimit::new("separate", SEPARATE as u32).separate(),
                ]
            },
        );
        let limiter = StandardLimiter::new(preset)
            .concurrent(AT_ONCE)
            .queue(QUEUE)
            .longest_wait(Duration::from_secs(20));
        Self {
            bench: Bench::new(limiter),
            waiting: Vec::new(),
            running: Vec::new(),
            admitted: Vec::new(),
            passed_over: HashMap::new(),
        }
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::Come {
                operation,
                account,
                bulk,
            } => {
                self.bench.tickets += 1;
                self.ask(Caller {
                    ticket: self.bench.tickets,
                    operation,
                    account,
                    bulk,
                    timer: None,
                });
            }
            Step::Drop(place) if !self.waiting.is_empty() => {
                let caller = self.waiting.remove(place % self.waiting.len());
                let demand = caller.demand(self.bench.now);
                self.bench.release(caller.ticket, &demand, End::Dropped);
            }
            Step::Answer(place, status, reason) if !self.running.is_empty() => {
                let caller = self.running.remove(place % self.running.len());
                let demand = caller.demand(self.bench.now);
                let headers = [("stripe-rate-limited-reason", reason)];
                let headers = if reason.is_empty() { &[] } else { &headers[..] };
                self.bench.answer(caller.ticket, &demand, status, headers);
            }
            Step::Drop(_) | Step::Answer(..) => {}
            Step::Pass(milliseconds) => self.pass(Duration::from_millis(milliseconds)),
        }
        self.settle();
        self.check();
    }

    /// One question of a caller that is in no list, which puts it into one.
    fn ask(&mut self, mut caller: Caller) {
        let now = self.bench.now;
        match self.bench.ask(caller.ticket, &caller.demand(now)) {
            Admission::Now => {
                self.count_turn(caller);
                self.admitted.push((now, caller));
                self.running.push(caller);
            }
            Admission::Wait(wait) => {
                let wait = wait.expect("every waiter has a timer");
                assert!(!wait.is_zero() && wait <= SECOND, "{wait:?}");
                caller.timer = Some(now + wait);
                self.waiting.push(caller);
            }
            Admission::QueueFull | Admission::WaitedTooLong => {}
        }
    }

    fn count_turn(&mut self, caller: Caller) {
        let key = (caller.account, caller.scope());
        let bulk_waits = self
            .waiting
            .iter()
            .any(|other| other.bulk && (other.account, other.scope()) == key);
        let count = self.passed_over.entry(key).or_default();
        *count = if caller.bulk || !bulk_waits {
            0
        } else {
            *count + 1
        };
        // Reservations are used in another order than they are made, so by a few more than seven.
        assert!(*count <= 7 + AT_ONCE, "bulk is starved");
    }

    /// Everyone who was woken, or whose time has come, asks, until nobody is left.
    fn settle(&mut self) {
        for _ in 0..1_000 {
            let woken = self.bench.woken();
            let now = self.bench.now;
            let due = self.waiting.iter().position(|caller| {
                woken.contains(&caller.ticket) || caller.timer.is_some_and(|at| at <= now)
            });
            // Whoever was woken besides has its turn next.
            let Some(place) = due else { return };
            let caller = self.waiting.remove(place);
            let mut bell = self.bench.woken.lock().unwrap();
            bell.extend(woken.into_iter().filter(|&other| other != caller.ticket));
            drop(bell);
            self.ask(caller);
        }
        panic!("callers ask again and again");
    }

    /// Lets time pass from timer to timer.
    fn pass(&mut self, time: Duration) {
        let end = self.bench.now + time;
        loop {
            let next = self.waiting.iter().filter_map(|caller| caller.timer).min();
            match next {
                Some(at) if at < end => {
                    self.bench.now = self.bench.now.max(at);
                    self.settle();
                    self.check();
                }
                _ => break,
            }
        }
        self.bench.now = end;
    }

    fn usage(&self, account: usize, scope: &str) -> Option<Usage> {
        let all = self.bench.limiter.usage(self.bench.now);
        all.into_iter()
            .find(|usage| usage.account.as_deref() == ACCOUNTS[account] && usage.scope == scope)
    }

    /// What has to be true whenever nobody is about to ask.
    fn check(&self) {
        for account in 0..ACCOUNTS.len() {
            let own = |caller: &Caller| caller.account == account;
            let common = |caller: &Caller| own(caller) && !caller.is_separate();
            assert!(self.waiting.iter().filter(|c| common(c)).count() <= QUEUE as usize);
            self.check_books(account, "account", common);
            for operation in 0..OPERATIONS.len() {
                let scope = Caller {
                    ticket: 0,
                    operation,
                    account,
                    bulk: false,
                    timer: None,
                };
                let scope = scope.scope();
                self.check_books(account, &scope, |caller| {
                    own(caller) && caller.scope() == scope
                });
            }
        }
        for caller in &self.waiting {
            let lane = self.usage(caller.account, &caller.scope()).unwrap();
            let account = self.usage(caller.account, "account");
            let account = account.filter(|_| !caller.is_separate());
            // Limits that come back are rounded to the next millisecond.
            let soon = self.bench.now + Duration::from_millis(2);
            let is_rounded = self
                .waiting
                .iter()
                .any(|c| c.account == caller.account && c.timer.is_some_and(|at| at < soon));
            assert!(
                is_rounded
                    || !is_open(&lane)
                    || account.as_ref().is_some_and(|account| !is_open(account)),
                "{caller:?} waits for nothing: {lane:?} {account:?}"
            );
        }
    }

    /// What the limiter says about a limit is what was counted here.
    fn check_books(&self, account: usize, scope: &str, is_meant: impl Fn(&Caller) -> bool) {
        let Some(usage) = self.usage(account, scope) else {
            return;
        };
        let now = self.bench.now;
        let recent = self.admitted.iter().rev();
        let recent = recent.take_while(|(at, _)| now < *at + SECOND);
        let used = recent.filter(|(_, caller)| is_meant(caller)).count();
        let running = self
            .running
            .iter()
            .filter(|caller| is_meant(caller))
            .count();
        let waiting = self
            .waiting
            .iter()
            .filter(|caller| is_meant(caller))
            .count();
        assert_eq!(
            (usage.used, usage.in_flight, usage.waiting),
            (used as u32, running as u32, waiting as u32),
            "{scope} of {account}"
        );
    }

    /// No limit was ever exceeded in any second, and nothing is held when everything has ended.
    fn end(mut self, is_refusing: bool) {
        for _ in 0..40 {
            while !self.running.is_empty() {
                self.step(Step::Answer(0, 200, ""));
            }
            self.step(Step::Pass(1_000));
        }
        assert!(self.waiting.is_empty(), "{:?}", self.waiting);
        for usage in self.bench.limiter.usage(self.bench.now) {
            assert_eq!((usage.used, usage.in_flight, usage.waiting), (0, 0, 0));
            let preset = usage.per_second.map(f64::from);
            assert_eq!(usage.allowed_per_second, preset, "{usage:?}");
            assert!(is_refusing || usage.refusals == 0);
        }
        for account in 0..ACCOUNTS.len() {
            let times = |is_meant: &dyn Fn(&Caller) -> bool| -> Vec<Instant> {
                let all = self.admitted.iter();
                let own = all.filter(|(_, c)| c.account == account && is_meant(c));
                own.map(|(at, _)| *at).collect()
            };
            check_rate(&times(&|caller| !caller.is_separate()), ACCOUNT);
            check_rate(&times(&|caller| caller.scope() == "operation a"), OPERATION);
            check_rate(&times(&|caller| caller.scope() == "operation b"), OPERATION);
            check_rate(&times(&|caller| caller.scope() == "class narrow"), NARROW.0);
            check_rate(&times(&|caller| caller.is_separate()), SEPARATE);
        }
    }
}

fn is_open(usage: &Usage) -> bool {
    let has_rate = usage
        .allowed_per_second
        .is_none_or(|allowed| usage.used < (allowed + 1e-4) as u32);
    let has_place = usage.concurrent.is_none_or(|cap| usage.in_flight < cap);
    has_rate && has_place && usage.pause.is_none()
}

fn check_rate(times: &[Instant], limit: usize) {
    for pair in times.windows(limit + 1) {
        let (first, last) = (pair[0], pair[limit]);
        assert!(
            last - first >= SECOND,
            "more than {limit} in {:?}",
            last - first
        );
    }
}

fn steps(refusals: bool) -> impl Strategy<Value = Vec<Step>> {
    let statuses = if refusals {
        prop_oneof![
            4 => Just((200, "")),
            1 => Just((429, "")),
            1 => Just((429, "global-rate")),
            1 => Just((429, "endpoint-rate")),
            1 => Just((429, "global-concurrency")),
            1 => Just((429, "endpoint-concurrency")),
        ]
        .boxed()
    } else {
        Just((200, "")).boxed()
    };
    let step = prop_oneof![
        6 => (0..OPERATIONS.len(), 0..6usize, 0..3u8).prop_map(|(operation, account, bulk)| {
            // Most are for one account, so that it is busy.
            let (account, bulk) = (usize::from(account == 0), bulk == 0);
            Step::Come { operation, account, bulk }
        }),
        1 => (0..50usize).prop_map(Step::Drop),
        4 => (0..50usize, statuses).prop_map(|(place, (status, reason))| {
            Step::Answer(place, status, reason)
        }),
        2 => (0..400u64).prop_map(Step::Pass),
        1 => (0..1_500u64).prop_map(Step::Pass),
    ];
    proptest::collection::vec(step, 0..250)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn limits_hold_and_nobody_waits_for_nothing(steps in steps(false)) {
        let mut world = World::new();
        for step in steps {
            world.step(step);
        }
        world.end(false);
    }

    #[test]
    fn limits_hold_and_nobody_waits_for_nothing_when_the_server_refuses(steps in steps(true)) {
        let mut world = World::new();
        for step in steps {
            world.step(step);
        }
        world.end(true);
    }
}
