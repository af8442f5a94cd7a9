//! The state of a translation: the inputs, the sink, and what has been found so far.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap, HashSet};

use indexmap::IndexSet;
use openapiv3::SchemaData;

use super::address::ResolvedAddresses;
use super::declared::similar_operation;
use super::unfolding::Unfolding;
use crate::api::{Doc, IgnoredOperation, RawReason, ValueKind};
use crate::diag::{Code, DiagnosticSink, SpecPath};
use crate::dialect::{Dialect, DialectEntry, EntryId, EntryInfo, IgnoredOperations};
use crate::markdown;
use crate::spec::{Document, SpecOperation};

/// Why values of a shape that is not supported are raw.
pub(super) const UNSUPPORTED_REASON: &str =
    "the document's description of the value is not supported";

/// The state of one translation.
pub(super) struct NormalizeContext<'a> {
    pub(super) document: &'a Document,
    pub(super) dialect: &'a Dialect,
    /// The version of the API.
    version: &'a str,
    /// The operations of the document that are not left out.
    pub(super) operations: Vec<&'a SpecOperation>,
    /// The operations that are left out.
    pub(super) ignored: Vec<IgnoredOperation>,
    /// Addresses of the dialect as places of the document.
    pub(super) addresses: ResolvedAddresses,
    /// Components that are the first of two views of one component: none of their fields is required,
    /// because either view may be returned.
    pub(super) relaxed: BTreeSet<String>,
    /// Components that responses refer to.
    pub(super) referenced: BTreeSet<String>,
    /// Components that describe failures.
    pub(super) failures: BTreeSet<String>,
    /// What keeps components that are inlined from being repeated without end.
    pub(super) unfolding: Unfolding,
    /// Components of parameters that are being inlined, outermost first.
    pub(super) inlining: Vec<&'a str>,
    /// Components of parameters that are types of their own, in the order of their first use.
    pub(super) parameter_components: IndexSet<String>,
    /// Security requirements that have been reported.
    pub(super) reported_security: HashSet<(Code, String)>,
    /// The code of the error that was tolerated last.
    tolerated: Option<Code>,
    /// Descriptions in components of parameters, as Markdown: each is used wherever the component is
    /// inlined. Never iterated.
    inlined_prose: RefCell<HashMap<String, Option<String>>>,
    matched: Vec<bool>,
    /// Number of errors of earlier stages.
    errors_before: usize,
    sink: &'a mut DiagnosticSink,
}

impl<'a> NormalizeContext<'a> {
    pub(super) fn new(
        document: &'a Document,
        declared: &'a [SpecOperation],
        dialect: &'a Dialect,
        version: &'a str,
        sink: &'a mut DiagnosticSink,
    ) -> Self {
        let addresses = ResolvedAddresses::resolve_all(document, dialect);
        let mut context = Self {
            document,
            dialect,
            version,
            operations: Vec::new(),
            ignored: Vec::new(),
            addresses,
            relaxed: BTreeSet::new(),
            referenced: BTreeSet::new(),
            failures: BTreeSet::new(),
            unfolding: Unfolding::of_document(document),
            inlining: Vec::new(),
            parameter_components: IndexSet::new(),
            reported_security: HashSet::new(),
            tolerated: None,
            inlined_prose: RefCell::default(),
            matched: vec![false; dialect.entries().count()],
            errors_before: sink.error_count(),
            sink,
        };
        for id in context.addresses.matched_entries() {
            context.mark_matched_id(id);
        }
        for entry in &dialect.operations {
            if similar_operation(document, entry).is_some() {
                context.mark_matched(entry);
            }
        }
        context.select_operations(declared);
        context
    }

    /// Separates the operations that are left out from all others.
    fn select_operations(&mut self, declared: &'a [SpecOperation]) {
        let dialect = self.dialect;
        for operation in self.document.operations.iter().chain(declared) {
            let (method, path) = (&operation.method, &operation.path);
            let is_match = |entry: &&DialectEntry<IgnoredOperations>| {
                entry.value.matches(method, path, &operation.id)
            };
            let matching: Vec<_> = dialect.ignored.iter().filter(is_match).collect();
            let Some(first) = matching.first() else {
                self.operations.push(operation);
                continue;
            };
            let info = dialect.entry_info(first.id);
            self.ignored.push(IgnoredOperation {
                id: operation.id.clone(),
                operation: operation.title(),
                pattern: info.map(|info| info.text.clone()).unwrap_or_default(),
            });
            for entry in matching {
                self.mark_matched(entry);
            }
        }
    }

    pub(super) fn report(&mut self, code: Code, at: &SpecPath, detail: impl Into<String>) {
        self.sink.report(code, at, detail);
    }

    /// What a component schema is called in a finding.
    pub(super) fn written_name(&self, name: &str) -> String {
        self.sink.origins().written_name(name)
    }

    /// Whether constructs that are not supported are left out or become raw JSON.
    pub(super) fn is_tolerant(&self) -> bool {
        self.sink.is_tolerant()
    }

    /// Translates something. If that is not possible and need not be, returns what `instead` makes;
    /// the errors become warnings. Without an error, something within has failed and was tolerated.
    pub(super) fn tolerate<T>(
        &mut self,
        translate: impl FnOnce(&mut Self) -> Option<T>,
        instead: impl FnOnce(&mut Self) -> Option<T>,
    ) -> Option<T> {
        let mark = self.sink.mark();
        let before = self.sink.error_count();
        let translated = translate(self);
        if !self.is_tolerant() {
            return translated;
        }
        if self.sink.error_count() > before {
            self.tolerated = self.sink.tolerate_since(mark);
        } else if translated.is_some() {
            return translated;
        }
        instead(self)
    }

    /// Does something that the output does not need: its warnings are not reported.
    pub(super) fn without_warnings<T>(&mut self, translate: impl FnOnce(&mut Self) -> T) -> T {
        let mark = self.sink.mark();
        let translated = translate(self);
        self.sink.discard_warnings_since(mark);
        translated
    }

    /// What becomes of a value whose description is not supported, after [`Self::tolerate`].
    pub(super) fn unsupported_value(&self) -> ValueKind {
        ValueKind::Raw(self.unsupported_reason(UNSUPPORTED_REASON))
    }

    /// Why something whose description is not supported is raw JSON.
    pub(super) fn unsupported_reason(&self, text: &str) -> RawReason {
        match self.tolerated {
            Some(code) => RawReason::of_code(code, text),
            None => RawReason::of_document(text),
        }
    }

    /// Whether an entry of the dialect must match something in this document.
    pub(super) fn is_expected(&self, entry: EntryId) -> bool {
        let info = self.dialect.entry_info(entry);
        self.dialect.describes_version(self.version)
            && info.is_none_or(|info| info.is_for_version(self.version))
    }

    /// Records that an entry of the dialect matches something in this document.
    pub(super) fn mark_matched<T>(&mut self, entry: &DialectEntry<T>) {
        self.mark_matched_id(entry.id);
    }

    /// Records that the ids of objects with this tag have a known prefix.
    pub(super) fn mark_id_prefix(&mut self, tag: &str) {
        let dialect = self.dialect;
        let mut prefixes = dialect.id_prefixes.iter();
        if let Some(entry) = prefixes.find(|entry| entry.value.0 == tag) {
            self.mark_matched(entry);
        }
    }

    pub(super) fn mark_matched_id(&mut self, id: EntryId) {
        if let Some(matched) = self.matched.get_mut(id.index()) {
            *matched = true;
        }
    }

    /// The entry, if it must match: the dialect describes the version of the document, and the
    /// entry is for this version.
    pub(super) fn binding_entry(&self, id: EntryId) -> Option<&'a EntryInfo> {
        let info = self.dialect.entry_info(id)?;
        let is_binding =
            self.dialect.describes_version(self.version) && info.is_for_version(self.version);
        is_binding.then_some(info)
    }

    /// Reports the entries that matched nothing. In a document of a version that the dialect
    /// describes each is an error. In other documents some are expected, so there is one warning.
    /// After another error none is reported: what they match may not have been translated.
    pub(super) fn report_unmatched(self) {
        if self.sink.error_count() > self.errors_before {
            return;
        }
        let unmatched: Vec<_> = self
            .dialect
            .entries()
            .filter(|(id, _)| !self.matched.get(id.index()).unwrap_or(&false))
            .filter(|(_, info)| info.is_for_version(self.version))
            .map(|(_, info)| info)
            .collect();
        if self.dialect.describes_version(self.version) {
            for info in unmatched {
                let detail = format!("`{}`", info.text);
                self.sink.report(Code::DialectUnmatched, &info.at, detail);
            }
        } else if !unmatched.is_empty() {
            let first: Vec<_> = unmatched
                .iter()
                .take(3)
                .map(|c| format!("`{}`", c.text))
                .collect();
            let (count, all) = (unmatched.len(), self.matched.len());
            let detail = format!("{count} of {all} entries, such as {}", first.join(", "));
            let at = SpecPath::root().child("describes");
            self.sink
                .report(Code::DialectUnmatchedElsewhere, &at, detail);
        }
    }

    /// The component of the error object, if the document has it.
    pub(super) fn error_object(&self) -> Option<String> {
        let object = &self.dialect.errors.as_ref()?.object.value;
        self.document
            .schemas
            .contains_key(object)
            .then(|| object.clone())
    }

    /// The documentation of a schema.
    pub(super) fn schema_doc(&self, data: &SchemaData, max_length: Option<usize>) -> Doc {
        let usual = self.dialect.parameters.usual_max_length;
        let max_length = max_length.map(|n| n as u64).filter(|n| Some(*n) != usual);
        Doc {
            text: self.prose_markdown(data.description.as_deref()),
            max_length,
            ..Doc::default()
        }
    }

    /// A description as Markdown; `None` if it is blank.
    pub(super) fn prose_markdown(&self, html: Option<&str>) -> Option<String> {
        let html = html.map(str::trim).filter(|text| !text.is_empty())?;
        if self.inlining.is_empty() {
            return self.convert_prose(html);
        }
        let mut known = self.inlined_prose.borrow_mut();
        if let Some(text) = known.get(html) {
            return text.clone();
        }
        let text = self.convert_prose(html);
        known.insert(html.to_owned(), text.clone());
        text
    }

    fn convert_prose(&self, html: &str) -> Option<String> {
        let text = markdown::from_html(html, self.dialect.service.docs_url.as_deref());
        Some(text).filter(|text| !text.trim().is_empty())
    }
}
