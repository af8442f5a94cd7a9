//! Writes the first dialect of a document: what was found in it, and what may be stated beyond it.
//!
//! In: [`InitFacts`], a document that was read and translated. Out: TOML with comments.
//! Afterwards: the text is a dialect that fits the document, and a crate that is generated with it is
//! the same as without. What is certain is a setting. A setting that is switched off with `#`, and a
//! comment that begins with `guess:`, follow from names alone; they have no effect until the `#`
//! is removed. Every setting that is switched off fits the document too.

mod answers;
mod operations;
mod page_rules;
mod pages;
mod requests;
mod service;
#[cfg(test)]
mod tests;
mod text;

use serde_json::Value;

use crate::api::Api;
use crate::spec::Document;

use operations::JsonOperation;
use text::{DialectText, quote_text};

/// What the text is made from.
#[derive(Clone, Copy, Debug)]
pub struct InitFacts<'a> {
    /// The file name of the document.
    pub label: &'a str,
    /// The folder and the name of the crate.
    pub crate_name: &'a str,
    /// The content of the document, after `lower`.
    pub content: &'a Value,
    /// The document that was read from it.
    pub document: &'a Document,
    /// What a crate without a dialect is generated from; `None` if none can be.
    pub api: Option<&'a Api>,
    /// `METHOD /path` of operations, and the method that calls each, as `service.method`.
    pub calls: &'a [(String, String)],
}

impl InitFacts<'_> {
    fn has_title(&self) -> bool {
        !self.document.title.trim().is_empty()
    }
}

/// The text of a dialect for a document.
pub fn write_dialect(facts: &InitFacts<'_>) -> String {
    let operations = operations::read_operations(facts.content);
    let mut out = DialectText::default();
    write_head(&mut out, facts);
    requests::write_idempotent(&mut out, facts);
    write_output(&mut out, facts);
    service::write_service(&mut out, facts, &operations);
    service::write_hosts(&mut out, facts);
    answers::write_rate_limits(&mut out, &operations);
    pages::write_pages(&mut out, facts, &operations);
    answers::write_formats(&mut out, facts.content);
    write_naming(&mut out, facts);
    write_ignore(&mut out, &operations);
    out.into_text()
}

fn write_head(out: &mut DialectText, facts: &InitFacts<'_>) {
    out.note(&format!(
        "The dialect of {}: what the API means beyond its OpenAPI document.",
        facts.label
    ));
    out.note(
        "Settings without `#` were found in the document. Those with `#` before them have no effect; \
         `guess:` says what each was guessed from. To use one, check it against the \
         documentation of the API, and remove the `#`, also that of the line `[section]` above it.",
    );
    out.gap();
    let title = facts.document.title.as_str();
    if !facts.has_title() {
        out.note("The document has no title by which this dialect could be found.");
    } else {
        out.note(
            "The title of the document. A document of this title in another folder has this \
             dialect too, if it is in `specs`.",
        );
        out.set(&format!("title = {}", quote_text(title)));
    }
    out.gap();
    out.note(
        "What is not supported is left out or becomes raw JSON, with a warning. This setting makes \
         it an error, like `--strict`.",
    );
    out.switch_off("strict = true");
    out.gap();
}

fn write_output(out: &mut DialectText, facts: &InitFacts<'_>) {
    out.note(match facts.has_title() {
        true => "Where the crate is written, and its name: both are from the title.",
        false => "Where the crate is written, and its name.",
    });
    out.set("[output]");
    let name = quote_text(facts.crate_name);
    out.set(&format!("folder = {name}"));
    out.set(&format!("crate_name = {name}"));
    out.gap();
}

fn write_naming(out: &mut DialectText, facts: &InitFacts<'_>) {
    out.note(
        "Names of methods, as `service.method`, by operation. Without an entry they follow from tags \
         and operationIds; `generator list` shows all of them.",
    );
    match facts.calls.first() {
        Some((operation, call)) => {
            out.note("Example, with the name that this operation has without an entry:");
            out.switch_off("[naming.methods]");
            let line = format!("{} = {}", quote_text(operation), quote_text(call));
            out.switch_off(&line);
        }
        None => out.note("There is no operation for an example."),
    }
    out.gap();
}

fn write_ignore(out: &mut DialectText, operations: &[JsonOperation<'_>]) {
    out.note(
        "Operations to leave out: `METHOD /path`, in which `*` is any method or one segment and a \
         final `**` any rest, or an operationId, in which `*` is any text.",
    );
    // A pattern has no empty segment, as at the end of `/notes/`.
    let has_pattern = |it: &&JsonOperation<'_>| it.path.split('/').skip(1).all(|s| !s.is_empty());
    match operations.iter().rfind(has_pattern) {
        Some(operation) => {
            out.note("Example:");
            out.switch_off("[ignore]");
            let line = format!("operations = [{}]", quote_text(&operation.title()));
            out.switch_off(&line);
        }
        None => out.note("There is no operation for an example."),
    }
}
