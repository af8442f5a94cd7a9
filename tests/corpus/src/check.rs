//! Compiles the generated crates, as members of one workspace that share a target folder.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::layout::Layout;
use crate::results::{Ending, Row};
use crate::sample::Candidate;
use crate::{CorpusError, file_error};

/// How many crates one run of cargo compiles.
const BATCH: usize = 20;

/// The result of one crate: the first error, if there is one.
pub type Compiled = BTreeMap<String, Result<(), String>>;

/// Writes the manifest of the workspace of the generated crates.
///
/// # Errors
/// A file cannot be written.
pub fn write_workspace(layout: &Layout, members: &[String]) -> Result<(), CorpusError> {
    let folder = layout.crates();
    fs::create_dir_all(&folder).map_err(file_error(&folder))?;
    let mut text = String::from("[workspace]\nresolver = \"3\"\nmembers = [\n");
    for member in members {
        let _ = writeln!(text, "    \"{member}\",");
    }
    text.push_str("]\n\n[profile.dev]\ndebug = false\n");
    let manifest = folder.join("Cargo.toml");
    fs::write(&manifest, text).map_err(file_error(&manifest))
}

/// Compiles the first `limit` crates of the sample that were generated, and records the results.
/// `progress` is called after each batch with the numbers of crates that are done and of all.
///
/// # Errors
/// Cargo cannot be started, or refuses the workspace.
pub fn check_rows(
    layout: &Layout,
    sample: &[Candidate],
    rows: &mut [Row],
    limit: usize,
    mut progress: impl FnMut(usize, usize),
) -> Result<(), CorpusError> {
    let is_generated = |candidate: &&Candidate| {
        let mut rows = rows.iter();
        rows.any(|row| row.path == candidate.path && row.ending == Ending::Generated)
    };
    let chosen = sample.iter().filter(is_generated).take(limit);
    let names: BTreeMap<String, String> = chosen
        .map(|candidate| (candidate.path.clone(), candidate.crate_name()))
        .collect();
    let members: Vec<String> = names.values().cloned().collect();
    let mut compiled = Compiled::new();
    for batch in members.chunks(BATCH) {
        compiled.extend(check_crates(layout, &members, batch)?);
        progress(compiled.len(), members.len());
    }
    for row in rows {
        let name = names.get(&row.path);
        if let Some(result) = name.and_then(|name| compiled.get(name)) {
            row.compiles = Some(result.is_ok());
            row.compile_error = result.clone().err().unwrap_or_default();
        }
    }
    Ok(())
}

/// Compiles some members of the workspace.
///
/// # Errors
/// Cargo cannot be started, or refuses the workspace.
pub fn check_crates(
    layout: &Layout,
    members: &[String],
    batch: &[String],
) -> Result<Compiled, CorpusError> {
    write_workspace(layout, members)?;
    // The versions of the checkout, which are known to build.
    let lock = layout.crates().join("Cargo.lock");
    if !lock.is_file() {
        fs::copy(layout.cargo_lock(), &lock).map_err(file_error(&lock))?;
    }
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["check", "--no-default-features", "--keep-going"]);
    command.args(["--message-format=json", "--manifest-path"]);
    command.arg(layout.crates().join("Cargo.toml"));
    command
        .arg("--target-dir")
        .arg(layout.target().join("check"));
    for name in batch {
        command.args(["-p", name]);
    }
    let output = command.output().map_err(|source| CorpusError::Program {
        program: "cargo",
        source,
        hint: "install Rust",
    })?;
    let mut compiled = read_messages(&String::from_utf8_lossy(&output.stdout));
    compiled.retain(|name, _| batch.contains(name));
    if compiled.is_empty() && !output.status.success() {
        return Err(CorpusError::Failed {
            program: "cargo check".to_owned(),
            output: String::from_utf8_lossy(&output.stderr).trim().to_owned(),
        });
    }
    for name in batch {
        let missing = || Err("the compiler was stopped before it reported anything".to_owned());
        compiled.entry(name.clone()).or_insert_with(missing);
    }
    Ok(compiled)
}

/// The results of the crates in what cargo prints, by the name of their folder.
pub(crate) fn read_messages(output: &str) -> Compiled {
    let mut compiled = Compiled::new();
    for message in output
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
    {
        let manifest = message["manifest_path"].as_str().unwrap_or_default();
        let folder = Path::new(manifest).parent().and_then(Path::file_name);
        let Some(name) = folder.map(|name| name.to_string_lossy().into_owned()) else {
            continue;
        };
        if message["reason"] == "compiler-artifact" {
            compiled.entry(name).or_insert(Ok(()));
        } else if message["message"]["level"] == "error" {
            let first = describe_error(&message["message"]);
            let result = compiled.entry(name).or_insert(Ok(()));
            if result.is_ok() {
                *result = Err(first);
            }
        }
    }
    compiled
}

/// The code, the message and the place of an error.
fn describe_error(message: &Value) -> String {
    let code = message["code"]["code"].as_str().unwrap_or_default();
    let text = message["message"].as_str().unwrap_or_default();
    let spans = message["spans"].as_array().into_iter().flatten();
    let mut primary = spans.filter(|span| span["is_primary"] == true);
    let place = primary.next().map(|span| {
        let file = span["file_name"].as_str().unwrap_or_default();
        let below = file.find("src/").and_then(|start| file.get(start..));
        format!(" (at {}:{})", below.unwrap_or(file), span["line_start"])
    });
    let separator = if code.is_empty() { "" } else { " " };
    format!("{code}{separator}{text}{}", place.unwrap_or_default())
}
