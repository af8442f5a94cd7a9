//! What every translation needs: the inputs, the sink, and what has been found on the way.

use std::collections::BTreeSet;

use openapiv3::SchemaData;

use super::site::Sites;
use crate::api::Doc;
use crate::diag::{Code, Sink, SpecPath};
use crate::dialect::{Dialect, DialectEntry, EntryId};
use crate::markdown;
use crate::spec::Document;

/// The state of one translation.
pub(super) struct Context<'a> {
    pub(super) document: &'a Document,
    pub(super) dialect: &'a Dialect,
    /// Addresses of the dialect as places of the document.
    pub(super) sites: Sites,
    /// Components that stand first in a pair that nothing tells apart: whichever of the two
    /// arrives, none of their fields can be relied on.
    pub(super) relaxed: BTreeSet<String>,
    /// Components that something other than a failure refers to.
    pub(super) referenced: BTreeSet<String>,
    /// Components that describe failures.
    pub(super) failures: BTreeSet<String>,
    /// Components that parameters are being translated from, outermost first.
    pub(super) unfolding: Vec<&'a str>,
    matched: Vec<bool>,
    /// Errors of earlier stages.
    errors_before: usize,
    sink: &'a mut Sink,
}

impl<'a> Context<'a> {
    pub(super) fn new(document: &'a Document, dialect: &'a Dialect, sink: &'a mut Sink) -> Self {
        let sites = Sites::resolve(document, dialect);
        let mut context = Self {
            document,
            dialect,
            sites,
            relaxed: BTreeSet::new(),
            referenced: BTreeSet::new(),
            failures: BTreeSet::new(),
            unfolding: Vec::new(),
            matched: vec![false; dialect.entries().count()],
            errors_before: sink.error_count(),
            sink,
        };
        for id in context.sites.resolved() {
            context.matched_id(id);
        }
        context
    }

    pub(super) fn report(&mut self, code: Code, at: &SpecPath, detail: impl Into<String>) {
        self.sink.report(code, at, detail);
    }

    /// Notes that an entry of the dialect is of use for this document.
    pub(super) fn matched<T>(&mut self, entry: &DialectEntry<T>) {
        self.matched_id(entry.id);
    }

    pub(super) fn matched_id(&mut self, id: EntryId) {
        if let Some(matched) = self.matched.get_mut(id.index()) {
            *matched = true;
        }
    }

    /// Reports the entries that were of no use. In a document of the version that the dialect
    /// describes they are mistakes. In other documents some are to be expected: one warning. After
    /// an error nothing can be said about them: what they are for may not have been reached.
    pub(super) fn report_unmatched(self, strict: bool) {
        if self.sink.error_count() > self.errors_before {
            return;
        }
        let unmatched: Vec<_> = self
            .dialect
            .entries()
            .filter(|(id, claim)| !claim.older && !self.matched.get(id.index()).unwrap_or(&false))
            .map(|(_, claim)| claim)
            .collect();
        if strict {
            for claim in unmatched {
                let detail = format!("`{}`", claim.text);
                self.sink.report(Code::DialectUnmatched, &claim.at, detail);
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

    /// What is documented about a shape.
    pub(super) fn doc(&self, data: &SchemaData, max_length: Option<usize>) -> Doc {
        let usual = self.dialect.parameters.usual_max_length;
        let max_length = max_length.map(|n| n as u64).filter(|n| Some(*n) != usual);
        Doc {
            text: self.prose(data.description.as_deref()),
            max_length,
        }
    }

    /// Documentation text as Markdown; blank text is none.
    pub(super) fn prose(&self, html: Option<&str>) -> Option<String> {
        let html = html.map(str::trim).filter(|text| !text.is_empty())?;
        let text = markdown::from_html(html, self.dialect.service.docs_url.as_deref());
        Some(text).filter(|text| !text.trim().is_empty())
    }
}
