//! The files of a request: which they are when nobody says so, and their content.

use std::path::{Path, PathBuf};

use super::Request;
use crate::diag::{Input, Sink};
use crate::files::Drift;
use crate::name::NameTable;
use crate::source::SourceFile;

/// Extension of the name lock beside a document.
const LOCK: &str = "names.toml";

/// What was read.
#[derive(Debug, Default)]
pub struct Inputs {
    /// The OpenAPI document.
    pub document: Option<SourceFile>,
    /// The dialect.
    pub dialect: Option<SourceFile>,
    /// The name lock.
    pub lock: Option<SourceFile>,
}

/// A lock file that has to be written.
pub(super) struct NewLock {
    pub(super) path: PathBuf,
    pub(super) text: String,
    pub(super) drift: Drift,
}

impl Inputs {
    /// Reads everything; all files are tried, so that all that is wrong is found at once.
    pub(super) fn load(&mut self, request: &Request, sink: &mut Sink) -> Option<()> {
        let before = sink.error_count();
        self.document = SourceFile::load(&request.document, sink);
        let config = optional(request.config.as_deref(), &request.document, "toml");
        self.dialect = match config {
            Some(path) => SourceFile::load(&path, sink),
            None => self.document.as_ref().and_then(dialect_by_title),
        };
        // A lock that was asked for by name and is not there yet is about to be made.
        let names = optional(request.names.as_deref(), &request.document, LOCK);
        self.lock = names
            .filter(|path| path.exists())
            .and_then(|path| SourceFile::load(&path, sink));
        (sink.error_count() == before).then_some(())
    }

    /// The input that a finding is about.
    pub fn about(&self, input: Input) -> Option<&SourceFile> {
        match input {
            Input::Document => self.document.as_ref(),
            Input::Dialect => self.dialect.as_ref(),
            Input::Lock => self.lock.as_ref(),
            Input::File => None,
        }
    }

    /// The new content of the name lock, if it has one and it is another than before. The lock
    /// of another document is only read, and a part of the API does not touch the names of the
    /// whole.
    pub(super) fn lock_to_write(&self, request: &Request, names: &NameTable) -> Option<NewLock> {
        let path = optional(request.names.as_deref(), &request.document, LOCK)?;
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

/// The dialect among `specs/*.toml` that is for documents of this title. So an upstream document
/// can be generated from wherever it was downloaded to.
fn dialect_by_title(document: &SourceFile) -> Option<SourceFile> {
    let title = document.value.pointer("/info/title")?;
    let mut paths: Vec<PathBuf> = std::fs::read_dir("specs")
        .ok()?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|e| e == "toml"))
        .collect();
    paths.sort();
    // A file that cannot be read is not the one; nobody asked for it.
    paths.iter().find_map(|path| {
        let dialect = SourceFile::load(path, &mut Sink::new())?;
        (dialect.value.get("title") == Some(title)).then_some(dialect)
    })
}

/// The file that was named, or the one beside the document, if there is one.
fn optional(named: Option<&Path>, document: &Path, extension: &str) -> Option<PathBuf> {
    let beside = || Some(document.with_extension(extension)).filter(|path| path.exists());
    named.map(Path::to_owned).or_else(beside)
}
