//! The input files of a request: their default paths and their content.

use std::path::{Path, PathBuf};

use super::GenerateRequest;
use crate::diag::{DiagnosticSink, Input};
use crate::dialect::Dialect;
use crate::files::Drift;
use crate::name::NameTable;
use crate::source::SourceFile;

/// Extension of the name lock of a document.
const LOCK: &str = "names.toml";

/// The input files.
#[derive(Debug, Default)]
pub struct Inputs {
    /// The OpenAPI document.
    pub document: Option<SourceFile>,
    /// The dialect.
    pub dialect: Option<SourceFile>,
    /// The name lock.
    pub lock: Option<SourceFile>,
}

/// A name lock that has to be written.
pub(super) struct NewLock {
    pub(super) path: PathBuf,
    pub(super) text: String,
    pub(super) drift: Drift,
}

impl Inputs {
    /// Reads all files. An error in one does not prevent the others from being read.
    pub(super) fn read_all(
        &mut self,
        request: &GenerateRequest,
        sink: &mut DiagnosticSink,
    ) -> Option<()> {
        let before = sink.error_count();
        self.document = SourceFile::load(&request.document, sink);
        let config = named_or_beside(request.config.as_deref(), &request.document, "toml");
        self.dialect = match config {
            Some(path) => SourceFile::load(&path, sink),
            None => self.document.as_ref().and_then(dialect_by_title),
        };
        // A lock that does not exist yet is created at the end.
        let names = named_or_beside(request.names.as_deref(), &request.document, LOCK);
        self.lock = names
            .filter(|path| path.exists())
            .and_then(|path| SourceFile::load(&path, sink));
        (sink.error_count() == before).then_some(())
    }

    /// The input that a finding is about.
    pub fn source_of(&self, input: Input) -> Option<&SourceFile> {
        match input {
            Input::Document => self.document.as_ref(),
            Input::Dialect => self.dialect.as_ref(),
            Input::Lock => self.lock.as_ref(),
            Input::File => None,
        }
    }

    /// The new content of the name lock, if it has changed. The lock of another document is never
    /// written, and neither is the lock of a request for a part of the API.
    pub(super) fn lock_to_write(
        &self,
        request: &GenerateRequest,
        names: &NameTable,
    ) -> Option<NewLock> {
        let path = named_or_beside(request.names.as_deref(), &request.document, LOCK)?;
        let is_own = path == request.document.with_extension(LOCK);
        let text = names.lock.to_text();
        let drift = match &self.lock {
            Some(old) if old.text == text || !is_own => return None,
            Some(_) => Drift::Changed,
            None => Drift::Missing,
        };
        request
            .include
            .is_empty()
            .then_some(NewLock { path, text, drift })
    }
}

/// The dialect among `specs/*.toml` for documents with this title, so that an upstream document can
/// be in any folder.
pub(super) fn dialect_by_title(document: &SourceFile) -> Option<SourceFile> {
    let title = document.value.pointer("/info/title")?.as_str()?;
    let mut paths: Vec<PathBuf> = std::fs::read_dir("specs")
        .ok()?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|e| e == "toml"))
        .collect();
    paths.sort();
    // Errors in other files are ignored.
    paths.iter().find_map(|path| {
        let dialect = SourceFile::load(path, &mut DiagnosticSink::new())?;
        Dialect::is_for_title(&dialect, title).then_some(dialect)
    })
}

/// The given path or, if there is none, that of the file next to the document, if it exists.
fn named_or_beside(named: Option<&Path>, document: &Path, extension: &str) -> Option<PathBuf> {
    let beside = || Some(document.with_extension(extension)).filter(|path| path.exists());
    named.map(Path::to_owned).or_else(beside)
}
