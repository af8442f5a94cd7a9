use proptest::prelude::{Strategy, any, prop_assert, prop_assert_eq, proptest};

use super::{SECOND, Window};

#[test]
fn admission_leaves_the_window_when_it_is_a_second_old() {
    let mut window = Window::default();
    window.note(5);
    assert_eq!(window.count(SECOND + 4), 1);
    assert_eq!(window.count(SECOND + 5), 0);
}

#[test]
fn memory_follows_use_when_much_is_allowed() {
    let mut window = Window::default();
    for round in 0..100 {
        for n in 0..10 {
            window.note(round * SECOND + n);
        }
    }
    assert_eq!(window.stamps.len(), 10);
    assert!(window.stamps.capacity() < 64);
}

/// Steps in time, small and large.
fn steps() -> impl Strategy<Value = Vec<u64>> {
    proptest::collection::vec(0..SECOND / 2, 0..40)
}

proptest! {
    /// The slot is the one that is found by admitting everyone ahead as early as possible.
    #[test]
    fn slot_is_exact_when_those_ahead_go_as_early_as_they_can(
        steps in steps(),
        allowed in 1u32..8,
        ahead in 0u32..30,
        before in any::<bool>(),
    ) {
        // What was admitted before may have been more than is allowed now.
        let limit = if before { allowed + 3 } else { allowed };
        let mut window = Window::default();
        let mut now = 0;
        for step in steps {
            now += step;
            if window.count(now) < limit {
                window.note(now);
            }
        }
        let promised = window.slot(now, allowed, ahead);
        let mut found = window.clone();
        let mut at = now;
        for turn in 0..=ahead {
            while found.count(at) >= allowed {
                at = found.stamps[0] + SECOND;
            }
            if turn < ahead {
                found.note(at);
            }
        }
        prop_assert_eq!(promised, at);
        prop_assert!(promised >= now);
    }
}
