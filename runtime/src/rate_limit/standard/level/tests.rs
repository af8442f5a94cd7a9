use super::super::window::SECOND;
use super::Level;

#[test]
fn level_goes_down_by_three_tenths_when_refused() {
    let mut level = Level::new(100);
    level.lower(SECOND, SECOND, 100);
    assert_eq!(level.allowed(SECOND), 70);
    level.lower(2 * SECOND, 2 * SECOND, 70);
    // A second has brought five back before.
    assert_eq!(level.exact(2 * SECOND), Some(52.5));
}

#[test]
fn burst_of_refusals_counts_once() {
    let mut level = Level::new(100);
    for n in 0..20 {
        level.lower(SECOND + n, SECOND + n, 100);
    }
    assert_eq!(level.allowed(SECOND + 20), 70);
}

#[test]
fn refusal_counts_not_when_its_attempt_is_older_than_the_last_one() {
    let mut level = Level::new(100);
    level.lower(10 * SECOND, 10 * SECOND, 100);
    level.lower(12 * SECOND, 9 * SECOND, 100);
    assert_eq!(level.exact(12 * SECOND), Some(80.0));
}

#[test]
fn level_comes_back_in_six_seconds_and_stops_at_the_preset() {
    let mut level = Level::new(25);
    level.lower(0, 0, 25);
    assert!(!level.is_whole(5 * SECOND));
    assert!(level.is_whole(6 * SECOND + 1));
    assert_eq!(level.allowed(1_000 * SECOND), 25);
}

#[test]
fn level_never_goes_below_one() {
    let mut level = Level::new(3);
    for n in 0..50 {
        level.lower(n * SECOND, n * SECOND, 3);
        assert!(level.allowed(n * SECOND) >= 1);
    }
}

#[test]
fn next_step_is_when_one_more_is_allowed() {
    let mut level = Level::new(25);
    level.lower(7, 7, 25);
    let mut now = 7;
    while let Some(step) = level.next_step(now) {
        let before = level.allowed(now);
        assert!(step > now);
        assert_eq!(level.allowed(step), before + 1, "at {step}");
        now = step;
    }
    assert_eq!(level.allowed(now), 25);
}

#[test]
fn unknown_limit_is_learnt_when_it_is_hit_and_forgotten_later() {
    let mut level = Level::new(0);
    assert_eq!(level.exact(0), None);
    level.lower(SECOND, SECOND, 10);
    assert_eq!(level.allowed(SECOND), 7);
    assert_eq!(level.exact(8 * SECOND), None);
    assert_eq!(level.preset(), None);
}
