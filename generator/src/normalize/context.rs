//! The state of a translation: the inputs, the sink, and what has been found so far.

use std::collections::BTreeSet;

use openapiv3::SchemaData;

use super::address::ResolvedAddresses;
use crate::api::Doc;
use crate::diag::{Code, DiagnosticSink, SpecPath};
use crate::dialect::{Dialect, DialectEntry, EntryId};
use crate::markdown;
use crate::spec::Document;

/// The state of one translation.
pub(super) struct NormalizeContext<'a> {
    pub(super) document: &'a Document,
    pub(super) dialect: &'a Dialect,
    /// Addresses of the dialect as places of the document.
    pub(super) addresses: ResolvedAddresses,
    /// Components that are the first of two views of one component: none of their fields is required,
    /// because either view may be returned.
    pub(super) relaxed: BTreeSet<String>,
    /// Components that responses refer to.
    pub(super) referenced: BTreeSet<String>,
    /// Components that describe failures.
    pub(super) failures: BTreeSet<String>,
    /// Components of parameters that are being inlined, outermost first.
    pub(super) inlining: Vec<&'a str>,
    matched: Vec<bool>,
    /// Number of errors of earlier stages.
    errors_before: usize,
    sink: &'a mut DiagnosticSink,
}

impl<'a> NormalizeContext<'a> {
    pub(super) fn new(
        document: &'a Document,
        dialect: &'a Dialect,
        sink: &'a mut DiagnosticSink,
    ) -> Self {
        let addresses = ResolvedAddresses::resolve_all(document, dialect);
        let mut context = Self {
            document,
            dialect,
            addresses,
            relaxed: BTreeSet::new(),
            referenced: BTreeSet::new(),
            failures: BTreeSet::new(),
            inlining: Vec::new(),
            matched: vec![false; dialect.entries().count()],
            errors_before: sink.error_count(),
            sink,
        };
        for id in context.addresses.matched_entries() {
            context.mark_matched_id(id);
        }
        context
    }

    pub(super) fn report(&mut self, code: Code, at: &SpecPath, detail: impl Into<String>) {
        self.sink.report(code, at, detail);
    }

    /// Records that an entry of the dialect matches something in this document.
    pub(super) fn mark_matched<T>(&mut self, entry: &DialectEntry<T>) {
        self.mark_matched_id(entry.id);
    }

    pub(super) fn mark_matched_id(&mut self, id: EntryId) {
        if let Some(matched) = self.matched.get_mut(id.index()) {
            *matched = true;
        }
    }

    /// Reports the entries that matched nothing. In a document of the version that the dialect
    /// describes each is an error. In other documents some are expected, so there is one warning.
    /// After another error none is reported: what they match may not have been translated.
    pub(super) fn report_unmatched(self, strict: bool) {
        if self.sink.error_count() > self.errors_before {
            return;
        }
        let unmatched: Vec<_> = self
            .dialect
            .entries()
            .filter(|(id, info)| !info.older && !self.matched.get(id.index()).unwrap_or(&false))
            .map(|(_, info)| info)
            .collect();
        if strict {
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
        }
    }

    /// A description as Markdown; `None` if it is blank.
    pub(super) fn prose_markdown(&self, html: Option<&str>) -> Option<String> {
        let html = html.map(str::trim).filter(|text| !text.is_empty())?;
        let text = markdown::from_html(html, self.dialect.service.docs_url.as_deref());
        Some(text).filter(|text| !text.trim().is_empty())
    }
}
