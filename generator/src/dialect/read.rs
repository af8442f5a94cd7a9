//! Reads a [`Dialect`] from a TOML value.
//!
//! Sections are read one by one, so that findings have the line of a section or entry.

mod declared;
mod events;

mod docs;
mod naming;
mod pages;

use indexmap::IndexMap;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::sections::{
    ErrorsText, EventsText, ExplicitVersionText, IgnoreText, LegacyText, MarkersText,
    ParametersText, RawText, TagsText, TimeoutText,
};
use super::{
    Dialect, DialectEntry, EntryId, EntryInfo, ErrorConventions, IgnoredOperations,
    OperationPattern, OutputSection, PageShape, ParameterConventions, RawField, SchemaAddress,
    SessionSection, TagFields, TextPattern,
};
use crate::diag::{Code, DiagnosticSink, SpecPath};
use crate::source::SourceFile;

mod patterns;

/// Sections that are also allowed under `[versions]`.
const FACTS: [&str; 19] = [
    "envelopes",
    "explicit_version",
    "formats",
    "host_of",
    "idempotent",
    "ignore",
    "json_bodies",
    "legacy",
    "naming",
    "operations",
    "pages",
    "rate_classes",
    "raw",
    "repeatable",
    "sensitive",
    "timeouts",
    "tokens",
    "values",
    "views",
];
/// Sections and keys that are allowed at the top level only.
const TOP: [&str; 17] = [
    "currencies",
    "describes",
    "docs",
    "errors",
    "events",
    "hosts",
    "id_prefixes",
    "markers",
    "output",
    "parameters",
    "rate_limits",
    "service",
    "sessions",
    "strict",
    "tags",
    "title",
    "versions",
];

/// Reads a dialect file.
pub(super) fn read_dialect(source: &SourceFile, sink: &mut DiagnosticSink) -> Option<Dialect> {
    let here = SpecPath::root();
    let Value::Object(root) = &source.value else {
        sink.report(Code::DialectSyntax, &here, "a table is expected");
        return None;
    };
    let before = sink.error_count();
    let mut reader = DialectReader {
        sink,
        dialect: Dialect::default(),
        versions: None,
    };
    for key in root.keys() {
        if !TOP.contains(&key.as_str()) && !FACTS.contains(&key.as_str()) {
            let at = here.child(key);
            reader
                .sink
                .report(Code::DialectSyntax, &at, format!("unknown section `{key}`"));
        }
    }
    reader.read_top_level(root);
    reader.read_facts(root, &here);
    reader.read_versions(root, &here);
    let dialect = reader.dialect;
    (sink.error_count() == before).then_some(dialect)
}

struct DialectReader<'s> {
    sink: &'s mut DiagnosticSink,
    dialect: Dialect,
    /// The versions that the section being read is for.
    versions: Option<TextPattern>,
}

/// A text, or a list of texts.
pub(super) fn read_texts(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::String(text) => Some(vec![text.clone()]),
        other => Vec::deserialize(other).ok(),
    }
}

impl DialectReader<'_> {
    /// Reads a section, if it exists.
    fn read_section<T: DeserializeOwned>(
        &mut self,
        table: &Map<String, Value>,
        at: &SpecPath,
        key: &str,
    ) -> Option<T> {
        let value = table.get(key)?;
        self.deserialize_value(value, &at.child(key))
    }

    /// Reads a list of tables, if it exists.
    fn read_list<T: DeserializeOwned>(
        &mut self,
        table: &Map<String, Value>,
        at: &SpecPath,
        key: &str,
    ) -> Vec<(SpecPath, T)> {
        let all = self
            .read_section::<Vec<Value>>(table, at, key)
            .unwrap_or_default();
        let at = at.child(key);
        let all = all.iter().enumerate();
        all.filter_map(|(i, value)| Some((at.item(i), self.deserialize_value(value, &at.item(i))?)))
            .collect()
    }

    fn deserialize_value<T: DeserializeOwned>(
        &mut self,
        value: &Value,
        at: &SpecPath,
    ) -> Option<T> {
        match T::deserialize(value) {
            Ok(typed) => Some(typed),
            Err(error) => {
                self.sink.report(Code::DialectSyntax, at, error.to_string());
                None
            }
        }
    }

    fn add_entry<T>(&mut self, at: SpecPath, text: impl Into<String>, value: T) -> DialectEntry<T> {
        let id = EntryId::new(self.dialect.entries.len());
        self.dialect.entries.push(EntryInfo {
            at,
            text: text.into(),
            versions: self.versions.clone(),
        });
        DialectEntry { id, value }
    }

    fn add_optional_text(
        &mut self,
        at: &SpecPath,
        text: Option<String>,
    ) -> Option<DialectEntry<String>> {
        text.map(|text| self.add_entry(at.clone(), text.clone(), text))
    }

    fn add_texts(&mut self, at: &SpecPath, all: Vec<String>) -> Vec<DialectEntry<String>> {
        let all = all.into_iter().enumerate();
        all.map(|(i, text)| self.add_entry(at.item(i), text.clone(), text))
            .collect()
    }

    fn add_pairs(
        &mut self,
        at: &SpecPath,
        all: IndexMap<String, String>,
    ) -> Vec<DialectEntry<(String, String)>> {
        let all = all.into_iter();
        all.map(|(key, value)| self.add_entry(at.child(&key), key.clone(), (key, value)))
            .collect()
    }

    fn parse_address(&mut self, at: &SpecPath, text: &str) -> Option<SchemaAddress> {
        let address = SchemaAddress::parse(text);
        if address.is_none() {
            self.sink.report(Code::DialectSite, at, format!("`{text}`"));
        }
        address
    }

    fn parse_pattern(&mut self, at: &SpecPath, text: &str) -> Option<OperationPattern> {
        let pattern = OperationPattern::parse(text);
        if pattern.is_none() {
            self.sink
                .report(Code::DialectPattern, at, format!("`{text}`"));
        }
        pattern
    }

    fn add_patterns<T: Clone>(
        &mut self,
        at: &SpecPath,
        all: Vec<String>,
        fact: &T,
    ) -> Vec<DialectEntry<(OperationPattern, T)>> {
        let mut entries = Vec::new();
        for (i, text) in all.into_iter().enumerate() {
            let at = at.item(i);
            if let Some(pattern) = self.parse_pattern(&at, &text) {
                entries.push(self.add_entry(at, text, (pattern, fact.clone())));
            }
        }
        entries
    }

    /// Reads the sections that are allowed at the top level only.
    fn read_top_level(&mut self, root: &Map<String, Value>) {
        let here = SpecPath::root();
        self.dialect.describes = self.read_one_or_more(root, &here, "describes");
        let titles = self.read_one_or_more(root, &here, "title");
        self.dialect.titles = titles.iter().map(|title| TextPattern::new(title)).collect();
        self.dialect.is_strict = self.read_section(root, &here, "strict").unwrap_or_default();
        // Its values are read before all others.
        let _: Option<OutputSection> = self.read_section(root, &here, "output");
        self.dialect.service = self
            .read_section(root, &here, "service")
            .unwrap_or_default();
        let tags: TagsText = self.read_section(root, &here, "tags").unwrap_or_default();
        self.dialect.tags = TagFields {
            object: self.add_optional_text(&here.child("tags").child("object"), tags.object),
            deleted: self.add_optional_text(&here.child("tags").child("deleted"), tags.deleted),
        };
        let hosts = self.read_section(root, &here, "hosts").unwrap_or_default();
        self.dialect.hosts = self.add_pairs(&here.child("hosts"), hosts);
        let prefixes = self.read_section(root, &here, "id_prefixes");
        let prefixes = prefixes.unwrap_or_default();
        self.dialect.id_prefixes = self.add_pairs(&here.child("id_prefixes"), prefixes);
        self.dialect.rate_limits = self.read_section(root, &here, "rate_limits");
        let currencies = self.read_section(root, &here, "currencies");
        self.dialect.currencies = currencies.unwrap_or_default();
        for (at, session) in self.read_list::<SessionSection>(root, &here, "sessions") {
            let entry = self.add_entry(at, session.operation.clone(), session);
            self.dialect.sessions.push(entry);
        }
        if let Some(markers) = self.read_section(root, &here, "markers") {
            self.read_markers(markers, &here.child("markers"));
        }
        if let Some(parameters) = self.read_section(root, &here, "parameters") {
            self.read_parameters(parameters, &here.child("parameters"));
        }
        if let Some(errors) = self.read_section(root, &here, "errors") {
            self.read_errors(errors, &here.child("errors"));
        }
        if let Some(docs) = self.read_section(root, &here, "docs") {
            self.read_docs(docs, &here.child("docs"));
        }
        if let Some(events) = self.read_section(root, &here, "events") {
            self.read_events(events, &here.child("events"));
        }
    }

    fn read_markers(&mut self, text: MarkersText, at: &SpecPath) {
        self.dialect.resource_marker = self.add_optional_text(&at.child("resource"), text.resource);
        self.dialect.expandable_marker =
            self.add_optional_text(&at.child("expandable"), text.expandable);
        self.dialect.other_markers = self.add_texts(&at.child("other"), text.other);
    }

    fn read_parameters(&mut self, text: ParametersText, at: &SpecPath) {
        let clear = text
            .clear
            .map(|clear| self.add_entry(at.child("clear"), "clear", clear));
        let range = text
            .range
            .map(|range| self.add_entry(at.child("range"), range.join(", "), range));
        let ranges = at.child("ranges_of_integers");
        let mut ranges_of_integers = Vec::new();
        for (i, text) in text.ranges_of_integers.into_iter().enumerate() {
            if let Some(address) = self.parse_address(&ranges.item(i), &text) {
                ranges_of_integers.push(self.add_entry(ranges.item(i), text, address));
            }
        }
        self.dialect.parameters = ParameterConventions {
            clear,
            call_options: self.add_texts(&at.child("call_options"), text.call_options),
            range,
            range_of_timestamps: text.range_of_timestamps,
            ranges_of_integers,
            delete_body_in_query: text.delete_body_in_query,
            usual_max_length: text.usual_max_length,
        };
    }

    fn read_errors(&mut self, text: ErrorsText, at: &SpecPath) {
        self.dialect.errors = Some(ErrorConventions {
            envelope: self.add_entry(at.child("envelope"), text.envelope.clone(), text.envelope),
            object: self.add_entry(at.child("object"), text.object.clone(), text.object),
            member: text.member,
            code: text.code,
            open: self.add_texts(&at.child("open"), text.open),
            class: text.class,
            objects: self.add_pairs(&at.child("objects"), text.objects),
        });
    }

    /// Reads a text or a list of texts, if there is one.
    fn read_one_or_more(
        &mut self,
        table: &Map<String, Value>,
        at: &SpecPath,
        key: &str,
    ) -> Vec<String> {
        let Some(value) = table.get(key) else {
            return Vec::new();
        };
        read_texts(value).unwrap_or_else(|| {
            let detail = "a text or a list of texts is expected";
            self.sink
                .report(Code::DialectSyntax, &at.child(key), detail);
            Vec::new()
        })
    }

    /// Reads the facts that are for documents of some versions only.
    fn read_versions(&mut self, root: &Map<String, Value>, at: &SpecPath) {
        let all: IndexMap<String, Map<String, Value>> =
            self.read_section(root, at, "versions").unwrap_or_default();
        for (version, facts) in all {
            let at = at.child("versions").child(&version);
            for key in facts.keys() {
                if key != "events" && !FACTS.contains(&key.as_str()) {
                    let detail = format!("`{key}` cannot stand under `versions`");
                    self.sink
                        .report(Code::DialectSyntax, &at.child(key), detail);
                }
            }
            self.versions = Some(TextPattern::new(&version));
            self.read_facts(&facts, &at);
            if let Some(events) = self.read_section::<EventsText>(&facts, &at, "events") {
                self.read_more_events(events, &at.child("events"));
            }
        }
    }

    /// Reads the sections that are allowed at the top level and under `[versions]`.
    fn read_facts(&mut self, table: &Map<String, Value>, at: &SpecPath) {
        for (key, name) in self
            .read_section::<IndexMap<String, _>>(table, at, "formats")
            .unwrap_or_default()
        {
            let at = at.child("formats").child(&key);
            let entry = self.add_entry(at, key.clone(), (key, name));
            self.dialect.formats.push(entry);
        }
        for (at, page) in self.read_list::<PageShape>(table, at, "envelopes") {
            let entry = self.add_entry(at, page.required.join(", "), page);
            self.dialect.envelopes.push(entry);
        }
        self.read_pages(table, at);
        for (at, raw) in self.read_list::<RawText>(table, at, "raw") {
            if let Some(address) = self.parse_address(&at, &raw.at) {
                let entry = self.add_entry(
                    at,
                    raw.at,
                    RawField {
                        address,
                        why: raw.why,
                    },
                );
                self.dialect.raw.push(entry);
            }
        }
        for (at, text) in self.read_list::<String>(table, at, "tokens") {
            if let Some(address) = self.parse_address(&at, &text) {
                let entry = self.add_entry(at, text, address);
                self.dialect.tokens.push(entry);
            }
        }
        for (text, values) in self
            .read_section::<IndexMap<String, Vec<String>>>(table, at, "values")
            .unwrap_or_default()
        {
            let at = at.child("values").child(&text);
            if let Some(address) = self.parse_address(&at, &text) {
                let entry = self.add_entry(at, text, (address, values));
                self.dialect.values.push(entry);
            }
        }
        let views = self.read_section(table, at, "views").unwrap_or_default();
        let views = self.add_texts(&at.child("views"), views);
        self.dialect.views.extend(views);
        self.read_operations(table, at);
        if let Some(naming) = self.read_section(table, at, "naming") {
            self.read_naming(naming, &at.child("naming"));
        }
    }

    /// Reads which operations are left out.
    fn read_ignored(&mut self, table: &Map<String, Value>, at: &SpecPath) {
        let ignore: IgnoreText = self.read_section(table, at, "ignore").unwrap_or_default();
        let at = at.child("ignore").child("operations");
        for (i, text) in ignore.operations.into_iter().enumerate() {
            let at = at.item(i);
            match IgnoredOperations::parse(&text) {
                Some(pattern) => {
                    let entry = self.add_entry(at, text, pattern);
                    self.dialect.ignored.push(entry);
                }
                None => self
                    .sink
                    .report(Code::DialectPattern, &at, format!("`{text}`")),
            }
        }
    }

    /// Reads facts about operations.
    fn read_operations(&mut self, table: &Map<String, Value>, at: &SpecPath) {
        self.read_ignored(table, at);
        self.read_declared(table, at);
        let host_of: IndexMap<String, String> =
            self.read_section(table, at, "host_of").unwrap_or_default();
        for (text, host) in host_of {
            let at = at.child("host_of").child(&text);
            if let Some(pattern) = self.parse_pattern(&at, &text) {
                let entry = self.add_entry(at, text, (pattern, host));
                self.dialect.host_of.push(entry);
            }
        }
        let idempotent = self.read_patterns(table, at, "idempotent");
        self.dialect.idempotent.extend(idempotent);
        let repeatable = self.read_patterns(table, at, "repeatable");
        self.dialect.repeatable.extend(repeatable);
        let json_bodies = self.read_patterns(table, at, "json_bodies");
        self.dialect.json_bodies.extend(json_bodies);
        let sensitive: Vec<String> = self
            .read_section(table, at, "sensitive")
            .unwrap_or_default();
        for (index, text) in sensitive.into_iter().enumerate() {
            let entry = self.add_entry(at.child("sensitive").item(index), text.clone(), text);
            self.dialect.sensitive.push(entry);
        }
        let legacy: LegacyText = self.read_section(table, at, "legacy").unwrap_or_default();
        let here = at.child("legacy");
        let instead = self.add_pairs(&here.child("instead"), legacy.instead);
        self.dialect.legacy_instead.extend(instead);
        let note = self.add_pairs(&here.child("note"), legacy.note);
        self.dialect.legacy_note.extend(note);
        let classes: IndexMap<String, Vec<String>> = self
            .read_section(table, at, "rate_classes")
            .unwrap_or_default();
        for (class, operations) in classes {
            let at = at.child("rate_classes").child(&class);
            let entries = self.add_patterns(&at, operations, &class);
            self.dialect.rate_classes.extend(entries);
        }
        for (at, timeout) in self.read_list::<TimeoutText>(table, at, "timeouts") {
            let at = at.child("operations");
            let entries = self.add_patterns(&at, timeout.operations, &timeout.seconds);
            self.dialect.timeouts.extend(entries);
        }
        for (at, fact) in self.read_list::<ExplicitVersionText>(table, at, "explicit_version") {
            let entries = self.add_patterns(&at.child("operations"), fact.operations, &fact.why);
            self.dialect.explicit_versions.extend(entries);
        }
    }
}
