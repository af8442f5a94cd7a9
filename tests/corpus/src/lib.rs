//! How far the generator gets with documents that others have published.
//!
//! A sample of the documents of a pinned package (`sample.txt`) is generated, one process per
//! document, so that a crash is a result and not the end. The results are `results.json` and the
//! tables of `docs/coverage.md`. The ratchet compares a run with the committed results. The
//! documents belong to others and are not committed; those in `documents/` are our own.
//!
//! Of some documents every operation is called (`calls.toml`, `calls.json`); see [`calls`].

pub mod calls;
pub mod check;
pub mod child;
pub mod documents;
pub mod expectation;
pub mod fetch;
pub mod generate;
pub mod largest;
pub mod layout;
pub mod operations;
pub mod ratchet;
pub mod report;
pub mod results;
pub mod sample;
pub mod tables;
#[cfg(test)]
mod tests;

use std::io;
use std::path::{Path, PathBuf};

/// Why a command cannot be carried out.
#[derive(Debug, thiserror::Error)]
pub enum CorpusError {
    /// A file or folder cannot be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file is not the JSON that is expected.
    #[error("{}: {source}", path.display())]
    Json {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: serde_json::Error,
    },
    /// A file is not the YAML that is expected.
    #[error("{}: {source}", path.display())]
    Yaml {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: serde_yaml::Error,
    },
    /// A program cannot be started.
    #[error("`{program}` cannot be started ({source}); {hint}")]
    Program {
        /// The program.
        program: &'static str,
        /// What the system says.
        source: io::Error,
        /// How to get the program.
        hint: &'static str,
    },
    /// A program reports a failure.
    #[error("`{program}` failed: {output}")]
    Failed {
        /// The program with its arguments.
        program: String,
        /// The end of what it printed.
        output: String,
    },
    /// The package is not the pinned one.
    #[error("{} has the integrity {found}, and {expected} is expected; remove the file and fetch it again", path.display())]
    Integrity {
        /// The file.
        path: PathBuf,
        /// Of the file.
        found: String,
        /// Of the pinned package.
        expected: &'static str,
    },
    /// A line of the sample is not understood.
    #[error(
        "tests/corpus/sample.txt:{line}: {reason}; `corpus sample --write` writes the list afresh"
    )]
    SampleLine {
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        reason: String,
    },
    /// The header of one of our own documents is not understood.
    #[error("{document}: {reason}")]
    Expectation {
        /// The document.
        document: String,
        /// What is wrong.
        reason: String,
    },
    /// The list of documents that are called is not understood.
    #[error("tests/corpus/calls.toml: {source}")]
    CallList {
        /// What is wrong.
        source: toml::de::Error,
    },
    /// The server for calls does not start.
    #[error("the server on a loopback port cannot be started: {0}")]
    Server(io::Error),
    /// An earlier step is missing.
    #[error("{} is missing; run `cargo run -p corpus -- {command}` first", path.display())]
    NotYet {
        /// The file or folder.
        path: PathBuf,
        /// The step.
        command: &'static str,
    },
    /// A page has no place for the tables.
    #[error("{} lacks the line `{marker}`", path.display())]
    Marker {
        /// The page.
        path: PathBuf,
        /// The line.
        marker: &'static str,
    },
}

/// The error of a file.
pub(crate) fn file_error(path: &Path) -> impl FnOnce(io::Error) -> CorpusError {
    let path = path.to_owned();
    move |source| CorpusError::File { path, source }
}

/// The error of the JSON of a file.
pub(crate) fn json_error(path: &Path) -> impl FnOnce(serde_json::Error) -> CorpusError {
    let path = path.to_owned();
    move |source| CorpusError::Json { path, source }
}
