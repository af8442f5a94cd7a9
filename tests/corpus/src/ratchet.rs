//! Compares a run with the committed results: what worked has to work.

use crate::results::{Ending, Row};

/// The comparison.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comparison {
    /// What is worse.
    pub losses: Vec<String>,
    /// What is better. The committed results are to be written afresh.
    pub gains: Vec<String>,
    /// Crates that compiled, and were not compiled in this run.
    pub unchecked: usize,
}

/// Compares the rows of a run with those that are committed.
pub fn compare_runs(committed: &[Row], run: &[Row]) -> Comparison {
    let mut comparison = Comparison::default();
    for old in committed {
        match run.iter().find(|new| new.path == old.path) {
            Some(new) => compare_rows(old, new, &mut comparison),
            None => comparison.losses.push(format!("{}: was not run", old.path)),
        }
    }
    comparison
}

fn compare_rows(old: &Row, new: &Row, comparison: &mut Comparison) {
    let path = &old.path;
    let (was, is) = (
        old.ending == Ending::Generated,
        new.ending == Ending::Generated,
    );
    if was && !is {
        let reason = failure_text(new);
        comparison
            .losses
            .push(format!("{path}: does not generate any more: {reason}"));
        return;
    }
    if !was && is {
        comparison.gains.push(format!("{path}: generates"));
    }
    if was && new.generated < old.generated {
        let (fewer, before) = (new.generated, old.generated);
        comparison
            .losses
            .push(format!("{path}: {fewer} operations instead of {before}"));
    }
    match (old.compiles, new.compiles) {
        (Some(true), Some(false)) => {
            let error = &new.compile_error;
            comparison
                .losses
                .push(format!("{path}: does not compile any more: {error}"));
        }
        (Some(true), None) => comparison.unchecked += 1,
        (Some(false), Some(true)) => comparison.gains.push(format!("{path}: compiles")),
        _ => {}
    }
}

/// Why a document does not generate: codes with places, or how the process has ended.
pub fn failure_text(row: &Row) -> String {
    match row.ending {
        Ending::Generated => String::new(),
        Ending::Refused => {
            let errors = row.errors.iter();
            let errors = errors.map(|error| format!("{} at {}", error.code, error.place));
            errors.collect::<Vec<_>>().join(", ")
        }
        Ending::Crashed => format!("crashed ({})", row.crash),
        Ending::TimedOut => "took too long".to_owned(),
        Ending::OutOfMemory => "used too much memory".to_owned(),
    }
}
