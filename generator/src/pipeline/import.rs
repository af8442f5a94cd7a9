//! Imports a document from one file into another.

use std::path::PathBuf;

use super::Inputs;
use crate::diag::{Code, DiagnosticSink, FileLocation};
use crate::files;
use crate::import::{self, DocumentCounts};
use crate::source::{SourceFile, is_standard_input};

/// What to import, and where to.
#[derive(Clone, Debug)]
pub struct ImportRequest {
    /// The vendor's document; `-` is standard input.
    pub upstream: PathBuf,
    /// The file to write. For `-`, the text is returned in [`ImportRun::text`].
    pub out: PathBuf,
    /// Go on if the file to replace has another title.
    pub allows_other_title: bool,
}

/// The result of an import.
#[derive(Debug)]
pub struct ImportRun {
    /// The upstream document, if it could be read.
    pub inputs: Inputs,
    /// The findings.
    pub findings: DiagnosticSink,
    /// The size of the new document; `None` after errors.
    pub counts: Option<DocumentCounts>,
    /// The new document, if it is to be printed.
    pub text: Option<String>,
    /// The new document is in no regular file: it was written to a pipe, or is to be printed.
    pub is_streamed: bool,
}

/// Writes the facts of a document to a file.
pub fn import_file(request: &ImportRequest) -> ImportRun {
    let mut run = ImportRun {
        inputs: Inputs::default(),
        findings: DiagnosticSink::new(),
        counts: None,
        text: None,
        is_streamed: false,
    };
    run.counts = run_import(request, &mut run);
    run
}

fn run_import(request: &ImportRequest, run: &mut ImportRun) -> Option<DocumentCounts> {
    let sink = &mut run.findings;
    let out = &request.out;
    run.inputs.document = SourceFile::load_document(&request.upstream, sink);
    let upstream = run.inputs.document.as_ref()?;
    let imported = import::import_document(upstream, sink)?;
    if is_standard_input(out) {
        run.is_streamed = true;
        run.text = Some(imported.text);
    } else if files::is_stream(out) {
        run.is_streamed = true;
        files::write_stream(out, &imported.text, sink)?;
    } else {
        files::reject_hand_written(out, sink)?;
        if !request.allows_other_title && out.is_file() {
            // A file that cannot be parsed has no title; its header says that it was imported.
            if let Some(old) = SourceFile::load(out, &mut DiagnosticSink::new()) {
                reject_other_title(&old, upstream, sink)?;
            }
        }
        files::replace_file(out, &imported.text, sink)?;
    }
    Some(imported.counts)
}

/// Reports an existing document that has another title than the one that would replace it.
pub(super) fn reject_other_title(
    old: &SourceFile,
    new: &SourceFile,
    sink: &mut DiagnosticSink,
) -> Option<()> {
    let title = |source: &SourceFile| {
        let title = source.value.pointer("/info/title");
        title.and_then(|title| title.as_str()).map(str::to_owned)
    };
    let (Some(before), after) = (title(old), title(new).unwrap_or_default()) else {
        return Some(());
    };
    if before == after {
        return Some(());
    }
    let detail = format!(
        "its title is `{before}`, that of {} is `{after}`",
        new.label
    );
    let location = FileLocation::of_file(&old.label);
    sink.report_in(Code::OutputOtherTitle, location, detail);
    None
}
