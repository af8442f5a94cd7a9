//! Generates the sample, several documents at a time.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::child::{ChildEnd, ChildFinding, ChildReport, Limits, Usage, run_child};
use crate::layout::Layout;
use crate::operations::{OperationKey, count_left_out, read_operations};
use crate::results::{Ending, Finding, Row};
use crate::sample::Candidate;
use crate::{CorpusError, check, file_error};

/// Generates all documents and returns their rows in the order of the sample.
///
/// # Errors
/// The package was not fetched, or files cannot be read or written.
pub fn generate_all(
    layout: &Layout,
    program: &Path,
    sample: &[Candidate],
    jobs: usize,
) -> Result<Vec<Row>, CorpusError> {
    // The crates find the workspace that they belong to while they are generated.
    check::write_workspace(layout, &[])?;
    let next = AtomicUsize::new(0);
    let found: Mutex<BTreeMap<usize, Result<Row, CorpusError>>> = Mutex::default();
    thread::scope(|scope| {
        for _ in 0..jobs.max(1) {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(candidate) = sample.get(index) else {
                        break;
                    };
                    let row = generate_candidate(layout, program, candidate, Limits::default());
                    let mut found = found.lock().unwrap_or_else(|held| held.into_inner());
                    found.insert(index, row);
                }
            });
        }
    });
    let found = found.into_inner().unwrap_or_else(|held| held.into_inner());
    found.into_values().collect()
}

/// Generates one document.
///
/// # Errors
/// The package was not fetched, or files cannot be read or written.
pub fn generate_candidate(
    layout: &Layout,
    program: &Path,
    candidate: &Candidate,
    limits: Limits,
) -> Result<Row, CorpusError> {
    let document: PathBuf = layout.package().join(&candidate.path);
    if !document.is_file() {
        return Err(CorpusError::NotYet {
            path: document,
            command: "fetch",
        });
    }
    let size = fs::metadata(&document)
        .map_err(file_error(&document))?
        .len();
    let described = read_operations(&document)?;
    let name = candidate.crate_name();
    let out = layout.crates().join(&name);
    let folders = (out.as_path(), layout.runs());
    let end = run_child(program, &document, &name, (folders.0, &folders.1), limits)?;
    Ok(describe_end(candidate, size, &described, end))
}

/// The row of a document whose process has ended.
pub(crate) fn describe_end(
    candidate: &Candidate,
    bytes: u64,
    described: &[OperationKey],
    end: ChildEnd,
) -> Row {
    let row = |ending, usage: Usage| Row {
        path: candidate.path.clone(),
        version: candidate.version,
        bytes,
        ending,
        crash: String::new(),
        errors: Vec::new(),
        operations: described.len(),
        generated: 0,
        left_out: BTreeMap::new(),
        warnings: BTreeMap::new(),
        fields: 0,
        raw_fields: 0,
        raw: BTreeMap::new(),
        lines: 0,
        cpu_centis: usage.cpu_centis,
        memory_mib: usage.memory_mib,
        compiles: None,
        compile_error: String::new(),
    };
    match end {
        ChildEnd::Crashed(crash, usage) => Row {
            crash,
            ..row(Ending::Crashed, usage)
        },
        ChildEnd::TimedOut(usage) => row(Ending::TimedOut, usage),
        ChildEnd::OutOfMemory(usage) => row(Ending::OutOfMemory, usage),
        ChildEnd::Reported(report) => {
            let ending = match report.is_generated {
                true => Ending::Generated,
                false => Ending::Refused,
            };
            add_report(row(ending, report.usage), described, &report)
        }
    }
}

fn add_report(mut row: Row, described: &[OperationKey], report: &ChildReport) -> Row {
    row.errors = group_findings(&report.errors);
    for warning in &report.warnings {
        *row.warnings.entry(warning.code.clone()).or_default() += 1;
    }
    if report.is_generated {
        let warnings = report.warnings.iter();
        let places: Vec<(String, String)> = warnings
            .map(|warning| (warning.code.clone(), warning.place.clone()))
            .collect();
        row.generated = report.operations.len();
        row.left_out = count_left_out(described, &report.operations, &places);
        row.fields = report.fields;
        row.raw_fields = report.raw.values().sum();
        row.raw = report.raw.clone();
        row.lines = report.lines;
    }
    row
}

/// The findings by code, in the order in which codes occur first.
fn group_findings(findings: &[ChildFinding]) -> Vec<Finding> {
    let mut groups: Vec<Finding> = Vec::new();
    for finding in findings {
        match groups.iter_mut().find(|group| group.code == finding.code) {
            Some(group) => group.count += 1,
            None => groups.push(Finding {
                code: finding.code.clone(),
                place: finding.place.clone(),
                count: 1,
            }),
        }
    }
    groups
}
