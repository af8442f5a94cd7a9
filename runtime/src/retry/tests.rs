use std::time::{Duration, Instant};

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest};

use super::pause::{bound, jitter};
use super::{Decision, Failure, RetryPolicy, StandardRetry, Why};

#[expect(clippy::disallowed_methods, reason = "any time will do")]
fn now() -> Instant {
    Instant::now()
}

fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
    let pairs = pairs.iter().map(|&(name, value)| {
        let value = HeaderValue::from_str(value).unwrap();
        (HeaderName::from_static(name), value)
    });
    pairs.collect()
}

/// The decision about the first attempt of three, with the longest jitter.
fn decide(status: u16, code: Option<&str>, pairs: &[(&'static str, &str)]) -> Decision {
    let headers = headers(pairs);
    let mut failure = Failure::new(1, 2, now());
    failure.answer = Some((StatusCode::from_u16(status).unwrap(), &headers));
    failure.code = code;
    StandardRetry::new().decide(&failure, u64::MAX)
}

fn unanswered(attempts: u32, max_retries: u32) -> Failure<'static> {
    Failure {
        transient: true,
        ..Failure::new(attempts, max_retries, now())
    }
}

const AGAIN: Decision = Decision::RetryAfter(Duration::from_millis(500));
const NEVER: Decision = Decision::Stop(Why::Permanent);

#[test]
fn status_decides_when_nothing_else_is_said() {
    for status in 100..=599 {
        let expected = match status {
            409 | 424 | 429 | 500.. => AGAIN,
            _ => NEVER,
        };
        assert_eq!(decide(status, None, &[]), expected, "{status}");
    }
}

#[test]
fn code_decides_before_status() {
    for (status, code, expected) in [
        (429, "lock_timeout", AGAIN),
        (400, "lock_timeout", AGAIN),
        (409, "idempotency_key_in_use", AGAIN),
        (400, "idempotency_key_in_use", AGAIN),
        (400, "rate_limit", AGAIN),
        (429, "rate_limit", AGAIN),
        (403, "rate_limit", NEVER),
        (400, "parameter_missing", NEVER),
        (402, "card_declined", NEVER),
        (404, "resource_missing", NEVER),
        (500, "anything", AGAIN),
    ] {
        assert_eq!(decide(status, Some(code), &[]), expected, "{status} {code}");
    }
}

#[test]
fn reason_decides_about_rate_limits() {
    for (reason, expected) in [
        ("global-rate", AGAIN),
        ("endpoint-rate", AGAIN),
        ("global-concurrency", AGAIN),
        ("endpoint-concurrency", AGAIN),
        ("made-up-tomorrow", AGAIN),
        ("resource-specific", NEVER),
    ] {
        let headers = [("stripe-rate-limited-reason", reason)];
        assert_eq!(decide(429, None, &headers), expected, "429 {reason}");
        let old = decide(400, Some("rate_limit"), &headers);
        assert_eq!(old, expected, "400 {reason}");
    }
    let reason = [("stripe-rate-limited-reason", "resource-specific")];
    assert_eq!(decide(429, Some("lock_timeout"), &reason), AGAIN);
}

#[test]
fn rate_limits_are_left_to_the_caller_when_told_so() {
    let policy = StandardRetry::new().rate_limits(false);
    let headers = HeaderMap::new();
    let mut failure = Failure::new(1, 2, now());
    failure.answer = Some((StatusCode::TOO_MANY_REQUESTS, &headers));
    assert_eq!(policy.decide(&failure, 0), NEVER);
    failure.code = Some("lock_timeout");
    assert_ne!(policy.decide(&failure, 0), NEVER);
}

#[test]
fn server_has_the_first_word() {
    let said = |status, word| decide(status, None, &[("stripe-should-retry", word)]);
    assert_eq!(said(500, "false"), Decision::Stop(Why::ServerSaysNo));
    assert_eq!(said(409, "false"), Decision::Stop(Why::ServerSaysNo));
    assert_eq!(said(400, "true"), AGAIN);
    assert_eq!(said(400, " true "), AGAIN);
    assert_eq!(said(500, "perhaps"), AGAIN);
    assert_eq!(said(400, "perhaps"), NEVER);
    let locked = decide(
        429,
        Some("lock_timeout"),
        &[("stripe-should-retry", "false")],
    );
    assert_eq!(locked, Decision::Stop(Why::ServerSaysNo));
}

#[test]
fn stored_answer_is_final_unless_server_says_otherwise() {
    let replayed = ("idempotent-replayed", "true");
    assert_eq!(decide(500, None, &[replayed]), NEVER);
    assert_eq!(decide(424, None, &[replayed]), NEVER);
    let urged = [replayed, ("stripe-should-retry", "true")];
    assert_eq!(decide(500, None, &urged), AGAIN);
    assert_eq!(
        decide(500, None, &[("idempotent-replayed", "false")]),
        AGAIN
    );
}

#[test]
fn attempt_without_answer_is_repeated_when_it_is_transient() {
    let policy = StandardRetry::new();
    assert_eq!(policy.decide(&unanswered(1, 2), u64::MAX), AGAIN);
    assert_eq!(policy.decide(&Failure::new(1, 2, now()), u64::MAX), NEVER);
}

#[test]
fn limit_of_the_call_ends_it() {
    let decide = |attempts, max| StandardRetry::new().decide(&unanswered(attempts, max), 0);
    let limit = Decision::Stop(Why::LimitReached);
    assert_eq!(decide(1, 0), limit);
    assert_ne!(decide(1, 1), limit);
    assert_ne!(decide(2, 2), limit);
    assert_eq!(decide(3, 2), limit);
    assert_eq!(decide(u32::MAX, 2), limit);
    assert_ne!(decide(u32::MAX, u32::MAX), limit);
}

#[test]
fn first_reason_that_holds_is_given() {
    let policy = StandardRetry::new().budget(0, 0.0);
    let headers = headers(&[("retry-after", "61")]);
    let mut failure = Failure::new(3, 2, now());
    failure.time_left = Some(Duration::ZERO);
    assert_eq!(policy.decide(&failure, 0), NEVER);
    failure.answer = Some((StatusCode::BAD_GATEWAY, &headers));
    assert_eq!(
        policy.decide(&failure, 0),
        Decision::Stop(Why::LimitReached)
    );
    failure.attempts = 2;
    assert_eq!(
        policy.decide(&failure, 0),
        Decision::Stop(Why::PauseTooLong)
    );
    failure.answer = None;
    failure.transient = true;
    assert_eq!(policy.decide(&failure, 0), Decision::Stop(Why::NoTimeLeft));
    failure.time_left = None;
    assert_eq!(policy.decide(&failure, 0), Decision::Stop(Why::BudgetSpent));
}

#[test]
fn reasons_have_distinct_names() {
    let names = [
        Why::Permanent,
        Why::ServerSaysNo,
        Why::LimitReached,
        Why::PauseTooLong,
        Why::NoTimeLeft,
        Why::BudgetSpent,
    ]
    .map(Why::name);
    let distinct: std::collections::BTreeSet<_> = names.iter().collect();
    assert_eq!(distinct.len(), names.len());
}

#[test]
fn pause_of_the_server_is_kept_and_jittered() {
    let asked = |value: &str, chance| {
        let headers = headers(&[("retry-after", value)]);
        let mut failure = Failure::new(1, 2, now());
        failure.answer = Some((StatusCode::SERVICE_UNAVAILABLE, &headers));
        StandardRetry::new().decide(&failure, chance)
    };
    let after = |millis| Decision::RetryAfter(Duration::from_millis(millis));
    assert_eq!(asked("3", 0), after(3_000));
    assert_eq!(asked("3", u64::MAX), after(3_500));
    assert_eq!(asked("0", u64::MAX), after(500));
    assert_eq!(asked("60", u64::MAX), after(60_500));
    assert_eq!(asked("60.5", 0), Decision::Stop(Why::PauseTooLong));
    assert_eq!(asked("86400", 0), Decision::Stop(Why::PauseTooLong));
    assert_eq!(asked("soon", u64::MAX), AGAIN);
}

#[test]
fn pause_until_a_date_is_kept() {
    let headers = headers(&[
        ("date", "Sun, 06 Nov 1994 08:49:30 GMT"),
        ("retry-after", "Sun, 06 Nov 1994 08:49:37 GMT"),
    ]);
    let mut failure = Failure::new(1, 2, now());
    failure.answer = Some((StatusCode::TOO_MANY_REQUESTS, &headers));
    let pause = |policy: StandardRetry| policy.decide(&failure, 0);
    let seven = Duration::from_secs(7);
    assert_eq!(pause(StandardRetry::new()), Decision::RetryAfter(seven));
    let impatient = StandardRetry::new().longest_retry_after(Duration::from_secs(6));
    assert_eq!(pause(impatient), Decision::Stop(Why::PauseTooLong));
}

#[test]
fn no_token_is_taken_when_the_deadline_forbids_the_pause() {
    let policy = StandardRetry::new();
    let mut failure = unanswered(1, 2);
    failure.time_left = Some(Duration::from_millis(500));
    let stop = Decision::Stop(Why::NoTimeLeft);
    assert_eq!(policy.decide(&failure, u64::MAX), stop);
    assert_eq!(policy.budget_left(), Some(100));
    failure.time_left = Some(Duration::from_millis(501));
    assert_eq!(policy.decide(&failure, u64::MAX), AGAIN);
    assert_eq!(policy.budget_left(), Some(99));
}

#[test]
fn budget_ends_retries_and_calls_refill_it() {
    let policy = StandardRetry::new().budget(2, 0.5);
    let stop = Decision::Stop(Why::BudgetSpent);
    let again = || policy.decide(&unanswered(1, 9), 0) != stop;
    assert!(again() && again() && !again());
    policy.call_started(now());
    assert!(!again(), "half a token pays for nothing");
    policy.call_started(now());
    assert_eq!(policy.budget_left(), Some(1));
    assert!(again() && !again());
    (0..50).for_each(|_| policy.call_started(now()));
    assert_eq!(policy.budget_left(), Some(2), "the bucket has a rim");
}

#[test]
fn retries_go_on_when_there_is_no_budget() {
    let policy = StandardRetry::new().without_budget();
    policy.call_started(now());
    assert_eq!(policy.budget_left(), None);
    for _ in 0..1_000 {
        assert_ne!(
            policy.decide(&unanswered(1, 1), 0),
            Decision::Stop(Why::BudgetSpent)
        );
    }
}

#[test]
fn strange_settings_do_no_harm() {
    for ratio in [f64::NAN, f64::NEG_INFINITY, -1.0] {
        let policy = StandardRetry::new().budget(1, ratio);
        assert_eq!(policy.decide(&unanswered(1, 2), u64::MAX), AGAIN);
        policy.call_started(now());
        assert_eq!(policy.budget_left(), Some(0), "{ratio}");
    }
    let policy = StandardRetry::new().budget(u32::MAX, f64::INFINITY);
    policy.decide(&unanswered(1, 2), 0);
    policy.call_started(now());
    assert_eq!(policy.budget_left(), Some(u32::MAX));
    let policy = StandardRetry::new()
        .first_pause(Duration::MAX)
        .longest_pause(Duration::MAX)
        .longest_retry_after(Duration::MAX);
    let pause = policy.decide(&unanswered(u32::MAX, u32::MAX), u64::MAX);
    assert!(matches!(pause, Decision::RetryAfter(_)));
}

#[test]
fn bound_doubles_up_to_the_longest() {
    let (first, longest) = (Duration::from_millis(500), Duration::from_secs(8));
    let bounds = [1, 2, 3, 4, 5, 6, u32::MAX].map(|n| bound(first, longest, n).as_millis());
    assert_eq!(bounds, [500, 1_000, 2_000, 4_000, 8_000, 8_000, 8_000]);
    let short = Duration::from_millis(200);
    assert_eq!(bound(first, short, 1), short);
}

#[test]
fn jitter_reaches_both_ends_and_the_middle() {
    let bound = Duration::from_millis(500);
    assert_eq!(jitter(bound, 0), Duration::ZERO);
    assert_eq!(jitter(bound, u64::MAX), bound);
    assert_eq!(jitter(bound, 1 << 63), bound / 2);
    assert_eq!(jitter(Duration::ZERO, u64::MAX), Duration::ZERO);
    let longest = Duration::from_nanos(u64::MAX);
    assert_eq!(jitter(Duration::MAX, u64::MAX), longest);
}

/// A number that looks random, and is the same in each run.
fn scrambled(seed: u64) -> u64 {
    let mut z = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[test]
fn jitter_fills_its_range_evenly() {
    let bound = Duration::from_secs(8);
    let mut counts = [0_u32; 16];
    for seed in 0..160_000 {
        let part = jitter(bound, scrambled(seed)).as_nanos() * 16 / (bound.as_nanos() + 1);
        counts[usize::try_from(part).unwrap()] += 1;
    }
    // Six standard deviations around 10,000.
    let even = counts.iter().all(|count| (9_400..=10_600).contains(count));
    assert!(even, "{counts:?}");
}

proptest! {
    #[test]
    fn jitter_is_never_above_its_bound(nanos in any::<u64>(), chance in any::<u64>()) {
        prop_assert!(jitter(Duration::from_nanos(nanos), chance) <= Duration::from_nanos(nanos));
    }

    #[test]
    fn jitter_grows_with_chance(nanos in any::<u64>(), a in any::<u64>(), b in any::<u64>()) {
        let bound = Duration::from_nanos(nanos);
        prop_assert!(jitter(bound, a.min(b)) <= jitter(bound, a.max(b)));
    }

    /// Every value has the same share of `chance`, within one: so has any range that begins at 0.
    #[test]
    fn jitter_is_uniform(nanos in 0..u64::MAX, cut in any::<u64>()) {
        let bound = Duration::from_nanos(nanos);
        let cut = cut % (nanos + 1);
        // The first chance that is mapped to `cut` is `cut / (nanos + 1)` of the way, rounded up.
        let exact = (u128::from(cut) << 64).div_ceil(u128::from(nanos) + 1);
        let first = u64::try_from(exact).unwrap();
        prop_assert_eq!(jitter(bound, first), Duration::from_nanos(cut));
        if first > 0 {
            prop_assert!(jitter(bound, first - 1) < Duration::from_nanos(cut));
        }
    }

    #[test]
    fn retries_stay_within_budget(
        reserve in 0..20_u32,
        ratio in 0..1_500_u32,
        steps in proptest::collection::vec(any::<bool>(), 0..400),
    ) {
        let policy = StandardRetry::new().budget(reserve, f64::from(ratio) / 1_000.0);
        let (mut calls, mut retries) = (0_u64, 0_u64);
        for is_call in steps {
            if is_call {
                calls += 1;
                policy.call_started(now());
                continue;
            }
            let left = policy.budget_left().unwrap();
            let granted = matches!(policy.decide(&unanswered(1, 1), 0), Decision::RetryAfter(_));
            prop_assert_eq!(granted, left > 0);
            retries += u64::from(granted);
            prop_assert!(retries * 1_000 <= u64::from(reserve) * 1_000 + calls * u64::from(ratio));
            prop_assert!(left <= reserve);
        }
    }
}

#[test]
fn threads_share_one_budget() {
    const THREADS: u32 = 4;
    const CALLS: u32 = 5_000;
    let policy = StandardRetry::new().budget(50, 0.2);
    let retries: u32 = std::thread::scope(|scope| {
        let work = || {
            let mut retries = 0;
            for _ in 0..CALLS {
                policy.call_started(now());
                for attempt in 1..=2 {
                    let decision = policy.decide(&unanswered(attempt, 2), 0);
                    retries += u32::from(matches!(decision, Decision::RetryAfter(_)));
                }
            }
            retries
        };
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(work)).collect();
        threads.into_iter().map(|one| one.join().unwrap()).sum()
    });
    let most = 50 + THREADS * CALLS / 5;
    assert!(retries <= most, "{retries} of {most}");
    // With every call failing all of it is used, but for what a full bucket could not take.
    assert!(retries + 60 >= most, "{retries} of {most}");
}
