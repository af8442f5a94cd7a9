//! Deprecated operations and their replacements.

use std::collections::{BTreeMap, BTreeSet};

use super::context::NormalizeContext;
use crate::api::Deprecation;
use crate::diag::Code;
use crate::dialect::DialectEntry;
use crate::spec::SpecOperation;

/// The legacy tables by operation.
pub(super) struct LegacyTables {
    instead: BTreeMap<String, DialectEntry<String>>,
    note: BTreeMap<String, DialectEntry<String>>,
}

impl LegacyTables {
    /// Reads the tables. Replacements that the document does not have are left out. In the document
    /// that the dialect describes they are errors.
    pub(super) fn new(context: &mut NormalizeContext<'_>) -> Self {
        let dialect = context.dialect;
        let known: BTreeSet<_> = context.operations.iter().map(|o| o.title()).collect();
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
            context.mark_matched_id(*id);
            if let Some(info) = context.binding_entry(*id) {
                context.report(
                    Code::DialectReplacement,
                    &info.at,
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

    /// The deprecation of an operation, from the document and the dialect.
    pub(super) fn deprecation_of(
        &self,
        operation: &SpecOperation,
        context: &mut NormalizeContext<'_>,
    ) -> Option<Deprecation> {
        let title = operation.title();
        let mut fact = |table: &BTreeMap<String, DialectEntry<String>>| {
            let entry = table.get(&title)?;
            context.mark_matched(entry);
            Some(entry.value.clone())
        };
        let (instead, note) = (fact(&self.instead), fact(&self.note));
        let deprecated = operation.definition.deprecated || instead.is_some() || note.is_some();
        deprecated.then_some(Deprecation { instead, note })
    }
}
