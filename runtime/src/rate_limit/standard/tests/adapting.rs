use super::{Admission, Bench, ClassLimit, Demand, Duration, Preset, SECOND, StandardLimiter};

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
        let demand = bench.demand("a");
        let headers: Vec<_> = reason.map(|reason| (REASON, reason)).into_iter().collect();
        bench.answered(&demand, 429, &headers);
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
    let demand = bench.demand("a");
    assert_eq!(bench.admitted(10, &demand), 10);
    bench.answer(1, &demand, 429, &[(REASON, "endpoint-concurrency")]);
    assert_eq!(bench.usage("operation a").concurrent, Some(7));
    bench.waiter(&demand);
    bench.pass(SECOND * 10);
    assert_eq!(bench.usage("operation a").concurrent, None);
}

#[test]
fn class_is_lowered_when_its_operation_is_refused() {
    const PRESET: Preset = Preset::new(100, 100, 50).classes(&[
        ClassLimit::new("search", 20),
        ClassLimit::new("meter", 500).separate(),
    ]);
    let mut bench = Bench::new(StandardLimiter::new(PRESET));
    let (search, meter) = (
        Demand {
            class: "search",
            ..bench.demand("a")
        },
        Demand {
            class: "meter",
            ..bench.demand("b")
        },
    );
    bench.answered(&search, 429, &[(REASON, "endpoint-rate")]);
    // It has only its own limit, whatever the server calls it.
    bench.answered(&meter, 429, &[(REASON, "global-rate")]);
    assert_eq!(bench.usage("class search").allowed_per_second, Some(14.0));
    assert_eq!(bench.usage("class meter").allowed_per_second, Some(350.0));
    assert_eq!(bench.usage("account").allowed_per_second, Some(100.0));
}

#[test]
fn fewer_are_admitted_after_a_refusal_until_it_is_forgotten() {
    let mut bench = Bench::new(
        StandardLimiter::new(Preset::new(20, 20, 0))
            .queue(0)
            .concurrent(0),
    );
    let demand = bench.demand("a");
    bench.answered(&demand, 429, &[]);
    bench.pass(SECOND);
    // 70 %, and one twentieth that came back.
    assert_eq!(bench.admitted(40, &demand), 15);
    bench.pass(SECOND);
    assert_eq!(bench.admitted(40, &demand), 16);
    bench.pass(SECOND * 9);
    assert_eq!(bench.admitted(40, &demand), 20);
}

#[test]
fn burst_of_refusals_lowers_a_limit_once() {
    let mut bench = Bench::with(100, 100);
    let demand = bench.demand("a");
    assert_eq!(bench.admitted(10, &demand), 10);
    for ticket in 1..=10 {
        bench.pass(Duration::from_millis(300));
        bench.answer(ticket, &demand, 429, &[]);
    }
    let usage = bench.usage("account");
    assert_eq!(usage.refusals, 10);
    // All were admitted before the first refusal came.
    assert_eq!(usage.allowed_per_second, Some(70.0 + 2.7 * 5.0));
}

#[test]
fn nothing_goes_before_the_time_that_the_server_asked_for() {
    let mut bench = Bench::with(10, 10);
    let (a, b) = (bench.demand("a"), bench.demand("b"));
    let headers = [("retry-after", "3"), (REASON, "endpoint-rate")];
    bench.answered(&a, 429, &headers);
    assert_eq!(bench.usage("operation a").pause, Some(SECOND * 3));
    let waiter = bench.waiter(&a);
    // Other operations go on.
    assert_eq!(bench.admitted(1, &b), 1);
    bench.pass(Duration::from_millis(2_999));
    assert!(matches!(bench.ask(waiter, &a), Admission::Wait(_)));
    bench.pass(Duration::from_millis(1));
    assert_eq!(bench.ask(waiter, &a), Admission::Now);
}

#[test]
fn account_pauses_when_its_quota_is_used_up() {
    let mut bench = Bench::with(10, 10);
    let (a, b) = (bench.demand("a"), bench.demand("b"));
    let headers = [("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "2")];
    bench.answered(&a, 200, &headers);
    let waiter = bench.waiter(&b);
    assert_eq!(bench.usage("account").pause, Some(SECOND * 2));
    assert_eq!(bench.usage("account").refusals, 0);
    bench.pass(SECOND * 2);
    assert_eq!(bench.ask(waiter, &b), Admission::Now);
}

#[test]
fn call_is_refused_at_once_when_the_pause_is_longer_than_it_may_wait() {
    let mut bench = Bench::with(10, 10);
    let demand = bench.demand("a");
    bench.answered(&demand, 429, &[("retry-after", "40")]);
    assert_eq!(bench.come(&demand).1, Admission::WaitedTooLong);
    bench.pass(SECOND * 20);
    bench.waiter(&demand);
}
