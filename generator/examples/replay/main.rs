//! Replays consecutive revisions of a document and says which public items the generator broke.
//!
//! `cargo run --release -p generator --example replay -- --repo FOLDER --branch NAME`: every
//! revision of the document on the branch is imported and generated, with the lock carried along.
//! The public items of consecutive crates are compared. An item that is gone or has changed is
//! *caused by the generator* if a place on the wire that it stands for still exists, with the same
//! facts or more; it is *caused by upstream* otherwise.

mod compare;
mod history;
mod surface;
#[cfg(test)]
mod tests;
mod verdict;
mod wire;

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;

use self::compare::Change;
use self::history::{History, Workshop};
use self::verdict::Cause;

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
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match replay_branch(&arguments) {
        Ok(totals) if totals.generator == 0 => ExitCode::SUCCESS,
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
    let mut before = None;
    let count = arguments.limit.map_or(usize::MAX, |limit| limit + 1);
    for revision in history.list_revisions().iter().take(count) {
        let made = workshop.make_crate(&history.read_revision(revision)?, revision)?;
        if let Some(old) = before.replace(made) {
            let Some(new) = &before else { continue };
            let changes = compare::compare_crates(&old, new);
            totals.updates += 1;
            totals.warnings += new.splits.len();
            let (added, changed) = lock_difference(&old.lock, &new.lock);
            totals.lock_added += added;
            totals.lock_changed += changed;
            if changes.is_empty() {
                totals.lock_changed_alone += changed;
            }
            show_changes(arguments, revision, &changes, &new.splits, &mut totals);
        }
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

fn show_changes(
    arguments: &Arguments,
    revision: &str,
    changes: &[Change],
    splits: &[String],
    totals: &mut Totals,
) {
    let mut out = io::stdout().lock();
    let by_generator = changes.iter().filter(|c| c.cause.is_generator()).count();
    totals.generator += by_generator;
    totals.broken_updates += usize::from(by_generator > 0);
    totals.upstream += changes.len() - by_generator;
    totals.upstream_updates += usize::from(changes.len() > by_generator);
    // Writing fails only if the reader has closed the pipe.
    for split in splits {
        let _ = writeln!(out, "{revision} split: {split}");
    }
    for change in changes {
        let (who, why) = match &change.cause {
            Cause::Generator(place) => ("GENERATOR", place.as_str()),
            Cause::Upstream(_) if !arguments.all => continue,
            Cause::Upstream(why) => ("upstream", *why),
        };
        let new = change.new.as_deref().unwrap_or("(gone)");
        let _ = writeln!(
            out,
            "{revision} {who}: {}: {} -> {new} [{why}]",
            change.item, change.old
        );
    }
}

fn show_totals(totals: &Totals) {
    let _ = writeln!(
        io::stdout(),
        "{} updates: {} items broken by the generator in {} updates, {} by upstream in {}; {} types \
         split; lock lines: {} new, {} changed or gone, {} of those in updates without a break",
        totals.updates,
        totals.generator,
        totals.broken_updates,
        totals.upstream,
        totals.upstream_updates,
        totals.warnings,
        totals.lock_added,
        totals.lock_changed,
        totals.lock_changed_alone
    );
}
