//! Comparing counts with the stored ones.

use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Instructions by the name of the work.
pub type Counts = BTreeMap<String, u64>;

/// By how many percent a count may differ from the stored one.
pub const TOLERANCE: f64 = 5.0;

/// The first line of the file.
const HEAD: &str =
    "# Instructions of calls and of decoding; `UPDATE=1 .ci/instructions` writes this file.";

/// What a comparison found.
#[derive(Debug, PartialEq, Eq)]
pub struct Report {
    /// One line for each count.
    pub lines: Vec<String>,
    /// Whether a count is too high, or is not stored.
    pub is_failed: bool,
}

/// The counts as the file has them.
#[must_use]
pub fn render(counts: &Counts) -> String {
    let mut text = format!("{HEAD}\n");
    for (name, count) in counts {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{count:>9} {name}");
    }
    text
}

/// Reads the file.
#[must_use]
pub fn parse(text: &str) -> Counts {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let entry = |line: &str| {
        let (count, name) = line.trim().split_once(' ')?;
        Some((name.to_owned(), count.parse().ok()?))
    };
    lines.filter_map(entry).collect()
}

/// Compares counts with the stored ones.
#[must_use]
pub fn compare(stored: &Counts, counted: &Counts) -> Report {
    let mut report = Report {
        lines: Vec::new(),
        is_failed: false,
    };
    for (name, &count) in counted {
        let verdict = match stored.get(name) {
            Some(&before) if before > 0 => {
                let change = percent(count, before);
                let verdict = verdict(change);
                report.is_failed |= change > TOLERANCE;
                format!("{before:>9} stored, {change:+5.1} %{verdict}")
            }
            _ => {
                report.is_failed = true;
                "not stored: run with UPDATE=1".to_owned()
            }
        };
        report
            .lines
            .push(format!("{name:<30} {count:>9}, {verdict}"));
    }
    for name in stored.keys().filter(|name| !counted.contains_key(*name)) {
        report.is_failed = true;
        report
            .lines
            .push(format!("{name:<30} stored, and not counted"));
    }
    report
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a percentage needs no more digits than a double has"
)]
fn percent(count: u64, before: u64) -> f64 {
    (count as f64 / before as f64 - 1.0) * 100.0
}

fn verdict(change: f64) -> &'static str {
    match change {
        _ if change > TOLERANCE => ": MORE than stored",
        _ if change < -TOLERANCE => ": less than stored, run with UPDATE=1",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::{Counts, compare, parse, render};

    fn counts(entries: &[(&str, u64)]) -> Counts {
        let entries = entries.iter();
        entries
            .map(|(name, count)| ((*name).to_owned(), *count))
            .collect()
    }

    #[test]
    fn counts_survive_the_file() {
        let stored = counts(&[("decode: charge", 12_345), ("call: create a customer", 1)]);
        assert_eq!(parse(&render(&stored)), stored);
    }

    #[test]
    fn only_more_instructions_fail() {
        let stored = counts(&[("a", 1000)]);
        for (count, is_failed, said) in [
            (1000, false, "+0.0 %"),
            (1049, false, "+4.9 %"),
            (1051, true, "MORE than stored"),
            (951, false, "-4.9 %"),
            (949, false, "less than stored, run with UPDATE=1"),
        ] {
            let report = compare(&stored, &counts(&[("a", count)]));
            assert_eq!(report.is_failed, is_failed, "{count}");
            assert!(report.lines[0].ends_with(said), "{:?}", report.lines);
        }
    }

    #[test]
    fn work_that_one_side_lacks_fails() {
        assert!(compare(&counts(&[]), &counts(&[("a", 1)])).is_failed);
        assert!(compare(&counts(&[("a", 1)]), &counts(&[])).is_failed);
    }
}
