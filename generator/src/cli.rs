//! The command line.
//!
//! In: arguments. Out: an exit code, a report or a list on standard output, findings on standard
//! error. Only this stage writes to the terminal. It decides nothing about documents or code.

use std::ffi::OsString;
use std::io;
use std::process::ExitCode;

use crate::diag::{Code, DiagnosticSink};
use crate::pipeline::{self, DiffReport, GenerateRun, Origin, SemverLevel};

mod args;
mod changes;
mod message;
mod show;

#[cfg(test)]
mod tests;

use self::args::{
    CliCommand, CommandLine, DeniedLevel, DiffArgs, DiffFormat, GenerateArgs, ImportArgs, ListArgs,
    ReportFormat, UpdateArgs,
};

/// The exit status of a run. `--help` lists them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ExitStatus {
    Done = 0,
    Drift = 1,
    BadInput = 2,
    CannotWrite = 3,
    Bug = 4,
    DeniedBreak = 5,
    DeniedGenerator = 6,
}

impl ExitStatus {
    /// The exit status for findings: that of the worst one.
    fn from_findings(findings: &DiagnosticSink) -> Self {
        let status = |code: Code| match code {
            Code::OutputNotRust => Self::Bug,
            Code::OutputUnwritable | Code::OutputInTheWay | Code::OutputBusy => Self::CannotWrite,
            _ => Self::BadInput,
        };
        let statuses = findings.errors().map(|finding| status(finding.code));
        statuses
            .max_by_key(|status| *status as u8)
            .unwrap_or(Self::Done)
    }

    /// The exit status for a comparison: that of the worst change that is denied.
    fn from_changes(report: &DiffReport, denied: &[DeniedLevel]) -> Self {
        let by_generator = report.has_origin(Origin::Generator);
        let is_denied = |level| denied.contains(&level);
        if by_generator && is_denied(DeniedLevel::Generator) {
            return Self::DeniedGenerator;
        }
        match report.compile == SemverLevel::Major && is_denied(DeniedLevel::Major) {
            true => Self::DeniedBreak,
            false => Self::Done,
        }
    }
}

/// Runs the program.
pub fn main(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let args: Vec<_> = args.into_iter().collect();
    let (mut out, mut err) = (io::stdout().lock(), io::stderr().lock());
    let status = match CommandLine::parse_args(&args) {
        Ok(parsed) => run_command(parsed.command, &args, &mut out, &mut err),
        // clap prints help to standard output and errors to standard error.
        Err(error) => {
            drop(error.print());
            if error.use_stderr() {
                Ok(ExitStatus::BadInput)
            } else {
                Ok(ExitStatus::Done)
            }
        }
    };
    // Writing fails only if the reader has closed the pipe (`generator list | head`).
    ExitCode::from(status.unwrap_or(ExitStatus::Done) as u8)
}

type OutputStream<'a> = &'a mut dyn io::Write;

fn run_command(
    command: CliCommand,
    args: &[OsString],
    out: OutputStream<'_>,
    err: OutputStream<'_>,
) -> io::Result<ExitStatus> {
    match command {
        CliCommand::Generate(given) => run_generate(given, args, out, err),
        CliCommand::Import(given) => run_import(given, out, err),
        CliCommand::List(given) => run_list(given, out, err),
        CliCommand::Diff(given) => run_diff(&given, out, err),
        CliCommand::Update(given) => run_update(given, out, err),
    }
}

fn run_generate(
    given: GenerateArgs,
    args: &[OsString],
    out: OutputStream<'_>,
    err: OutputStream<'_>,
) -> io::Result<ExitStatus> {
    let format = given.format;
    let request = given.into_request();
    let run = pipeline::generate_crate(&request);
    let status = match ExitStatus::from_findings(&run.findings) {
        ExitStatus::Done if request.check && !run.drift.is_empty() => ExitStatus::Drift,
        status => status,
    };
    match format {
        ReportFormat::Json => writeln!(out, "{}", show::run_to_json(&run))?,
        ReportFormat::Text => {
            write!(
                err,
                "{}",
                message::format_findings(&run.findings, &run.inputs)
            )?;
            write!(out, "{}", show::format_report(&run, &request))?;
            if status == ExitStatus::Drift {
                write!(err, "{}", show::format_drift(&run.drift, args))?;
            }
        }
    }
    Ok(status)
}

fn run_list(
    given: ListArgs,
    out: OutputStream<'_>,
    err: OutputStream<'_>,
) -> io::Result<ExitStatus> {
    let format = given.format;
    let run: GenerateRun = pipeline::list_operations(&given.into_request());
    let operations = run
        .report
        .as_ref()
        .map(|report| report.operations.as_slice());
    match format {
        ReportFormat::Json => writeln!(out, "{}", show::run_to_json(&run))?,
        ReportFormat::Text => {
            write!(
                err,
                "{}",
                message::format_findings(&run.findings, &run.inputs)
            )?;
            write!(
                out,
                "{}",
                show::format_operations(operations.unwrap_or_default())
            )?;
        }
    }
    Ok(ExitStatus::from_findings(&run.findings))
}

fn run_import(
    given: ImportArgs,
    out: OutputStream<'_>,
    err: OutputStream<'_>,
) -> io::Result<ExitStatus> {
    let run = pipeline::import_file(&given.upstream, &given.out);
    write!(
        err,
        "{}",
        message::format_findings(&run.findings, &run.inputs)
    )?;
    if let Some(counts) = run.counts {
        let (path, operations) = (given.out.display(), counts.operations);
        let (paths, schemas) = (counts.paths, counts.schemas);
        writeln!(
            out,
            "{path}: {paths} paths, {operations} operations, {schemas} schemas"
        )?;
    }
    Ok(ExitStatus::from_findings(&run.findings))
}

fn run_update(
    given: UpdateArgs,
    out: OutputStream<'_>,
    err: OutputStream<'_>,
) -> io::Result<ExitStatus> {
    let run = pipeline::update_document(&given.into_request());
    let mut status = ExitStatus::from_findings(&run.findings);
    // The new side was compared before it was generated, with the same findings.
    let new = match run.generation.inputs.document {
        Some(_) => &run.generation,
        None => &run.comparison.new,
    };
    let sides = [&run.comparison.old, new];
    let found = message::format_findings(&run.findings, &run.upstream);
    write!(err, "{found}")?;
    for side in sides {
        let found = message::format_findings(&side.findings, &side.inputs);
        write!(err, "{found}")?;
        let of_side = ExitStatus::from_findings(&side.findings);
        if of_side as u8 > status as u8 {
            status = of_side;
        }
    }
    if let Some(report) = &run.comparison.report {
        write!(out, "{}", changes::format_markdown(report))?;
    }
    if run.is_refused {
        writeln!(
            err,
            "nothing was written: the generator would cause a change that the document does not \
             require; `--allow-generator` writes it"
        )?;
        return Ok(ExitStatus::DeniedGenerator);
    }
    if let Some(written) = &run.written {
        let size = &written.size;
        let version = match &run.crate_version {
            Some(version) => format!("Crate version {version}"),
            None => "The version of the API stays and callers break, so the crate needs a version \
                     of its own: `--crate-version`"
                .to_owned(),
        };
        writeln!(
            out,
            "\n{version}; {} files, {} lines; the lock is {}.",
            size.files, size.lines, written.lock
        )?;
    }
    Ok(status)
}

fn run_diff(
    given: &DiffArgs,
    out: OutputStream<'_>,
    err: OutputStream<'_>,
) -> io::Result<ExitStatus> {
    let run = pipeline::compare_documents(&given.to_request());
    let Some(report) = &run.report else {
        let statuses = [&run.old, &run.new].map(|side| ExitStatus::from_findings(&side.findings));
        for side in [&run.old, &run.new] {
            let found = message::format_findings(&side.findings, &side.inputs);
            write!(err, "{found}")?;
        }
        let worst = statuses.into_iter().max_by_key(|status| *status as u8);
        return Ok(worst.unwrap_or(ExitStatus::BadInput));
    };
    match given.format {
        DiffFormat::Text => write!(out, "{}", changes::format_text(report))?,
        DiffFormat::Markdown => write!(out, "{}", changes::format_markdown(report))?,
        DiffFormat::Json => {
            let text = serde_json::to_string_pretty(report).map_err(io::Error::other)?;
            writeln!(out, "{text}")?;
        }
    }
    Ok(ExitStatus::from_changes(report, &given.deny))
}
