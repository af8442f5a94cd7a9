use super::{
    Admission, Bench, ClassLimit, Demand, Duration, End, Preset, RateLimiter, SECOND,
    StandardLimiter,
};
use std::sync::Arc;

const STRIPE: Preset = Preset::new(100, 25, 25).classes(&[
    ClassLimit::new("search", 20),
    ClassLimit::new("payouts", 15).concurrent(30),
    ClassLimit::new("meter_events", 1_000).separate(),
]);

fn stripe() -> Bench {
    // Without a queue, so that whoever cannot go leaves nothing behind.
    Bench::new(StandardLimiter::new(STRIPE).queue(0).concurrent(0))
}

#[test]
fn account_has_its_limit_in_each_mode() {
    let mut bench = stripe();
    let mut live = 0;
    for operation in ["a", "b", "c", "d", "e", "f"] {
        let demand = Demand {
            live: true,
            ..bench.demand(operation)
        };
        live += bench.admitted(40, &demand);
    }
    assert_eq!(live, 100);
    let test: u32 = ["a", "b"]
        .map(|operation| bench.admitted(40, &bench.demand(operation)))
        .iter()
        .sum();
    assert_eq!(test, 25);
    let other = Demand {
        account: Some("acct_1"),
        ..bench.demand("a")
    };
    assert_eq!(bench.admitted(40, &other), 25);
}

#[test]
fn rate_holds_for_every_second_when_bursts_straddle_it() {
    let mut bench = stripe();
    let demand = bench.demand("a");
    assert_eq!(bench.admitted(10, &demand), 10);
    bench.pass(Duration::from_millis(999));
    assert_eq!(bench.admitted(40, &demand), 15);
    bench.pass(Duration::from_millis(1));
    assert_eq!(bench.admitted(40, &demand), 10);
    bench.pass(Duration::from_millis(998));
    assert_eq!(bench.admitted(40, &demand), 0);
    bench.pass(Duration::from_millis(1));
    assert_eq!(bench.admitted(40, &demand), 15);
}

#[test]
fn class_is_shared_by_its_operations() {
    let mut bench = stripe();
    let search = |operation| Demand {
        class: "search",
        live: true,
        ..Demand::new(operation, bench.now)
    };
    let (one, two) = (search("SearchCharges"), search("SearchCustomers"));
    assert_eq!(bench.admitted(15, &one), 15);
    assert_eq!(bench.admitted(15, &two), 5);
    assert_eq!(bench.usage("class search").used, 20);
    assert_eq!(bench.usage("account").used, 20);
}

#[test]
fn class_has_a_bound_on_attempts_at_once() {
    let mut bench = stripe();
    let payout = Demand {
        class: "payouts",
        live: true,
        ..bench.demand("PostPayouts")
    };
    for _ in 0..2 {
        assert_eq!(bench.admitted(15, &payout), 15);
        bench.pass(SECOND);
    }
    assert_eq!(bench.admitted(15, &payout), 0);
    bench.answer(1, &payout, 200, &[]);
    assert_eq!(bench.admitted(15, &payout), 1);
}

#[test]
fn separate_class_does_not_count_against_the_account() {
    let mut bench = stripe();
    let meter = Demand {
        class: "meter_events",
        ..bench.demand("PostMeterEvents")
    };
    assert_eq!(bench.admitted(1_100, &meter), 1_000);
    let demand = bench.demand("a");
    assert_eq!(bench.admitted(40, &demand), 25);
    assert_eq!(bench.usage("account").used, 25);
    assert_eq!(bench.usage("class meter_events").used, 1_000);
}

#[test]
fn unknown_class_has_the_limit_of_an_operation() {
    let mut bench = stripe();
    let demand = Demand {
        class: "unheard_of",
        live: true,
        ..bench.demand("PostThings")
    };
    assert_eq!(bench.admitted(40, &demand), 25);
    assert_eq!(bench.usage("operation PostThings").per_second, Some(25));
}

#[test]
fn operation_never_has_more_than_its_account() {
    let mut bench = Bench::with(10, 25);
    let demand = bench.demand("a");
    bench.answered(&demand, 200, &[]);
    assert_eq!(bench.usage("operation a").per_second, Some(10));
}

#[test]
fn attempts_at_once_are_bounded_by_twice_the_rate() {
    let mut bench = Bench::with(5, 0);
    let demand = bench.demand("a");
    let mut admitted = 0;
    for _ in 0..4 {
        admitted += bench.admitted(5, &demand);
        bench.pass(SECOND);
    }
    assert_eq!(admitted, 10);
    assert_eq!(bench.usage("account").concurrent, Some(10));
}

#[test]
fn share_is_taken_of_every_limit_but_never_nothing() {
    let preset = STRIPE;
    let mut bench = Bench::new(StandardLimiter::new(preset).share(0.1).queue(0));
    let payout = Demand {
        class: "payouts",
        live: true,
        ..bench.demand("PostPayouts")
    };
    assert_eq!(bench.admitted(9, &payout), 1);
    let usage = bench.usage("class payouts");
    assert_eq!((usage.per_second, usage.concurrent), (Some(1), Some(3)));
    let usage = bench.usage("account");
    assert_eq!((usage.per_second, usage.concurrent), (Some(10), Some(20)));
    let mut least = Bench::new(StandardLimiter::new(preset).share(0.001).queue(0));
    let demand = least.demand("a");
    assert_eq!(least.admitted(9, &demand), 1);
}

#[test]
fn share_is_reported_when_it_makes_no_sense() {
    let check = |share| StandardLimiter::new(STRIPE).share(share).check();
    for good in [1.0, 0.5, 1e-9] {
        assert_eq!(check(good), Ok(()));
    }
    for bad in [0.0, -0.5, 1.01, 50.0, f64::NAN, f64::INFINITY] {
        let text = check(bad).unwrap_err();
        assert!(text.contains("at most 1"), "{text}");
        // It is still safe to ask.
        let mut bench = Bench::new(StandardLimiter::new(STRIPE).share(bad).queue(0));
        let demand = bench.demand("a");
        assert!((1..=25).contains(&bench.admitted(99, &demand)));
    }
}

#[test]
fn numbers_are_replaced_when_the_account_has_others() {
    let limiter = StandardLimiter::new(STRIPE)
        .per_second(500, 50)
        .operation_per_second(40)
        .operation("PostBusy", 45)
        .class(ClassLimit::new("search", 30))
        .concurrent(7);
    let mut bench = Bench::new(limiter);
    let (a, busy) = (bench.demand("a"), bench.demand("PostBusy"));
    let search = Demand {
        class: "search",
        ..a
    };
    for demand in [&a, &busy, &search] {
        bench.answered(demand, 200, &[]);
    }
    assert_eq!(bench.usage("operation a").per_second, Some(40));
    assert_eq!(bench.usage("operation PostBusy").per_second, Some(45));
    assert_eq!(bench.usage("class search").per_second, Some(30));
    let account = bench.usage("account");
    assert_eq!(
        (account.per_second, account.concurrent),
        (Some(50), Some(7))
    );
}

#[test]
fn nothing_is_limited_when_limits_are_zero() {
    let mut bench = Bench::with(0, 0);
    let demand = bench.demand("a");
    assert_eq!(bench.admitted(5_000, &demand), 5_000);
    let usage = bench.usage("account");
    assert_eq!((usage.per_second, usage.concurrent), (None, None));
    assert_eq!((usage.used, usage.in_flight), (5_000, 5_000));
}

#[test]
fn usage_tells_what_is_used() {
    let mut bench = Bench::with(2, 1);
    let demand = Demand {
        account: Some("acct_1"),
        live: true,
        ..bench.demand("a")
    };
    let (first, _) = bench.come(&demand);
    bench.waiter(&demand);
    let usage = bench.usage("operation a");
    assert_eq!(usage.account.as_deref(), Some("acct_1"));
    assert!(usage.live);
    assert_eq!((usage.used, usage.in_flight, usage.waiting), (1, 1, 1));
    assert_eq!((usage.allowed_per_second, usage.pause), (Some(1.0), None));
    bench.release(first, &demand, End::Unanswered);
    bench.pass(SECOND);
    let usage = bench.usage("account");
    assert_eq!((usage.used, usage.in_flight, usage.waiting), (0, 0, 1));
}

#[test]
fn idle_limits_are_forgotten_when_there_are_many() {
    let mut bench = Bench::with(25, 25);
    for n in 0..20_000 {
        let account = format!("acct_{n}");
        let demand = Demand {
            account: Some(&account),
            ..bench.demand("a")
        };
        bench.answered(&demand, 200, &[]);
        bench.pass(Duration::from_millis(10));
    }
    // Two limits for each account; a hundred of them were used within the last second.
    assert!(bench.limiter.usage(bench.now).len() <= 1_024);

    let mut bench = Bench::with(1_000, 25);
    for n in 0..20_000 {
        let operation = format!("Get{n}");
        bench.answered(&bench.demand(&operation), 200, &[]);
        bench.pass(Duration::from_millis(10));
    }
    assert!(bench.limiter.usage(bench.now).len() <= 1_024);
}

#[test]
fn limits_in_use_are_not_forgotten() {
    let mut bench = Bench::with(25, 25);
    let demand = bench.demand("a");
    assert_eq!(bench.come(&demand).1, Admission::Now);
    for n in 0..5_000 {
        let account = format!("acct_{n}");
        let demand = Demand {
            account: Some(&account),
            ..bench.demand("a")
        };
        bench.answered(&demand, 200, &[]);
        bench.pass(Duration::from_millis(10));
    }
    let all = bench.limiter.usage(bench.now);
    let own = all
        .iter()
        .find(|u| u.account.is_none() && u.scope == "operation a");
    assert_eq!(own.unwrap().in_flight, 1);
}

#[test]
fn time_that_goes_back_does_no_harm() {
    let mut bench = Bench::with(3, 3);
    let demand = bench.demand("a");
    bench.pass(SECOND);
    assert_eq!(bench.admitted(2, &demand), 2);
    bench.now -= SECOND;
    assert_eq!(bench.admitted(3, &demand), 1);
}

#[test]
fn limits_are_common_when_a_limiter_is_shared() {
    let shared = Arc::new(StandardLimiter::new(STRIPE).queue(0));
    let bench = stripe();
    let demand = bench.demand("a");
    let ask = |limiter: &Arc<StandardLimiter>, ticket| {
        let limiter: &dyn RateLimiter = limiter;
        limiter.ask(super::Ticket(ticket), &demand, std::task::Waker::noop())
    };
    let other = Arc::clone(&shared);
    for ticket in 0..25 {
        assert_eq!(ask(&shared, ticket), Admission::Now);
    }
    assert_eq!(ask(&other, 25), Admission::QueueFull);
}

#[test]
fn raw_calls_answer_for_the_account_only() {
    let mut bench = Bench::with(5, 2);
    let (raw, named) = (bench.demand(""), bench.demand("a"));
    bench.spend(4, &raw);
    assert_eq!(bench.come(&named).1, Admission::Now);
    assert_ne!(bench.come(&raw).1, Admission::Now);
}
