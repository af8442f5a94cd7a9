//! What was found for each document.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::sample::Version;
use crate::{CorpusError, file_error, json_error};

/// How a run has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ending {
    /// A crate was written.
    Generated,
    /// Errors were reported, and nothing was written.
    Refused,
    /// The process was killed by a signal, or ended without a result.
    Crashed,
    /// The process was stopped after the time limit.
    TimedOut,
    /// The process was stopped above the memory limit.
    OutOfMemory,
}

/// The findings of one code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The code of the diagnostic.
    pub code: String,
    /// The first place.
    pub place: String,
    /// How many there are.
    pub count: usize,
}

/// The result of one document.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// The path in the package.
    pub path: String,
    /// The version of OpenAPI.
    pub version: Version,
    /// The size of the document.
    pub bytes: u64,
    /// How the run has ended.
    pub ending: Ending,
    /// The signal or exit code of a crash.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub crash: String,
    /// The errors by code, in the order in which they were found.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<Finding>,
    /// Operations that the document describes.
    pub operations: usize,
    /// Operations that the crate has.
    #[serde(default)]
    pub generated: usize,
    /// Operations that the crate lacks, by the codes of the warnings about them; `none` if there
    /// is no warning.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub left_out: BTreeMap<String, usize>,
    /// Numbers of warnings by code.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub warnings: BTreeMap<String, usize>,
    /// Fields of types, and results of operations.
    #[serde(default)]
    pub fields: usize,
    /// Those that are raw JSON.
    #[serde(default)]
    pub raw_fields: usize,
    /// The same by cause: `document` allows any value, `dialect` lists the place, or the code of the
    /// warning about a description that is not supported.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub raw: BTreeMap<String, usize>,
    /// Lines of the crate.
    #[serde(default)]
    pub lines: usize,
    /// CPU time, in hundredths of a second.
    pub cpu_centis: u64,
    /// The most memory that was used at a time.
    pub memory_mib: u64,
    /// Whether the crate compiles, if that was checked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compiles: Option<bool>,
    /// The first error of the compiler.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub compile_error: String,
}

/// Reads results; a missing file has none.
///
/// # Errors
/// The file cannot be read.
pub fn read_results(path: &Path) -> Result<Vec<Row>, CorpusError> {
    if !path.is_file() {
        return Ok(Vec::new());
    }
    let text = fs::read_to_string(path).map_err(file_error(path))?;
    serde_json::from_str(&text).map_err(json_error(path))
}

/// Writes results by path, one line per document.
///
/// # Errors
/// The file cannot be written.
pub fn write_results(path: &Path, rows: &[Row]) -> Result<(), CorpusError> {
    let mut rows: Vec<&Row> = rows.iter().collect();
    rows.sort_by(|a, b| a.path.cmp(&b.path));
    let mut lines = Vec::new();
    for row in rows {
        lines.push(serde_json::to_string(row).map_err(json_error(path))?);
    }
    let text = format!("[\n{}\n]\n", lines.join(",\n"));
    fs::write(path, text).map_err(file_error(path))
}

/// Replaces the rows of the same documents and keeps all others.
pub fn merge_rows(rows: &mut Vec<Row>, new: Vec<Row>) {
    for row in new {
        match rows.iter_mut().find(|old| old.path == row.path) {
            Some(old) => *old = row,
            None => rows.push(row),
        }
    }
}
