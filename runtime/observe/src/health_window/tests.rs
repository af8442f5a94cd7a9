use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest};

use super::histogram::LatencyHistogram;
use super::sliding_sum::SlidingSum;
use super::{AlertChange, AlertThreshold, HealthWindow};
use crate::test_events::{event, rejected, start};
use runtime::telemetry::Observer;

/// The exact percentile by nearest rank.
fn exact(sorted: &[Duration], percent: usize) -> Duration {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted[rank - 1]
}

proptest! {
    #[test]
    fn percentiles_are_within_the_documented_error(
        raw in proptest::collection::vec((0_u32..40, any::<u64>()), 1..400),
    ) {
        // Log-uniform from nanoseconds to 18 minutes.
        let mut times: Vec<Duration> = raw
            .iter()
            .map(|(bits, noise)| Duration::from_nanos(noise & ((1 << bits) - 1)))
            .collect();
        let mut histogram = LatencyHistogram::default();
        times.iter().for_each(|&time| histogram.add(time));
        times.sort_unstable();
        for percent in [50, 90, 99] {
            let found = histogram.percentile(percent as u64).unwrap();
            let exact = exact(&times, percent);
            let allowed = exact / 32 + Duration::from_micros(1);
            prop_assert!(found.abs_diff(exact) <= allowed, "{found:?} for {exact:?}");
        }
    }

    #[test]
    fn histogram_is_empty_when_all_is_subtracted(
        kept in proptest::collection::vec(0_u64..1 << 41, 0..50),
        removed in proptest::collection::vec(0_u64..1 << 41, 0..50),
    ) {
        let filled = |nanos: &[u64]| {
            let mut histogram = LatencyHistogram::default();
            nanos.iter().for_each(|&n| histogram.add(Duration::from_nanos(n)));
            histogram
        };
        let mut both = filled(&[kept.clone(), removed.clone()].concat());
        both.subtract(&filled(&removed));
        prop_assert_eq!(both.percentile(50), filled(&kept).percentile(50));
        both.subtract(&filled(&kept));
        prop_assert_eq!(both.percentile(50), None);
    }

    #[test]
    fn window_counts_the_events_of_its_slots(
        steps in proptest::collection::vec((0_u64..9_000, 0_u64..80_000), 1..200),
    ) {
        let origin = start();
        let mut sums = SlidingSum::new(Duration::from_secs(60));
        let mut all: Vec<u64> = Vec::new();
        let (mut now, mut newest) = (0, 0);
        for (index, (pause, lateness)) in steps.into_iter().enumerate() {
            now += if index == 0 { 0 } else { pause };
            let at: u64 = now - lateness.min(now);
            newest = newest.max(at / 5_000);
            all.push(at / 5_000);
            sums.add(origin + Duration::from_millis(at), |counts| counts.calls += 1);
            let expected = all.iter().filter(|&&slot| slot + 12 > newest).count();
            prop_assert_eq!(sums.sum().calls, expected as u64);
        }
    }
}

#[test]
fn percentiles_are_clamped_when_times_are_absurd() {
    let mut histogram = LatencyHistogram::default();
    histogram.add(Duration::MAX);
    let longest = histogram.percentile(99).unwrap();
    assert!(longest > Duration::from_secs(1_000) && longest < Duration::from_secs(1_100));
}

fn succeed(window: &HealthWindow, at: Instant) {
    window.call_ended(&event(at, None));
}

fn fail(window: &HealthWindow, at: Instant) {
    window.call_ended(&event(at, Some(&rejected(500))));
}

/// A window whose changes are recorded.
fn recorded(threshold: AlertThreshold) -> (HealthWindow, Arc<Mutex<Vec<AlertChange>>>) {
    let changes = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&changes);
    let window = HealthWindow::new().on_alert_change(threshold, move |change, _| {
        sink.lock().unwrap().push(change);
    });
    (window, changes)
}

#[test]
fn alert_waits_for_enough_calls() {
    let (window, changes) = recorded(AlertThreshold::error_rate(0.5).min_calls(10));
    let now = start();
    (0..9).for_each(|_| fail(&window, now));
    assert!(changes.lock().unwrap().is_empty());
    fail(&window, now);
    assert_eq!(*changes.lock().unwrap(), [AlertChange::Crossed]);
}

#[test]
fn alert_is_raised_once_when_the_rate_stays_near_the_threshold() {
    let (window, changes) = recorded(AlertThreshold::error_rate(0.5));
    let now = start();
    // 1/1, then 1/2, 2/3, 2/4 and so on: never below 0.8 of a half.
    for _ in 0..50 {
        fail(&window, now);
        succeed(&window, now);
    }
    assert_eq!(*changes.lock().unwrap(), [AlertChange::Crossed]);
    // 50 of 125 are exactly 0.4; one more success is clearly below.
    (0..25).for_each(|_| succeed(&window, now));
    assert_eq!(changes.lock().unwrap().len(), 1);
    succeed(&window, now);
    assert_eq!(
        *changes.lock().unwrap(),
        [AlertChange::Crossed, AlertChange::Recovered]
    );
    (0..30).for_each(|_| fail(&window, now));
    assert_eq!(changes.lock().unwrap().len(), 3);
}

#[test]
fn alert_recovers_when_failures_leave_the_window() {
    let (window, changes) = recorded(AlertThreshold::error_rate(0.5));
    let begun = start();
    fail(&window, begun);
    succeed(&window, begun + Duration::from_secs(61));
    assert_eq!(
        *changes.lock().unwrap(),
        [AlertChange::Crossed, AlertChange::Recovered]
    );
}

#[test]
fn alert_recovers_when_there_are_no_more_calls() {
    let (window, changes) = recorded(AlertThreshold::error_rate(0.5));
    let begun = start();
    fail(&window, begun);
    window.observe_quota(None, begun + Duration::from_secs(61));
    assert_eq!(
        *changes.lock().unwrap(),
        [AlertChange::Crossed, AlertChange::Recovered]
    );
}

#[test]
fn alert_of_each_measure_fires_when_it_is_crossed() {
    let now = start();
    let slow = {
        let mut slow = event(now, None);
        slow.duration = Duration::from_secs(3);
        slow
    };
    let (window, changes) = recorded(AlertThreshold::call_p99(Duration::from_secs(2)));
    window.call_ended(&slow);
    assert_eq!(changes.lock().unwrap().len(), 1);

    let (window, changes) = recorded(AlertThreshold::attempt_p99(Duration::from_secs(2)));
    window.attempt_ended(&slow);
    succeed(&window, now);
    assert_eq!(changes.lock().unwrap().len(), 1);

    let (window, changes) = recorded(AlertThreshold::retries_per_call(1.0));
    window.retrying(&slow, Duration::ZERO);
    succeed(&window, now);
    assert_eq!(changes.lock().unwrap().len(), 1);

    let (window, changes) = recorded(AlertThreshold::quota(0.9));
    for share in [0.5, 0.95, 0.91, 0.8, 0.7, f64::NAN, 1.0] {
        window.observe_quota(Some(share), now);
    }
    let expected = [
        AlertChange::Crossed,
        AlertChange::Recovered,
        AlertChange::Crossed,
    ];
    assert_eq!(*changes.lock().unwrap(), expected);
    assert_eq!(window.latest_snapshot().quota, Some(1.0));
}

#[test]
fn alert_is_never_raised_when_the_threshold_is_not_positive() {
    for share in [0.0, -1.0, f64::NAN] {
        let (window, changes) = recorded(AlertThreshold::error_rate(share));
        fail(&window, start());
        assert!(changes.lock().unwrap().is_empty());
    }
}

#[test]
fn action_may_use_the_window_since_no_lock_is_held() {
    let slot: Arc<Mutex<Option<HealthWindow>>> = Arc::default();
    let own = Arc::clone(&slot);
    let seen = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&seen);
    let window = HealthWindow::new().on_alert(AlertThreshold::error_rate(0.5), move |health| {
        let window = own.lock().unwrap().clone().unwrap();
        assert_eq!(window.latest_snapshot(), *health);
        succeed(&window, health.at.unwrap());
        count.fetch_add(1, Ordering::Relaxed);
    });
    *slot.lock().unwrap() = Some(window.clone());
    fail(&window, start());
    assert_eq!(seen.load(Ordering::Relaxed), 1);
}

#[test]
fn alert_fires_once_when_threads_race() {
    let fired = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&fired);
    let threshold = AlertThreshold::error_rate(0.5).min_calls(200);
    let window = HealthWindow::new().on_alert(threshold, move |_| {
        count.fetch_add(1, Ordering::Relaxed);
    });
    let now = start();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| (0..100).for_each(|_| fail(&window, now)));
        }
    });
    assert_eq!(fired.load(Ordering::Relaxed), 1);
    assert_eq!(window.latest_snapshot().calls, 400);
}

#[test]
fn dropped_calls_are_no_calls() {
    let window = HealthWindow::new();
    window.call_dropped(&event(start(), None));
    let health = window.latest_snapshot();
    assert_eq!((health.calls, health.dropped), (0, 1));
    assert!(health.error_rate().abs() < f64::EPSILON);
}

#[test]
fn calls_without_attempts_have_no_latency() {
    let window = HealthWindow::new();
    let mut refused = event(start(), None);
    refused.attempt = 0;
    window.call_ended(&refused);
    assert_eq!(window.latest_snapshot().call_latency, None);
}

#[test]
fn window_of_zero_length_has_the_minimum_length() {
    let window = HealthWindow::with_length(Duration::ZERO);
    let now = start();
    succeed(&window, now);
    assert_eq!(window.snapshot_at(now).calls, 1);
    assert_eq!(window.snapshot_at(now + Duration::from_secs(1)).calls, 0);
    assert_eq!(window.latest_snapshot().length, Duration::from_millis(12));
}
