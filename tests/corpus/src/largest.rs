//! Measures the largest documents of the package: how time and memory grow with the document.

use std::cmp::Reverse;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use crate::child::Limits;
use crate::generate::generate_candidate;
use crate::layout::Layout;
use crate::results::{Ending, Row};
use crate::sample::{Candidate, find_candidates};
use crate::{CorpusError, check, file_error};

/// What a measurement may use: more than a run of the sample, so that a slow document is measured and
/// not stopped.
const LIMITS: Limits = Limits {
    cpu_seconds: 600,
    wall_seconds: 3600,
    memory_mib: 12 * 1024,
};

const MEGABYTE: f64 = 1e6;

/// Measures the largest documents one after the other, the largest first, and passes each result to
/// `progress`.
///
/// # Errors
/// The package was not fetched, or files cannot be read or written.
pub fn measure_largest(
    layout: &Layout,
    program: &Path,
    count: usize,
    mut progress: impl FnMut(&Row),
) -> Result<Vec<Row>, CorpusError> {
    // The crates find the workspace that they belong to while they are generated.
    check::write_workspace(layout, &[])?;
    let mut rows = Vec::new();
    for candidate in list_largest(layout, count)? {
        let row = generate_candidate(layout, program, &candidate, LIMITS)?;
        progress(&row);
        rows.push(row);
    }
    Ok(rows)
}

/// The largest documents of the package, the largest first.
fn list_largest(layout: &Layout, count: usize) -> Result<Vec<Candidate>, CorpusError> {
    let mut sized = Vec::new();
    for candidate in find_candidates(layout)? {
        let path = layout.package().join(&candidate.path);
        let size = fs::metadata(&path).map_err(file_error(&path))?.len();
        sized.push((Reverse(size), candidate.path.clone(), candidate));
    }
    sized.sort_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
    let largest = sized.into_iter().take(count);
    Ok(largest.map(|(_, _, candidate)| candidate).collect())
}

/// The tables: the measurements, the largest document first, and how they grow.
pub fn growth_tables(rows: &[Row]) -> String {
    let mut rows: Vec<&Row> = rows.iter().collect();
    rows.sort_by(|a, b| (Reverse(a.bytes), &a.path).cmp(&(Reverse(b.bytes), &b.path)));
    let mut text = String::from(
        "### The largest documents\n\n\
         | document | MB | operations | generated | lines | CPU s | MiB | CPU s per MB | MiB per MB |\n\
         |---|---|---|---|---|---|---|---|---|\n",
    );
    for row in &rows {
        let size = megabytes(row);
        let (seconds, memory) = (cpu_seconds(row), mebibytes(row));
        let generated = match row.ending {
            Ending::Generated => row.generated.to_string(),
            _ => crate::ratchet::failure_text(row),
        };
        let _ = writeln!(
            text,
            "| `{}` | {size:.1} | {} | {generated} | {} | {seconds:.1} | {memory:.0} | {:.2} | {:.0} |",
            row.path,
            row.operations,
            row.lines,
            seconds / size,
            memory / size,
        );
    }
    text.push_str(&growth_lines(&rows));
    text
}

/// The exponents with which time and memory grow, over the documents of which an operation is
/// generated.
fn growth_lines(rows: &[&Row]) -> String {
    let generated = || rows.iter().filter(|row| row.generated > 0);
    let fit = |x: fn(&Row) -> f64, y: fn(&Row) -> f64| {
        let points: Vec<(f64, f64)> = generated().map(|row| (x(row), y(row))).collect();
        growth_exponent(&points).map_or("–".to_owned(), |exponent| format!("{exponent:.2}"))
    };
    let lines = |row: &Row| f64::from(u32::try_from(row.lines).unwrap_or(u32::MAX));
    format!(
        "\n| growth (exponent of a fit in logarithms) | CPU s | MiB |\n|---|---|---|\n\
         | with the bytes of the document | {} | {} |\n\
         | with the lines of the crate | {} | {} |\n",
        fit(megabytes, cpu_seconds),
        fit(megabytes, mebibytes),
        fit(lines, cpu_seconds),
        fit(lines, mebibytes),
    )
}

/// The exponent `k` of the best fit `y = c · x^k`, by least squares of logarithms: 1 is linear. `None`
/// for fewer than two different positive `x`.
pub(crate) fn growth_exponent(points: &[(f64, f64)]) -> Option<f64> {
    let positive = points.iter().filter(|(x, y)| *x > 0.0 && *y > 0.0);
    let logs: Vec<(f64, f64)> = positive.map(|(x, y)| (x.ln(), y.ln())).collect();
    let count = f64::from(u32::try_from(logs.len()).ok()?);
    let mean = |of: fn(&(f64, f64)) -> f64| logs.iter().map(of).sum::<f64>() / count;
    let (x, y) = (mean(|point| point.0), mean(|point| point.1));
    let covariance: f64 = logs.iter().map(|(a, b)| (a - x) * (b - y)).sum();
    let variance: f64 = logs.iter().map(|(a, _)| (a - x).powi(2)).sum();
    (variance > 0.0).then(|| covariance / variance)
}

fn megabytes(row: &Row) -> f64 {
    // Documents are at most 64 MiB.
    f64::from(u32::try_from(row.bytes).unwrap_or(u32::MAX)) / MEGABYTE
}

fn cpu_seconds(row: &Row) -> f64 {
    f64::from(u32::try_from(row.cpu_centis).unwrap_or(u32::MAX)) / 100.0
}

fn mebibytes(row: &Row) -> f64 {
    f64::from(u32::try_from(row.memory_mib).unwrap_or(u32::MAX))
}
