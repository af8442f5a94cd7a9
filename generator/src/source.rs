//! Reading input files.
//!
//! In: a path. Out: a [`Source`]: the text, and its content as one kind of value.
//! Afterwards: the text is UTF-8 and well-formed JSON, YAML or TOML without duplicate keys, and
//! any pointer into it can be turned into a line. Besides `files` this is the only reader of the
//! disk. What the content means is not looked at here.

use std::ffi::OsStr;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use serde_json::Value;

use crate::diag::{Code, Place, Sink, SpecPath};

mod json;
mod line;
mod toml;
mod tree;
mod yaml;

#[cfg(test)]
mod tests;

/// Larger files are refused. Stripe's document with all its prose has 4 MB.
const MAX_BYTES: u64 = 64 * 1024 * 1024;

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// RFC 8259.
    Json,
    /// YAML 1.2, core schema.
    Yaml,
    /// TOML 1.0.
    Toml,
}

/// A file that has been read and is well-formed.
#[derive(Clone, Debug)]
pub struct Source {
    /// The file as the user wrote it on the command line; goes into messages and headers.
    pub label: String,
    /// How it is written.
    pub format: Format,
    /// Its text.
    pub text: String,
    /// Its content. Keys keep their order; dates of TOML are strings.
    pub value: Value,
}

impl Source {
    /// Reads a file. On failure the finding is in `sink` and the answer is `None`.
    pub fn load(path: &Path, sink: &mut Sink) -> Option<Self> {
        let label = path.display().to_string();
        let bytes = read(path, &label, sink)?;
        let text = match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => {
                let valid = error.utf8_error().valid_up_to();
                let before = error.as_bytes().get(..valid).unwrap_or_default();
                let place = Place {
                    file: label,
                    position: Some(position(before)),
                };
                sink.report_in(
                    Code::FileNotUtf8,
                    place,
                    format!("the first bad byte is at {valid}"),
                );
                return None;
            }
        };
        Self::parse(label, format_of(path, &text), text, sink)
    }

    /// Makes a source of text that is already in memory.
    pub fn parse(
        label: impl Into<String>,
        format: Format,
        text: String,
        sink: &mut Sink,
    ) -> Option<Self> {
        let label = label.into();
        let read = match format {
            Format::Json => json::read(&text),
            Format::Yaml => yaml::read(&text),
            Format::Toml => toml::read(&text),
        };
        match read {
            Ok(value) => Some(Self {
                label,
                format,
                text,
                value,
            }),
            Err(fault) => {
                let found = |at: &SpecPath| line::find(format, &text, &[at]).pop().flatten();
                let position = fault.position.or_else(|| fault.at.as_ref().and_then(found));
                let place = Place {
                    file: label,
                    position,
                };
                sink.report_in(fault.code, place, fault.detail);
                None
            }
        }
    }

    /// The lines and columns where nodes stand, or the nearest nodes above them, counted from
    /// one. Walks the text anew: meant for messages.
    pub fn positions_of(&self, paths: &[&SpecPath]) -> Vec<Option<(usize, usize)>> {
        line::find(self.format, &self.text, paths)
    }

    /// The line where a node stands, for a single message.
    pub fn line_of(&self, at: &SpecPath) -> Option<usize> {
        self.positions_of(&[at])
            .into_iter()
            .flatten()
            .map(|(line, _)| line)
            .next()
    }
}

/// Why a text is not well-formed.
struct Fault {
    code: Code,
    /// Line and column, if the reader knows them.
    position: Option<(usize, usize)>,
    /// The node, if the reader knows that instead.
    at: Option<SpecPath>,
    detail: String,
}

/// Reads a file of bounded size.
fn read(path: &Path, label: &str, sink: &mut Sink) -> Option<Vec<u8>> {
    let place = || Place {
        file: label.to_owned(),
        position: None,
    };
    let mut bytes = Vec::new();
    // The bound is on what is read, not on what the file system promises: a pipe has no length.
    let read = File::open(path).and_then(|file| file.take(MAX_BYTES + 1).read_to_end(&mut bytes));
    if let Err(error) = read {
        sink.report_in(Code::FileUnreadable, place(), error.to_string());
        return None;
    }
    if bytes.len() as u64 > MAX_BYTES {
        let detail = format!("more than {} MiB", MAX_BYTES / (1024 * 1024));
        sink.report_in(Code::FileTooLarge, place(), detail);
        return None;
    }
    if bytes.starts_with(b"\xef\xbb\xbf") {
        bytes.drain(..3);
    }
    Some(bytes)
}

/// By extension; files without a telling one are looked at.
fn format_of(path: &Path, text: &str) -> Format {
    match path.extension().and_then(OsStr::to_str) {
        Some("json") => Format::Json,
        Some("yaml" | "yml") => Format::Yaml,
        Some("toml") => Format::Toml,
        _ if text.trim_start().starts_with('{') => Format::Json,
        _ => Format::Yaml,
    }
}

/// Line and column of the end of `before`, counted from one, columns in bytes.
fn position(before: &[u8]) -> (usize, usize) {
    let line = before.iter().filter(|&&b| b == b'\n').count() + 1;
    let column = before.iter().rev().take_while(|&&b| b != b'\n').count() + 1;
    (line, column)
}
