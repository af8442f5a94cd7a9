use std::sync::Arc;

use super::{
    AcquireError, AcquireRequest, Bench, ClassLimit, Clock, Handle, Limiter, Preset, QuotaShare,
    RateLimiter, SECOND, attempt, millis,
};

const STRIPE: Preset = Preset::new(100, 25, 25).classes(&[
    ClassLimit::new("search", 20),
    ClassLimit::new("payouts", 15).concurrent(30),
    ClassLimit::new("meter_events", 1_000).separate(),
]);

/// Without a queue, so that attempts that cannot begin leave nothing behind.
fn stripe() -> Bench {
    Bench::new(Limiter::new(STRIPE).queue(0).concurrent(0))
}

fn in_class(class: &'static str, operation: &'static str) -> AcquireRequest<'static> {
    AcquireRequest {
        class,
        live: true,
        ..attempt(operation)
    }
}

#[test]
fn account_has_its_limit_in_each_mode() {
    let mut bench = stripe();
    let mut live = 0;
    for operation in ["a", "b", "c", "d", "e", "f"] {
        live += bench.start_all(40, in_class("", operation));
    }
    assert_eq!(live, 100);
    let test = bench.start_all(40, attempt("a")) + bench.start_all(40, attempt("b"));
    assert_eq!(test, 25);
    let other = AcquireRequest {
        account: Some("acct_1"),
        ..attempt("a")
    };
    assert_eq!(bench.start_all(40, other), 25);
}

#[test]
fn rate_holds_for_every_second_when_bursts_straddle_it() {
    let mut bench = stripe();
    let request = attempt("a");
    assert_eq!(bench.start_all(10, request), 10);
    bench.pass(millis(999));
    assert_eq!(bench.start_all(40, request), 15);
    bench.pass(millis(1));
    assert_eq!(bench.start_all(40, request), 10);
    bench.pass(millis(998));
    assert_eq!(bench.start_all(40, request), 0);
    bench.pass(millis(1));
    assert_eq!(bench.start_all(40, request), 15);
}

#[test]
fn class_is_shared_by_its_operations() {
    let mut bench = stripe();
    assert_eq!(bench.start_all(15, in_class("search", "SearchCharges")), 15);
    assert_eq!(
        bench.start_all(15, in_class("search", "SearchCustomers")),
        5
    );
    assert_eq!(bench.usage("class search").used, 20);
    assert_eq!(bench.usage("account").used, 20);
}

#[test]
fn class_has_a_limit_of_attempts_in_flight() {
    let mut bench = stripe();
    let payout = in_class("payouts", "PostPayouts");
    for _ in 0..2 {
        assert_eq!(bench.start_all(15, payout), 15);
        bench.pass(SECOND);
    }
    assert_eq!(bench.start_all(15, payout), 0);
    bench.answer(0, 200, &[]);
    assert_eq!(bench.start_all(15, payout), 1);
}

#[test]
fn separate_class_does_not_count_against_the_account() {
    let mut bench = stripe();
    let meter = AcquireRequest {
        live: false,
        ..in_class("meter_events", "PostMeterEvents")
    };
    assert_eq!(bench.start_all(1_100, meter), 1_000);
    assert_eq!(bench.start_all(40, attempt("a")), 25);
    assert_eq!(bench.usage("account").used, 25);
    assert_eq!(bench.usage("class meter_events").used, 1_000);
    assert_eq!(bench.all_usage().len(), 3);
}

#[test]
fn unknown_class_has_the_limit_of_an_operation() {
    let mut bench = stripe();
    assert_eq!(
        bench.start_all(40, in_class("unheard_of", "PostThings")),
        25
    );
    assert_eq!(bench.usage("operation PostThings").per_second, Some(25));
}

#[test]
fn operation_never_has_more_than_its_account() {
    let mut bench = Bench::with(10, 25);
    bench.spend(1, attempt("a"));
    assert_eq!(bench.usage("operation a").per_second, Some(10));
}

#[test]
fn attempts_in_flight_are_limited_to_twice_the_rate() {
    let mut bench = Bench::new(Limiter::new(Preset::new(5, 5, 0)).queue(0));
    let mut begun = 0;
    for _ in 0..4 {
        begun += bench.start_all(5, attempt("a"));
        bench.pass(SECOND);
    }
    assert_eq!(begun, 10);
    assert_eq!(bench.usage("account").concurrent, Some(10));
}

#[test]
fn quota_is_a_part_of_every_limit_but_never_nothing() {
    let tenth = QuotaShare::of_process(0, 10);
    let mut bench = Bench::new(Limiter::new(STRIPE).quota(tenth).queue(0));
    assert_eq!(bench.start_all(9, in_class("payouts", "PostPayouts")), 1);
    let usage = bench.usage("class payouts");
    assert_eq!((usage.per_second, usage.concurrent), (Some(1), Some(3)));
    let usage = bench.usage("account");
    assert_eq!((usage.per_second, usage.concurrent), (Some(10), Some(20)));
    let least = QuotaShare::of_process(0, 1_000);
    let mut least = Bench::new(Limiter::new(STRIPE).quota(least).queue(0));
    assert_eq!(least.start_all(9, attempt("a")), 1);
}

#[test]
fn numbers_are_replaced_when_the_account_has_others() {
    let limiter = Limiter::new(STRIPE)
        .per_second(500, 50)
        .operation_per_second(40)
        .operation("PostBusy", 45)
        .class(ClassLimit::new("search", 30))
        .concurrent(7);
    let mut bench = Bench::new(limiter);
    let search = AcquireRequest {
        class: "search",
        ..attempt("a")
    };
    for request in [attempt("a"), attempt("PostBusy"), search] {
        bench.spend(1, request);
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
    assert_eq!(bench.start_all(2_000, attempt("a")), 2_000);
    let usage = bench.usage("account");
    assert_eq!((usage.per_second, usage.concurrent), (None, None));
    assert_eq!((usage.used, usage.in_flight), (2_000, 2_000));
}

#[test]
fn usage_shows_what_is_in_use() {
    let mut bench = Bench::with(2, 1);
    let request = AcquireRequest {
        account: Some("acct_1"),
        live: true,
        ..attempt("a")
    };
    let first = bench.start(request);
    bench.start_waiting(request);
    let usage = bench.usage("operation a");
    assert_eq!(usage.account.as_deref(), Some("acct_1"));
    assert!(usage.live);
    assert_eq!((usage.used, usage.in_flight, usage.waiting), (1, 1, 1));
    assert_eq!((usage.allowed_per_second, usage.pause), (Some(1.0), None));
    bench.cancel(first);
    bench.pass_without_polling(SECOND);
    let usage = bench.usage("account");
    assert_eq!((usage.used, usage.in_flight, usage.waiting), (0, 0, 1));
}

/// Acquires a permit for an account, which has to be available immediately, and drops it.
fn use_account(bench: &Bench, account: &str) {
    let clock: Arc<dyn Clock> = Arc::new(Handle(Arc::clone(&bench.clock)));
    let request = AcquireRequest {
        account: Some(account),
        ..attempt("a")
    };
    let acquiring = bench.limiter.acquire(request, &clock);
    let permit = futures_util::FutureExt::now_or_never(acquiring);
    drop(permit.unwrap().unwrap());
}

#[test]
fn accounts_are_forgotten_when_they_are_idle() {
    let mut bench = Bench::with(25, 25);
    for n in 0..20_000 {
        use_account(&bench, &format!("acct_{n}"));
        bench.pass(millis(10));
    }
    // Two limits for each account; a hundred of them were used within the last second.
    assert!(bench.all_usage().len() <= 1_024);
}

#[test]
fn memory_is_bounded_when_more_accounts_are_in_use_than_are_kept() {
    let mut bench = Bench::with(25, 25);
    for n in 0..20_000 {
        use_account(&bench, &format!("acct_{n}"));
        if n % 10 == 0 {
            bench.pass(millis(10));
        }
    }
    // A thousand accounts were used within the last second.
    assert!(bench.all_usage().len() <= 2 * 4_096);
}

#[test]
fn limits_in_use_are_not_forgotten() {
    let mut bench = Bench::with(25, 25);
    assert_eq!(bench.start_all(1, attempt("a")), 1);
    for n in 0..5_000 {
        use_account(&bench, &format!("acct_{n}"));
        bench.pass(millis(10));
    }
    let all = bench.all_usage();
    let own = all
        .iter()
        .find(|usage| usage.account.is_none() && usage.scope == "operation a");
    assert_eq!(own.unwrap().in_flight, 1);
}

#[test]
fn time_that_goes_back_does_no_harm() {
    let mut bench = Bench::new(Limiter::new(Preset::new(3, 3, 3)).queue(0));
    bench.pass(SECOND);
    assert_eq!(bench.start_all(2, attempt("a")), 2);
    bench.clock.set(millis(0));
    assert_eq!(bench.start_all(3, attempt("a")), 1);
}

#[test]
fn limits_are_common_when_limiters_are_clones() {
    let mut bench = stripe();
    assert_eq!(bench.start_all(24, attempt("a")), 24);
    let original = bench.limiter.clone();
    bench.limiter = original.clone();
    assert_eq!(bench.start_all(9, attempt("a")), 1);
    // A limiter with another setting counts separately.
    bench.limiter = original.queue(5);
    assert_eq!(bench.start_all(9, attempt("a")), 9);
}

#[test]
fn raw_calls_use_the_limit_of_the_account_only() {
    let mut bench = Bench::with(5, 2);
    bench.spend(4, attempt(""));
    assert_eq!(bench.start_all(1, attempt("a")), 1);
    assert_eq!(bench.start_all(1, attempt("")), 0);
    assert_eq!(bench.usage("raw calls").per_second, None);
}

#[test]
fn permit_that_is_dropped_counts_no_longer_as_in_flight() {
    let mut bench = Bench::new(Limiter::new(Preset::new(0, 0, 0)).concurrent(1).queue(0));
    assert_eq!(bench.start_all(1, attempt("a")), 1);
    let refused = bench.start(attempt("a"));
    assert_eq!(bench.error(refused), Some(AcquireError::QueueFull));
    bench.cancel(0);
    assert_eq!(bench.start_all(1, attempt("a")), 1);
    assert_eq!(bench.usage("account").in_flight, 1);
}
