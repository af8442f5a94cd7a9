//! Operations that should not be used any more, and what replaces them.

use std::collections::{BTreeMap, BTreeSet};

use super::context::Context;
use crate::api::Deprecation;
use crate::diag::Code;
use crate::dialect::DialectEntry;
use crate::spec::SpecOperation;

/// The legacy tables by operation.
pub(super) struct Legacy {
    instead: BTreeMap<String, DialectEntry<String>>,
    note: BTreeMap<String, DialectEntry<String>>,
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
        for DialectEntry {
            id,
            value: (operation, replacement),
        } in &dialect.legacy_instead
        {
            if known.contains(replacement) {
                instead.insert(
                    operation.clone(),
                    DialectEntry {
                        id: *id,
                        value: replacement.clone(),
                    },
                );
                continue;
            }
            context.matched_id(*id);
            if let (true, Some(claim)) = (strict, dialect.entry_info(*id)) {
                context.report(
                    Code::DialectReplacement,
                    &claim.at,
                    format!("`{replacement}`"),
                );
            }
        }
        let note = dialect.legacy_note.iter().map(
            |DialectEntry {
                 id,
                 value: (operation, note),
             }| {
                (
                    operation.clone(),
                    DialectEntry {
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
        let mut fact = |table: &BTreeMap<String, DialectEntry<String>>| {
            let entry = table.get(&title)?;
            context.matched(entry);
            Some(entry.value.clone())
        };
        let (instead, note) = (fact(&self.instead), fact(&self.note));
        let deprecated = operation.definition.deprecated || instead.is_some() || note.is_some();
        deprecated.then_some(Deprecation { instead, note })
    }
}
