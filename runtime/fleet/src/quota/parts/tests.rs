//! Random histories of processes that join, renew, are suspended and end.

use std::time::{Duration, Instant};

use proptest::prelude::{Strategy, prop_assert, prop_assert_eq, prop_oneof, proptest};
use runtime::clock::{Clock, SystemClock};
use runtime::rate_limit::QuotaShare;

use super::{OwnPart, PartRow, UnitRange};

const WINDOW: Duration = Duration::from_millis(1_050);
const LEASE: Duration = Duration::from_secs(5);

#[derive(Clone, Copy, Debug)]
enum Step {
    Join,
    Renew(usize, Renewal),
    End(usize),
    Leave(usize),
    Pass(u64),
}

/// What becomes of a renewal.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Renewal {
    Done,
    /// The transaction was rolled back.
    Failed,
    /// The transaction was committed, and the process does not know.
    ResponseLost,
}

#[derive(Default)]
struct Process {
    part: OwnPart,
    /// What the limiter used, and until when; the last entry has no end yet.
    history: Vec<(UnitRange, Option<Instant>)>,
    is_ended: bool,
}

struct Row {
    process: i64,
    held: UnitRange,
    expires: Instant,
}

struct World {
    now: Instant,
    rows: Vec<Row>,
    numbers: i64,
    processes: Vec<Process>,
}

impl World {
    fn new() -> Self {
        Self {
            now: SystemClock.now(),
            rows: Vec::new(),
            numbers: 0,
            processes: Vec::new(),
        }
    }

    fn step(&mut self, step: Step) {
        let count = self.processes.len().max(1);
        match step {
            Step::Join => {
                self.processes.push(Process::default());
                self.renew(self.processes.len() - 1, Renewal::Done);
            }
            Step::Renew(process, renewal) => self.renew(process % count, renewal),
            Step::End(process) => {
                if let Some(process) = self.processes.get_mut(process % count) {
                    process.is_ended = true;
                    process.use_from(OwnPart::default(), self.now);
                }
            }
            Step::Leave(process) => self.leave(process % count),
            Step::Pass(milliseconds) => self.now += Duration::from_millis(milliseconds),
        }
    }

    fn renew(&mut self, index: usize, renewal: Renewal) {
        let now = self.now;
        let Some(process) = self.processes.get_mut(index).filter(|it| !it.is_ended) else {
            return;
        };
        if renewal == Renewal::Failed {
            return;
        }
        self.rows.retain(|row| row.expires > now);
        let known = self
            .rows
            .iter()
            .any(|row| Some(row.process) == process.part.process);
        let number = match process.part.process.filter(|_| known) {
            Some(number) => number,
            None => {
                self.numbers += 1;
                self.rows.push(Row {
                    process: self.numbers,
                    held: UnitRange::default(),
                    expires: now,
                });
                self.numbers
            }
        };
        let columns = |row: &Row| (row.process, row.held.start_column(), row.held.end_column());
        let rows: Vec<PartRow> = self.rows.iter().map(columns).collect();
        let mut next = process.part.renew(number, &rows, now, WINDOW);
        if let Some(row) = self.rows.iter_mut().find(|row| row.process == number) {
            row.held = next.held;
            row.expires = now + LEASE + WINDOW;
        }
        if renewal == Renewal::Done {
            next.expires = Some(now + LEASE);
            process.use_from(next, now);
        }
    }

    fn leave(&mut self, index: usize) {
        let Some(process) = self.processes.get_mut(index).filter(|it| !it.is_ended) else {
            return;
        };
        let number = process.part.process;
        process.is_ended = true;
        process.use_from(OwnPart::default(), self.now);
        self.now += WINDOW;
        self.rows.retain(|row| Some(row.process) != number);
    }

    /// The ranges that a process used within the last window.
    fn recently_used(&self, process: &Process) -> Vec<UnitRange> {
        let is_recent = |end: Option<Instant>| end.is_none_or(|end| end + WINDOW > self.now);
        let last = process.history.len().saturating_sub(1);
        let ranges = process
            .history
            .iter()
            .enumerate()
            .filter(|(place, (_, end))| {
                // The last one ends when the lease does.
                let end = if *place == last {
                    process.part.expires
                } else {
                    *end
                };
                (*place == last && end.is_none()) || is_recent(end)
            });
        ranges.map(|(_, (range, _))| *range).collect()
    }

    fn find_overlap(&self) -> Option<(UnitRange, UnitRange)> {
        let used: Vec<Vec<UnitRange>> = self
            .processes
            .iter()
            .map(|process| self.recently_used(process))
            .collect();
        for (place, own) in used.iter().enumerate() {
            for other in used[..place].iter().flatten() {
                let found = own.iter().find(|range| !range.intersect(*other).is_empty());
                if let Some(range) = found {
                    return Some((*range, *other));
                }
            }
        }
        None
    }
}

impl Process {
    fn use_from(&mut self, next: OwnPart, now: Instant) {
        if let Some((_, end)) = self.history.last_mut() {
            let expires = self.part.expires.unwrap_or(now);
            *end = Some(now.min(expires));
        }
        self.history.push((next.used, None));
        self.part.replace_with(&next, now);
    }
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        1 => (0..1usize).prop_map(|_| Step::Join),
        8 => (0..9usize).prop_map(|process| Step::Renew(process, Renewal::Done)),
        1 => (0..9usize).prop_map(|process| Step::Renew(process, Renewal::Failed)),
        1 => (0..9usize).prop_map(|process| Step::Renew(process, Renewal::ResponseLost)),
        1 => (0..9usize).prop_map(Step::End),
        1 => (0..9usize).prop_map(Step::Leave),
        6 => (0..1_500u64).prop_map(Step::Pass),
        1 => (0..8_000u64).prop_map(Step::Pass),
    ];
    proptest::collection::vec(step, 0..200)
}

proptest! {
    /// No unit is used by two processes within one window.
    #[test]
    fn parts_never_overlap_within_a_window(steps in steps()) {
        let mut world = World::new();
        for step in steps {
            world.step(step);
            let overlap = world.find_overlap();
            prop_assert!(overlap.is_none(), "{overlap:?}");
        }
    }

    /// Once no process joins or ends, all of the limits are used, in equal parts.
    #[test]
    fn everything_is_used_when_nothing_changes(steps in steps(), joining in 1..5usize) {
        let mut world = World::new();
        for step in steps.into_iter().chain(std::iter::repeat_n(Step::Join, joining)) {
            world.step(step);
        }
        for _ in 0..14 {
            for process in 0..world.processes.len() {
                world.step(Step::Renew(process, Renewal::Done));
            }
            world.step(Step::Pass(1_100));
        }
        let alive = || world.processes.iter().filter(|process| !process.is_ended);
        let used: u32 = alive().map(|process| process.part.used.len()).sum();
        prop_assert_eq!(used, QuotaShare::WHOLE);
        let fair = QuotaShare::WHOLE / u32::try_from(alive().count()).unwrap();
        prop_assert!(alive().all(|process| process.part.used.len().abs_diff(fair) <= 1));
    }
}

#[test]
fn part_beyond_the_target_is_given_up_after_one_window() {
    let mut world = World::new();
    world.step(Step::Join);
    assert_eq!(world.processes[0].part.used.len(), QuotaShare::WHOLE);
    world.step(Step::Join);
    assert!(world.processes[1].part.used.is_empty());
    world.step(Step::Renew(0, Renewal::Done));
    let part = world.processes[0].part;
    assert_eq!(part.used.len(), QuotaShare::WHOLE / 2);
    assert_eq!(part.held.len(), QuotaShare::WHOLE);
    world.step(Step::Pass(1_049));
    world.step(Step::Renew(0, Renewal::Done));
    world.step(Step::Renew(1, Renewal::Done));
    assert!(world.processes[1].part.used.is_empty());
    world.step(Step::Pass(1));
    world.step(Step::Renew(0, Renewal::Done));
    world.step(Step::Renew(1, Renewal::Done));
    assert_eq!(world.processes[1].part.used.len(), QuotaShare::WHOLE / 2);
}
