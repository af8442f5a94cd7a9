//! From the tree of a TOML file to a [`Dialect`].
//!
//! Sections are read one by one, so that a finding has the section's or the entry's line.

mod events;

use indexmap::IndexMap;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::sections::{
    ErrorsText, EventsText, LegacyText, MarkersText, NamingText, ParametersText, RawText, TagsText,
    TimeoutText,
};
use super::{
    Claim, Dialect, Entry, EntryId, ErrorBody, PageShape, Parameters, Pattern, Raw, Session, Site,
    Tags,
};
use crate::diag::{Code, Sink, SpecPath};
use crate::source::SourceFile;

/// Sections that may also stand under `[older]`.
const FACTS: [&str; 13] = [
    "formats",
    "host_of",
    "idempotent",
    "json_bodies",
    "legacy",
    "naming",
    "pages",
    "rate_classes",
    "raw",
    "sensitive",
    "timeouts",
    "tokens",
    "views",
];
/// Sections and keys that stand at the top only.
const TOP: [&str; 12] = [
    "describes",
    "errors",
    "events",
    "hosts",
    "markers",
    "older",
    "parameters",
    "rate_limits",
    "service",
    "sessions",
    "tags",
    "title",
];

/// Reads the file as a whole.
pub(super) fn read(source: &SourceFile, sink: &mut Sink) -> Option<Dialect> {
    let here = SpecPath::root();
    let Value::Object(root) = &source.value else {
        sink.report(Code::DialectSyntax, &here, "a table is expected");
        return None;
    };
    let before = sink.error_count();
    let mut reader = Reader {
        sink,
        dialect: Dialect::default(),
        older: false,
    };
    for key in root.keys() {
        if !TOP.contains(&key.as_str()) && !FACTS.contains(&key.as_str()) {
            let at = here.child(key);
            reader
                .sink
                .report(Code::DialectSyntax, &at, format!("unknown section `{key}`"));
        }
    }
    reader.top(root);
    reader.facts(root, &here);
    if let Some(older) = reader.section::<Map<String, Value>>(root, &here, "older") {
        reader.older = true;
        reader.older(&older, &here.child("older"));
    }
    let dialect = reader.dialect;
    (sink.error_count() == before).then_some(dialect)
}

struct Reader<'s> {
    sink: &'s mut Sink,
    dialect: Dialect,
    older: bool,
}

impl Reader<'_> {
    /// One section, if it is there.
    fn section<T: DeserializeOwned>(
        &mut self,
        table: &Map<String, Value>,
        at: &SpecPath,
        key: &str,
    ) -> Option<T> {
        let value = table.get(key)?;
        self.typed(value, &at.child(key))
    }

    /// The elements of a list of tables, if it is there.
    fn list<T: DeserializeOwned>(
        &mut self,
        table: &Map<String, Value>,
        at: &SpecPath,
        key: &str,
    ) -> Vec<(SpecPath, T)> {
        let all = self
            .section::<Vec<Value>>(table, at, key)
            .unwrap_or_default();
        let at = at.child(key);
        let all = all.iter().enumerate();
        all.filter_map(|(i, value)| Some((at.item(i), self.typed(value, &at.item(i))?)))
            .collect()
    }

    fn typed<T: DeserializeOwned>(&mut self, value: &Value, at: &SpecPath) -> Option<T> {
        match T::deserialize(value) {
            Ok(typed) => Some(typed),
            Err(error) => {
                self.sink.report(Code::DialectSyntax, at, error.to_string());
                None
            }
        }
    }

    fn entry<T>(&mut self, at: SpecPath, text: impl Into<String>, value: T) -> Entry<T> {
        let id = EntryId::new(self.dialect.claims.len());
        self.dialect.claims.push(Claim {
            at,
            text: text.into(),
            older: self.older,
        });
        Entry { id, value }
    }

    fn one(&mut self, at: &SpecPath, text: Option<String>) -> Option<Entry<String>> {
        text.map(|text| self.entry(at.clone(), text.clone(), text))
    }

    fn texts(&mut self, at: &SpecPath, all: Vec<String>) -> Vec<Entry<String>> {
        let all = all.into_iter().enumerate();
        all.map(|(i, text)| self.entry(at.item(i), text.clone(), text))
            .collect()
    }

    fn pairs(
        &mut self,
        at: &SpecPath,
        all: IndexMap<String, String>,
    ) -> Vec<Entry<(String, String)>> {
        let all = all.into_iter();
        all.map(|(key, value)| self.entry(at.child(&key), key.clone(), (key, value)))
            .collect()
    }

    fn site(&mut self, at: &SpecPath, text: &str) -> Option<Site> {
        let site = Site::parse(text);
        if site.is_none() {
            self.sink.report(Code::DialectSite, at, format!("`{text}`"));
        }
        site
    }

    fn pattern(&mut self, at: &SpecPath, text: &str) -> Option<Pattern> {
        let pattern = Pattern::parse(text);
        if pattern.is_none() {
            self.sink
                .report(Code::DialectPattern, at, format!("`{text}`"));
        }
        pattern
    }

    fn patterns<T: Clone>(
        &mut self,
        at: &SpecPath,
        all: Vec<String>,
        fact: &T,
    ) -> Vec<Entry<(Pattern, T)>> {
        let mut entries = Vec::new();
        for (i, text) in all.into_iter().enumerate() {
            let at = at.item(i);
            if let Some(pattern) = self.pattern(&at, &text) {
                entries.push(self.entry(at, text, (pattern, fact.clone())));
            }
        }
        entries
    }

    /// Everything that stands at the top only.
    fn top(&mut self, root: &Map<String, Value>) {
        let here = SpecPath::root();
        self.dialect.describes = self.section(root, &here, "describes");
        self.dialect.title = self.section(root, &here, "title");
        self.dialect.service = self.section(root, &here, "service").unwrap_or_default();
        let tags: TagsText = self.section(root, &here, "tags").unwrap_or_default();
        self.dialect.tags = Tags {
            object: self.one(&here.child("tags").child("object"), tags.object),
            deleted: self.one(&here.child("tags").child("deleted"), tags.deleted),
        };
        let hosts = self.section(root, &here, "hosts").unwrap_or_default();
        self.dialect.hosts = self.pairs(&here.child("hosts"), hosts);
        self.dialect.rate_limits = self.section(root, &here, "rate_limits");
        for (at, session) in self.list::<Session>(root, &here, "sessions") {
            let entry = self.entry(at, session.operation.clone(), session);
            self.dialect.sessions.push(entry);
        }
        if let Some(markers) = self.section(root, &here, "markers") {
            self.markers(markers, &here.child("markers"));
        }
        if let Some(parameters) = self.section(root, &here, "parameters") {
            self.parameters(parameters, &here.child("parameters"));
        }
        if let Some(errors) = self.section(root, &here, "errors") {
            self.errors(errors, &here.child("errors"));
        }
        if let Some(events) = self.section(root, &here, "events") {
            self.events(events, &here.child("events"));
        }
    }

    fn markers(&mut self, text: MarkersText, at: &SpecPath) {
        self.dialect.resource_marker = self.one(&at.child("resource"), text.resource);
        self.dialect.expandable_marker = self.one(&at.child("expandable"), text.expandable);
        self.dialect.other_markers = self.texts(&at.child("other"), text.other);
    }

    fn parameters(&mut self, text: ParametersText, at: &SpecPath) {
        let clear = text
            .clear
            .map(|clear| self.entry(at.child("clear"), "clear", clear));
        let range = text
            .range
            .map(|range| self.entry(at.child("range"), range.join(", "), range));
        let sites = at.child("ranges_of_integers");
        let mut ranges_of_integers = Vec::new();
        for (i, text) in text.ranges_of_integers.into_iter().enumerate() {
            if let Some(site) = self.site(&sites.item(i), &text) {
                ranges_of_integers.push(self.entry(sites.item(i), text, site));
            }
        }
        self.dialect.parameters = Parameters {
            clear,
            call_options: self.texts(&at.child("call_options"), text.call_options),
            range,
            range_of_timestamps: text.range_of_timestamps,
            ranges_of_integers,
            delete_body_in_query: text.delete_body_in_query,
            usual_max_length: text.usual_max_length,
        };
    }

    fn errors(&mut self, text: ErrorsText, at: &SpecPath) {
        self.dialect.errors = Some(ErrorBody {
            envelope: self.entry(at.child("envelope"), text.envelope.clone(), text.envelope),
            object: self.entry(at.child("object"), text.object.clone(), text.object),
            member: text.member,
            code: text.code,
            open: self.texts(&at.child("open"), text.open),
        });
    }

    fn older(&mut self, older: &Map<String, Value>, at: &SpecPath) {
        for key in older.keys() {
            if key != "events" && !FACTS.contains(&key.as_str()) {
                let detail = format!("`{key}` cannot stand under `older`");
                self.sink
                    .report(Code::DialectSyntax, &at.child(key), detail);
            }
        }
        self.facts(older, at);
        if let Some(events) = self.section::<EventsText>(older, at, "events") {
            self.older_events(events, &at.child("events"));
        }
    }

    /// Everything that may stand at the top and under `[older]`.
    fn facts(&mut self, table: &Map<String, Value>, at: &SpecPath) {
        for (key, name) in self
            .section::<IndexMap<String, _>>(table, at, "formats")
            .unwrap_or_default()
        {
            let at = at.child("formats").child(&key);
            let entry = self.entry(at, key.clone(), (key, name));
            self.dialect.formats.push(entry);
        }
        for (at, page) in self.list::<PageShape>(table, at, "pages") {
            let entry = self.entry(at, page.required.join(", "), page);
            self.dialect.pages.push(entry);
        }
        for (at, raw) in self.list::<RawText>(table, at, "raw") {
            if let Some(site) = self.site(&at, &raw.at) {
                let entry = self.entry(at, raw.at, Raw { site, why: raw.why });
                self.dialect.raw.push(entry);
            }
        }
        for (at, text) in self.list::<String>(table, at, "tokens") {
            if let Some(site) = self.site(&at, &text) {
                let entry = self.entry(at, text, site);
                self.dialect.tokens.push(entry);
            }
        }
        let views = self.section(table, at, "views").unwrap_or_default();
        let views = self.texts(&at.child("views"), views);
        self.dialect.views.extend(views);
        self.operations(table, at);
        if let Some(naming) = self.section(table, at, "naming") {
            self.naming(naming, &at.child("naming"));
        }
    }

    /// Facts about operations.
    fn operations(&mut self, table: &Map<String, Value>, at: &SpecPath) {
        let host_of: IndexMap<String, String> =
            self.section(table, at, "host_of").unwrap_or_default();
        for (text, host) in host_of {
            let at = at.child("host_of").child(&text);
            if let Some(pattern) = self.pattern(&at, &text) {
                let entry = self.entry(at, text, (pattern, host));
                self.dialect.host_of.push(entry);
            }
        }
        let idempotent = self.section(table, at, "idempotent").unwrap_or_default();
        for entry in self.patterns(&at.child("idempotent"), idempotent, &()) {
            self.dialect.idempotent.push(Entry {
                id: entry.id,
                value: entry.value.0,
            });
        }
        let json = self.section(table, at, "json_bodies").unwrap_or_default();
        for entry in self.patterns(&at.child("json_bodies"), json, &()) {
            self.dialect.json_bodies.push(Entry {
                id: entry.id,
                value: entry.value.0,
            });
        }
        let sensitive: Vec<String> = self.section(table, at, "sensitive").unwrap_or_default();
        for (index, text) in sensitive.into_iter().enumerate() {
            let entry = self.entry(at.child("sensitive").item(index), text.clone(), text);
            self.dialect.sensitive.push(entry);
        }
        let legacy: LegacyText = self.section(table, at, "legacy").unwrap_or_default();
        let here = at.child("legacy");
        let instead = self.pairs(&here.child("instead"), legacy.instead);
        self.dialect.legacy_instead.extend(instead);
        let note = self.pairs(&here.child("note"), legacy.note);
        self.dialect.legacy_note.extend(note);
        let classes: IndexMap<String, Vec<String>> =
            self.section(table, at, "rate_classes").unwrap_or_default();
        for (class, operations) in classes {
            let at = at.child("rate_classes").child(&class);
            let entries = self.patterns(&at, operations, &class);
            self.dialect.rate_classes.extend(entries);
        }
        for (at, timeout) in self.list::<TimeoutText>(table, at, "timeouts") {
            let at = at.child("operations");
            let entries = self.patterns(&at, timeout.operations, &timeout.seconds);
            self.dialect.timeouts.extend(entries);
        }
    }

    fn naming(&mut self, text: NamingText, at: &SpecPath) {
        let mut namespaces = Vec::new();
        for (version, literals) in text.namespaces {
            let at = at.child("namespaces").child(&version);
            for (i, literal) in literals.into_iter().enumerate() {
                let fact = (version.clone(), literal.clone());
                namespaces.push(self.entry(at.item(i), literal, fact));
            }
        }
        let hidden = self.texts(&at.child("hidden_prefixes"), text.hidden_prefixes);
        let services = self.pairs(&at.child("services"), text.services);
        let methods = self.pairs(&at.child("methods"), text.methods);
        let verbs = self.texts(&at.child("suffixed_verbs"), text.suffixed_verbs);
        let types = self.pairs(&at.child("types"), text.types);
        let mut shapes = Vec::new();
        for (text, name) in text.shapes {
            let at = at.child("shapes").child(&text);
            if let Some(site) = self.site(&at, &text) {
                shapes.push(self.entry(at, text, (site, name)));
            }
        }
        let naming = &mut self.dialect.naming;
        naming.namespaces.extend(namespaces);
        naming.hidden_prefixes.extend(hidden);
        naming.services.extend(services);
        naming.methods.extend(methods);
        naming.suffixed_verbs.extend(verbs);
        naming.types.extend(types);
        naming.shapes.extend(shapes);
    }
}
