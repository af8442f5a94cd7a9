//! The fault simulation: many seeds hold, the same seed gives the same events, and broken rules are
//! detected. For more seeds there is the binary of the same name.

#![expect(
    clippy::unwrap_used,
    reason = "a lock is only poisoned after a seed has failed"
)]

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use simulator::{RULES, Stats, run};

/// Runs seeds on two threads and returns their counts.
#[track_caller]
fn hold(seeds: std::ops::Range<u64>) -> Stats {
    let next = AtomicU64::new(seeds.start);
    let total = Mutex::new(Stats::default());
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= seeds.end {
                        break;
                    }
                    let verdict = run(seed, None, false);
                    assert_eq!(
                        verdict.violation, None,
                        "see `cargo run -p simulator -- --seed {seed}`"
                    );
                    total.lock().unwrap().add(&verdict.stats);
                }
            });
        }
    });
    total.into_inner().unwrap()
}

/// Checks that the events of interest happened in the simulation.
fn assert_eventful(stats: &Stats) {
    let counts = [
        stats.retries,
        stats.effects,
        stats.resumptions,
        stats.cancellations,
        stats.begin_drops,
        stats.finish_drops,
        stats.expired,
        stats.crashes,
        stats.circuits,
    ];
    assert!(counts.iter().all(|count| *count > 10), "{stats}");
    assert!(stats.faults.iter().all(|count| *count > 10), "{stats}");
}

#[test]
fn every_invariant_holds_for_four_hundred_seeds() {
    assert_eventful(&hold(0..400));
}

#[test]
fn same_seed_gives_the_same_events() {
    for seed in [2, 3, 7, 21, 53] {
        let (one, other) = (run(seed, None, false), run(seed, None, true));
        assert_eq!(
            (one.hash, &one.stats),
            (other.hash, &other.stats),
            "seed {seed}"
        );
        assert!(one.trace.is_empty() && !other.trace.is_empty());
    }
    assert_ne!(run(2, None, false).hash, run(3, None, false).hash);
}

#[test]
fn every_broken_rule_is_noticed_within_a_hundred_seeds() {
    for (name, rule) in RULES {
        let noticed = (0..100).find(|seed| run(*seed, Some(rule), false).violation.is_some());
        assert!(noticed.is_some(), "not noticed: {name}");
    }
}
