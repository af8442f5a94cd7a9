//! Reads the section `[docs]`: what doc comments say beyond the document.

use indexmap::IndexMap;
use serde::Deserialize;

use super::DialectReader;
use crate::diag::SpecPath;
use crate::dialect::{DialectEntry, DocsTables, TextPattern};

/// `[docs]` as written.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct DocsText {
    amounts: Vec<String>,
    tasks: Vec<(String, String)>,
    examples: IndexMap<String, Vec<String>>,
    aliases: IndexMap<String, Vec<String>>,
}

impl DialectReader<'_> {
    pub(super) fn read_docs(&mut self, text: DocsText, at: &SpecPath) {
        let amounts = self.add_texts(&at.child("amounts"), text.amounts);
        let amounts = amounts.into_iter().map(|entry| DialectEntry {
            id: entry.id,
            value: TextPattern::new(&entry.value),
        });
        let amounts = amounts.collect();
        let here = at.child("tasks");
        let tasks = text.tasks.into_iter().enumerate();
        let tasks = tasks.map(|(index, task)| {
            let title = task.1.clone();
            self.add_entry(here.item(index), title, task)
        });
        let tasks = tasks.collect();
        let examples = self.add_lists(&at.child("examples"), text.examples);
        let aliases = self.add_lists(&at.child("aliases"), text.aliases);
        self.dialect.docs = DocsTables {
            amounts,
            tasks,
            examples,
            aliases,
        };
    }

    /// One entry for each text of each operation.
    fn add_lists(
        &mut self,
        at: &SpecPath,
        all: IndexMap<String, Vec<String>>,
    ) -> Vec<DialectEntry<(String, String)>> {
        let mut entries = Vec::new();
        for (operation, texts) in all {
            let at = at.child(&operation);
            for (index, text) in texts.into_iter().enumerate() {
                let title = format!("{operation} {text}");
                let value = (operation.clone(), text);
                entries.push(self.add_entry(at.item(index), title, value));
            }
        }
        entries
    }
}
