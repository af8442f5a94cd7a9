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
        let mut examples = Vec::new();
        for (operation, parameters) in text.examples {
            let at = at.child("examples").child(&operation);
            for (index, parameter) in parameters.into_iter().enumerate() {
                let title = format!("{operation} {parameter}");
                let value = (operation.clone(), parameter);
                examples.push(self.add_entry(at.item(index), title, value));
            }
        }
        self.dialect.docs = DocsTables {
            amounts,
            tasks,
            examples,
        };
    }
}
