//! Formats reports, lists and differences for the terminal.

use std::ffi::OsString;
use std::fmt::Write as _;

use serde_json::{Value, json};

use super::message::{LocatedDiagnostic, locate_findings};
use crate::pipeline::{Drift, GenerateReport, GenerateRun, InitReport, OperationReport};

/// Maximum number of untyped fields, of ignored operations and of differing files that are listed.
const LISTED: usize = 20;

/// The report as text.
pub(super) fn format_report(run: &GenerateRun) -> String {
    let mut out = String::new();
    if let Some(report) = &run.report {
        // Writing to a string does not fail.
        let _: std::fmt::Result = write_report(&mut out, report, run);
    }
    out
}

fn write_report(out: &mut String, report: &GenerateReport, run: &GenerateRun) -> std::fmt::Result {
    let types = report.types;
    let merged = report.merged;
    let deprecated = report.operations.iter().filter(|op| op.deprecated).count();
    writeln!(
        out,
        "{} {} in {}",
        report.title,
        report.version,
        run.out.display()
    )?;
    writeln!(
        out,
        "  operations  {} in {} services, {deprecated} deprecated",
        report.operations.len(),
        report.services
    )?;
    if !report.ignored.is_empty() {
        writeln!(out, "  ignored     {} operations", report.ignored.len())?;
    }
    for ignored in report.ignored.iter().take(LISTED) {
        let (operation, pattern) = (&ignored.operation, &ignored.pattern);
        writeln!(out, "              {operation}: by `{pattern}`")?;
    }
    writeln!(
        out,
        "  types       {}: {} objects ({} resources), {} parameter objects, {} enums, {} unions, \
         {} error lists",
        types.total(),
        types.objects,
        report.resources,
        types.parameters,
        types.enums,
        types.unions,
        types.errors
    )?;
    writeln!(
        out,
        "  merged      {} parameter objects into {}, {} enums into {}",
        merged.parameter_sites, merged.parameters, merged.enum_sites, merged.enums
    )?;
    write_coverage(out, report)?;
    writeln!(
        out,
        "  names       {} new, {} gone, in {}",
        report.names_added.len(),
        report.names_gone.len(),
        report.lock
    )?;
    let unlisted = report.workspace.as_ref().filter(|above| !above.is_listed);
    if let Some(workspace) = unlisted {
        let (manifest, member) = (&workspace.manifest, &workspace.member);
        writeln!(
            out,
            "  workspace   {manifest}: list `{member}` under `members`, or depend on it in a member"
        )?;
    }
    let count = |wanted| {
        run.drift
            .iter()
            .filter(|(_, drift)| *drift == wanted)
            .count()
    };
    writeln!(
        out,
        "  files       {}, {} lines; {} new, {} changed, {} removed",
        report.size.files,
        report.size.lines,
        count(Drift::Missing),
        count(Drift::Changed),
        count(Drift::Stale)
    )?;
    writeln!(out, "  warnings    {}", run.findings.warnings().count())?;
    write!(out, "  time        {} ms:", report.total.as_millis())?;
    for stage in &report.stages {
        write!(out, " {} {}", stage.name, stage.time.as_millis())?;
    }
    writeln!(out)
}

/// What is generated and typed, and the first fields of raw JSON.
fn write_coverage(out: &mut String, report: &GenerateReport) -> std::fmt::Result {
    if let Some(coverage) = &report.coverage {
        writeln!(
            out,
            "  coverage    {} of {} operations, {} of {} fields typed",
            coverage.generated, coverage.operations, coverage.typed, coverage.fields
        )?;
    }
    for field in report.untyped.iter().take(LISTED) {
        let (place, reason, cause) = (&field.place, &field.reason, &field.cause);
        writeln!(out, "              {place}: {reason} ({cause})")?;
    }
    Ok(())
}

/// The differences that `--check` found, and the command that fixes them.
pub(super) fn format_drift(run: &GenerateRun, args: &[OsString]) -> String {
    let mut out = String::from("the output is not up to date\n");
    if !run.out.exists() {
        let folder = run.out.display();
        out.push_str(&format!("  the folder {folder} does not exist\n"));
    } else if run.diff.is_none() {
        for (path, drift) in run.drift.iter().take(LISTED) {
            out.push_str(&format!("  {:8} {path}\n", drift.as_str()));
        }
        if run.drift.len() > LISTED {
            let rest = run.drift.len() - LISTED;
            out.push_str(&format!("  and {rest} more; `--check --diff` shows all\n"));
        }
    }
    let given = args.iter().skip(1).map(|arg| arg.to_string_lossy());
    let kept: Vec<_> = given
        .filter(|arg| !["--check", "--diff"].contains(&arg.as_ref()))
        .collect();
    out.push_str(&format!(
        "to fix it: {} {}\n",
        command_prefix(),
        kept.join(" ")
    ));
    out
}

/// What the user typed before the arguments. Cargo sets the variable for the programs that it runs.
fn command_prefix() -> &'static str {
    match std::env::var("CARGO_PKG_NAME").as_deref() {
        Ok("generator") => "cargo run -p generator --",
        _ => "generator",
    }
}

/// What was written for a document, in one line or two.
pub(super) fn format_init(written: &InitReport, is_printed: bool) -> String {
    let path = match is_printed {
        true => "standard output".to_owned(),
        false => written.path.display().to_string(),
    };
    let guesses = written.text.lines();
    let guesses = guesses.filter(|line| line.starts_with("# guess:")).count();
    let count = |number: usize, one: &str, many: &str| match number {
        1 => format!("1 {one}"),
        _ => format!("{number} {many}"),
    };
    let operations = count(written.operations, "operation", "operations");
    let guesses = count(guesses, "guess", "guesses");
    let mut out = format!("{path}: a dialect for {operations}, with {guesses} to check\n");
    if !written.generates && written.operations > 0 {
        out.push_str(
            "no crate can be generated from the document yet; `generator` with it says why\n",
        );
    }
    out
}

/// Operations in columns: id, method, path, call.
pub(super) fn format_operations(operations: &[OperationReport]) -> String {
    let width = |of: fn(&OperationReport) -> &str| operations.iter().map(|op| of(op).len()).max();
    let id = width(|op| &op.id).unwrap_or_default();
    let path = width(|op| &op.path).unwrap_or_default();
    let line = |op: &OperationReport| {
        let note = if op.deprecated { "  (deprecated)" } else { "" };
        format!(
            "{:id$}  {:6}  {:path$}  {}{note}\n",
            op.id, op.method, op.path, op.call
        )
    };
    operations.iter().map(line).collect()
}

/// The report, the differences and the findings as JSON.
pub(super) fn run_to_json(run: &GenerateRun) -> Value {
    let findings: Vec<_> = run.findings.all().iter().collect();
    let finding = |located: LocatedDiagnostic<'_>| {
        let LocatedDiagnostic {
            finding,
            file,
            position,
            ..
        } = located;
        json!({
            "code": finding.code.id(),
            "severity": finding.severity.to_string(),
            "message": finding.code.message(),
            "detail": finding.detail,
            "hint": finding.code.hint(),
            "file": file,
            "line": position.map(|(line, _)| line),
            "column": position.map(|(_, column)| column),
            "pointer": finding.at.to_string(),
        })
    };
    let drift = run
        .drift
        .iter()
        .map(|(path, drift)| json!({"path": path, "drift": drift.as_str()}));
    json!({
        "report": run.report,
        "drift": drift.collect::<Vec<_>>(),
        "diff": run.diff,
        "findings": locate_findings(&findings, &run.inputs).into_iter().map(finding).collect::<Vec<_>>(),
    })
}
