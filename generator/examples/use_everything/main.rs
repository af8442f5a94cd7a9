//! Checks `generator diff` against the compiler.
//!
//! `cargo run --release -p typed-api-generator --example use_everything -- OLD NEW`: one Rust function is
//! written for each public item of the old crate, and all are compiled against the new crate. The
//! items whose functions do not compile must be those that the comparison lists as breaks.

mod compile;
mod uses;

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use generator::diff::PublicItem;
use generator::pipeline::{
    DiffInput, DiffRequest, DiffRun, DocumentVersion, GenerateRequest, compare_documents,
    generate_crate,
};

use self::uses::UseFile;

#[derive(Debug, Parser)]
struct CheckArguments {
    /// The old version, as for `generator diff`
    old: String,
    /// The new version
    new: String,
    /// The dialect of both
    #[arg(long)]
    config: Option<PathBuf>,
    /// The name lock of the old version
    #[arg(long)]
    names: Option<PathBuf>,
    /// Where the new crate is written [default: a temporary folder]
    #[arg(long)]
    out: Option<PathBuf>,
    /// Cargo's target folder, so that the runtime is compiled once for several comparisons
    #[arg(long)]
    target: Option<PathBuf>,
}

fn main() -> ExitCode {
    match check_comparison(&CheckArguments::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(message) => {
            let _ = writeln!(io::stderr(), "{message}");
            ExitCode::from(2)
        }
    }
}

fn check_comparison(arguments: &CheckArguments) -> Result<bool, String> {
    let request = DiffRequest {
        old: DocumentVersion::parse(&arguments.old),
        new: DocumentVersion::parse(&arguments.new),
        config: arguments.config.clone(),
        names: arguments.names.clone(),
    };
    let run = compare_documents(&request);
    let (Some(report), Some((old, _))) = (&run.report, &run.sides) else {
        let findings = [&run.old, &run.new].map(|side| format!("{:?}", side.findings.all()));
        return Err(findings.join("\n"));
    };
    let temporary = tempfile::tempdir().map_err(|error| error.to_string())?;
    let out = match &arguments.out {
        Some(out) => out.clone(),
        None => temporary.path().join("crate"),
    };
    write_crate(&run, temporary.path(), &out)?;
    let items: Vec<&PublicItem> = old.inventory.items().collect();
    let target = match &arguments.target {
        Some(target) => target.clone(),
        None => temporary.path().join("target"),
    };
    let errors = find_errors(&items, &out, &target)?;
    let listed: BTreeSet<(&str, &str)> = report
        .breaks
        .iter()
        .map(|entry| (entry.kind, entry.path.as_str()))
        .collect();
    Ok(show_result(&items, &errors, &listed))
}

/// Generates the new crate from what was compared.
fn write_crate(run: &DiffRun, folder: &Path, out: &Path) -> Result<(), String> {
    let DiffInput { inputs, .. } = &run.new;
    for (file, name) in [
        (&inputs.document, "new.yaml"),
        (&inputs.dialect, "new.toml"),
        (&inputs.lock, "new.names.toml"),
    ] {
        if let Some(file) = file {
            fs::write(folder.join(name), &file.text).map_err(|error| error.to_string())?;
        }
    }
    let mut request = GenerateRequest::new(folder.join("new.yaml"), out);
    "stripe".clone_into(&mut request.options.crate_name);
    let made = generate_crate(&request);
    match made.report {
        Some(_) => Ok(()),
        None => Err(format!("{:?}", made.findings.all())),
    }
}

/// The indexes of the items whose use does not compile. Items that fail are left out and the rest
/// is compiled again, since the compiler may stop before it has seen all functions.
fn find_errors(
    items: &[&PublicItem],
    out: &Path,
    target: &Path,
) -> Result<BTreeSet<usize>, String> {
    let mut failed = BTreeSet::new();
    loop {
        let file = UseFile::write_uses(items, &failed);
        let lines = compile::find_error_lines(&file.text, out, target)?;
        let mut found = BTreeSet::new();
        for (line, message) in lines {
            let index = file.item_at(line);
            found.insert(index.ok_or_else(|| format!("line {line}: {message}"))?);
        }
        if found.is_empty() {
            return Ok(failed);
        }
        failed.extend(found);
    }
}

/// Shows where the compiler and the comparison disagree; returns whether they agree.
fn show_result(
    items: &[&PublicItem],
    errors: &BTreeSet<usize>,
    listed: &BTreeSet<(&str, &str)>,
) -> bool {
    let is_listed = |item: &PublicItem| listed.contains(&(item.kind.as_str(), item.path.as_str()));
    let gone_owners: BTreeSet<&str> = items
        .iter()
        .filter(|item| item.kind.is_type() && is_listed(item))
        .map(|item| item.path.as_str())
        .collect();
    let mut out = io::stdout().lock();
    let (mut missing, mut excess, mut implied) = (0, 0, 0);
    for (index, item) in items.iter().enumerate() {
        let (kind, path) = (item.kind.as_str(), &item.path);
        match (errors.contains(&index), is_listed(item)) {
            // The members of a type that is gone are not listed.
            (true, false) if gone_owners.contains(item.owner.as_str()) => implied += 1,
            (true, false) => {
                missing += 1;
                let _ = writeln!(out, "does not compile, and is not listed: {kind} {path}");
            }
            (false, true) => {
                excess += 1;
                let _ = writeln!(out, "is listed, and compiles: {kind} {path}");
            }
            _ => {}
        }
    }
    let _ = writeln!(
        out,
        "{} items used; {} do not compile: {} listed, {implied} members of types that are gone, \
         {missing} not listed; {excess} listed that compile",
        items.len(),
        errors.len(),
        errors.len() - implied - missing
    );
    missing == 0 && excess == 0
}
