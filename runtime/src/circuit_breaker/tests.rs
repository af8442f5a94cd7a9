use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{
    AlwaysClosed, Circuit, CircuitBreaker, Health, Pass, Refusal, Snapshot, StandardBreaker, State,
};

const API: Circuit<'_> = Circuit {
    host: "api",
    class: "",
};

/// A breaker and the time.
struct World {
    breaker: StandardBreaker,
    now: Instant,
}

impl World {
    #[expect(clippy::disallowed_methods, reason = "any time will do")]
    fn new(breaker: StandardBreaker) -> Self {
        let now = Instant::now();
        Self { breaker, now }
    }

    fn pass(&mut self, seconds: f64) {
        self.now += Duration::from_secs_f64(seconds);
    }

    fn admit(&self) -> Result<Pass, Refusal> {
        self.breaker.admit(API, self.now)
    }

    fn observe(&self, pass: Pass, health: Health) -> Option<State> {
        self.breaker.observe(API, pass, health, self.now)
    }

    /// Admitted attempts that end in this way at once; the last one's change.
    fn attempts(&self, count: u32, health: Health) -> Option<State> {
        let ends = (0..count).map(|_| self.observe(self.admit().unwrap(), health));
        ends.last().flatten()
    }

    /// Opens the circuit, with the defaults or fewer attempts.
    fn open(&self) {
        assert_eq!(self.attempts(20, Health::Failed), Some(State::Open));
    }

    fn snapshot(&self) -> Snapshot {
        let mut all = self.breaker.snapshot(self.now);
        assert_eq!(all.len(), 1);
        all.remove(0)
    }

    fn refused_for(&self) -> Duration {
        self.admit().unwrap_err().retry_in
    }
}

fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

#[test]
fn circuit_opens_when_enough_attempts_have_failed() {
    let world = World::new(StandardBreaker::new());
    assert_eq!(world.attempts(19, Health::Failed), None);
    assert_eq!(world.attempts(1, Health::Failed), Some(State::Open));
    assert_eq!(world.refused_for(), seconds(5));
}

#[test]
fn circuit_opens_at_the_ratio_and_not_below() {
    let world = World::new(StandardBreaker::new());
    world.attempts(11, Health::Answered);
    world.attempts(9, Health::Failed);
    assert_eq!(world.snapshot().state, State::Closed, "9 of 20");
    assert_eq!(world.attempts(1, Health::Failed), None, "10 of 21");
    assert_eq!(
        world.attempts(1, Health::Failed),
        Some(State::Open),
        "11 of 22"
    );
}

#[test]
fn dropped_calls_count_neither_way() {
    let world = World::new(StandardBreaker::new());
    world.attempts(100, Health::Unknown);
    assert_eq!(world.snapshot().attempts, 0);
    assert_eq!(world.attempts(19, Health::Failed), None);
    world.attempts(100, Health::Unknown);
    assert_eq!(world.attempts(1, Health::Failed), Some(State::Open));
}

#[test]
fn old_failures_are_forgotten() {
    let mut world = World::new(StandardBreaker::new());
    world.attempts(19, Health::Failed);
    world.pass(9.9);
    assert_eq!(world.snapshot().failures, 19);
    world.pass(0.1);
    assert_eq!(world.snapshot().failures, 0);
    assert_eq!(world.attempts(1, Health::Failed), None);
    let counts = world.snapshot();
    assert_eq!((counts.attempts, counts.failures), (1, 1));
}

#[test]
fn time_that_steps_back_is_taken_for_the_present() {
    let mut world = World::new(StandardBreaker::new());
    world.attempts(10, Health::Failed);
    world.pass(5.0);
    world.attempts(9, Health::Answered);
    world.now -= seconds(5);
    assert_eq!(world.attempts(1, Health::Failed), Some(State::Open));
    world.now -= seconds(1);
    assert_eq!(world.refused_for(), seconds(5));
}

#[test]
fn open_circuit_refuses_until_its_time_is_over() {
    let mut world = World::new(StandardBreaker::new());
    world.open();
    world.pass(4.0);
    assert_eq!(world.refused_for(), seconds(1));
    let snapshot = world.snapshot();
    assert_eq!(snapshot.state, State::Open);
    assert_eq!(snapshot.retry_in, Some(seconds(1)));
    world.pass(1.0);
    let probe = world.admit().unwrap();
    assert!(probe.probe);
    assert_eq!(probe.change, Some(State::HalfOpen));
    assert_eq!(world.snapshot().retry_in, None);
}

#[test]
fn half_open_circuit_admits_as_many_probes_as_set() {
    let mut world = World::new(StandardBreaker::new().probes(3, 9));
    world.open();
    world.pass(5.0);
    let probes: Vec<Pass> = (0..3).map(|_| world.admit().unwrap()).collect();
    let changes: Vec<_> = probes.iter().map(|probe| probe.change).collect();
    assert_eq!(changes, [Some(State::HalfOpen), None, None]);
    assert_eq!(world.refused_for(), seconds(5));
    assert_eq!(world.observe(probes[1], Health::Answered), None);
    assert!(world.admit().unwrap().probe);
    assert!(world.admit().is_err());
}

#[test]
fn circuit_closes_after_enough_probes_and_starts_anew() {
    let mut world = World::new(StandardBreaker::new());
    world.open();
    world.pass(5.0);
    assert_eq!(world.attempts(1, Health::Answered), None);
    assert_eq!(world.attempts(1, Health::Answered), Some(State::Closed));
    assert_eq!(world.snapshot().attempts, 0);
    assert_eq!(world.attempts(19, Health::Failed), None);
}

#[test]
fn failed_probe_opens_the_circuit_for_twice_as_long() {
    let mut world = World::new(StandardBreaker::new());
    world.open();
    for lasts in [5, 10, 20, 40, 60, 60] {
        assert_eq!(world.refused_for(), seconds(lasts));
        world.now += seconds(lasts);
        // A success before it changes nothing.
        world.attempts(1, Health::Answered);
        assert_eq!(world.attempts(1, Health::Failed), Some(State::Open));
    }
}

#[test]
fn open_time_goes_on_growing_unless_circuit_was_closed_for_long() {
    let mut world = World::new(StandardBreaker::new());
    world.open();
    world.pass(5.0);
    assert_eq!(world.attempts(2, Health::Answered), Some(State::Closed));
    world.pass(59.0);
    world.open();
    assert_eq!(world.refused_for(), seconds(10));
    world.pass(10.0);
    assert_eq!(world.attempts(2, Health::Answered), Some(State::Closed));
    world.pass(60.0);
    world.open();
    assert_eq!(world.refused_for(), seconds(5));
}

#[test]
fn probe_without_verdict_frees_its_place() {
    let mut world = World::new(StandardBreaker::new().probes(1, 1));
    world.open();
    world.pass(5.0);
    for _ in 0..10 {
        let probe = world.admit().unwrap();
        assert!(world.admit().is_err());
        assert_eq!(world.observe(probe, Health::Unknown), None);
    }
    assert_eq!(world.snapshot().state, State::HalfOpen);
}

#[test]
fn lost_probe_frees_its_place_when_its_lease_is_over() {
    let breaker = StandardBreaker::new().probes(1, 2).probe_lease(seconds(7));
    let mut world = World::new(breaker);
    world.open();
    world.pass(5.0);
    let lost = world.admit().unwrap();
    assert_eq!(world.refused_for(), seconds(5));
    world.pass(6.0);
    assert_eq!(world.refused_for(), seconds(1));
    world.pass(1.0);
    let next = world.admit().unwrap();
    assert!(world.admit().is_err());
    // The lost one was only slow: what it says about the server is true.
    assert_eq!(world.observe(lost, Health::Answered), None);
    assert_eq!(world.observe(next, Health::Answered), Some(State::Closed));
}

#[test]
fn news_of_an_earlier_state_is_ignored() {
    let mut world = World::new(StandardBreaker::new());
    let early = world.admit().unwrap();
    world.open();
    assert_eq!(world.observe(early, Health::Answered), None);
    world.pass(5.0);
    let (first, second) = (world.admit().unwrap(), world.admit().unwrap());
    assert_eq!(world.observe(early, Health::Failed), None, "half open");
    assert_eq!(world.observe(first, Health::Failed), Some(State::Open));
    assert_eq!(world.observe(second, Health::Failed), None, "open");
    assert_eq!(world.refused_for(), seconds(10));
    world.pass(10.0);
    let probe = world.admit().unwrap();
    assert_eq!(
        world.observe(second, Health::Failed),
        None,
        "half open again"
    );
    world.observe(probe, Health::Answered);
    assert_eq!(world.attempts(1, Health::Answered), Some(State::Closed));
    for late in [early, first, second, probe] {
        assert_eq!(world.observe(late, Health::Failed), None);
    }
    assert_eq!(world.snapshot().attempts, 0);
}

#[test]
fn circuits_do_not_disturb_each_other() {
    let world = World::new(StandardBreaker::new());
    world.open();
    for (host, class) in [("api", "files"), ("files", ""), ("", "api")] {
        let circuit = Circuit::new(host, class);
        let pass = world.breaker.admit(circuit, world.now).unwrap();
        assert!(!pass.probe, "{host} {class}");
    }
    assert_eq!(world.breaker.snapshot(world.now).len(), 4);
}

#[test]
fn circuits_are_bounded_and_the_idle_one_makes_room() {
    let mut world = World::new(StandardBreaker::new().max_circuits(3).min_attempts(1));
    let admit = |world: &World, host: &str| {
        let circuit = Circuit::new(host, "");
        world.breaker.admit(circuit, world.now)
    };
    let fail = |world: &World, host: &str, pass: Pass| {
        let circuit = Circuit::new(host, "");
        world
            .breaker
            .observe(circuit, pass, Health::Failed, world.now)
    };
    let hosts = |world: &World| {
        let mut hosts: Vec<String> = world
            .breaker
            .snapshot(world.now)
            .into_iter()
            .map(|circuit| circuit.host)
            .collect();
        hosts.sort();
        hosts
    };
    let mut passes = Vec::new();
    for host in ["a", "c", "b", "c"] {
        passes.push(admit(&world, host).unwrap());
        world.pass(0.001);
    }
    assert_eq!(fail(&world, "a", passes[0]), Some(State::Open));
    admit(&world, "d").unwrap();
    assert_eq!(hosts(&world), ["a", "c", "d"], "open circuits are kept");
    assert_eq!(fail(&world, "b", passes[2]), None, "forgotten");
    world.pass(0.001);
    let anew = admit(&world, "b").unwrap();
    assert_eq!(fail(&world, "b", passes[2]), None, "the pass of another b");
    assert_eq!(fail(&world, "b", anew), Some(State::Open));
    assert_eq!(hosts(&world), ["a", "b", "d"]);
    let last = admit(&world, "d").unwrap();
    assert_eq!(fail(&world, "d", last), Some(State::Open));
    let untracked = admit(&world, "e").unwrap();
    assert_eq!(fail(&world, "e", untracked), None);
    assert_eq!(hosts(&world), ["a", "b", "d"]);
}

#[test]
fn strange_settings_do_no_harm() {
    let breaker = StandardBreaker::new()
        .window(Duration::ZERO)
        .min_attempts(0)
        .failure_ratio(f64::NAN)
        .failure_ratio(-1.0)
        .open_for(Duration::MAX, Duration::ZERO)
        .probes(0, 0)
        .probe_lease(Duration::ZERO)
        .max_circuits(0);
    let world = World::new(breaker);
    assert_eq!(world.attempts(1, Health::Answered), None);
    assert_eq!(world.attempts(1, Health::Failed), Some(State::Open));
    assert_eq!(world.attempts(1, Health::Answered), Some(State::Closed));

    let breaker = StandardBreaker::new()
        .window(Duration::MAX)
        .min_attempts(u32::MAX)
        .failure_ratio(f64::INFINITY)
        .open_for(Duration::MAX, Duration::MAX)
        .probe_lease(Duration::MAX)
        .max_circuits(usize::MAX);
    let mut world = World::new(breaker.min_attempts(1));
    world.pass(1e6);
    assert_eq!(world.attempts(1, Health::Failed), Some(State::Open));
    assert_eq!(world.refused_for(), Duration::MAX);
}

#[test]
fn threads_share_the_probes() {
    const THREADS: usize = 8;
    let mut world = World::new(StandardBreaker::new().probes(3, 3));
    world.open();
    for _ in 0..100 {
        world.pass(60.0);
        let passes: Vec<Pass> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..THREADS)
                .map(|_| scope.spawn(|| world.admit()))
                .collect();
            let passes = threads
                .into_iter()
                .filter_map(|one| one.join().unwrap().ok());
            passes.collect()
        });
        assert_eq!(passes.len(), 3);
        let changes = passes.iter().filter(|pass| pass.change.is_some());
        assert_eq!(changes.count(), 1);
        let ends = passes
            .iter()
            .map(|pass| world.observe(*pass, Health::Failed));
        assert_eq!(ends.flatten().count(), 1);
    }
}

#[test]
fn shared_breaker_is_one_breaker() {
    let world = World::new(StandardBreaker::new());
    world.open();
    let (breaker, now) = (Arc::new(world.breaker), world.now);
    let shared: &dyn CircuitBreaker = &Arc::clone(&breaker);
    assert!(shared.admit(API, now).is_err());
    assert_eq!(shared.snapshot(now), breaker.snapshot(now));
}

#[test]
fn off_switch_admits_everything() {
    let now = World::new(StandardBreaker::new()).now;
    for _ in 0..100 {
        let pass = AlwaysClosed.admit(API, now).unwrap();
        assert_eq!(AlwaysClosed.observe(API, pass, Health::Failed, now), None);
    }
    assert_eq!(AlwaysClosed.snapshot(now), []);
}
