//! Collects the findings of this stage: each once, and formats with a count.

use std::collections::{HashMap, HashSet};

use indexmap::IndexMap;
use serde_json::Value;

use crate::diag::{Code, DiagnosticSink, SpecPath, Trail};

/// How often a format occurs, and where first.
struct FormatCount {
    first: SpecPath,
    count: usize,
}

/// The findings of this stage.
pub(super) struct LowerReport<'s> {
    sink: &'s mut DiagnosticSink,
    /// What has been reported. A part that is copied is reported where it was first. Never iterated.
    seen: HashSet<(Code, SpecPath, String)>,
    formats: IndexMap<String, FormatCount>,
    /// The component schemas that this stage made, with the places that they were made of.
    made: HashMap<String, SpecPath>,
    /// Formats that the dialect describes.
    dialect_formats: &'s [&'s str],
    /// The property by whose value the dialect distinguishes objects.
    pub(super) dialect_tag: Option<&'s str>,
}

impl<'s> LowerReport<'s> {
    pub(super) fn new(
        dialect_formats: &'s [&'s str],
        dialect_tag: Option<&'s str>,
        sink: &'s mut DiagnosticSink,
    ) -> Self {
        Self {
            sink,
            seen: HashSet::new(),
            formats: IndexMap::new(),
            made: HashMap::new(),
            dialect_formats,
            dialect_tag,
        }
    }

    /// Reports a finding at the node of a trail.
    pub(super) fn warn_at(&mut self, code: Code, trail: &Trail<'_>, detail: impl Into<String>) {
        self.warn_path(code, trail.spec_path(), detail);
    }

    /// Reports a finding about a keyword of the node of a trail.
    pub(super) fn warn_keyword(
        &mut self,
        code: Code,
        trail: &Trail<'_>,
        keyword: &str,
        detail: impl Into<String>,
    ) {
        self.warn_path(code, trail.key_child(keyword).spec_path(), detail);
    }

    /// Reports a finding at a pointer.
    pub(super) fn warn_path(&mut self, code: Code, at: SpecPath, detail: impl Into<String>) {
        let detail = detail.into();
        if self.seen.insert((code, at.clone(), detail.clone())) {
            self.sink.report(code, &at, detail);
        }
    }

    /// Notes that a component schema was made of a part of the document.
    pub(super) fn note_made(&mut self, name: &str, origin: SpecPath) {
        self.made.insert(name.to_owned(), origin);
    }

    /// What a component schema is called in a finding: its name, or the place that it was made of.
    pub(super) fn written_name(&self, name: &str) -> String {
        match self.made.get(name) {
            Some(origin) => origin.to_string(),
            None => name.to_owned(),
        }
    }

    /// The place of a component schema in the document.
    pub(super) fn written_place(&self, name: &str) -> SpecPath {
        let own = ["components", "schemas", name].into_iter();
        let own = own.fold(SpecPath::root(), |at, key| at.child(key));
        self.made.get(name).cloned().unwrap_or(own)
    }

    /// Whether the dialect describes a format.
    pub(super) fn is_described(&self, format: &str) -> bool {
        self.dialect_formats.contains(&format)
    }

    /// Counts a format that has no type of its own.
    pub(super) fn count_format(&mut self, format: &str, trail: &Trail<'_>) {
        match self.formats.get_mut(format) {
            Some(found) => found.count += 1,
            None => {
                let first = trail.key_child("format").spec_path();
                self.formats
                    .insert(format.to_owned(), FormatCount { first, count: 1 });
            }
        }
    }

    /// Reports the formats that were counted, each at its first place.
    pub(super) fn finish_counts(self) {
        for (format, found) in self.formats {
            let detail = match found.count {
                1 => format!("`{format}`"),
                count => format!("`{format}`, {count} times"),
            };
            self.sink.report(Code::FormatIgnored, &found.first, detail);
        }
    }
}

/// A value as text, not too long for a message.
pub(super) fn short_text(value: &Value) -> String {
    let text = match value {
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "a mapping".to_owned(),
        other => other.to_string(),
    };
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("`{}…`", text.get(..end).unwrap_or_default()),
        None => format!("`{text}`"),
    }
}
