//! The input files of a request: their default paths and their content.

use std::path::{Path, PathBuf};

use super::{GenerateRequest, output};
use crate::diag::{Code, DiagnosticSink, FileLocation, Input};
use crate::dialect::Dialect;
use crate::files::Drift;
use crate::name::NameTable;
use crate::normalize::is_usable_version;
use crate::source::{SourceFile, is_standard_input};

/// Extension of the dialect beside a document.
pub(super) const DIALECT: &str = "toml";
/// Extension of the name lock beside a document, and name of the one in an output folder.
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
    /// Reads all files, and fills in what the request does not state about the output. An error in one does not prevent the others from being read.
    pub(super) fn read_all(
        &mut self,
        request: &mut GenerateRequest,
        sink: &mut DiagnosticSink,
    ) -> Option<()> {
        let before = sink.error_count();
        self.document = SourceFile::load_document(&request.document, sink);
        let beside = file_beside(&request.document, DIALECT);
        self.dialect = match request.config.clone().or(beside) {
            Some(path) => SourceFile::load(&path, sink),
            None => self.document.as_ref().and_then(dialect_by_title),
        };
        output::fill_output(request, self.document.as_ref(), self.dialect.as_ref());
        // A lock that does not exist yet is created at the end.
        let names = lock_path(request);
        if names.is_file() {
            self.lock = SourceFile::load(&names, sink);
        } else if names.exists() {
            let location = FileLocation::of_file(names.display().to_string());
            let detail = "the lock is read and written, so it has to be a regular file";
            sink.report_in(Code::OutputUnwritable, location, detail);
        }
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

    /// The new content of the name lock, if it has changed.
    pub(super) fn lock_to_write(
        &self,
        request: &GenerateRequest,
        names: &NameTable,
    ) -> Option<NewLock> {
        let text = names.lock.to_text();
        let drift = match &self.lock {
            Some(old) if old.text == text => return None,
            Some(_) => Drift::Changed,
            None => Drift::Missing,
        };
        let path = lock_path(request);
        Some(NewLock { path, text, drift })
    }
}

/// The lock that a request reads and writes: the one that it names, or else the one beside the
/// document, or else, if there is none, the one in the output folder.
pub(super) fn lock_path(request: &GenerateRequest) -> PathBuf {
    let beside = || file_beside(&request.document, LOCK);
    let named = request.names.clone().or_else(beside);
    named.unwrap_or_else(|| request.out.join(LOCK))
}

/// The existing file with the name of a document and another extension. Standard input has none.
pub(super) fn file_beside(document: &Path, extension: &str) -> Option<PathBuf> {
    let beside = document.with_extension(extension);
    (!is_standard_input(document) && beside.exists()).then_some(beside)
}

/// The dialect among `specs/*.toml` for documents with this title, so that an upstream document can
/// be in any folder.
pub(super) fn dialect_by_title(document: &SourceFile) -> Option<SourceFile> {
    let title = document.value.pointer("/info/title")?.as_str()?;
    let mut paths: Vec<PathBuf> = std::fs::read_dir("specs")
        .ok()?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|e| e == DIALECT) && path.is_file())
        .collect();
    paths.sort();
    // Errors in other files are ignored.
    paths.iter().find_map(|path| {
        let dialect = SourceFile::load(path, &mut DiagnosticSink::new())?;
        Dialect::is_for_title(&dialect, title).then_some(dialect)
    })
}

/// Warns if requests are pinned to another version than that of the document. A version that cannot
/// be sent is none of the API.
pub(super) fn compare_versions(pinned: Option<&str>, described: &str, sink: &mut DiagnosticSink) {
    let is_other = |pinned: &&str| *pinned != described && is_usable_version(described);
    if let Some(pinned) = pinned.filter(is_other) {
        let location = FileLocation::of_file(format!("--api-version {pinned}"));
        let detail = format!("the types describe `{described}`, requests are pinned to `{pinned}`");
        sink.report_in(Code::VersionDiffers, location, detail);
    }
}
