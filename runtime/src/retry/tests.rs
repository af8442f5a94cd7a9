use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest};

use super::{FailedAttempt, RetryPolicy, StopReason, backoff_bound, full_jitter};
use crate::error::{Error, Retryability};
use crate::http::RawResponse;

/// What the policy decides.
type Decision = Result<Duration, StopReason>;

/// A failed attempt without a response.
fn failed(attempts: u32, max_retries: u32) -> FailedAttempt<'static> {
    FailedAttempt {
        attempts,
        max_retries,
        retryability: Retryability::Permanent,
        headers: None,
        time_left: None,
    }
}

fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
    let pairs = pairs.iter().map(|&(name, value)| {
        let value = HeaderValue::from_str(value).unwrap();
        (HeaderName::from_static(name), value)
    });
    pairs.collect()
}

/// The retryability of a response according to the classification.
fn classify(status: u16, headers: &HeaderMap, code: Option<&str>) -> Retryability {
    let status = StatusCode::from_u16(status).unwrap();
    let body = match code {
        Some(code) => format!(r#"{{"error": {{"code": "{code}"}}}}"#),
        None => String::new(),
    };
    Error::rejected(RawResponse::new(status, headers.clone(), body))
        .verdict()
        .retry
}

/// The decision about the first attempt of three, with the longest jitter.
fn decide(status: u16, code: Option<&str>, pairs: &[(&'static str, &str)]) -> Decision {
    let headers = headers(pairs);
    let mut failure = failed(1, 2);
    failure.retryability = classify(status, &headers, code);
    failure.headers = Some(&headers);
    RetryPolicy::new().next_backoff(&failure, u64::MAX)
}

fn transient(attempts: u32, max_retries: u32) -> FailedAttempt<'static> {
    FailedAttempt {
        retryability: Retryability::Retryable,
        ..failed(attempts, max_retries)
    }
}

const RETRY: Decision = Ok(Duration::from_millis(500));
const FINAL: Decision = Err(StopReason::NotRetryable);

#[test]
fn status_decides_when_response_says_nothing_else() {
    for status in 100..=599 {
        let expected = match status {
            409 | 424 | 429 | 500.. => RETRY,
            _ => FINAL,
        };
        assert_eq!(decide(status, None, &[]), expected, "{status}");
    }
}

#[test]
fn code_decides_before_status() {
    for (status, code, expected) in [
        (429, "lock_timeout", RETRY),
        (400, "lock_timeout", RETRY),
        (409, "idempotency_key_in_use", RETRY),
        (400, "idempotency_key_in_use", RETRY),
        (400, "rate_limit", RETRY),
        (429, "rate_limit", RETRY),
        (403, "rate_limit", FINAL),
        (400, "parameter_missing", FINAL),
        (402, "card_declined", FINAL),
        (404, "resource_missing", FINAL),
        (500, "anything", RETRY),
    ] {
        assert_eq!(decide(status, Some(code), &[]), expected, "{status} {code}");
    }
}

#[test]
fn reason_decides_about_rate_limits() {
    for (reason, expected) in [
        ("global-rate", RETRY),
        ("endpoint-rate", RETRY),
        ("global-concurrency", RETRY),
        ("endpoint-concurrency", RETRY),
        ("made-up-tomorrow", RETRY),
        ("resource-specific", FINAL),
    ] {
        let headers = [("stripe-rate-limited-reason", reason)];
        assert_eq!(decide(429, None, &headers), expected, "429 {reason}");
        let old = decide(400, Some("rate_limit"), &headers);
        assert_eq!(old, expected, "400 {reason}");
    }
    let reason = [("stripe-rate-limited-reason", "resource-specific")];
    assert_eq!(decide(429, Some("lock_timeout"), &reason), RETRY);
}

#[test]
fn rate_limits_are_final_when_policy_does_not_retry_them() {
    let policy = RetryPolicy::new().retry_rate_limits(false);
    let headers = HeaderMap::new();
    let mut failure = failed(1, 2);
    failure.retryability = classify(429, &headers, None);
    assert_eq!(policy.next_backoff(&failure, 0), FINAL);
    failure.retryability = classify(429, &headers, Some("lock_timeout"));
    assert_ne!(policy.next_backoff(&failure, 0), FINAL);
}

#[test]
fn should_retry_header_takes_precedence() {
    let should_retry = |status, value| decide(status, None, &[("stripe-should-retry", value)]);
    assert_eq!(should_retry(500, "false"), Err(StopReason::ServerForbids));
    assert_eq!(should_retry(409, "false"), Err(StopReason::ServerForbids));
    assert_eq!(should_retry(400, "true"), RETRY);
    assert_eq!(should_retry(400, " true "), RETRY);
    assert_eq!(should_retry(500, "perhaps"), RETRY);
    assert_eq!(should_retry(400, "perhaps"), FINAL);
    let locked = decide(
        429,
        Some("lock_timeout"),
        &[("stripe-should-retry", "false")],
    );
    assert_eq!(locked, Err(StopReason::ServerForbids));
}

#[test]
fn stored_response_is_final_without_should_retry_header() {
    let replayed = ("idempotent-replayed", "true");
    assert_eq!(decide(500, None, &[replayed]), FINAL);
    assert_eq!(decide(424, None, &[replayed]), FINAL);
    let forced = [replayed, ("stripe-should-retry", "true")];
    assert_eq!(decide(500, None, &forced), RETRY);
    assert_eq!(
        decide(500, None, &[("idempotent-replayed", "false")]),
        RETRY
    );
}

#[test]
fn attempt_without_response_is_retried_when_transient() {
    let policy = RetryPolicy::new();
    assert_eq!(policy.next_backoff(&transient(1, 2), u64::MAX), RETRY);
    assert_eq!(policy.next_backoff(&failed(1, 2), u64::MAX), FINAL);
}

#[test]
fn retries_stop_at_the_limit_of_the_call() {
    let decide = |attempts, max| RetryPolicy::new().next_backoff(&transient(attempts, max), 0);
    let limit = Err(StopReason::MaxRetriesReached);
    assert_eq!(decide(1, 0), limit);
    assert_ne!(decide(1, 1), limit);
    assert_ne!(decide(2, 2), limit);
    assert_eq!(decide(3, 2), limit);
    assert_eq!(decide(u32::MAX, 2), limit);
    assert_ne!(decide(u32::MAX, u32::MAX), limit);
}

#[test]
fn first_reason_that_applies_is_given() {
    let policy = RetryPolicy::new().budget(0, 0.0);
    let headers = headers(&[("retry-after", "61")]);
    let mut failure = failed(3, 2);
    failure.time_left = Some(Duration::ZERO);
    assert_eq!(policy.next_backoff(&failure, 0), FINAL);
    failure.retryability = classify(502, &headers, None);
    failure.headers = Some(&headers);
    assert_eq!(
        policy.next_backoff(&failure, 0),
        Err(StopReason::MaxRetriesReached)
    );
    failure.attempts = 2;
    assert_eq!(
        policy.next_backoff(&failure, 0),
        Err(StopReason::RetryAfterTooLong)
    );
    failure.headers = None;
    assert_eq!(
        policy.next_backoff(&failure, 0),
        Err(StopReason::DeadlineTooClose)
    );
    failure.time_left = None;
    assert_eq!(
        policy.next_backoff(&failure, 0),
        Err(StopReason::BudgetExhausted)
    );
}

#[test]
fn retry_after_is_honored_with_jitter() {
    let honored = |value: &str, random| {
        let headers = headers(&[("retry-after", value)]);
        let mut failure = failed(1, 2);
        failure.retryability = classify(503, &headers, None);
        failure.headers = Some(&headers);
        RetryPolicy::new().next_backoff(&failure, random)
    };
    let after = |millis| Ok(Duration::from_millis(millis));
    assert_eq!(honored("3", 0), after(3_000));
    assert_eq!(honored("3", u64::MAX), after(3_500));
    assert_eq!(honored("0", u64::MAX), after(500));
    assert_eq!(honored("60", u64::MAX), after(60_500));
    assert_eq!(honored("60.5", 0), Err(StopReason::RetryAfterTooLong));
    assert_eq!(honored("86400", 0), Err(StopReason::RetryAfterTooLong));
    assert_eq!(honored("soon", u64::MAX), RETRY);
}

#[test]
fn retry_after_is_honored_when_it_is_a_date() {
    let headers = headers(&[
        ("date", "Sun, 06 Nov 1994 08:49:30 GMT"),
        ("retry-after", "Sun, 06 Nov 1994 08:49:37 GMT"),
    ]);
    let mut failure = failed(1, 2);
    failure.retryability = classify(429, &headers, None);
    failure.headers = Some(&headers);
    let backoff = |policy: RetryPolicy| policy.next_backoff(&failure, 0);
    let seven = Duration::from_secs(7);
    assert_eq!(backoff(RetryPolicy::new()), Ok(seven));
    let short = RetryPolicy::new().max_retry_after(Duration::from_secs(6));
    assert_eq!(backoff(short), Err(StopReason::RetryAfterTooLong));
}

#[test]
fn no_token_is_taken_when_the_deadline_is_too_close() {
    let policy = RetryPolicy::new();
    let mut failure = transient(1, 2);
    failure.time_left = Some(Duration::from_millis(500));
    let stop = Err(StopReason::DeadlineTooClose);
    assert_eq!(policy.next_backoff(&failure, u64::MAX), stop);
    assert_eq!(policy.budget_left(), Some(100));
    failure.time_left = Some(Duration::from_millis(501));
    assert_eq!(policy.next_backoff(&failure, u64::MAX), RETRY);
    assert_eq!(policy.budget_left(), Some(99));
}

#[test]
fn budget_bounds_retries_and_calls_refill_it() {
    let policy = RetryPolicy::new().budget(2, 0.5);
    let stop = Err(StopReason::BudgetExhausted);
    let retries = || policy.next_backoff(&transient(1, 9), 0) != stop;
    assert!(retries() && retries() && !retries());
    policy.record_call();
    assert!(!retries(), "half a token is not enough");
    policy.record_call();
    assert_eq!(policy.budget_left(), Some(1));
    assert!(retries() && !retries());
    (0..50).for_each(|_| policy.record_call());
    assert_eq!(policy.budget_left(), Some(2), "the bucket has a capacity");
}

#[test]
fn retries_are_unbounded_without_a_budget() {
    let policy = RetryPolicy::new().without_budget();
    policy.record_call();
    assert_eq!(policy.budget_left(), None);
    for _ in 0..1_000 {
        assert_ne!(
            policy.next_backoff(&transient(1, 1), 0),
            Err(StopReason::BudgetExhausted)
        );
    }
}

#[test]
fn extreme_settings_do_not_panic() {
    for ratio in [f64::NAN, f64::NEG_INFINITY, -1.0] {
        let policy = RetryPolicy::new().budget(1, ratio);
        assert_eq!(policy.next_backoff(&transient(1, 2), u64::MAX), RETRY);
        policy.record_call();
        assert_eq!(policy.budget_left(), Some(0), "{ratio}");
    }
    let policy = RetryPolicy::new().budget(u32::MAX, f64::INFINITY);
    policy.next_backoff(&transient(1, 2), 0).unwrap();
    policy.record_call();
    assert_eq!(policy.budget_left(), Some(u32::MAX));
    let policy = RetryPolicy::new()
        .initial_backoff(Duration::MAX)
        .max_backoff(Duration::MAX)
        .max_retry_after(Duration::MAX);
    let backoff = policy.next_backoff(&transient(u32::MAX, u32::MAX), u64::MAX);
    assert!(backoff.is_ok());
}

#[test]
fn backoff_bound_doubles_up_to_the_maximum() {
    let (first, longest) = (Duration::from_millis(500), Duration::from_secs(8));
    let bounds = [1, 2, 3, 4, 5, 6, u32::MAX].map(|n| backoff_bound(first, longest, n).as_millis());
    assert_eq!(bounds, [500, 1_000, 2_000, 4_000, 8_000, 8_000, 8_000]);
    let short = Duration::from_millis(200);
    assert_eq!(backoff_bound(first, short, 1), short);
}

#[test]
fn jitter_reaches_both_ends_and_the_middle() {
    let bound = Duration::from_millis(500);
    assert_eq!(full_jitter(bound, 0), Duration::ZERO);
    assert_eq!(full_jitter(bound, u64::MAX), bound);
    assert_eq!(full_jitter(bound, 1 << 63), bound / 2);
    assert_eq!(full_jitter(Duration::ZERO, u64::MAX), Duration::ZERO);
    let longest = Duration::from_nanos(u64::MAX);
    assert_eq!(full_jitter(Duration::MAX, u64::MAX), longest);
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
        let part = full_jitter(bound, scrambled(seed)).as_nanos() * 16 / (bound.as_nanos() + 1);
        counts[usize::try_from(part).unwrap()] += 1;
    }
    // Six standard deviations around 10,000.
    let even = counts.iter().all(|count| (9_400..=10_600).contains(count));
    assert!(even, "{counts:?}");
}

proptest! {
    #[test]
    fn jitter_is_never_above_its_bound(nanos in any::<u64>(), random in any::<u64>()) {
        prop_assert!(full_jitter(Duration::from_nanos(nanos), random) <= Duration::from_nanos(nanos));
    }

    #[test]
    fn jitter_is_monotonic(nanos in any::<u64>(), a in any::<u64>(), b in any::<u64>()) {
        let bound = Duration::from_nanos(nanos);
        prop_assert!(full_jitter(bound, a.min(b)) <= full_jitter(bound, a.max(b)));
    }

    /// Every value has the same share of `random`, within one: so has any range that begins at 0.
    #[test]
    fn jitter_is_uniform(nanos in 0..u64::MAX, cut in any::<u64>()) {
        let bound = Duration::from_nanos(nanos);
        let cut = cut % (nanos + 1);
        // The first random number that maps to `cut` is `cut / (nanos + 1)` of the way, rounded up.
        let exact = (u128::from(cut) << 64).div_ceil(u128::from(nanos) + 1);
        let first = u64::try_from(exact).unwrap();
        prop_assert_eq!(full_jitter(bound, first), Duration::from_nanos(cut));
        if first > 0 {
            prop_assert!(full_jitter(bound, first - 1) < Duration::from_nanos(cut));
        }
    }

    #[test]
    fn retries_stay_within_budget(
        reserve in 0..20_u32,
        ratio in 0..1_500_u32,
        steps in proptest::collection::vec(any::<bool>(), 0..400),
    ) {
        let policy = RetryPolicy::new().budget(reserve, f64::from(ratio) / 1_000.0);
        let (mut calls, mut retries) = (0_u64, 0_u64);
        for is_call in steps {
            if is_call {
                calls += 1;
                policy.record_call();
                continue;
            }
            let left = policy.budget_left().unwrap();
            let granted = policy.next_backoff(&transient(1, 1), 0).is_ok();
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
    let policy = RetryPolicy::new().budget(50, 0.2);
    let retries: u32 = std::thread::scope(|scope| {
        let work = || {
            let mut retries = 0;
            for _ in 0..CALLS {
                policy.record_call();
                for attempt in 1..=2 {
                    let decision = policy.next_backoff(&transient(attempt, 2), 0);
                    retries += u32::from(decision.is_ok());
                }
            }
            retries
        };
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(work)).collect();
        threads.into_iter().map(|one| one.join().unwrap()).sum()
    });
    let most = 50 + THREADS * CALLS / 5;
    assert!(retries <= most, "{retries} of {most}");
    // If every call fails, all of it is used, except for what did not fit into a full bucket.
    assert!(retries + 60 >= most, "{retries} of {most}");
}
