//! What is in an output folder.

use std::fs;
use std::io::{self, ErrorKind, Read as _};
use std::path::Path;

use super::{Drift, FileSet, MARK};
use crate::diag::{Code, Place, Sink};

/// How `folder` differs from `set`, sorted by path.
pub(super) fn compare(
    set: &FileSet,
    folder: &Path,
    sink: &mut Sink,
) -> Option<Vec<(String, Drift)>> {
    let before = sink.error_count();
    match fs::metadata(folder) {
        Ok(found) if found.is_dir() => {}
        Err(error) if is_absent(&error) => {}
        Ok(_) => {
            sink.report_in(Code::OutputUnwritable, place(folder), "it is not a folder");
            return None;
        }
        Err(error) => {
            sink.report_in(Code::OutputUnwritable, place(folder), error.to_string());
            return None;
        }
    }
    let mut drift = Vec::new();
    for (path, content) in &set.files {
        let on_disk = folder.join(path);
        match fs::read(&on_disk) {
            Ok(bytes) if bytes == content.as_bytes() => {}
            Ok(bytes) if is_generated(&bytes) => drift.push((path.clone(), Drift::Changed)),
            // The manifest of a crate that somebody has made their own stays theirs.
            Ok(_) if path == "Cargo.toml" => {}
            Ok(_) => sink.report_in(Code::OutputInTheWay, place(&on_disk), ""),
            Err(error) if is_absent(&error) => drift.push((path.clone(), Drift::Missing)),
            Err(error) => {
                sink.report_in(Code::OutputUnwritable, place(&on_disk), error.to_string())
            }
        }
    }
    match generated_files(folder) {
        Ok(found) => {
            let stale = found
                .into_iter()
                .filter(|path| !set.files.contains_key(path));
            drift.extend(stale.map(|path| (path, Drift::Stale)));
        }
        Err(error) => sink.report_in(Code::OutputUnwritable, place(folder), error.to_string()),
    }
    drift.sort();
    (sink.error_count() == before).then_some(drift)
}

/// Reports a file that is there without the header.
pub(super) fn refuse_hand_written(path: &Path, sink: &mut Sink) -> Option<()> {
    match fs::read(path) {
        Ok(bytes) if is_generated(&bytes) => Some(()),
        Ok(_) => {
            sink.report_in(Code::OutputInTheWay, place(path), "");
            None
        }
        Err(error) if is_absent(&error) => Some(()),
        Err(error) => {
            sink.report_in(Code::OutputUnwritable, place(path), error.to_string());
            None
        }
    }
}

pub(super) fn place(path: &Path) -> Place {
    Place {
        file: path.display().to_string(),
        position: None,
    }
}

fn is_absent(error: &io::Error) -> bool {
    error.kind() == ErrorKind::NotFound
}

/// Whether a file carries the header, which stands in the first line.
fn is_generated(bytes: &[u8]) -> bool {
    let first = bytes.split(|b| *b == b'\n').next().unwrap_or_default();
    let comment = first.starts_with(b"// ") || first.starts_with(b"# ");
    comment
        && first
            .windows(MARK.len())
            .any(|part| part == MARK.as_bytes())
}

/// Paths below `folder` of all Rust files under `src/` that carry the header.
fn generated_files(folder: &Path) -> io::Result<Vec<String>> {
    let mut found = Vec::new();
    let mut open = vec!["src".to_owned()];
    while let Some(path) = open.pop() {
        let entries = match fs::read_dir(folder.join(&path)) {
            Ok(entries) => entries,
            Err(error) if is_absent(&error) => continue,
            Err(error) => return Err(error),
        };
        for entry in entries {
            let entry = entry?;
            let Ok(name) = entry.file_name().into_string() else {
                // Generated names are ASCII.
                continue;
            };
            let path = format!("{path}/{name}");
            // Links are not followed: what is behind them is not part of the folder.
            let kind = entry.file_type()?;
            if kind.is_dir() {
                open.push(path);
            } else if kind.is_file() && name.ends_with(".rs") && begins_generated(&entry.path())? {
                found.push(path);
            }
        }
    }
    Ok(found)
}

fn begins_generated(path: &Path) -> io::Result<bool> {
    let mut head = Vec::new();
    fs::File::open(path)?.take(200).read_to_end(&mut head)?;
    Ok(is_generated(&head))
}
