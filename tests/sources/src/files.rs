//! The files of a checkout, and errors of reading them.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

/// Why a checkout cannot be measured.
#[derive(Debug, Error)]
pub enum StructureError {
    /// A file or folder cannot be read.
    #[error("{}: {source}", path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
    /// A manifest is not what Cargo expects.
    #[error("{}: {reason}", path.display())]
    Manifest {
        /// The manifest.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A source is no Rust.
    #[error("{}: {source}", path.display())]
    Parse {
        /// The source.
        path: PathBuf,
        /// Where the parser stopped.
        source: syn::Error,
    },
}

/// Whether generated code stands here: the mark is one of the first lines.
pub fn is_generated(text: &str) -> bool {
    text.lines().take(3).any(|line| line.contains("@generated"))
}

/// All files below `folder` whose names end in `.extension`, sorted. Build directories and hidden
/// folders are left out; a missing folder has no files.
pub fn files_below(folder: &Path, extension: &str) -> Result<Vec<PathBuf>, StructureError> {
    let mut files = Vec::new();
    if !folder.is_dir() {
        return Ok(files);
    }
    for entry in fs::read_dir(folder).map_err(|source| read_error(folder, source))? {
        let path = entry.map_err(|source| read_error(folder, source))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if path.is_dir() {
            if name != "target" && !name.starts_with('.') {
                files.extend(files_below(&path, extension)?);
            }
        } else if path.extension().is_some_and(|found| found == extension) {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// The path relative to `root`, with `/` between the components.
pub fn relative_place(root: &Path, path: &Path) -> String {
    let relative = path.strip_prefix(root).unwrap_or(path);
    let parts = relative
        .components()
        .map(|part| part.as_os_str().to_string_lossy());
    parts.collect::<Vec<_>>().join("/")
}

/// Reads a text file.
pub fn read_text(path: &Path) -> Result<String, StructureError> {
    fs::read_to_string(path).map_err(|source| read_error(path, source))
}

pub(super) fn read_error(path: &Path, source: io::Error) -> StructureError {
    let path = path.to_owned();
    StructureError::Read { path, source }
}
