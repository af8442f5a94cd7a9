//! Reading input files.
//!
//! In: a path. Out: a [`SourceFile`]: the text, and its content as a JSON value.
//! Afterwards: the text is UTF-8 and well-formed JSON, YAML or TOML without duplicate keys, and
//! the line of any pointer into it can be found. Besides `files` this is the only stage that reads
//! the disk. The meaning of the content is left to later stages.

use std::ffi::OsStr;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use serde_json::Value;

use crate::diag::{Code, DiagnosticSink, FileLocation, SpecPath};

mod json;
mod position;
mod revision;
mod toml;
mod value;
mod yaml;

#[cfg(test)]
mod tests;

/// Maximum size of a file. Stripe's document with all its prose has 4 MB.
const MAX_BYTES: u64 = 64 * 1024 * 1024;

/// The format of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileFormat {
    /// RFC 8259.
    Json,
    /// YAML 1.2, core schema.
    Yaml,
    /// TOML 1.0.
    Toml,
}

/// A file that has been read and is well-formed.
#[derive(Clone, Debug)]
pub struct SourceFile {
    /// The path as given on the command line. Messages and headers contain it.
    pub label: String,
    /// Its format.
    pub format: FileFormat,
    /// Its text.
    pub text: String,
    /// Its content. Keys keep their order; dates of TOML are strings.
    pub value: Value,
}

impl SourceFile {
    /// Reads a file. Returns `None` after an error, which is reported to `sink`.
    pub fn load(path: &Path, sink: &mut DiagnosticSink) -> Option<Self> {
        let label = path.display().to_string();
        let bytes = read_bytes(path, &label, sink)?;
        let text = match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => {
                let valid = error.utf8_error().valid_up_to();
                let before = error.as_bytes().get(..valid).unwrap_or_default();
                let location = FileLocation {
                    file: label,
                    position: Some(end_position(before)),
                };
                sink.report_in(
                    Code::FileNotUtf8,
                    location,
                    format!("the first bad byte is at {valid}"),
                );
                return None;
            }
        };
        Self::parse(label, format_of(path, &text), text, sink)
    }

    /// Parses text that is already in memory.
    pub fn parse(
        label: impl Into<String>,
        format: FileFormat,
        text: String,
        sink: &mut DiagnosticSink,
    ) -> Option<Self> {
        let label = label.into();
        let read = match format {
            FileFormat::Json => json::read_json(&text),
            FileFormat::Yaml => yaml::read_yaml(&text),
            FileFormat::Toml => toml::read_toml(&text),
        };
        match read {
            Ok(value) => Some(Self {
                label,
                format,
                text,
                value,
            }),
            Err(error) => {
                let found = |at: &SpecPath| {
                    position::find_positions(format, &text, &[at])
                        .pop()
                        .flatten()
                };
                let position = error.position.or_else(|| error.at.as_ref().and_then(found));
                let location = FileLocation {
                    file: label,
                    position,
                };
                sink.report_in(error.code, location, error.detail);
                None
            }
        }
    }

    /// The lines and columns of nodes or, if they are missing, of their nearest ancestors, counted
    /// from one. Parses the text again, so it is meant for messages only.
    pub fn positions_of(&self, paths: &[&SpecPath]) -> Vec<Option<(usize, usize)>> {
        position::find_positions(self.format, &self.text, paths)
    }
}

/// Why a text is not well-formed.
struct ParseError {
    code: Code,
    /// Line and column, if the parser reports them.
    position: Option<(usize, usize)>,
    /// The node, if the parser reports that instead.
    at: Option<SpecPath>,
    detail: String,
}

/// Reads a file of bounded size.
fn read_bytes(path: &Path, label: &str, sink: &mut DiagnosticSink) -> Option<Vec<u8>> {
    let location = || FileLocation {
        file: label.to_owned(),
        position: None,
    };
    let mut bytes = Vec::new();
    // Limits what is read instead of checking the length first: a pipe has no length.
    let read = File::open(path).and_then(|file| file.take(MAX_BYTES + 1).read_to_end(&mut bytes));
    if let Err(error) = read {
        sink.report_in(Code::FileUnreadable, location(), error.to_string());
        return None;
    }
    if bytes.len() as u64 > MAX_BYTES {
        let detail = format!("more than {} MiB", MAX_BYTES / (1024 * 1024));
        sink.report_in(Code::FileTooLarge, location(), detail);
        return None;
    }
    if bytes.starts_with(b"\xef\xbb\xbf") {
        bytes.drain(..3);
    }
    Some(bytes)
}

/// The format by extension or, for other extensions, by the first character.
fn format_of(path: &Path, text: &str) -> FileFormat {
    match path.extension().and_then(OsStr::to_str) {
        Some("json") => FileFormat::Json,
        Some("yaml" | "yml") => FileFormat::Yaml,
        Some("toml") => FileFormat::Toml,
        _ if text.trim_start().starts_with('{') => FileFormat::Json,
        _ => FileFormat::Yaml,
    }
}

/// Line and column after `before`, counted from one. Columns are bytes.
fn end_position(before: &[u8]) -> (usize, usize) {
    let line = before.iter().filter(|&&b| b == b'\n').count() + 1;
    let column = before.iter().rev().take_while(|&&b| b != b'\n').count() + 1;
    (line, column)
}
