//! The results of calls as text, and as a table of `docs/coverage.md`.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::list::{CallList, KnownFailure};
use super::outcome::{DocumentCalls, Failure, Share};
use super::run::CallDocument;
use crate::tables::code_cell;

/// How many contradictions are printed for a document.
const SHOWN_CONTRADICTIONS: usize = 3;

/// The results with the causes of the failures that are known.
#[derive(Debug)]
pub struct CallSummary<'a> {
    results: &'a [DocumentCalls],
    list: &'a CallList,
}

impl<'a> CallSummary<'a> {
    /// Combines results with the committed list.
    pub fn new(results: &'a [DocumentCalls], list: &'a CallList) -> Self {
        Self { results, list }
    }

    fn cause_of(&self, document: &str, failure: &Failure) -> Option<&'a KnownFailure> {
        let mut known = self.list.known.iter();
        known.find(|known| known.is_about(document, &failure.operation, &failure.text()))
    }

    fn failures(&self) -> impl Iterator<Item = (&'a str, &'a Failure)> {
        self.results.iter().flat_map(|result| {
            let failures = result.failures.iter();
            failures.map(|failure| (result.document.as_str(), failure))
        })
    }

    /// The number of failures whose cause is not in the list.
    pub fn unknown_failures(&self) -> usize {
        let failures = self.failures();
        failures
            .filter(|(document, failure)| self.cause_of(document, failure).is_none())
            .count()
    }

    /// Entries of the list about these documents that no failure has.
    fn stale<'d>(
        &'d self,
        documents: &'d [CallDocument],
    ) -> impl Iterator<Item = &'a KnownFailure> + 'd {
        self.list.known.iter().filter(|known| {
            let is_run = documents
                .iter()
                .any(|document| document.name == known.document);
            let mut failures = self.failures();
            let is_about = |(document, failure): (&str, &Failure)| {
                known.is_about(document, &failure.operation, &failure.text())
            };
            is_run && !failures.any(is_about)
        })
    }

    /// The number of entries of the list about these documents that no failure has.
    pub fn stale_entries(&self, documents: &[CallDocument]) -> usize {
        self.stale(documents).count()
    }

    /// Everything for a terminal.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for result in self.results {
            let _ = writeln!(text, "{}: {}", result.document, describe(result));
            for failure in &result.failures {
                let known = self.cause_of(&result.document, failure);
                let cause = known.map_or("not known", |known| known.cause.label());
                let _ = writeln!(
                    text,
                    "  {}: {} ({cause})",
                    failure.operation,
                    failure.text()
                );
            }
            for one in &result.absent {
                let _ = writeln!(text, "  {}: {}", one.operation, one.text());
            }
            for one in result.contradictions.iter().take(SHOWN_CONTRADICTIONS) {
                let _ = writeln!(
                    text,
                    "  {}: the document contradicts itself: {}",
                    one.operation,
                    one.text()
                );
            }
        }
        let documents: Vec<CallDocument> = self.results.iter().map(document_of).collect();
        for known in self.stale(&documents) {
            let _ = writeln!(
                text,
                "calls.toml lists a failure of {} that does not occur: {}",
                known.document, known.text
            );
        }
        let _ = writeln!(text, "all: {}", describe(&self.total()));
        let _ = writeln!(
            text,
            "{} failures whose cause is not known",
            self.unknown_failures()
        );
        text
    }

    fn total(&self) -> DocumentCalls {
        let mut total = DocumentCalls::default();
        for result in self.results {
            total.operations.add(result.operations);
            total.requests.add(result.requests);
            total.parameters.add(result.parameters);
            total.accepted += result.accepted;
            total.examples.add(result.examples);
            total.contradictory.add(result.contradictory);
            total.synthesized.add(result.synthesized);
            total.empty.add(result.empty);
            total.impossible += result.impossible;
            total.failures.extend(result.failures.iter().cloned());
        }
        total
    }

    /// The tables of the page.
    pub fn tables(&self) -> String {
        let mut text = String::from(
            "| document | operations | called | all requests right | parameters sent | examples decoded | made from schemas, decoded | without a body | contradictory examples | failures |\n\
             |---|---|---|---|---|---|---|---|---|---|\n",
        );
        let mut rows: Vec<&DocumentCalls> = self.results.iter().collect();
        rows.sort_by(|a, b| a.document.cmp(&b.document));
        for row in rows {
            add_row(&mut text, &code_cell(&row.document), row);
        }
        add_row(&mut text, "**all**", &self.total());
        text.push('\n');
        text.push_str(&self.causes());
        text
    }

    /// The failures by cause.
    fn causes(&self) -> String {
        let mut groups: BTreeMap<(&str, &str, &str), usize> = BTreeMap::new();
        for (document, failure) in self.failures() {
            let known = self.cause_of(document, failure);
            let (cause, why) = known.map_or(("not known", ""), |known: &KnownFailure| {
                (known.cause.label(), known.why.as_str())
            });
            *groups.entry((cause, document, why)).or_default() += 1;
        }
        let mut text =
            String::from("| cause | failures | document | what it is |\n|---|---|---|---|\n");
        for ((cause, document, why), number) in groups {
            let _ = writeln!(
                text,
                "| {cause} | {number} | {} | {why} |",
                code_cell(document)
            );
        }
        text
    }
}

fn document_of(result: &DocumentCalls) -> CallDocument {
    CallDocument {
        name: result.document.clone(),
        path: std::path::PathBuf::new(),
    }
}

fn describe(result: &DocumentCalls) -> String {
    let share = |share: Share| format!("{} of {}", share.right, share.all);
    format!(
        "operations called {}, accepted {}; requests right {}; \
         parameters sent {}; examples decoded {}; responses made \
         from schemas decoded {}; without a body {}; contradictory examples decoded {}; \
         impossible {}; {} failures",
        share(result.operations),
        result.accepted,
        share(result.requests),
        share(result.parameters),
        share(result.examples),
        share(result.synthesized),
        share(result.empty),
        share(result.contradictory),
        result.impossible,
        result.failures.len()
    )
}

fn add_row(text: &mut String, label: &str, row: &DocumentCalls) {
    let share = |share: Share| match share.all {
        0 => "–".to_owned(),
        _ => format!("{} of {}", share.right, share.all),
    };
    let _ = writeln!(
        text,
        "| {label} | {} | {} | {} | {} | {} | {} | {} | {} | {} |",
        row.operations.all,
        row.operations.right,
        row.accepted,
        share(row.parameters),
        share(row.examples),
        share(row.synthesized),
        share(row.empty),
        row.contradictory.all,
        row.failures.len(),
    );
}
