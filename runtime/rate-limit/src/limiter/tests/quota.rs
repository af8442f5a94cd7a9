//! Parts of limits that change while attempts begin and wait.

use proptest::prelude::{prop_assert, proptest};

use super::{Bench, Duration, Limiter, Preset, QuotaShare, SECOND, attempt, millis};

const PRESET: Preset = Preset::new(25, 25, 0);

fn unqueued() -> Bench {
    Bench::new(Limiter::new(PRESET).concurrent(0).queue(0))
}

impl Bench {
    fn set_quota(&mut self, quota: QuotaShare) {
        let now = self.clock.start + self.now();
        self.limiter.set_quota(quota, now);
        self.poll_woken();
    }

    fn begun_within(&self, from: Duration, to: Duration) -> usize {
        let begun = self.begun.iter();
        begun.filter(|(_, at)| (from..to).contains(at)).count()
    }
}

#[test]
fn parts_of_processes_add_up_to_the_limit() {
    for limit in [1, 2, 15, 20, 25, 100, 1_000, u32::MAX] {
        for processes in (1..=12).chain([97, 1_000]) {
            let parts = (0..processes).map(|index| {
                let part = QuotaShare::of_process(index, processes).part_of(limit);
                assert!(
                    part >= 1,
                    "process {index} of {processes} has none of {limit}"
                );
                u64::from(part)
            });
            let expected = limit.max(processes);
            assert_eq!(
                parts.sum::<u64>(),
                u64::from(expected),
                "{processes} of {limit}"
            );
        }
    }
}

#[test]
fn part_of_no_limit_is_no_limit() {
    assert_eq!(QuotaShare::of_process(0, 3).part_of(0), 0);
    assert_eq!(QuotaShare::of_process(7, 3).units(), 1 << 24..1 << 24);
    assert_eq!(QuotaShare::of_process(0, 0).part_of(10), 10);
}

proptest! {
    /// Ranges that do not overlap never have more than the whole together.
    #[test]
    fn disjoint_parts_never_exceed_the_limit(
        limit in 1..5_000u32,
        bounds in proptest::collection::btree_set(0..=QuotaShare::WHOLE, 2..9),
    ) {
        let bounds: Vec<u32> = bounds.into_iter().collect();
        let parts = bounds.windows(2).map(|pair| QuotaShare::new(pair[0]..pair[1], 1).part_of(limit));
        prop_assert!(parts.sum::<u32>() <= limit);
    }

    /// Two processes that pass a part on after one window never exceed the limit together.
    #[test]
    fn limit_holds_when_a_part_is_passed_on(
        bound in 0..=QuotaShare::WHOLE,
        next in 0..=QuotaShare::WHOLE,
        gaps in proptest::collection::vec(0..90u64, 60),
    ) {
        let (mut left, mut right) = (unqueued(), unqueued());
        let part = |start, end| QuotaShare::new(start..end, 2);
        left.set_quota(part(0, bound));
        right.set_quota(part(bound, QuotaShare::WHOLE));
        for (step, gap) in gaps.into_iter().enumerate() {
            let (least, most) = (bound.min(next), bound.max(next));
            // The one whose part gets smaller changes at step 20.
            if step == 20 {
                left.set_quota(part(0, least));
                right.set_quota(part(most, QuotaShare::WHOLE));
            }
            if step == 40 {
                left.pass(SECOND);
                right.pass(SECOND);
                left.set_quota(part(0, next));
                right.set_quota(part(next, QuotaShare::WHOLE));
            }
            for bench in [&mut left, &mut right] {
                for _ in 0..4 {
                    let id = bench.start(attempt("a"));
                    bench.cancel(id);
                }
                bench.pass(millis(gap));
            }
        }
        let mut begun: Vec<Duration> = left.begun.iter().chain(&right.begun).map(|(_, at)| *at).collect();
        begun.sort();
        for window in begun.windows(26) {
            prop_assert!(window[25] - window[0] >= SECOND, "{:?}", window);
        }
    }
}

#[test]
fn attempts_that_wait_begin_when_the_part_grows() {
    let mut bench = Bench::new(Limiter::new(PRESET).concurrent(0));
    bench.set_quota(QuotaShare::new(0..0, 1));
    assert_eq!(bench.start_all(30, attempt("a")), 0);
    bench.pass(SECOND * 3);
    assert_eq!(bench.begun.len(), 0);
    bench.set_quota(QuotaShare::of_process(0, 5));
    assert_eq!(bench.begun.len(), 5);
    bench.set_quota(QuotaShare::default());
    assert_eq!(bench.begun.len(), 25);
    bench.pass(SECOND);
    assert_eq!(bench.begun.len(), 30);
}

#[test]
fn nothing_begins_after_a_part_has_expired() {
    let mut bench = Bench::new(Limiter::new(PRESET).concurrent(0));
    let end = bench.clock.start + SECOND * 2;
    bench.set_quota(QuotaShare::default().expires_at(end));
    bench.start_all(100, attempt("a"));
    bench.pass(SECOND * 10);
    assert_eq!(bench.begun.len(), 50);
    assert_eq!(bench.begun_within(Duration::ZERO, SECOND * 2), 50);
    assert_eq!(bench.usage("account").allowed_per_second, Some(0.0));
    bench.set_quota(QuotaShare::default());
    assert_eq!(bench.begun.len(), 75);
}

#[test]
fn new_accounts_and_operations_have_the_part_that_was_set() {
    let preset = Preset::new(100, 100, 10);
    let mut bench = Bench::new(Limiter::new(preset).concurrent(0).queue(0));
    bench.start_all(1, attempt("a"));
    bench.set_quota(QuotaShare::of_process(0, 5));
    assert_eq!(bench.start_all(10, attempt("b")), 2);
    let mut other = attempt("c");
    other.account = Some("acct_1");
    assert_eq!(bench.start_all(10, other), 2);
}

#[test]
fn what_was_learnt_from_refusals_changes_in_proportion() {
    let mut bench = Bench::new(Limiter::new(Preset::new(100, 100, 0)).concurrent(0));
    bench.answer_at_once(
        attempt("a"),
        429,
        &[("stripe-rate-limited-reason", "global-rate")],
    );
    assert_eq!(bench.usage("account").allowed_per_second, Some(70.0));
    bench.set_quota(QuotaShare::of_process(0, 2));
    let usage = bench.usage("account");
    assert_eq!(
        (usage.per_second, usage.allowed_per_second),
        (Some(50), Some(35.0))
    );
}

#[test]
fn rate_holds_for_a_second_and_the_jitter() {
    let limiter = Limiter::new(PRESET).concurrent(0).jitter(millis(50));
    assert_eq!(limiter.window(), millis(1_050));
    let mut bench = Bench::new(limiter);
    bench.start_all(60, attempt("a"));
    bench.pass(millis(1_049));
    assert_eq!(bench.begun.len(), 25);
    bench.pass(millis(1));
    assert_eq!(bench.begun.len(), 50);
}
