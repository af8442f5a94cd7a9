//! Operations that should not be used any more, and what replaces them.

use std::collections::{BTreeMap, BTreeSet};

use super::context::Context;
use crate::api::Deprecation;
use crate::diag::Code;
use crate::dialect::Entry;
use crate::spec::SpecOperation;

/// The legacy tables by operation.
pub(super) struct Legacy {
    instead: BTreeMap<String, Entry<String>>,
    note: BTreeMap<String, Entry<String>>,
}

impl Legacy {
    /// Reads the tables. A replacement that older documents do not have yet is none for them; in
    /// the document that the dialect describes its absence is a mistake.
    pub(super) fn new(context: &mut Context<'_>, strict: bool) -> Self {
        let dialect = context.dialect;
        let known: BTreeSet<_> = context
            .document
            .operations
            .iter()
            .map(SpecOperation::title)
            .collect();
        let mut instead = BTreeMap::new();
        for Entry {
            id,
            value: (operation, replacement),
        } in &dialect.legacy_instead
        {
            if known.contains(replacement) {
                instead.insert(
                    operation.clone(),
                    Entry {
                        id: *id,
                        value: replacement.clone(),
                    },
                );
                continue;
            }
            context.matched_id(*id);
            if let (true, Some(claim)) = (strict, dialect.claim(*id)) {
                context.report(
                    Code::DialectReplacement,
                    &claim.at,
                    format!("`{replacement}`"),
                );
            }
        }
        let note = dialect.legacy_note.iter().map(
            |Entry {
                 id,
                 value: (operation, note),
             }| {
                (
                    operation.clone(),
                    Entry {
                        id: *id,
                        value: note.clone(),
                    },
                )
            },
        );
        Self {
            instead,
            note: note.collect(),
        }
    }

    /// What the document and the dialect say about an operation.
    pub(super) fn of(
        &self,
        operation: &SpecOperation,
        context: &mut Context<'_>,
    ) -> Option<Deprecation> {
        let title = operation.title();
        let mut fact = |table: &BTreeMap<String, Entry<String>>| {
            let entry = table.get(&title)?;
            context.matched(entry);
            Some(entry.value.clone())
        };
        let (instead, note) = (fact(&self.instead), fact(&self.note));
        let deprecated = operation.definition.deprecated || instead.is_some() || note.is_some();
        deprecated.then_some(Deprecation { instead, note })
    }
}
