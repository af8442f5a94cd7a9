//! The command line.
//!
//! In: arguments. Out: an exit code, a report or a list on standard output, findings on standard
//! error. Only this stage writes to the terminal. It decides nothing about documents or code.

use std::ffi::OsString;
use std::io;
use std::process::ExitCode;

use anstream::AutoStream;

use crate::diag::{Code, DiagnosticSink};
use crate::pipeline::{self, DiffReport, GenerateRun, Origin, SemverLevel};

mod args;
mod changes;
mod message;
mod shell;
mod show;
mod terminal;

#[cfg(test)]
mod tests;

use self::args::{
    CliCommand, CommandLine, DeniedLevel, DiffArgs, DiffFormat, GenerateArgs, ImportArgs, InitArgs,
    ListArgs, ReportFormat, UpdateArgs,
};
use self::terminal::Terminal;

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
            Code::OutputNotRust | Code::OutputTwice => Self::Bug,
            Code::OutputUnwritable
            | Code::OutputInTheWay
            | Code::OutputBusy
            | Code::DialectExists
            | Code::OutputOtherTitle => Self::CannotWrite,
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
    // Findings have colours, which are dropped unless standard error is a terminal that shows them.
    let mut err = AutoStream::auto(io::stderr().lock());
    let mut out = io::stdout().lock();
    let mut terminal = Terminal::new(&mut out, &mut err);
    let verdict = match CommandLine::parse_args(&args) {
        Ok(parsed) => run_command(parsed.command, &args, &mut terminal),
        // clap prints help to standard output and errors to standard error.
        Err(error) => {
            terminal.keep_failure(error.print());
            match error.use_stderr() {
                true => ExitStatus::BadInput,
                false => ExitStatus::Done,
            }
        }
    };
    let status = match terminal.close() {
        true => verdict,
        false => ExitStatus::CannotWrite,
    };
    ExitCode::from(status as u8)
}

fn run_command(command: CliCommand, args: &[OsString], terminal: &mut Terminal<'_>) -> ExitStatus {
    match command {
        CliCommand::Generate(given) => run_generate(given, args, terminal),
        CliCommand::Init(given) => run_init(given, terminal),
        CliCommand::Import(given) => run_import(given, terminal),
        CliCommand::List(given) => run_list(given, terminal),
        CliCommand::Diff(given) => run_diff(&given, terminal),
        CliCommand::Update(given) => run_update(given, terminal),
        CliCommand::Completions { shell } => {
            terminal.print_report(shell::completion_script(shell));
            ExitStatus::Done
        }
        CliCommand::Man { command } => print_manual(command.as_deref(), terminal),
    }
}

fn run_generate(given: GenerateArgs, args: &[OsString], terminal: &mut Terminal<'_>) -> ExitStatus {
    let format = given.format;
    let request = given.into_request();
    let run = pipeline::generate_crate(&request);
    let status = match ExitStatus::from_findings(&run.findings) {
        ExitStatus::Done if request.check && !run.drift.is_empty() => ExitStatus::Drift,
        status => status,
    };
    match format {
        ReportFormat::Json => terminal.print_report(format!("{}\n", show::run_to_json(&run))),
        ReportFormat::Text => {
            terminal.print_findings(&message::format_findings(&run.findings, &run.inputs));
            match &run.diff {
                Some(diff) => terminal.print_report(diff),
                None => terminal.print_report(show::format_report(&run)),
            }
            if status == ExitStatus::Drift {
                terminal.print_findings(&show::format_drift(&run, args));
            }
        }
    }
    status
}

fn run_list(given: ListArgs, terminal: &mut Terminal<'_>) -> ExitStatus {
    let format = given.format;
    let run: GenerateRun = pipeline::list_operations(&given.into_request());
    let operations = run
        .report
        .as_ref()
        .map(|report| report.operations.as_slice());
    match format {
        ReportFormat::Json => terminal.print_report(format!("{}\n", show::run_to_json(&run))),
        ReportFormat::Text => {
            terminal.print_findings(&message::format_findings(&run.findings, &run.inputs));
            terminal.print_report(show::format_operations(operations.unwrap_or_default()));
        }
    }
    ExitStatus::from_findings(&run.findings)
}

fn run_init(given: InitArgs, terminal: &mut Terminal<'_>) -> ExitStatus {
    let run = pipeline::init_dialect(&given.into_request());
    terminal.print_findings(&message::format_findings(&run.findings, &run.inputs));
    if let Some(written) = &run.written {
        let is_printed = written.path.as_os_str() == "-";
        if is_printed {
            terminal.print_report(&written.text);
        }
        let line = show::format_init(written, is_printed);
        // The dialect may be in standard output.
        match written.is_streamed {
            true => terminal.print_findings(&line),
            false => terminal.print_report(line),
        }
    }
    ExitStatus::from_findings(&run.findings)
}

fn run_import(given: ImportArgs, terminal: &mut Terminal<'_>) -> ExitStatus {
    let request = given.into_request();
    let run = pipeline::import_file(&request);
    terminal.print_findings(&message::format_findings(&run.findings, &run.inputs));
    if let Some(text) = &run.text {
        terminal.print_report(text);
    }
    if let Some(counts) = run.counts {
        let operations = counts.operations;
        let (paths, schemas) = (counts.paths, counts.schemas);
        let path = match &run.text {
            Some(_) => "standard output".to_owned(),
            None => request.out.display().to_string(),
        };
        let line = format!("{path}: {paths} paths, {operations} operations, {schemas} schemas\n");
        // The document may be in standard output.
        match run.is_streamed {
            true => terminal.print_findings(&line),
            false => terminal.print_report(line),
        }
    }
    ExitStatus::from_findings(&run.findings)
}

fn run_update(given: UpdateArgs, terminal: &mut Terminal<'_>) -> ExitStatus {
    let run = pipeline::update_document(&given.into_request());
    let mut status = ExitStatus::from_findings(&run.findings);
    // The new side was compared before it was generated, with the same findings.
    let new = match run.generation.inputs.document {
        Some(_) => &run.generation,
        None => &run.comparison.new,
    };
    terminal.print_findings(&message::format_findings(&run.findings, &run.upstream));
    for side in [&run.comparison.old, new] {
        terminal.print_findings(&message::format_findings(&side.findings, &side.inputs));
        let of_side = ExitStatus::from_findings(&side.findings);
        if of_side as u8 > status as u8 {
            status = of_side;
        }
    }
    if let Some(report) = &run.comparison.report {
        terminal.print_report(changes::format_markdown(report));
    }
    if run.is_refused {
        terminal.print_findings(
            "nothing was written: the generator would cause a change that the document does not \
             require; `--allow-generator` writes it\n",
        );
        return ExitStatus::DeniedGenerator;
    }
    if let Some(written) = &run.written {
        let size = &written.size;
        let version = match &run.crate_version {
            Some(version) => format!("Crate version {version}"),
            None => "The version of the API stays and callers break, so the crate needs a version \
                     of its own: `--crate-version`"
                .to_owned(),
        };
        terminal.print_report(format!(
            "\n{version}; {} files, {} lines; the lock is {}.\n",
            size.files, size.lines, written.lock
        ));
    }
    status
}

fn run_diff(given: &DiffArgs, terminal: &mut Terminal<'_>) -> ExitStatus {
    let run = pipeline::compare_documents(&given.to_request());
    let Some(report) = &run.report else {
        let statuses = [&run.old, &run.new].map(|side| ExitStatus::from_findings(&side.findings));
        for side in [&run.old, &run.new] {
            terminal.print_findings(&message::format_findings(&side.findings, &side.inputs));
        }
        let worst = statuses.into_iter().max_by_key(|status| *status as u8);
        return worst.unwrap_or(ExitStatus::BadInput);
    };
    match given.format {
        DiffFormat::Text => terminal.print_report(changes::format_text(report)),
        DiffFormat::Markdown => terminal.print_report(changes::format_markdown(report)),
        DiffFormat::Json => match serde_json::to_string_pretty(report) {
            Ok(text) => terminal.print_report(format!("{text}\n")),
            Err(error) => terminal.keep_failure(Err(error.into())),
        },
    }
    ExitStatus::from_changes(report, &given.deny)
}

fn print_manual(command: Option<&str>, terminal: &mut Terminal<'_>) -> ExitStatus {
    match shell::manual_page(command) {
        Some(Ok(page)) => terminal.print_report(page),
        Some(Err(error)) => terminal.keep_failure(Err(error)),
        None => {
            terminal
                .print_findings("error: there is no such command; `generator help` lists them\n");
            return ExitStatus::BadInput;
        }
    }
    ExitStatus::Done
}
