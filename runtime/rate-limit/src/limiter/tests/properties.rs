//! Random programs against a limiter, checked by brute force.

use proptest::prelude::{Just, ProptestConfig, Strategy, prop_oneof, proptest};

use super::{
    AcquireRequest, Bench, ClassLimit, Duration, Limiter, Preset, Priority, SECOND, State, Usage,
    millis,
};

const OPERATIONS: [(&str, &str); 5] = [
    ("a", ""),
    ("b", ""),
    ("c", "narrow"),
    ("d", "narrow"),
    ("e", "separate"),
];
const ACCOUNTS: [Option<&str>; 2] = [None, Some("acct_1")];
const ACCOUNT: u32 = 4;
const OPERATION: u32 = 3;
const NARROW: (u32, u32) = (2, 1);
const SEPARATE: u32 = 5;
const IN_FLIGHT: u32 = 5;
const QUEUE: u32 = 12;

#[derive(Clone, Copy, Debug)]
enum Step {
    Start {
        operation: usize,
        account: usize,
        bulk: bool,
    },
    /// Cancels the waiting attempt at this place, counted around.
    Cancel(usize),
    Respond(usize, u16, &'static str),
    /// Stops polling a waiting attempt.
    Mute(usize),
    /// Polls all attempts again.
    Unmute,
    Pass(u64),
}

fn is_separate(request: &AcquireRequest<'_>) -> bool {
    request.class == "separate"
}

struct World {
    bench: Bench,
    /// How long an attempt may wait although there is room for it.
    slack: Duration,
    /// Since when there is room for an attempt that waits.
    room_since: Option<Duration>,
    muted: u32,
}

impl World {
    fn new(slack: Duration) -> Self {
        let preset = Preset::new(0, ACCOUNT, OPERATION).classes(
            const {
                &[
                    ClassLimit::new("narrow", NARROW.0).concurrent(NARROW.1),
                    ClassLimit::new("separate", SEPARATE).separate(),
                ]
            },
        );
        let limiter = Limiter::new(preset)
            .concurrent(IN_FLIGHT)
            .queue(QUEUE)
            .longest_wait(Duration::from_secs(20));
        Self {
            bench: Bench::new(limiter),
            slack,
            room_since: None,
            muted: 0,
        }
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::Start {
                operation,
                account,
                bulk,
            } => {
                let (operation, class) = OPERATIONS[operation];
                let mut request = AcquireRequest::new(operation);
                request.class = class;
                request.account = ACCOUNTS[account];
                if bulk {
                    request.priority = Priority::Bulk;
                }
                self.bench.start(request);
            }
            Step::Cancel(place) => {
                if let Some(id) = self.pick(place, |state| matches!(state, State::Waiting(_))) {
                    self.bench.cancel(id);
                }
            }
            Step::Respond(place, status, reason) => {
                if let Some(id) = self.pick(place, |state| matches!(state, State::InFlight(_))) {
                    let headers = [("stripe-rate-limited-reason", reason)];
                    let headers = if reason.is_empty() { &[] } else { &headers[..] };
                    self.bench.answer(id, status, headers);
                }
            }
            Step::Mute(place) => {
                if let Some(id) = self.pick(place, |state| matches!(state, State::Waiting(_))) {
                    self.muted += u32::from(self.bench.attempts[id].is_polled);
                    self.bench.attempts[id].is_polled = false;
                }
            }
            Step::Unmute => {
                for attempt in &mut self.bench.attempts {
                    attempt.is_polled = true;
                }
                self.muted = 0;
                self.bench.poll_woken();
            }
            Step::Pass(milliseconds) => self.pass(millis(milliseconds)),
        }
        self.check();
    }

    /// One of the attempts in this state.
    fn pick(&self, place: usize, is_meant: impl Fn(&State) -> bool) -> Option<usize> {
        let all = self.bench.attempts.iter().enumerate();
        let meant: Vec<usize> = all
            .filter(|(_, attempt)| is_meant(&attempt.state))
            .map(|(id, _)| id)
            .collect();
        meant.get(place % meant.len().max(1)).copied()
    }

    /// Lets time pass, and checks after each timer.
    fn pass(&mut self, time: Duration) {
        let end = self.bench.now() + time;
        while let Some(at) = self.bench.clock.next_deadline().filter(|at| *at <= end) {
            self.bench.pass(at - self.bench.now());
            self.check();
        }
        self.bench.pass(end - self.bench.now());
    }

    fn check(&mut self) {
        let all = self.bench.all_usage();
        for usage in &all {
            self.check_usage(usage);
        }
        let has_room = self.bench.attempts.iter().any(|attempt| {
            let is_polled = attempt.is_polled && matches!(attempt.state, State::Waiting(_));
            is_polled && has_room(&all, &attempt.request)
        });
        let now = self.bench.now();
        self.room_since = has_room.then(|| self.room_since.unwrap_or(now));
        // Room may be kept once for each attempt that is not polled.
        let slack = self.slack + millis(100) * self.muted;
        let waited = self.room_since.map_or(Duration::ZERO, |since| now - since);
        assert!(
            waited <= slack,
            "there is room since {waited:?} for an attempt that waits"
        );
    }

    /// The usage that the limiter reports is what was counted here.
    fn check_usage(&self, usage: &Usage) {
        let attempts = &self.bench.attempts;
        let count = |is_counted: &dyn Fn(&State) -> bool| {
            let meant = attempts
                .iter()
                .filter(|it| is_counted(&it.state) && uses(&it.request, usage));
            u32::try_from(meant.count()).unwrap()
        };
        let recent = self.bench.begun.iter().rev();
        let recent = recent.take_while(|(_, at)| self.bench.now() < *at + SECOND);
        let used = recent.filter(|(id, _)| uses(&attempts[*id].request, usage));
        let used = u32::try_from(used.count()).unwrap();
        let running = count(&|state| matches!(state, State::InFlight(_)));
        let waiting = count(&|state| matches!(state, State::Waiting(_)));
        let found = (usage.used, usage.in_flight, usage.waiting);
        assert_eq!(found, (used, running, waiting), "{usage:?}");
        assert!(waiting <= QUEUE);
        let most = match &*usage.scope {
            "account" => IN_FLIGHT,
            "class narrow" => NARROW.1,
            _ => u32::MAX,
        };
        assert!(running <= most, "{usage:?}");
    }

    /// No limit was ever exceeded in any second, and nothing is held when everything has ended.
    fn end(mut self, is_refusing: bool) {
        self.step(Step::Unmute);
        for _ in 0..40 {
            while let Some(id) = self.pick(0, |state| matches!(state, State::InFlight(_))) {
                self.bench.answer(id, 200, &[]);
            }
            self.step(Step::Pass(1_000));
        }
        assert_eq!(self.bench.clock.next_deadline(), None);
        for usage in self.bench.all_usage() {
            assert_eq!((usage.used, usage.in_flight, usage.waiting), (0, 0, 0));
            let preset = usage.per_second.map(f64::from);
            assert_eq!(usage.allowed_per_second, preset, "{usage:?}");
            assert!(is_refusing || usage.refusals == 0);
        }
        for account in ACCOUNTS {
            let own = |request: &AcquireRequest<'_>| request.account == account;
            self.check_rate(ACCOUNT, |it| own(it) && !is_separate(it));
            self.check_rate(OPERATION, |it| own(it) && it.operation == "a");
            self.check_rate(OPERATION, |it| own(it) && it.operation == "b");
            self.check_rate(NARROW.0, |it| own(it) && it.class == "narrow");
            self.check_rate(SEPARATE, |it| own(it) && is_separate(it));
        }
    }

    fn check_rate(&self, limit: u32, is_meant: impl Fn(&AcquireRequest<'_>) -> bool) {
        let begun = self.bench.begun.iter();
        let meant = begun.filter(|(id, _)| is_meant(&self.bench.attempts[*id].request));
        let times: Vec<Duration> = meant.map(|(_, at)| *at).collect();
        for pair in times.windows(limit as usize + 1) {
            let length = pair[limit as usize] - pair[0];
            assert!(length >= SECOND, "more than {limit} in {length:?}");
        }
    }
}

/// Whether an attempt counts against a limit.
fn uses(request: &AcquireRequest<'_>, usage: &Usage) -> bool {
    let is_lane = match (request.operation, request.class) {
        (operation, "") => usage.scope.strip_prefix("operation ") == Some(operation),
        (_, class) => usage.scope.strip_prefix("class ") == Some(class),
    };
    let is_account = usage.scope == "account" && !is_separate(request);
    request.account == usage.account.as_deref() && (is_lane || is_account)
}

fn has_room(all: &[Usage], request: &AcquireRequest<'_>) -> bool {
    let mut used = all.iter().filter(|usage| uses(request, usage));
    used.all(is_open)
}

fn is_open(usage: &Usage) -> bool {
    let has_rate = usage
        .allowed_per_second
        .is_none_or(|allowed| usage.used < (allowed + 1e-4) as u32);
    let has_place = usage.concurrent.is_none_or(|cap| usage.in_flight < cap);
    has_rate && has_place && usage.pause.is_none()
}

fn steps(refuses: bool, mutes: bool) -> impl Strategy<Value = Vec<Step>> {
    let statuses = if refuses {
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
    let mute = if mutes { 1 } else { 0 };
    let step = prop_oneof![
        12 => (0..OPERATIONS.len(), 0..6usize, 0..3u8).prop_map(|(operation, account, bulk)| {
            // Most are for one account, so that it is busy.
            let (account, bulk) = (usize::from(account == 0), bulk == 0);
            Step::Start { operation, account, bulk }
        }),
        2 => (0..50usize).prop_map(Step::Cancel),
        8 => (0..50usize, statuses).prop_map(|(place, (status, reason))| {
            Step::Respond(place, status, reason)
        }),
        mute => (0..50usize).prop_map(Step::Mute),
        mute => Just(Step::Unmute),
        4 => (0..400u64).prop_map(Step::Pass),
        2 => (0..1_500u64).prop_map(Step::Pass),
    ];
    proptest::collection::vec(step, 0..250)
}

fn run(steps: Vec<Step>, slack: Duration, is_refusing: bool) {
    let mut world = World::new(slack);
    for step in steps {
        world.step(step);
    }
    world.end(is_refusing);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn limits_hold_and_no_attempt_waits_for_long(steps in steps(false, false)) {
        // A plan may be too late after attempts have left: the next check corrects it.
        run(steps, SECOND + millis(1), false);
    }

    #[test]
    fn limits_hold_and_no_attempt_waits_for_long_when_some_are_not_polled(
        steps in steps(false, true),
    ) {
        // Room that is kept for an attempt that is not polled is used at the next check of another
        // one.
        run(steps, SECOND + millis(1), false);
    }

    #[test]
    fn limits_hold_and_no_attempt_waits_for_long_when_the_server_refuses(
        steps in steps(true, true),
    ) {
        // The recovery of a limit takes effect at the next check.
        run(steps, SECOND + millis(1), true);
    }

}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, ..ProptestConfig::default() })]

    /// While bulk attempts wait, at least every eighth attempt is one of them.
    #[test]
    fn bulk_is_not_starved_when_interactive_attempts_never_end(
        gaps in proptest::collection::vec(0..60u64, 200),
        operations in 1..3usize,
    ) {
        let mut bench = Bench::new(Limiter::new(Preset::new(20, 20, 20)).concurrent(0));
        for _ in 0..40 {
            bench.start(super::bulk("a"));
        }
        for gap in gaps {
            for operation in &["a", "b"][..operations] {
                bench.start(super::attempt(operation));
            }
            bench.pass(millis(gap));
        }
        let mut passes = 0;
        for (id, _) in &bench.begun[20..] {
            let is_bulk = bench.attempts[*id].request.priority == Priority::Bulk;
            passes = if is_bulk { 0 } else { passes + 1 };
            let waits = bench.attempts[..40].iter().any(|it| matches!(it.state, State::Waiting(_)));
            // Those that were called at the same time as the bulk attempt may begin before it.
            assert!(!waits || passes <= 7 + 20, "{passes} interactive attempts passed");
        }
        let bulk = bench.begun.iter().filter(|(id, _)| *id < 40).count() - 20;
        let all = bench.begun.len() - 20;
        assert!(bulk >= 20 || bulk >= all / 8 - 1, "{bulk} of {all}");
    }
}
