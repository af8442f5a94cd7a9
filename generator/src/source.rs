//! Reading input files.
//!
//! In: a path, or standard input. Out: a [`SourceFile`]: the text, and its content as a JSON value.
//! Afterwards: the text is UTF-8 and well-formed JSON, YAML or TOML without duplicate keys, and
//! the line of any pointer into it can be found. Besides `files` this is the only stage that reads
//! the disk. The meaning of the content is left to later stages.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use serde_json::Value;

use crate::diag::{Code, DiagnosticSink, FileLocation, SpecPath};

mod json;
mod path;
mod position;
mod revision;
mod toml;
mod value;
mod yaml;

#[cfg(test)]
mod tests;

pub use self::path::is_standard_input;

/// Maximum size of a file. Stripe's document with all its prose has 4 MB.
pub const MAX_BYTES: u64 = 64 * 1024 * 1024;

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
    /// Reads a document: a file or, for the path `-`, standard input. Returns `None` after an error,
    /// which is reported to `sink`.
    pub fn load_document(path: &Path, sink: &mut DiagnosticSink) -> Option<Self> {
        if is_standard_input(path) {
            let label = path::STANDARD_INPUT_LABEL;
            let bytes = read_limited(io::stdin().lock(), label, sink)?;
            return Self::from_bytes(path, label.to_owned(), bytes, sink);
        }
        if let Some(detail) = path::explain_settings_file(path) {
            let location = FileLocation::of_file(path.display().to_string());
            sink.report_in(Code::FileNotDocument, location, detail);
            return None;
        }
        Self::load(path, sink)
    }

    /// Reads a file. Returns `None` after an error, which is reported to `sink`.
    pub fn load(path: &Path, sink: &mut DiagnosticSink) -> Option<Self> {
        let label = path.display().to_string();
        if let Some(detail) = path::explain_url(&label) {
            sink.report_in(Code::FileIsUrl, FileLocation::of_file(label), detail);
            return None;
        }
        let bytes = match File::open(path) {
            Ok(file) => read_limited(file, &label, sink)?,
            Err(error) => {
                let detail = path::explain_absence(path, &error);
                sink.report_in(Code::FileUnreadable, FileLocation::of_file(label), detail);
                return None;
            }
        };
        Self::from_bytes(path, label, bytes, sink)
    }

    fn from_bytes(
        path: &Path,
        label: String,
        bytes: Vec<u8>,
        sink: &mut DiagnosticSink,
    ) -> Option<Self> {
        let text = match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => {
                let valid = error.utf8_error().valid_up_to();
                let before = error.as_bytes().get(..valid).unwrap_or_default();
                let location = FileLocation {
                    position: Some(end_position(before)),
                    ..FileLocation::of_file(label)
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
        // TOML without entries is a dialect or a lock with nothing in it.
        if format != FileFormat::Toml && text.trim().is_empty() {
            sink.report_in(Code::FileEmpty, FileLocation::of_file(label), "");
            return None;
        }
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
                let line = position.and_then(|(line, _)| line_text(&text, line));
                let location = FileLocation {
                    position,
                    line: line.map(str::to_owned),
                    ..FileLocation::of_file(label)
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

    /// The text of a line, counted from one.
    pub fn line_text(&self, line: usize) -> Option<&str> {
        line_text(&self.text, line)
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

/// Reads a stream of bounded size. A byte order mark is dropped.
fn read_limited(stream: impl Read, label: &str, sink: &mut DiagnosticSink) -> Option<Vec<u8>> {
    let location = || FileLocation::of_file(label);
    let mut bytes = Vec::new();
    // Limits what is read instead of checking the length first: a pipe has no length.
    if let Err(error) = stream.take(MAX_BYTES + 1).read_to_end(&mut bytes) {
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

/// Line and column after `before`, counted from one. Columns are characters.
fn end_position(before: &[u8]) -> (usize, usize) {
    let line = before.iter().filter(|&&b| b == b'\n').count() + 1;
    let last = before.rsplit(|&b| b == b'\n').next().unwrap_or_default();
    // The other bytes of a character in UTF-8 begin with the bits 10.
    let column = last.iter().filter(|&&b| b & 0xc0 != 0x80).count() + 1;
    (line, column)
}

fn line_text(text: &str, line: usize) -> Option<&str> {
    text.lines().nth(line.checked_sub(1)?)
}
