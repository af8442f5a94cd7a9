use super::{
    AcquireError, AcquireRequest, Bench, Duration, Limiter, Preset, SECOND, attempt, bulk, millis,
};

/// Limits only the attempts in flight.
fn one_at_once() -> Bench {
    Bench::new(Limiter::new(Preset::new(0, 0, 0)).concurrent(1))
}

#[test]
fn attempt_begins_exactly_when_there_is_room() {
    let mut bench = Bench::with(1, 1);
    bench.spend(1, attempt("a"));
    bench.pass(millis(300));
    let waiting = bench.start_waiting(attempt("a"));
    assert_eq!(bench.clock.next_deadline(), Some(SECOND));
    bench.pass(SECOND);
    assert_eq!(bench.begun_at(waiting), Some(SECOND));
}

#[test]
fn first_come_is_first_served() {
    let mut bench = Bench::ending(3, 3);
    bench.spend(3, attempt("a"));
    let waiting: Vec<_> = (0..9).map(|_| bench.start_waiting(attempt("a"))).collect();
    bench.pass(SECOND * 5);
    for (place, id) in waiting.into_iter().enumerate() {
        let second = u32::try_from(place / 3 + 1).unwrap();
        assert_eq!(bench.begun_at(id), Some(SECOND * second));
    }
}

#[test]
fn attempts_are_rarely_polled_before_they_begin() {
    let mut bench = Bench::ending(10, 10);
    bench.spend(10, attempt("a"));
    let waiting: Vec<_> = (0..200)
        .map(|_| bench.start_waiting(attempt("a")))
        .collect();
    bench.pass(SECOND * 21);
    for id in waiting {
        assert!(bench.begun_at(id).is_some());
        assert!(
            bench.attempts[id].polls <= 11,
            "{}",
            bench.attempts[id].polls
        );
    }
}

#[test]
fn newcomer_does_not_go_before_those_who_wait() {
    let mut bench = Bench::with(1, 1);
    bench.spend(1, attempt("a"));
    let waiting = bench.start_waiting(attempt("a"));
    bench.pass_without_polling(SECOND);
    // There is room, but the waiting attempt has not been polled yet. That happens only after the
    // newcomer was polled.
    let newcomer = bench.start(attempt("a"));
    assert!(bench.is_waiting(newcomer));
    assert_eq!(bench.begun_at(waiting), Some(SECOND));
}

#[test]
fn interactive_goes_before_bulk_but_leaves_it_every_eighth_place() {
    let mut bench = Bench::ending(1, 1);
    bench.spend(1, attempt("a"));
    let bulk: Vec<_> = (0..3).map(|_| bench.start_waiting(bulk("a"))).collect();
    let interactive: Vec<_> = (0..20).map(|_| bench.start_waiting(attempt("a"))).collect();
    bench.pass(SECOND * 29);
    let seconds = |id: &usize| bench.begun_at(*id).unwrap().as_secs();
    assert_eq!(bulk.iter().map(seconds).collect::<Vec<_>>(), [8, 16, 23]);
    assert!(interactive.iter().map(seconds).is_sorted());
}

#[test]
fn bulk_of_another_operation_gets_its_turn_too() {
    let mut bench = Bench::ending(1, 1);
    bench.spend(1, attempt("a"));
    let bulk = bench.start_waiting(bulk("b"));
    for _ in 0..20 {
        bench.start_waiting(attempt("a"));
    }
    bench.pass(SECOND * 29);
    assert_eq!(bench.begun_at(bulk), Some(SECOND * 8));
}

#[test]
fn bulk_gets_its_turn_when_older_bulk_waits_for_a_full_operation() {
    let limiter = Limiter::new(Preset::new(4, 4, 4)).longest_wait(SECOND * 100);
    let mut bench = Bench::new(limiter.concurrent(0));
    let headers = [
        ("retry-after", "20"),
        ("stripe-rate-limited-reason", "endpoint-rate"),
    ];
    bench.answer_at_once(attempt("slow"), 429, &headers);
    for _ in 0..50 {
        bench.start_waiting(bulk("slow"));
    }
    bench.spend(3, attempt("a"));
    let bulk = bench.start_waiting(bulk("a"));
    let urgent = bench.start_waiting(attempt("slow"));
    for _ in 0..100 {
        bench.start_waiting(attempt("a"));
    }
    bench.pass(SECOND * 30);
    // The first turn was that of the other operation.
    assert_eq!(bench.begun_at(bulk), Some(SECOND * 3));
    // In twenty seconds, many bulk attempts of its operation would have had their turns.
    assert_eq!(bench.begun_at(urgent), Some(SECOND * 20));
}

#[test]
fn full_operation_does_not_delay_others() {
    let mut bench = Bench::ending(10, 2);
    bench.limiter = bench.limiter.longest_wait(SECOND * 900);
    for _ in 0..300 {
        bench.start(attempt("a"));
    }
    // Eight places of ten are left to others in each second.
    for _ in 0..40 {
        bench.pass(millis(500));
        for operation in ["b", "c", "d", "e"] {
            let id = bench.start(attempt(operation));
            assert_eq!(bench.begun_at(id), Some(bench.now()));
        }
    }
    assert_eq!(bench.usage("operation a").waiting, 300 - 2 * 21);
}

#[test]
fn operation_with_a_pause_does_not_delay_others() {
    let mut bench = Bench::new(
        Limiter::new(Preset::new(5, 5, 5))
            .longest_wait(SECOND * 300)
            .concurrent(0),
    );
    let headers = [
        ("retry-after", "60"),
        ("stripe-rate-limited-reason", "endpoint-rate"),
    ];
    bench.answer_at_once(attempt("a"), 429, &headers);
    for _ in 0..200 {
        bench.start_waiting(attempt("a"));
    }
    bench.pass(SECOND);
    bench.spend(5, attempt("b"));
    let waiting: Vec<_> = (0..10).map(|_| bench.start_waiting(attempt("b"))).collect();
    bench.pass(SECOND * 3);
    for (place, id) in waiting.into_iter().enumerate() {
        let second = u32::try_from(place / 5 + 2).unwrap();
        assert_eq!(bench.begun_at(id), Some(SECOND * second));
    }
}

#[test]
fn operation_without_a_place_in_flight_does_not_delay_others() {
    let limiter =
        Limiter::new(Preset::new(2, 2, 0)).class(super::ClassLimit::new("narrow", 0).concurrent(1));
    let mut bench = Bench::new(limiter.concurrent(0));
    let narrow = AcquireRequest {
        class: "narrow",
        ..attempt("n")
    };
    bench.start(narrow);
    bench.pass(millis(400));
    bench.spend(1, attempt("a"));
    bench.start_waiting(narrow);
    let waiting = bench.start_waiting(attempt("a"));
    let next = bench.start_waiting(attempt("a"));
    bench.pass(SECOND * 3);
    assert_eq!(bench.begun_at(waiting), Some(SECOND));
    assert_eq!(bench.begun_at(next), Some(millis(1_400)));
}

#[test]
fn queue_refuses_when_it_is_full() {
    let mut bench = Bench::new(Limiter::new(Preset::new(1, 1, 1)).queue(20));
    bench.spend(1, attempt("a"));
    for _ in 0..18 {
        bench.start_waiting(bulk("a"));
    }
    // The last tenth is for interactive attempts.
    let refused = bench.start(bulk("a"));
    assert_eq!(bench.error(refused), Some(AcquireError::QueueFull));
    bench.start_waiting(attempt("a"));
    let last = bench.start_waiting(attempt("a"));
    let refused = bench.start(attempt("a"));
    assert_eq!(bench.error(refused), Some(AcquireError::QueueFull));
    // Other accounts have queues of their own.
    let other = AcquireRequest {
        account: Some("acct_1"),
        ..attempt("a")
    };
    bench.spend(1, other);
    bench.start_waiting(other);
    bench.cancel(last);
    bench.start_waiting(attempt("a"));
}

#[test]
fn attempt_waits_no_longer_than_allowed() {
    let limiter = Limiter::new(Preset::new(0, 0, 0))
        .concurrent(1)
        .longest_wait(millis(4_500));
    let mut bench = Bench::new(limiter);
    bench.start(attempt("a"));
    let waiting = bench.start_waiting(attempt("a"));
    bench.pass(millis(4_499));
    assert!(bench.is_waiting(waiting));
    bench.pass(millis(1));
    assert_eq!(bench.error(waiting), Some(AcquireError::WaitTooLong));
    assert_eq!(bench.usage("account").waiting, 0);
}

#[test]
fn attempt_is_refused_at_once_when_the_queue_ahead_takes_too_long() {
    let mut bench = Bench::new(Limiter::new(Preset::new(2, 2, 2)).longest_wait(SECOND * 3));
    assert_eq!(bench.start_all(2, attempt("a")), 2);
    for _ in 0..6 {
        bench.start_waiting(attempt("a"));
    }
    let refused = bench.start(attempt("a"));
    assert_eq!(bench.error(refused), Some(AcquireError::WaitTooLong));
}

#[test]
fn attempt_is_refused_at_once_when_its_deadline_is_too_near() {
    let mut bench = Bench::with(1, 1);
    bench.spend(1, attempt("a"));
    let until = |time| AcquireRequest {
        deadline: Some(bench.clock.start + time),
        ..attempt("a")
    };
    let (near, exact) = (until(millis(999)), until(SECOND));
    let refused = bench.start(near);
    assert_eq!(bench.error(refused), Some(AcquireError::WaitTooLong));
    let waiting = bench.start_waiting(exact);
    bench.pass(SECOND);
    assert!(bench.is_in_flight(waiting));
}

#[test]
fn next_in_line_begins_when_an_attempt_completes() {
    let mut bench = one_at_once();
    let running = bench.start(attempt("a"));
    let (one, two) = (
        bench.start_waiting(attempt("a")),
        bench.start_waiting(attempt("b")),
    );
    bench.pass(millis(5));
    bench.answer(running, 200, &[]);
    assert!(bench.is_in_flight(one) && bench.is_waiting(two));
    bench.cancel(one);
    assert!(bench.is_in_flight(two));
}

#[test]
fn place_passes_on_when_the_one_who_was_called_is_cancelled() {
    let mut bench = one_at_once();
    let running = bench.start(attempt("a"));
    let (one, two) = (
        bench.start_waiting(attempt("a")),
        bench.start_waiting(attempt("a")),
    );
    bench.attempts[one].is_polled = false;
    bench.answer(running, 200, &[]);
    assert!(bench.is_waiting(one) && bench.is_waiting(two));
    bench.cancel(one);
    assert_eq!(bench.begun_at(two), Some(Duration::ZERO));
    bench.cancel(two);
    assert_eq!(bench.usage("account").waiting, 0);
    assert_eq!(bench.start_all(1, attempt("a")), 1);
}

#[test]
fn cancelled_attempts_delay_no_other() {
    let mut bench = Bench::ending(1, 1);
    bench.spend(1, attempt("a"));
    let waiting: Vec<_> = (0..25).map(|_| bench.start_waiting(attempt("a"))).collect();
    bench.pass(millis(400));
    for id in &waiting[..20] {
        bench.cancel(*id);
    }
    bench.cancel(waiting[22]);
    bench.pass(SECOND * 6);
    let begun: Vec<_> = bench.begun[1..]
        .iter()
        .map(|(id, at)| (*id, at.as_millis()))
        .collect();
    let expected: Vec<_> = [(20, 1_000), (21, 2_000), (23, 3_000), (24, 4_000)]
        .map(|(place, at)| (waiting[place], at))
        .into();
    assert_eq!(begun, expected);
}

#[test]
fn attempt_that_is_not_polled_is_passed_over_and_keeps_its_place() {
    let mut bench = Bench::ending(1, 1);
    bench.spend(1, attempt("a"));
    let [mute, two, three] = [(); 3].map(|()| bench.start_waiting(attempt("a")));
    bench.attempts[mute].is_polled = false;
    bench.pass(millis(2_050));
    // Room is kept for the attempt that is not polled until a tenth of a second after its time.
    assert_eq!(bench.begun_at(two), Some(millis(1_100)));
    bench.attempts[mute].is_polled = true;
    bench.poll_woken();
    bench.pass(SECOND * 3);
    // When it is polled again, it begins before those that came later.
    assert_eq!(bench.begun_at(mute), Some(millis(2_100)));
    assert_eq!(bench.begun_at(three), Some(millis(3_100)));
}

#[test]
fn attempt_that_is_not_polled_keeps_room_for_a_tenth_of_a_second_only() {
    let mut bench = one_at_once();
    let running = bench.start(attempt("a"));
    let [mute, two, three] = [(); 3].map(|()| bench.start_waiting(attempt("a")));
    bench.attempts[mute].is_polled = false;
    bench.pass(millis(300));
    bench.answer(running, 200, &[]);
    bench.pass(SECOND);
    assert_eq!(bench.begun_at(two), Some(millis(400)));
    // From then on, no room is kept for it.
    bench.answer(two, 200, &[]);
    assert_eq!(bench.begun_at(three), Some(bench.now()));
}

#[test]
fn departures_are_noticed_behind_an_attempt_that_is_not_polled() {
    let mut bench = Bench::ending(1, 1);
    bench.spend(1, attempt("a"));
    let waiting: Vec<_> = (0..12).map(|_| bench.start_waiting(attempt("a"))).collect();
    bench.attempts[waiting[0]].is_polled = false;
    // It was planned for the 12th second.
    let last = waiting[11];
    bench.pass(millis(500));
    for id in &waiting[1..11] {
        bench.cancel(*id);
    }
    bench.pass(SECOND * 12);
    let begun = bench.begun_at(last).unwrap();
    assert!(begun <= millis(2_101), "{begun:?}");
}

#[test]
fn many_attempts_that_are_not_polled_delay_the_rest_by_no_more_than_their_places() {
    let mut bench = Bench::ending(10, 10);
    bench.spend(10, attempt("a"));
    let waiting: Vec<_> = (0..100)
        .map(|_| bench.start_waiting(attempt("a")))
        .collect();
    for id in waiting.iter().step_by(2) {
        bench.attempts[*id].is_polled = false;
    }
    bench.pass(SECOND * 11);
    for (place, id) in waiting.into_iter().enumerate().skip(1).step_by(2) {
        let second = u32::try_from(place / 10 + 1).unwrap();
        let begun = bench.begun_at(id).unwrap();
        assert!(
            begun <= SECOND * second + millis(101),
            "{place} at {begun:?}"
        );
    }
}

#[test]
fn times_are_at_least_a_millisecond_ahead() {
    let mut bench = Bench::with(1, 1);
    bench.spend(1, attempt("a"));
    bench.pass(Duration::from_nanos(999_999_999));
    bench.start_waiting(attempt("a"));
    let next = bench.clock.next_deadline().unwrap();
    assert_eq!(next - bench.now(), millis(1));
}

#[test]
fn attempts_do_not_wake_each_other_when_their_times_are_less_than_a_millisecond_ahead() {
    let mut bench = Bench::ending(2, 1);
    bench.spend(1, attempt("a"));
    bench.pass(Duration::from_micros(300));
    bench.spend(1, attempt("b"));
    bench.pass(Duration::from_micros(999_500));
    let one = bench.start_waiting(attempt("a"));
    let two = bench.start_waiting(attempt("b"));
    bench.pass(millis(2));
    assert!(bench.begun_at(one).is_some() && bench.begun_at(two).is_some());
}

#[test]
fn long_queue_is_worked_through_at_the_full_rate() {
    let mut bench = Bench::new(Limiter::new(Preset::new(100, 100, 100)).concurrent(0));
    bench.spend(100, attempt("a"));
    for _ in 0..1_000 {
        bench.start_waiting(attempt("a"));
    }
    bench.pass(SECOND * 10);
    assert_eq!(bench.begun.len(), 1_100);
}
