//! Reads the lock file.

use std::collections::BTreeMap;

use serde_json::Value;

use super::format::{AT, FIELD_SEPARATOR, FORMAT};
use super::{Lock, LockedKind, LockedType, RetiredType};
use crate::diag::{Code, DiagnosticSink, SpecPath};
use crate::source::SourceFile;

impl Lock {
    /// Reads a lock file. An empty file locks nothing.
    pub fn load(source: &SourceFile, sink: &mut DiagnosticSink) -> Self {
        let Some(root) = source.value.as_object().filter(|root| !root.is_empty()) else {
            return Self::default();
        };
        let format = root.get("format").and_then(Value::as_i64);
        if format != Some(FORMAT) {
            sink.report(
                Code::LockFormat,
                &SpecPath::root(),
                format!("this generator reads format {FORMAT}"),
            );
            return Self::default();
        }
        let mut types = read_section(source, "types", sink, LockedType::parse);
        for (path, fields) in read_section(source, "required", sink, parse_text) {
            if let Some(ty) = types.get_mut(&path) {
                ty.required = Some(split_fields(&fields));
            }
        }
        Self {
            types,
            places: read_section(source, "places", sink, parse_text),
            members: read_section(source, "members", sink, parse_text),
            methods: read_section(source, "methods", sink, parse_text),
            events: read_section(source, "events", sink, parse_text),
            retired: read_section(source, "retired", sink, RetiredType::parse),
        }
    }
}

fn read_section<T>(
    source: &SourceFile,
    name: &str,
    sink: &mut DiagnosticSink,
    parse: fn(&str) -> Option<T>,
) -> BTreeMap<String, T> {
    let at = SpecPath::root().child(name);
    let entries = source.value.get(name).and_then(Value::as_object);
    let mut section = BTreeMap::new();
    for (key, value) in entries.into_iter().flatten() {
        match value.as_str().and_then(parse) {
            Some(entry) => {
                section.insert(key.clone(), entry);
            }
            None => sink.report(Code::LockSyntax, &at.child(key), value.to_string()),
        }
    }
    section
}

/// Text as it is.
#[expect(clippy::unnecessary_wraps, reason = "one of several parsers")]
fn parse_text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn split_fields(text: &str) -> Vec<String> {
    let fields = text.split(FIELD_SEPARATOR);
    let fields = fields.filter(|field| !field.is_empty());
    fields.map(str::to_owned).collect()
}

impl LockedType {
    fn parse(text: &str) -> Option<Self> {
        let (kind, required) = match text.split_once('(') {
            Some((kind, list)) => {
                let list = list.strip_suffix(')')?;
                (kind, Some(split_fields(list)))
            }
            None => (text, None),
        };
        Some(Self {
            kind: LockedKind::parse(kind)?,
            required,
        })
    }
}

impl RetiredType {
    fn parse(text: &str) -> Option<Self> {
        let (locked, place) = text.split_once(AT)?;
        Some(Self {
            locked: LockedType::parse(locked)?,
            place: place.to_owned(),
        })
    }
}
