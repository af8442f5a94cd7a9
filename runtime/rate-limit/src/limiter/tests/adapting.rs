use super::{
    AcquireError, AcquireRequest, Bench, ClassLimit, Limiter, Preset, SECOND, attempt, millis,
};

const REASON: &str = "stripe-rate-limited-reason";

#[test]
fn refusal_lowers_the_limit_that_it_names() {
    let cases = [
        (Some("global-rate"), (70.0, 200, 50.0)),
        (Some("endpoint-rate"), (100.0, 200, 35.0)),
        (Some("global-concurrency"), (100.0, 140, 50.0)),
        (Some("resource-specific"), (100.0, 200, 50.0)),
        (None, (70.0, 200, 50.0)),
    ];
    for (reason, expected) in cases {
        let mut bench = Bench::with(100, 50);
        let headers: Vec<_> = reason.map(|reason| (REASON, reason)).into_iter().collect();
        bench.answer_at_once(attempt("a"), 429, &headers);
        let (account, lane) = (bench.usage("account"), bench.usage("operation a"));
        let found = (
            account.allowed_per_second.unwrap(),
            account.concurrent.unwrap(),
            lane.allowed_per_second.unwrap(),
        );
        assert_eq!(found, expected, "{reason:?}");
        let refusals = account.refusals + lane.refusals;
        assert_eq!(refusals, u64::from(reason != Some("resource-specific")));
    }
}

#[test]
fn concurrency_of_an_operation_is_learnt_when_it_is_refused() {
    let mut bench = Bench::with(100, 50);
    assert_eq!(bench.start_all(10, attempt("a")), 10);
    bench.answer(0, 429, &[(REASON, "endpoint-concurrency")]);
    assert_eq!(bench.usage("operation a").concurrent, Some(7));
    let waiting = bench.start_waiting(attempt("a"));
    bench.pass(SECOND * 10);
    assert_eq!(bench.usage("operation a").concurrent, None);
    // It detected the recovery without a completed attempt.
    assert!(bench.is_in_flight(waiting));
}

#[test]
fn class_is_lowered_when_its_operation_is_refused() {
    const PRESET: Preset = Preset::new(100, 100, 50).classes(&[
        ClassLimit::new("search", 20),
        ClassLimit::new("meter", 500).separate(),
    ]);
    let mut bench = Bench::new(Limiter::new(PRESET));
    let in_class = |class, operation| AcquireRequest {
        class,
        ..attempt(operation)
    };
    bench.answer_at_once(in_class("search", "a"), 429, &[(REASON, "endpoint-rate")]);
    // It has only its own limit, whichever limit the server names.
    bench.answer_at_once(in_class("meter", "b"), 429, &[(REASON, "global-rate")]);
    bench.spend(1, attempt("c"));
    assert_eq!(bench.usage("class search").allowed_per_second, Some(14.0));
    assert_eq!(bench.usage("class meter").allowed_per_second, Some(350.0));
    assert_eq!(bench.usage("account").allowed_per_second, Some(100.0));
}

#[test]
fn fewer_begin_after_a_refusal_until_the_limit_has_recovered() {
    let limiter = Limiter::new(Preset::new(20, 20, 0)).queue(0).concurrent(0);
    let mut bench = Bench::new(limiter);
    bench.answer_at_once(attempt("a"), 429, &[]);
    bench.pass(SECOND);
    // 70 %, and one twentieth that was recovered.
    assert_eq!(bench.start_all(40, attempt("a")), 15);
    bench.pass(SECOND);
    assert_eq!(bench.start_all(40, attempt("a")), 16);
    bench.pass(SECOND * 9);
    assert_eq!(bench.start_all(40, attempt("a")), 20);
}

#[test]
fn burst_of_refusals_lowers_a_limit_once() {
    let mut bench = Bench::with(100, 100);
    assert_eq!(bench.start_all(10, attempt("a")), 10);
    for id in 0..10 {
        bench.pass(millis(300));
        bench.answer(id, 429, &[]);
    }
    let usage = bench.usage("account");
    assert_eq!(usage.refusals, 10);
    // All began before the first refusal came.
    let allowed = usage.allowed_per_second.unwrap();
    assert!((allowed - (70.0 + 2.7 * 5.0)).abs() < 1e-9, "{allowed}");
}

#[test]
fn nothing_begins_before_the_time_that_the_server_asked_for() {
    let mut bench = Bench::with(10, 10);
    let headers = [("retry-after", "3"), (REASON, "endpoint-rate")];
    bench.answer_at_once(attempt("a"), 429, &headers);
    assert_eq!(bench.usage("operation a").pause, Some(SECOND * 3));
    let waiting: Vec<_> = (0..9).map(|_| bench.start_waiting(attempt("a"))).collect();
    // Other operations are not limited.
    assert_eq!(bench.start_all(1, attempt("b")), 1);
    bench.pass(SECOND * 6);
    // 70 % of ten, and what was recovered within three seconds.
    let first = waiting
        .iter()
        .filter(|&&id| bench.begun_at(id) == Some(SECOND * 3));
    assert_eq!(first.count(), 8);
    assert!(
        waiting
            .iter()
            .all(|&id| bench.begun_at(id) >= Some(SECOND * 3))
    );
    assert!(
        waiting
            .iter()
            .all(|&id| bench.begun_at(id) <= Some(SECOND * 4))
    );
}

#[test]
fn attempts_that_wait_already_obey_a_later_pause() {
    let mut bench = Bench::with(2, 2);
    let first = bench.start(attempt("a"));
    bench.spend(1, attempt("a"));
    let waiting = bench.start_waiting(attempt("a"));
    bench.answer(first, 429, &[("retry-after", "5")]);
    bench.pass(SECOND * 10);
    assert_eq!(bench.begun_at(waiting), Some(SECOND * 5));
}

#[test]
fn account_pauses_when_its_quota_is_used_up() {
    let mut bench = Bench::with(10, 10);
    let headers = [("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "2")];
    bench.answer_at_once(attempt("a"), 200, &headers);
    let waiting = bench.start_waiting(attempt("b"));
    assert_eq!(bench.usage("account").pause, Some(SECOND * 2));
    assert_eq!(bench.usage("account").refusals, 0);
    bench.pass(SECOND * 3);
    assert_eq!(bench.begun_at(waiting), Some(SECOND * 2));
}

#[test]
fn attempt_is_refused_at_once_when_the_pause_is_longer_than_it_may_wait() {
    let mut bench = Bench::with(10, 10);
    bench.answer_at_once(attempt("a"), 429, &[("retry-after", "40")]);
    let refused = bench.start(attempt("a"));
    assert_eq!(bench.error(refused), Some(AcquireError::WaitTooLong));
    bench.pass(SECOND * 20);
    bench.start_waiting(attempt("a"));
}

#[test]
fn most_of_a_lowered_rate_is_used_while_it_recovers() {
    let mut bench = Bench::new(Limiter::new(Preset::new(20, 20, 20)).concurrent(0));
    bench.answer_at_once(attempt("a"), 429, &[]);
    let begun = bench.begun.len();
    for _ in 0..200 {
        bench.start(attempt("a"));
    }
    bench.pass(SECOND * 6);
    // 14 immediately, and then 15 to 20 in each of six seconds.
    let total = bench.begun.len() - begun;
    assert!(
        (105..=14 + 15 + 16 + 17 + 18 + 19 + 20).contains(&total),
        "{total}"
    );
}
