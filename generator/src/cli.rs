//! The command line.
//!
//! In: arguments. Out: an exit code, a report or a list on standard output, findings on standard
//! error. Afterwards: whatever the terminal shows was shown from here. Nothing is decided here
//! about documents or code.

use std::ffi::OsString;
use std::io;
use std::process::ExitCode;

use crate::diag::{Code, Sink};
use crate::pipeline::{self, Run};

mod args;
mod message;
mod show;

#[cfg(test)]
mod tests;

use self::args::{Arguments, Command, Format, GenerateArgs, ImportArgs, ListArgs};

/// How a run ended. `--help` lists these.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Done = 0,
    Drift = 1,
    BadInput = 2,
    CannotWrite = 3,
    Bug = 4,
}

impl End {
    /// What findings mean for the exit code: the worst of them counts.
    fn of(findings: &Sink) -> Self {
        let end = |code: Code| match code {
            Code::OutputNotRust => Self::Bug,
            Code::OutputUnwritable | Code::OutputInTheWay | Code::OutputBusy => Self::CannotWrite,
            _ => Self::BadInput,
        };
        let ends = findings.errors().map(|finding| end(finding.code));
        ends.max_by_key(|end| *end as u8).unwrap_or(Self::Done)
    }
}

/// Runs the program.
pub fn main(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let args: Vec<_> = args.into_iter().collect();
    let (mut out, mut err) = (io::stdout().lock(), io::stderr().lock());
    let end = match Arguments::read(&args) {
        Ok(parsed) => run(parsed.command, &args, &mut out, &mut err),
        // clap knows what goes where, and that help is no error.
        Err(error) => {
            drop(error.print());
            if error.use_stderr() {
                Ok(End::BadInput)
            } else {
                Ok(End::Done)
            }
        }
    };
    // The only failure here is that nobody reads on (`generator list | head`).
    ExitCode::from(end.unwrap_or(End::Done) as u8)
}

type Out<'a> = &'a mut dyn io::Write;

fn run(command: Command, args: &[OsString], out: Out<'_>, err: Out<'_>) -> io::Result<End> {
    match command {
        Command::Generate(given) => generate(given, args, out, err),
        Command::Import(given) => import_document(given, out, err),
        Command::List(given) => list(given, out, err),
    }
}

fn generate(given: GenerateArgs, args: &[OsString], out: Out<'_>, err: Out<'_>) -> io::Result<End> {
    let format = given.format;
    let request = given.request();
    let run = pipeline::generate(&request);
    let end = match End::of(&run.findings) {
        End::Done if request.check && !run.drift.is_empty() => End::Drift,
        end => end,
    };
    match format {
        Format::Json => writeln!(out, "{}", show::json(&run))?,
        Format::Text => {
            write!(err, "{}", message::all(&run.findings, &run.inputs))?;
            write!(out, "{}", show::text(&run, &request))?;
            if end == End::Drift {
                write!(err, "{}", show::drift(&run.drift, args))?;
            }
        }
    }
    Ok(end)
}

fn list(given: ListArgs, out: Out<'_>, err: Out<'_>) -> io::Result<End> {
    let format = given.format;
    let run: Run = pipeline::list(&given.request());
    let operations = run
        .report
        .as_ref()
        .map(|report| report.operations.as_slice());
    match format {
        Format::Json => writeln!(out, "{}", show::json(&run))?,
        Format::Text => {
            write!(err, "{}", message::all(&run.findings, &run.inputs))?;
            write!(out, "{}", show::list(operations.unwrap_or_default()))?;
        }
    }
    Ok(End::of(&run.findings))
}

fn import_document(given: ImportArgs, out: Out<'_>, err: Out<'_>) -> io::Result<End> {
    let run = pipeline::import(&given.upstream, &given.out);
    write!(err, "{}", message::all(&run.findings, &run.inputs))?;
    if let Some(counts) = run.counts {
        let (path, operations) = (given.out.display(), counts.operations);
        let (paths, schemas) = (counts.paths, counts.schemas);
        writeln!(
            out,
            "{path}: {paths} paths, {operations} operations, {schemas} schemas"
        )?;
    }
    Ok(End::of(&run.findings))
}
