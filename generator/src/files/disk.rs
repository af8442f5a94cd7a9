//! Compares output folders with file sets.

use std::fs;
use std::io::{self, ErrorKind, Read as _};
use std::path::Path;

use super::{Drift, FileSet, MARK};
use crate::diag::{Code, DiagnosticSink, FileLocation};
use crate::source::MAX_BYTES;

/// How `folder` differs from `set`, sorted by path.
pub(super) fn compare_folder(
    set: &FileSet,
    folder: &Path,
    sink: &mut DiagnosticSink,
) -> Option<Vec<(String, Drift)>> {
    let before = sink.error_count();
    match fs::metadata(folder) {
        Ok(found) if found.is_dir() => {}
        Err(error) if is_absent(&error) => {}
        Ok(_) => {
            sink.report_in(
                Code::OutputUnwritable,
                file_location(folder),
                "it is not a folder",
            );
            return None;
        }
        Err(error) => {
            sink.report_in(
                Code::OutputUnwritable,
                file_location(folder),
                error.to_string(),
            );
            return None;
        }
    }
    let mut drift = Vec::new();
    for (path, content) in &set.files {
        let on_disk = folder.join(path);
        match read_output(&on_disk) {
            Ok(bytes) if bytes == content.as_bytes() => {}
            Ok(bytes) if is_generated(&bytes) => drift.push((path.clone(), Drift::Changed)),
            // Users may take over the manifest by removing the header.
            Ok(_) if path == "Cargo.toml" => {}
            Ok(_) => sink.report_in(Code::OutputInTheWay, file_location(&on_disk), ""),
            Err(error) if is_absent(&error) => drift.push((path.clone(), Drift::Missing)),
            Err(error) => sink.report_in(
                Code::OutputUnwritable,
                file_location(&on_disk),
                error.to_string(),
            ),
        }
    }
    match generated_files(folder) {
        Ok(found) => {
            let stale = found
                .into_iter()
                .filter(|path| !set.files.contains_key(path));
            drift.extend(stale.map(|path| (path, Drift::Stale)));
        }
        Err(error) => sink.report_in(
            Code::OutputUnwritable,
            file_location(folder),
            error.to_string(),
        ),
    }
    drift.sort();
    (sink.error_count() == before).then_some(drift)
}

/// Reports an existing file without the header.
pub(super) fn reject_hand_written(path: &Path, sink: &mut DiagnosticSink) -> Option<()> {
    match read_output(path) {
        // An empty file has nothing to lose.
        Ok(bytes) if bytes.is_empty() || is_generated(&bytes) => Some(()),
        Ok(_) => {
            sink.report_in(Code::OutputInTheWay, file_location(path), "");
            None
        }
        Err(error) if is_absent(&error) => Some(()),
        Err(error) => {
            sink.report_in(
                Code::OutputUnwritable,
                file_location(path),
                error.to_string(),
            );
            None
        }
    }
}

pub(super) fn file_location(path: &Path) -> FileLocation {
    FileLocation::of_file(path.display().to_string())
}

/// The content of an output file. Only regular files are read, since others may never end, and
/// none that is larger than a document may be.
pub(super) fn read_output(path: &Path) -> io::Result<Vec<u8>> {
    let found = fs::metadata(path)?;
    if found.is_dir() {
        return Err(io::Error::other("it is a folder"));
    }
    if !found.is_file() {
        return Err(io::Error::other("it is not a regular file"));
    }
    let mut bytes = Vec::new();
    let file = fs::File::open(path)?;
    file.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
    match bytes.len() as u64 > MAX_BYTES {
        true => {
            let limit = MAX_BYTES / (1024 * 1024);
            Err(io::Error::other(format!("it is larger than {limit} MiB")))
        }
        false => Ok(bytes),
    }
}

fn is_absent(error: &io::Error) -> bool {
    error.kind() == ErrorKind::NotFound
}

/// Whether a file has the header, which is in the first line.
fn is_generated(bytes: &[u8]) -> bool {
    let first = bytes.split(|b| *b == b'\n').next().unwrap_or_default();
    let comment = first.starts_with(b"// ") || first.starts_with(b"# ");
    comment
        && first
            .windows(MARK.len())
            .any(|part| part == MARK.as_bytes())
}

/// Paths below `folder` of all Rust files under `src/` that have the header.
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
            // Links are not followed: their targets are not part of the folder.
            let kind = entry.file_type()?;
            if kind.is_dir() {
                open.push(path);
            } else if kind.is_file()
                && name.ends_with(".rs")
                && has_generated_header(&entry.path())?
            {
                found.push(path);
            }
        }
    }
    Ok(found)
}

fn has_generated_header(path: &Path) -> io::Result<bool> {
    let mut head = Vec::new();
    fs::File::open(path)?.take(200).read_to_end(&mut head)?;
    Ok(is_generated(&head))
}
