//! Imports a document from one file into another.

use std::path::Path;

use super::Inputs;
use crate::diag::DiagnosticSink;
use crate::files;
use crate::import::{self, DocumentCounts};
use crate::source::SourceFile;

/// The result of an import.
#[derive(Debug)]
pub struct ImportRun {
    /// The upstream document, if it could be read.
    pub inputs: Inputs,
    /// The findings.
    pub findings: DiagnosticSink,
    /// The size of the new document; `None` after errors.
    pub counts: Option<DocumentCounts>,
}

/// Writes the facts of a document to a file.
pub fn import_file(upstream: &Path, out: &Path) -> ImportRun {
    let mut sink = DiagnosticSink::new();
    let document = SourceFile::load(upstream, &mut sink);
    let imported = document
        .as_ref()
        .and_then(|source| import::import_document(source, &mut sink));
    let counts = imported.and_then(|imported| {
        files::replace_file(out, &imported.text, &mut sink)?;
        Some(imported.counts)
    });
    let inputs = Inputs {
        document,
        ..Inputs::default()
    };
    ImportRun {
        inputs,
        findings: sink,
        counts,
    }
}
