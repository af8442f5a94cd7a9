use proptest::prelude::{Strategy, any, prop_assert, prop_assert_eq, proptest};

use super::{AdaptiveLimit, LimitBucket, LimitKey, SECOND};

fn bucket(per_second: u32) -> LimitBucket {
    LimitBucket::new(LimitKey::Account, (per_second, 0), SECOND)
}

fn assert_close(value: Option<f64>, expected: f64) {
    assert!((value.unwrap() - expected).abs() < 1e-9, "{value:?}");
}

#[test]
fn attempt_leaves_the_window_when_it_is_a_second_old() {
    let mut bucket = bucket(1);
    bucket.begin_attempt(5);
    assert_eq!(
        (bucket.count_used(SECOND + 4), bucket.free_room(SECOND + 4)),
        (1, 0)
    );
    assert_eq!(
        (bucket.count_used(SECOND + 5), bucket.free_room(SECOND + 5)),
        (0, 1)
    );
}

#[test]
fn memory_follows_use_when_much_is_allowed() {
    let mut bucket = bucket(1_000_000);
    for round in 0..100 {
        for n in 0..10 {
            assert!(bucket.free_room(round * SECOND + n) > 0);
            bucket.begin_attempt(round * SECOND + n);
        }
    }
    assert_eq!(bucket.begun.len(), 10);
    assert!(bucket.begun.capacity() < 64);
}

#[test]
fn limit_decreases_by_three_tenths_when_an_attempt_is_refused() {
    let mut limit = AdaptiveLimit::new(100);
    limit.lower_limit(SECOND, SECOND, 100);
    assert_eq!(limit.allowed_at(SECOND), 70);
    limit.lower_limit(2 * SECOND, 2 * SECOND, 70);
    // The limit recovered by five within a second.
    assert_close(limit.value_at(2 * SECOND), 52.5);
}

#[test]
fn burst_of_refusals_counts_once() {
    let mut limit = AdaptiveLimit::new(100);
    for n in 0..20 {
        limit.lower_limit(SECOND + n, SECOND + n, 100);
    }
    assert_eq!(limit.allowed_at(SECOND + 20), 70);
}

#[test]
fn refusal_does_not_count_when_its_attempt_is_older_than_the_last_decrease() {
    let mut limit = AdaptiveLimit::new(100);
    limit.lower_limit(10 * SECOND, 10 * SECOND, 100);
    limit.lower_limit(12 * SECOND, 9 * SECOND, 100);
    assert_close(limit.value_at(12 * SECOND), 80.0);
}

#[test]
fn limit_recovers_in_six_seconds_and_stops_at_the_preset() {
    let mut limit = AdaptiveLimit::new(25);
    limit.lower_limit(0, 0, 25);
    assert!(limit.missing_at(5 * SECOND) > 0.0);
    assert!(limit.missing_at(6 * SECOND + 1) <= 0.0);
    assert_eq!(limit.allowed_at(1_000 * SECOND), 25);
}

#[test]
fn limit_never_goes_below_one() {
    let mut limit = AdaptiveLimit::new(3);
    for n in 0..50 {
        limit.lower_limit(n * SECOND, n * SECOND, 3);
        assert!(limit.allowed_at(n * SECOND) >= 1);
    }
}

#[test]
fn unknown_limit_is_learnt_when_it_is_reached_and_forgotten_later() {
    let mut limit = AdaptiveLimit::new(0);
    assert_eq!(limit.value_at(0), None);
    for (now, used) in [(SECOND, 100), (10 * SECOND, 10)] {
        limit.lower_limit(now, now, used);
        assert_eq!(limit.allowed_at(now), used * 7 / 10);
        assert_eq!(limit.value_at(now + 7 * SECOND), None);
    }
}

/// Steps in time, small and large.
fn steps() -> impl Strategy<Value = Vec<u64>> {
    proptest::collection::vec(0..SECOND / 2, 0..40)
}

proptest! {
    /// The slot is the one that is found by letting all those ahead begin as early as possible.
    #[test]
    fn slot_is_exact_when_those_ahead_begin_as_early_as_they_can(
        steps in steps(),
        allowed in 1u32..8,
        ahead in 0u32..30,
        had_more in any::<bool>(),
        pause in 0u64..3,
    ) {
        // Earlier, more may have been allowed than now.
        let limit = if had_more { allowed + 3 } else { allowed };
        let mut bucket = bucket(limit);
        let mut now = 0;
        for step in steps {
            now += step;
            if bucket.count_used(now) < limit {
                bucket.begin_attempt(now);
            }
        }
        bucket.pause_for(now, std::time::Duration::from_millis(pause * 700));
        let promised = bucket.earliest_slot(now, allowed, ahead);
        let mut at = now.max(bucket.paused_until);
        for turn in 0..=ahead {
            while bucket.count_used(at) >= allowed {
                at = bucket.begun[0] + SECOND;
            }
            if turn < ahead {
                bucket.begin_attempt(at);
            }
        }
        prop_assert_eq!(promised, at);
        prop_assert!(promised >= now);
    }
}
