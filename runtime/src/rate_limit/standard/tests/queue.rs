use super::{Admission, Bench, Demand, Duration, End, Preset, SECOND, StandardLimiter};

const MILLISECOND: Duration = Duration::from_millis(1);
const NOBODY: [u64; 0] = [];

/// Lets time pass in small steps; whoever was woken or whose time has come asks. Returns the
/// order of admissions.
fn run(bench: &mut Bench, waiters: &[(u64, Demand<'_>)], time: Duration) -> Vec<u64> {
    let mut order = Vec::new();
    let end = bench.now + time;
    while bench.now <= end {
        for (ticket, demand) in waiters {
            if !order.contains(ticket) && bench.ask(*ticket, demand) == Admission::Now {
                order.push(*ticket);
                bench.release(*ticket, demand, End::Unanswered);
            }
        }
        bench.pass(Duration::from_millis(5));
    }
    order
}

#[test]
fn waiter_is_told_when_the_next_place_comes_free() {
    let mut bench = Bench::with(1, 1);
    let demand = bench.demand("a");
    assert_eq!(bench.come(&demand).1, Admission::Now);
    bench.pass(Duration::from_millis(300));
    let wait = Admission::Wait(Some(Duration::from_millis(700)));
    assert_eq!(bench.come(&demand).1, wait);
    assert_eq!(bench.ask(2, &demand), wait);
}

#[test]
fn first_come_is_first_served() {
    let mut bench = Bench::with(3, 3);
    let demand = bench.demand("a");
    bench.spend(3, &demand);
    let waiters: Vec<_> = (0..9).map(|_| (bench.waiter(&demand), demand)).collect();
    // They ask in the wrong order.
    let reversed: Vec<_> = waiters.iter().rev().copied().collect();
    let order = run(&mut bench, &reversed, SECOND * 5);
    let groups: Vec<Vec<u64>> = order
        .chunks(3)
        .map(|group| {
            let mut group = group.to_vec();
            group.sort_unstable();
            group
        })
        .collect();
    assert_eq!(groups, [[4, 5, 6], [7, 8, 9], [10, 11, 12]]);
}

#[test]
fn newcomer_does_not_go_before_those_who_wait() {
    let mut bench = Bench::with(1, 1);
    let demand = bench.demand("a");
    bench.spend(1, &demand);
    let waiter = bench.waiter(&demand);
    bench.pass(SECOND);
    // Its place is free, but it has not asked yet.
    bench.waiter(&demand);
    assert_eq!(bench.woken(), [waiter]);
    assert_eq!(bench.ask(waiter, &demand), Admission::Now);
}

#[test]
fn interactive_goes_before_bulk_but_leaves_it_every_eighth_place() {
    let mut bench = Bench::with(1, 1);
    let (demand, bulk) = (bench.demand("a"), bench.bulk("a"));
    bench.spend(1, &demand);
    let mut waiters: Vec<_> = (0..3).map(|_| (bench.waiter(&bulk), bulk)).collect();
    waiters.extend((0..20).map(|_| (bench.waiter(&demand), demand)));
    let order = run(&mut bench, &waiters, SECOND * 29);
    assert_eq!(order.len(), 23);
    let places: Vec<usize> = (2..5)
        .map(|bulk| order.iter().position(|&t| t == bulk).unwrap())
        .collect();
    assert_eq!(places, [7, 15, 22]);
}

#[test]
fn bulk_of_another_operation_gets_its_turn_too() {
    let mut bench = Bench::with(1, 1);
    let (demand, bulk) = (bench.demand("a"), bench.bulk("b"));
    bench.spend(1, &demand);
    let mut waiters = vec![(bench.waiter(&bulk), bulk)];
    waiters.extend((0..20).map(|_| (bench.waiter(&demand), demand)));
    let order = run(&mut bench, &waiters, SECOND * 29);
    assert_eq!(order.iter().position(|&ticket| ticket == 2), Some(7));
}

#[test]
fn full_operation_does_not_hold_up_others() {
    let mut bench = Bench::with(3, 1);
    let (a, b) = (bench.demand("a"), bench.demand("b"));
    assert_eq!(bench.admitted(1, &a), 1);
    let first = bench.waiter(&a);
    assert_eq!(bench.admitted(1, &b), 1);
    bench.pass(Duration::from_millis(500));
    assert_eq!(bench.admitted(1, &bench.demand("c")), 1);
    let second = bench.waiter(&b);
    bench.pass(Duration::from_millis(500));
    // Both have a place again.
    assert_eq!(bench.ask(first, &a), Admission::Now);
    assert_eq!(bench.woken(), [second]);
    assert_eq!(bench.ask(second, &b), Admission::Now);
}

#[test]
fn queue_refuses_when_it_is_full() {
    let limiter = StandardLimiter::new(Preset::new(1, 1, 1)).queue(20);
    let mut bench = Bench::new(limiter);
    let (demand, bulk) = (bench.demand("a"), bench.bulk("a"));
    bench.spend(1, &demand);
    for _ in 0..18 {
        bench.waiter(&bulk);
    }
    // The last tenth is for interactive calls.
    assert_eq!(bench.come(&bulk).1, Admission::QueueFull);
    bench.waiter(&demand);
    let last = bench.waiter(&demand);
    assert_eq!(bench.come(&demand).1, Admission::QueueFull);
    // Other accounts have queues of their own.
    let other = Demand {
        account: Some("acct_1"),
        ..demand
    };
    bench.spend(1, &other);
    bench.waiter(&other);
    bench.release(last, &demand, End::Dropped);
    bench.waiter(&demand);
}

#[test]
fn call_waits_no_longer_than_allowed() {
    let limiter = StandardLimiter::new(Preset::new(0, 0, 0))
        .concurrent(1)
        .longest_wait(SECOND * 5);
    let mut bench = Bench::new(limiter);
    let demand = bench.demand("a");
    assert_eq!(bench.come(&demand).1, Admission::Now);
    let waiter = bench.waiter(&demand);
    let mut waited = Duration::ZERO;
    while let Admission::Wait(Some(wait)) = bench.ask(waiter, &demand) {
        waited += wait;
        bench.pass(wait);
    }
    assert_eq!(waited, SECOND * 5);
    assert_eq!(bench.usage("account").waiting, 0);
}

#[test]
fn call_is_refused_at_once_when_the_queue_ahead_takes_too_long() {
    let limiter = StandardLimiter::new(Preset::new(2, 2, 2)).longest_wait(SECOND * 3);
    let mut bench = Bench::new(limiter);
    let demand = bench.demand("a");
    assert_eq!(bench.admitted(2, &demand), 2);
    for _ in 0..6 {
        bench.waiter(&demand);
    }
    assert_eq!(bench.come(&demand).1, Admission::WaitedTooLong);
}

#[test]
fn call_is_refused_at_once_when_its_own_deadline_is_too_near() {
    let mut bench = Bench::with(1, 1);
    let mut demand = bench.demand("a");
    bench.spend(1, &demand);
    demand.until = Some(bench.now + Duration::from_millis(999));
    assert_eq!(bench.come(&demand).1, Admission::WaitedTooLong);
    demand.until = Some(bench.now + SECOND);
    let waiter = bench.waiter(&demand);
    bench.pass(SECOND);
    assert_eq!(bench.ask(waiter, &demand), Admission::Now);
}

#[test]
fn next_in_line_is_woken_when_an_attempt_ends() {
    let mut bench = Bench::new(StandardLimiter::new(Preset::new(0, 0, 0)).concurrent(1));
    let demand = bench.demand("a");
    let (running, _) = bench.come(&demand);
    let (one, two) = (bench.waiter(&demand), bench.waiter(&demand));
    assert_eq!(bench.woken(), NOBODY);
    bench.release(running, &demand, End::Unanswered);
    assert_eq!(bench.woken(), [one]);
    assert_eq!(bench.ask(one, &demand), Admission::Now);
    assert_eq!(bench.woken(), NOBODY);
    bench.release(one, &demand, End::Dropped);
    assert_eq!(bench.woken(), [two]);
}

#[test]
fn place_passes_on_when_its_holder_is_dropped() {
    let mut bench = Bench::new(StandardLimiter::new(Preset::new(0, 0, 0)).concurrent(1));
    let demand = bench.demand("a");
    let (running, _) = bench.come(&demand);
    let (one, two) = (bench.waiter(&demand), bench.waiter(&demand));
    bench.release(running, &demand, End::Unanswered);
    assert_eq!(bench.woken(), [one]);
    bench.release(one, &demand, End::Dropped);
    assert_eq!(bench.woken(), [two]);
    bench.release(two, &demand, End::Dropped);
    assert_eq!(bench.usage("account").waiting, 0);
    assert_eq!(bench.come(&demand).1, Admission::Now);
}

#[test]
fn somebody_keeps_the_time_when_the_one_who_did_is_dropped() {
    let mut bench = Bench::with(1, 1);
    let demand = bench.demand("a");
    bench.spend(1, &demand);
    let (one, two) = (bench.waiter(&demand), bench.waiter(&demand));
    bench.waiter(&demand);
    bench.pass(Duration::from_millis(400));
    bench.release(one, &demand, End::Dropped);
    // Only the next one has to set its timer.
    assert_eq!(bench.woken(), [two]);
    let wait = Admission::Wait(Some(Duration::from_millis(600)));
    assert_eq!(bench.ask(two, &demand), wait);
    assert_eq!(bench.woken(), NOBODY);
}

#[test]
fn only_those_who_can_go_are_woken() {
    let mut bench = Bench::with(3, 3);
    let demand = bench.demand("a");
    bench.spend(3, &demand);
    let waiters: Vec<u64> = (0..100)
        .filter_map(|_| match bench.come(&demand) {
            (ticket, Admission::Wait(_)) => Some(ticket),
            _ => None,
        })
        .collect();
    assert!(waiters.len() > 80);
    bench.pass(SECOND);
    assert_eq!(bench.ask(waiters[0], &demand), Admission::Now);
    let woken = bench.woken();
    // Two may go, and one sets its timer for the next place.
    assert_eq!(woken, waiters[1..4]);
    assert_eq!(bench.ask(waiters[1], &demand), Admission::Now);
    assert_eq!(bench.ask(waiters[2], &demand), Admission::Now);
    assert_eq!(
        bench.ask(waiters[3], &demand),
        Admission::Wait(Some(SECOND))
    );
    assert_eq!(bench.woken(), NOBODY);
}

#[test]
fn waiter_that_does_not_come_is_passed_over_and_keeps_its_place() {
    let mut bench = Bench::with(1, 1);
    let demand = bench.demand("a");
    bench.spend(1, &demand);
    let (mute, two, three) = (
        bench.waiter(&demand),
        bench.waiter(&demand),
        bench.waiter(&demand),
    );
    bench.pass(SECOND);
    assert!(matches!(bench.ask(two, &demand), Admission::Wait(_)));
    assert_eq!(bench.woken(), [mute]);
    bench.pass(Duration::from_millis(100));
    assert_eq!(bench.ask(two, &demand), Admission::Now);
    // Back again, it goes before those who came later.
    assert!(matches!(bench.ask(mute, &demand), Admission::Wait(_)));
    bench.pass(SECOND);
    assert!(matches!(bench.ask(three, &demand), Admission::Wait(_)));
    assert_eq!(bench.ask(mute, &demand), Admission::Now);
}

#[test]
fn others_go_on_within_a_second_when_the_one_who_keeps_the_time_is_mute() {
    let mut bench = Bench::with(1, 1);
    let demand = bench.demand("a");
    bench.spend(1, &demand);
    bench.waiter(&demand);
    let (two, admission) = bench.come(&demand);
    let Admission::Wait(Some(wait)) = admission else {
        panic!("{admission:?}");
    };
    assert!(wait <= SECOND);
    bench.pass(wait);
    let mut asked = 0;
    while let Admission::Wait(Some(wait)) = bench.ask(two, &demand) {
        bench.pass(wait);
        asked += 1;
    }
    assert!(asked <= 2, "{asked}");
}

#[test]
fn release_of_an_unknown_ticket_changes_nothing() {
    let mut bench = Bench::with(5, 5);
    let demand = bench.demand("a");
    bench.come(&demand);
    bench.release(999, &demand, End::Dropped);
    bench.release(1, &demand, End::Unanswered);
    bench.release(1, &demand, End::Unanswered);
    assert_eq!(bench.usage("account").in_flight, 0);
    assert_eq!(bench.usage("account").used, 1);
}

#[test]
fn waits_are_never_empty() {
    let mut bench = Bench::with(1, 1);
    let demand = bench.demand("a");
    bench.spend(1, &demand);
    bench.pass(Duration::from_nanos(999_999_999));
    assert_eq!(bench.come(&demand).1, Admission::Wait(Some(MILLISECOND)));
}
