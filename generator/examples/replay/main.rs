//! Replays consecutive revisions of a document and says which public items the generator broke.
//!
//! `cargo run --release -p typed-api-generator --example replay -- --repo FOLDER --branch NAME`: every
//! revision of the document on the branch is imported and generated, with the lock carried along.
//! Consecutive versions are compared as `generator diff` compares them, and the items that it sees
//! must be those of the generated source.

mod compare;
mod history;
mod surface;
#[cfg(test)]
mod tests;

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;

use generator::pipeline::{DiffReport, Origin};

use self::history::{History, Update, Workshop};

#[derive(Debug, Parser)]
struct Arguments {
    /// A clone with the revisions of the document
    #[arg(long)]
    repo: PathBuf,
    /// The branch to replay, or `A..B`
    #[arg(long)]
    branch: String,
    /// The document in the repository
    #[arg(long, default_value = "spec3.yaml")]
    file: String,
    /// The dialect
    #[arg(long, default_value = "specs/stripe.toml")]
    config: PathBuf,
    /// Stop after so many updates
    #[arg(long)]
    limit: Option<usize>,
    /// Show the changes that upstream caused, too
    #[arg(long)]
    all: bool,
}

/// What was counted.
#[derive(Debug, Default)]
struct Totals {
    updates: usize,
    generator: usize,
    broken_updates: usize,
    upstream: usize,
    upstream_updates: usize,
    lock_added: usize,
    lock_changed: usize,
    /// Lines of the lock that changed or went although no public item did.
    lock_changed_alone: usize,
    warnings: usize,
    /// Items that the comparison does not see as the source has them.
    disagreements: usize,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match replay_branch(&arguments) {
        Ok(totals) if totals.generator + totals.disagreements == 0 => ExitCode::SUCCESS,
        Ok(_) => ExitCode::from(1),
        Err(message) => {
            let _ = writeln!(io::stderr(), "{message}");
            ExitCode::from(2)
        }
    }
}

fn replay_branch(arguments: &Arguments) -> Result<Totals, String> {
    let history = History::open_branch(&arguments.repo, &arguments.branch, &arguments.file)?;
    let workshop = Workshop::open_folder(&arguments.config)?;
    let mut totals = Totals::default();
    let mut before: Option<String> = None;
    let count = arguments.limit.map_or(usize::MAX, |limit| limit + 1);
    for revision in history.list_revisions().iter().take(count) {
        let made = workshop.make_crate(&history.read_revision(revision)?, revision)?;
        totals.disagreements += made.disagreements.len();
        if let (Some(old), Some(report)) = (&before, &made.report) {
            totals.updates += 1;
            totals.warnings += made.splits.len();
            let (added, changed) = lock_difference(old, &made.lock);
            totals.lock_added += added;
            totals.lock_changed += changed;
            if report.breaks.is_empty() {
                totals.lock_changed_alone += changed;
            }
            count_changes(report, &mut totals);
        }
        show_update(arguments, revision, &made);
        before = Some(made.lock);
    }
    show_totals(&totals);
    Ok(totals)
}

/// Lines of the lock that are new, and lines that changed or went.
fn lock_difference(old: &str, new: &str) -> (usize, usize) {
    let lines = |text: &str| -> std::collections::HashSet<String> {
        text.lines().map(str::to_owned).collect()
    };
    let (old, new) = (lines(old), lines(new));
    let gone = old.difference(&new).count();
    (new.difference(&old).count(), gone)
}

fn count_changes(report: &DiffReport, totals: &mut Totals) {
    let is_ours = |origin| origin != Origin::Upstream;
    let ours = report.breaks.iter().filter(|e| is_ours(e.origin)).count();
    totals.generator += ours;
    totals.broken_updates += usize::from(ours > 0);
    totals.upstream += report.breaks.len() - ours;
    totals.upstream_updates += usize::from(report.breaks.len() > ours);
}

fn show_update(arguments: &Arguments, revision: &str, made: &Update) {
    let mut out = io::stdout().lock();
    // Writing fails only if the reader has closed the pipe.
    for split in &made.splits {
        let _ = writeln!(out, "{revision} split: {split}");
    }
    for disagreement in &made.disagreements {
        let _ = writeln!(out, "{revision} not as in the source: {disagreement}");
    }
    let entries = made.report.iter().flat_map(|report| &report.breaks);
    for entry in entries.filter(|e| arguments.all || e.origin != Origin::Upstream) {
        let (was, now) = (entry.was.as_deref(), entry.now.as_deref());
        let _ = writeln!(
            out,
            "{revision} {}: {} {}: {} -> {} [{}]",
            entry.origin.as_str(),
            entry.kind,
            entry.path,
            was.unwrap_or_default(),
            now.unwrap_or("(gone)"),
            entry.reason
        );
    }
}

fn show_totals(totals: &Totals) {
    let _ = writeln!(
        io::stdout(),
        "{} updates: {} items broken by the generator in {} updates, {} by upstream in {}; {} types \
         split; lock lines: {} new, {} changed or gone, {} of those in updates without a break; {} items not as in the source",
        totals.updates,
        totals.generator,
        totals.broken_updates,
        totals.upstream,
        totals.upstream_updates,
        totals.warnings,
        totals.lock_added,
        totals.lock_changed,
        totals.lock_changed_alone,
        totals.disagreements
    );
}
