//! Lists of patterns of operations without further facts.

use serde_json::{Map, Value};

use super::super::{DialectEntry, OperationPattern};
use crate::diag::SpecPath;

impl super::DialectReader<'_> {
    /// Reads a list of patterns of operations.
    pub(super) fn read_patterns(
        &mut self,
        table: &Map<String, Value>,
        at: &SpecPath,
        section: &str,
    ) -> Vec<DialectEntry<OperationPattern>> {
        let texts = self.read_section(table, at, section).unwrap_or_default();
        let entries = self.add_patterns(&at.child(section), texts, &());
        let entry = |it: DialectEntry<(OperationPattern, ())>| DialectEntry {
            id: it.id,
            value: it.value.0,
        };
        entries.into_iter().map(entry).collect()
    }
}
