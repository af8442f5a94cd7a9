//! Paths on the command line: standard input, and what was meant by a path that cannot be read.

use std::ffi::OsStr;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use crate::diag::closest_name;

/// How messages call standard input.
pub(super) const STANDARD_INPUT_LABEL: &str = "standard input";

/// The extensions of documents.
const DOCUMENTS: [&str; 3] = ["yaml", "yml", "json"];

/// Whether the path is `-`, which means standard input. A file of this name is `./-`.
pub fn is_standard_input(path: &Path) -> bool {
    path == Path::new("-")
}

/// How to get the file of a URL; `None` if the text is no URL.
pub(super) fn explain_url(text: &str) -> Option<String> {
    let (scheme, _) = text.split_once("://")?;
    let is_scheme = ["http", "https", "ftp"]
        .iter()
        .any(|known| scheme.eq_ignore_ascii_case(known));
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-._~:/@%+,=".contains(c);
    is_scheme.then(|| match text.chars().all(is_plain) {
        true => format!("`curl -LO {text}` downloads it"),
        false => format!("`curl -LO '{}'` downloads it", text.replace('\'', "%27")),
    })
}

/// What is known about a file that cannot be opened: the error, and a file with a similar name.
pub(super) fn explain_absence(path: &Path, error: &io::Error) -> String {
    let similar = match error.kind() {
        ErrorKind::NotFound => similar_file(path),
        _ => None,
    };
    match similar {
        Some(similar) => format!("{error}; did you mean {}?", similar.display()),
        None => error.to_string(),
    }
}

/// The file in the same folder that was probably meant: one that differs in the extension, or else
/// in a few letters.
fn similar_file(path: &Path) -> Option<PathBuf> {
    let name = path.file_name()?.to_str()?;
    if path.extension().is_some_and(is_document_extension) {
        let other = documents_beside(path).next();
        if other.is_some() {
            return other;
        }
    }
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    let entries = fs::read_dir(folder).ok()?.flatten();
    let files = entries.filter(|entry| entry.path().is_file());
    let mut names: Vec<String> = files
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    names.sort();
    let closest = closest_name(name, names.iter().map(String::as_str))?;
    Some(path.with_file_name(closest))
}

/// Why a dialect or a name lock is no document; `None` for other files.
pub(super) fn explain_settings_file(path: &Path) -> Option<String> {
    if path.extension() != Some(OsStr::new("toml")) || !path.is_file() {
        return None;
    }
    // `x.names.toml` belongs to `x.yaml`.
    let lock = path
        .file_stem()
        .map(Path::new)
        .filter(|stem| stem.extension() == Some(OsStr::new("names")));
    let (kind, stem) = match lock {
        Some(stem) => ("a name lock", path.with_file_name(stem)),
        None => ("a dialect", path.to_owned()),
    };
    Some(match documents_beside(&stem).next() {
        Some(document) => format!("this is {kind}; the document is {}", document.display()),
        None => format!("this is {kind}"),
    })
}

/// The existing documents with the same name and another extension.
fn documents_beside(path: &Path) -> impl Iterator<Item = PathBuf> {
    let beside = DOCUMENTS.map(|extension| path.with_extension(extension));
    beside.into_iter().filter(|path| path.is_file())
}

fn is_document_extension(extension: &OsStr) -> bool {
    DOCUMENTS.iter().any(|known| extension == *known)
}
