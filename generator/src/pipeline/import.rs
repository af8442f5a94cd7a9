//! Importing, from file to file.

use std::path::Path;

use super::Inputs;
use crate::diag::Sink;
use crate::files;
use crate::import::{self, DocumentCounts};
use crate::source::SourceFile;

/// What came of an import.
#[derive(Debug)]
pub struct Import {
    /// The upstream document, if it could be read.
    pub inputs: Inputs,
    /// What was found.
    pub findings: Sink,
    /// What is in the new document; `None` after errors.
    pub counts: Option<DocumentCounts>,
}

/// Writes the facts of a document to a file.
pub fn import(upstream: &Path, out: &Path) -> Import {
    let mut sink = Sink::new();
    let document = SourceFile::load(upstream, &mut sink);
    let imported = document
        .as_ref()
        .and_then(|source| import::import_document(source, &mut sink));
    let counts = imported.and_then(|imported| {
        files::replace(out, &imported.text, &mut sink)?;
        Some(imported.counts)
    });
    let inputs = Inputs {
        document,
        ..Inputs::default()
    };
    Import {
        inputs,
        findings: sink,
        counts,
    }
}
