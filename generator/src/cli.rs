//! The command line.
//!
//! In: arguments. Out: an exit code, a report or a list on standard output, findings on standard
//! error. Only this stage writes to the terminal. It decides nothing about documents or code.

use std::ffi::OsString;
use std::io;
use std::process::ExitCode;

use crate::diag::{Code, DiagnosticSink};
use crate::pipeline::{self, GenerateRun};

mod args;
mod message;
mod show;

#[cfg(test)]
mod tests;

use self::args::{CliCommand, CommandLine, GenerateArgs, ImportArgs, ListArgs, ReportFormat};

/// The exit status of a run. `--help` lists them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ExitStatus {
    Done = 0,
    Drift = 1,
    BadInput = 2,
    CannotWrite = 3,
    Bug = 4,
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
