use std::time::{Duration, Instant};

use super::{BreakerPermit, CircuitBreaker, CircuitSnapshot, CircuitState, ServerHealth};

/// A breaker and the time.
struct Harness {
    breaker: CircuitBreaker,
    now: Instant,
}

impl Harness {
    #[expect(clippy::disallowed_methods, reason = "any time will do")]
    fn new(breaker: CircuitBreaker) -> Self {
        let now = Instant::now();
        Self { breaker, now }
    }

    fn advance(&mut self, seconds: f64) {
        self.now += Duration::from_secs_f64(seconds);
    }

    fn acquire_permit(&self) -> Result<BreakerPermit<'_>, Duration> {
        self.breaker.acquire_permit("api", "", self.now)
    }

    fn report_health(
        &self,
        permit: BreakerPermit<'_>,
        health: ServerHealth,
    ) -> Option<CircuitState> {
        permit.report_health(health, self.now)
    }

    /// Attempts that complete immediately; the change of state of the last one.
    fn attempts(&self, count: u32, health: ServerHealth) -> Option<CircuitState> {
        let changes =
            (0..count).map(|_| self.report_health(self.acquire_permit().unwrap(), health));
        changes.last().flatten()
    }

    /// Opens the circuit, with as many failures as that takes by default.
    fn open(&self) {
        self.open_with(20);
    }

    /// Opens the circuit with the last of this many failures.
    fn open_with(&self, failures: u32) {
        let change = self.attempts(failures, ServerHealth::Failed);
        assert_eq!(change, Some(CircuitState::Open));
    }

    fn snapshot_at(&self) -> CircuitSnapshot {
        let mut all = self.breaker.snapshot_at(self.now);
        assert_eq!(all.len(), 1);
        all.remove(0)
    }

    fn refused_for(&self) -> Duration {
        self.acquire_permit().unwrap_err()
    }
}

fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

#[test]
fn circuit_opens_when_enough_attempts_have_failed() {
    let harness = Harness::new(CircuitBreaker::new());
    assert_eq!(harness.attempts(19, ServerHealth::Failed), None);
    harness.open_with(1);
    assert_eq!(harness.snapshot_at().state, CircuitState::Open);
    assert_eq!(harness.refused_for(), seconds(5));
}

#[test]
fn circuit_opens_at_the_ratio_and_not_below() {
    let harness = Harness::new(CircuitBreaker::new());
    harness.attempts(11, ServerHealth::Healthy);
    harness.attempts(9, ServerHealth::Failed);
    assert_eq!(harness.snapshot_at().state, CircuitState::Closed, "9 of 20");
    let change = harness.attempts(1, ServerHealth::Failed);
    assert_eq!(change, None, "10 of 21");
    let change = harness.attempts(1, ServerHealth::Failed);
    assert_eq!(change, Some(CircuitState::Open), "11 of 22");
}

#[test]
fn attempts_without_result_do_not_count() {
    let harness = Harness::new(CircuitBreaker::new());
    harness.attempts(100, ServerHealth::Unknown);
    (0..100).for_each(|_| drop(harness.acquire_permit().unwrap()));
    assert_eq!(harness.snapshot_at().attempts, 0);
    assert_eq!(harness.attempts(19, ServerHealth::Failed), None);
    harness.attempts(100, ServerHealth::Unknown);
    harness.open_with(1);
}

#[test]
fn failures_are_forgotten_after_the_window() {
    let mut harness = Harness::new(CircuitBreaker::new());
    harness.attempts(19, ServerHealth::Failed);
    harness.advance(9.9);
    assert_eq!(harness.snapshot_at().failures, 19);
    harness.advance(0.1);
    assert_eq!(harness.snapshot_at().failures, 0);
    assert_eq!(harness.attempts(1, ServerHealth::Failed), None);
    let counts = harness.snapshot_at();
    assert_eq!((counts.attempts, counts.failures), (1, 1));
}

#[test]
fn results_count_now_when_time_goes_backwards() {
    let mut harness = Harness::new(CircuitBreaker::new());
    harness.attempts(10, ServerHealth::Failed);
    harness.advance(5.0);
    harness.attempts(9, ServerHealth::Healthy);
    harness.now -= seconds(5);
    harness.open_with(1);
    harness.now -= seconds(1);
    assert_eq!(harness.refused_for(), seconds(5));
}

#[test]
fn open_circuit_refuses_until_its_duration_has_passed() {
    let mut harness = Harness::new(CircuitBreaker::new());
    harness.open();
    harness.advance(4.0);
    assert_eq!(harness.refused_for(), seconds(1));
    let snapshot = harness.snapshot_at();
    assert_eq!(snapshot.state, CircuitState::Open);
    assert_eq!(snapshot.retry_in, Some(seconds(1)));
    harness.advance(1.0);
    let probe = harness.acquire_permit().unwrap();
    assert_eq!(probe.new_state(), Some(CircuitState::HalfOpen));
    let snapshot = harness.snapshot_at();
    assert_eq!(snapshot.state, CircuitState::HalfOpen);
    assert_eq!(snapshot.retry_in, None);
}

#[test]
fn half_open_circuit_admits_as_many_probes_as_set() {
    let mut harness = Harness::new(CircuitBreaker::new().probes(3, 9));
    harness.open();
    harness.advance(5.0);
    let mut probes: Vec<_> = (0..3).map(|_| harness.acquire_permit().unwrap()).collect();
    let changes: Vec<_> = probes.iter().map(|probe| probe.new_state()).collect();
    assert_eq!(changes, [Some(CircuitState::HalfOpen), None, None]);
    assert_eq!(harness.refused_for(), seconds(5));
    let second = probes.remove(1);
    assert_eq!(harness.report_health(second, ServerHealth::Healthy), None);
    let _fourth = harness.acquire_permit().unwrap();
    assert!(harness.acquire_permit().is_err());
}

#[test]
fn circuit_closes_after_enough_probes_and_counts_from_zero() {
    let mut harness = Harness::new(CircuitBreaker::new());
    harness.open();
    harness.advance(5.0);
    assert_eq!(harness.attempts(1, ServerHealth::Healthy), None);
    let change = harness.attempts(1, ServerHealth::Healthy);
    assert_eq!(change, Some(CircuitState::Closed));
    assert_eq!(harness.snapshot_at().attempts, 0);
    assert_eq!(harness.attempts(19, ServerHealth::Failed), None);
}

#[test]
fn failed_probe_opens_the_circuit_for_twice_as_long() {
    let mut harness = Harness::new(CircuitBreaker::new());
    harness.open();
    for duration in [5, 10, 20, 40, 60, 60] {
        assert_eq!(harness.refused_for(), seconds(duration));
        harness.now += seconds(duration);
        // A success before it changes nothing.
        harness.attempts(1, ServerHealth::Healthy);
        harness.open_with(1);
    }
}

#[test]
fn open_duration_grows_unless_circuit_was_closed_for_long() {
    let mut harness = Harness::new(CircuitBreaker::new());
    harness.open();
    harness.advance(5.0);
    let change = harness.attempts(2, ServerHealth::Healthy);
    assert_eq!(change, Some(CircuitState::Closed));
    harness.advance(59.0);
    harness.open();
    assert_eq!(harness.refused_for(), seconds(10));
    harness.advance(10.0);
    let change = harness.attempts(2, ServerHealth::Healthy);
    assert_eq!(change, Some(CircuitState::Closed));
    harness.advance(60.0);
    harness.open();
    assert_eq!(harness.refused_for(), seconds(5));
}

#[test]
fn probe_without_result_frees_its_slot() {
    let mut harness = Harness::new(CircuitBreaker::new().probes(1, 1));
    harness.open();
    harness.advance(5.0);
    for round in 0..10 {
        let probe = harness.acquire_permit().unwrap();
        assert!(harness.acquire_permit().is_err());
        if round % 2 == 0 {
            drop(probe);
        } else {
            assert_eq!(harness.report_health(probe, ServerHealth::Unknown), None);
        }
    }
    assert_eq!(harness.snapshot_at().state, CircuitState::HalfOpen);
}

#[test]
fn stuck_probe_frees_its_slot_when_its_lease_expires() {
    let breaker = CircuitBreaker::new().probes(1, 2).probe_lease(seconds(7));
    let mut harness = Harness::new(breaker);
    harness.open();
    harness.advance(5.0);
    let time = |passed: u64| harness.now + seconds(passed);
    let acquire = |now| harness.breaker.acquire_permit("api", "", now);
    let stuck = acquire(time(0)).unwrap();
    assert_eq!(acquire(time(0)).unwrap_err(), seconds(5));
    assert_eq!(acquire(time(6)).unwrap_err(), seconds(1));
    let next = acquire(time(7)).unwrap();
    assert!(acquire(time(7)).is_err());
    // The stuck one was only slow: its result counts.
    assert_eq!(stuck.report_health(ServerHealth::Healthy, time(7)), None);
    let change = next.report_health(ServerHealth::Healthy, time(7));
    assert_eq!(change, Some(CircuitState::Closed));
}

#[test]
fn results_from_an_earlier_state_are_ignored() {
    let harness = Harness::new(CircuitBreaker::new());
    let time = |passed: u64| harness.now + seconds(passed);
    let acquire = |now| harness.breaker.acquire_permit("api", "", now).unwrap();
    let mut early: Vec<_> = (0..5).map(|_| acquire(time(0))).collect();
    let mut report_early = |health, now| early.pop().unwrap().report_health(health, now);
    harness.open();
    assert_eq!(report_early(ServerHealth::Healthy, time(0)), None);
    let (first, second) = (acquire(time(5)), acquire(time(5)));
    let change = report_early(ServerHealth::Failed, time(5));
    assert_eq!(change, None, "half open");
    let change = first.report_health(ServerHealth::Failed, time(5));
    assert_eq!(change, Some(CircuitState::Open));
    let change = second.report_health(ServerHealth::Failed, time(5));
    assert_eq!(change, None, "open");
    let (third, late) = (acquire(time(15)), acquire(time(15)));
    let change = report_early(ServerHealth::Failed, time(15));
    assert_eq!(change, None, "half open again");
    third.report_health(ServerHealth::Healthy, time(15));
    let fourth = acquire(time(15));
    let change = fourth.report_health(ServerHealth::Healthy, time(15));
    assert_eq!(change, Some(CircuitState::Closed));
    for permit in [late].into_iter().chain(early) {
        assert_eq!(permit.report_health(ServerHealth::Failed, time(15)), None);
    }
    assert_eq!(harness.snapshot_at().attempts, 0);
}

#[test]
fn circuits_are_independent() {
    let harness = Harness::new(CircuitBreaker::new());
    harness.open();
    for (host, class) in [("api", "files"), ("files", ""), ("", "api")] {
        let permit = harness
            .breaker
            .acquire_permit(host, class, harness.now)
            .unwrap();
        assert_eq!(permit.new_state(), None, "{host} {class}");
    }
    let snapshots = harness.breaker.snapshot_at(harness.now);
    let states: Vec<_> = snapshots.iter().map(|circuit| circuit.state).collect();
    let closed = CircuitState::Closed;
    assert_eq!(states, [CircuitState::Open, closed, closed, closed]);
}

#[test]
fn least_recently_used_closed_circuit_is_evicted_at_the_limit() {
    let harness = Harness::new(CircuitBreaker::new().max_circuits(3).min_attempts(1));
    let time = |millis| harness.now + Duration::from_millis(millis);
    let acquire = |host: &'static str, millis| {
        let permit = harness.breaker.acquire_permit(host, "", time(millis));
        permit.unwrap()
    };
    let fail = |permit: BreakerPermit<'_>| permit.report_health(ServerHealth::Failed, time(5));
    let hosts = || {
        let snapshots = harness.breaker.snapshot_at(time(5));
        let mut hosts: Vec<String> = snapshots.into_iter().map(|circuit| circuit.host).collect();
        hosts.sort();
        hosts
    };
    let (a, _, b, _) = (
        acquire("a", 0),
        acquire("c", 1),
        acquire("b", 2),
        acquire("c", 3),
    );
    let early = acquire("b", 2);
    assert_eq!(fail(a), Some(CircuitState::Open));
    acquire("d", 4).report_health(ServerHealth::Healthy, time(4));
    assert_eq!(hosts(), ["a", "c", "d"], "open circuits are kept");
    assert_eq!(fail(b), None, "evicted");
    let again = acquire("b", 5);
    assert_eq!(fail(early), None, "the permit of its predecessor");
    assert_eq!(fail(again), Some(CircuitState::Open));
    assert_eq!(hosts(), ["a", "b", "d"]);
    assert_eq!(fail(acquire("d", 5)), Some(CircuitState::Open));
    assert_eq!(fail(acquire("e", 5)), None, "not tracked");
    assert_eq!(hosts(), ["a", "b", "d"]);
}

#[test]
fn extreme_settings_do_not_panic() {
    let breaker = CircuitBreaker::new()
        .window(Duration::ZERO)
        .min_attempts(0)
        .failure_ratio(f64::NAN)
        .failure_ratio(-1.0)
        .open_for(Duration::MAX, Duration::ZERO)
        .probes(0, 0)
        .probe_lease(Duration::ZERO)
        .max_circuits(0);
    let harness = Harness::new(breaker);
    assert_eq!(harness.attempts(1, ServerHealth::Healthy), None);
    harness.open_with(1);
    let change = harness.attempts(1, ServerHealth::Healthy);
    assert_eq!(change, Some(CircuitState::Closed));

    let breaker = CircuitBreaker::new()
        .window(Duration::MAX)
        .min_attempts(u32::MAX)
        .failure_ratio(f64::INFINITY)
        .open_for(Duration::MAX, Duration::MAX)
        .probe_lease(Duration::MAX)
        .max_circuits(usize::MAX);
    let mut harness = Harness::new(breaker.min_attempts(1));
    harness.advance(1e6);
    harness.open_with(1);
    assert_eq!(harness.refused_for(), Duration::MAX);
}

#[test]
fn threads_share_the_probes() {
    const THREADS: usize = 8;
    let mut harness = Harness::new(CircuitBreaker::new().probes(3, 3));
    harness.open();
    for _ in 0..100 {
        harness.advance(60.0);
        let permits: Vec<BreakerPermit<'_>> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..THREADS)
                .map(|_| scope.spawn(|| harness.acquire_permit()))
                .collect();
            let permits = threads
                .into_iter()
                .filter_map(|one| one.join().unwrap().ok());
            permits.collect()
        });
        assert_eq!(permits.len(), 3);
        let changes = permits.iter().filter(|permit| permit.new_state().is_some());
        assert_eq!(changes.count(), 1);
        let reports = permits
            .into_iter()
            .map(|permit| harness.report_health(permit, ServerHealth::Failed));
        assert_eq!(reports.flatten().count(), 1);
    }
}

#[test]
fn disabled_breaker_admits_everything_and_tracks_nothing() {
    let harness = Harness::new(CircuitBreaker::disabled());
    assert_eq!(harness.attempts(100, ServerHealth::Failed), None);
    assert_eq!(harness.breaker.snapshot_at(harness.now), []);
}
