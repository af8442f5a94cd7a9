//! Diagnostics: what is wrong, where in the input, and how to fix it.
//!
//! In: findings reported by every stage. Out: a [`DiagnosticSink`] that the pipeline checks between
//! stages. Every message and hint is in one table, [`Code`].
//! This module neither prints nor reads the input; `source` computes the line of a finding.

mod code;
mod origins;
mod path;
mod suggest;
#[cfg(test)]
mod tests;
mod trail;

pub use code::{Code, Input, Severity};
pub use origins::PlaceOrigins;
pub use path::SpecPath;
pub use suggest::closest_name;
pub use trail::Trail;

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// The entry in the table.
    pub code: Code,
    /// That of the code, or a warning if the construct was left out or became raw JSON.
    pub severity: Severity,
    /// The place in the input, which is [`Code::input`].
    pub at: SpecPath,
    /// The place in a file, if the finding is about a file and not about a node of a document.
    pub location: Option<FileLocation>,
    /// The names and values of this case.
    pub detail: String,
}

/// A place in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileLocation {
    /// The path of the file as given on the command line.
    pub file: String,
    /// Line and column, counted from one. Columns are characters.
    pub position: Option<(usize, usize)>,
    /// The text of that line, if the file could be read.
    pub line: Option<String>,
}

impl FileLocation {
    /// A file as a whole.
    pub fn of_file(file: impl Into<String>) -> Self {
        Self {
            file: file.into(),
            position: None,
            line: None,
        }
    }
}

impl Diagnostic {
    /// A finding of `code` at `at`.
    pub fn new(code: Code, at: &SpecPath, detail: impl Into<String>) -> Self {
        Self {
            code,
            severity: code.severity(),
            at: at.clone(),
            location: None,
            detail: detail.into(),
        }
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let code = self.code;
        write!(f, "{}[{}]: {}", self.severity, code.id(), code.message())?;
        if !self.detail.is_empty() {
            write!(f, ": {}", self.detail)?;
        }
        match &self.location {
            None => write!(f, " (at {})", self.at),
            Some(FileLocation {
                file,
                position: None,
                ..
            }) => write!(f, " (in {file})"),
            Some(FileLocation {
                file,
                position: Some((line, column)),
                ..
            }) => {
                write!(f, " (at {file}:{line}:{column})")
            }
        }
    }
}

/// Collects findings in order. A warning that is reported again, for example for each use of a
/// component, is kept once.
#[derive(Clone, Debug, Default)]
pub struct DiagnosticSink {
    findings: Vec<Diagnostic>,
    warned: HashSet<(Code, SpecPath, String)>,
    errors: usize,
    is_tolerant: bool,
    origins: Arc<PlaceOrigins>,
}

/// A point in the list of findings.
#[derive(Clone, Copy, Debug)]
pub struct SinkMark(usize);

impl DiagnosticSink {
    /// An empty sink.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets whether a construct that is not supported is an error, or is left out or becomes raw
    /// JSON with a warning. A new sink is strict.
    pub fn set_tolerant(&mut self, is_tolerant: bool) {
        self.is_tolerant = is_tolerant;
    }

    /// Whether constructs that are not supported are left out or become raw JSON.
    pub fn is_tolerant(&self) -> bool {
        self.is_tolerant
    }

    /// Sets where the parts of the document come from. Findings from now on are at these places.
    pub fn set_origins(&mut self, origins: PlaceOrigins) {
        self.origins = Arc::new(origins);
    }

    /// Where the parts of the document come from.
    pub fn origins(&self) -> &PlaceOrigins {
        &self.origins
    }

    /// The end of the list of findings.
    pub fn mark(&self) -> SinkMark {
        SinkMark(self.findings.len())
    }

    /// Turns the errors since a mark into warnings, because what they are about was left out or
    /// became raw JSON. Returns the code of the first.
    pub fn tolerate_since(&mut self, mark: SinkMark) -> Option<Code> {
        let mut first = None;
        for mut finding in self.findings.split_off(mark.0.min(self.findings.len())) {
            let was_error = finding.severity == Severity::Error;
            if was_error {
                first.get_or_insert(finding.code);
                finding.severity = Severity::Warning;
                self.errors -= 1;
            }
            if !was_error || self.is_new_warning(&finding) {
                self.findings.push(finding);
            }
        }
        first
    }

    /// Removes the warnings since a mark, as if they had not been reported. Errors stay.
    pub fn discard_warnings_since(&mut self, mark: SinkMark) {
        for finding in self.findings.split_off(mark.0.min(self.findings.len())) {
            match finding.severity {
                Severity::Error => self.findings.push(finding),
                Severity::Warning => {
                    let Diagnostic {
                        code, at, detail, ..
                    } = finding;
                    self.warned.remove(&(code, at, detail));
                }
            }
        }
    }

    /// Adds a finding of `code` at `at`.
    pub fn report(&mut self, code: Code, at: &SpecPath, detail: impl Into<String>) {
        match code.input() {
            Input::Document => {
                let at = self.origins.written_place(at);
                self.push(Diagnostic::new(code, &at, detail));
            }
            _ => self.push(Diagnostic::new(code, at, detail)),
        }
    }

    /// Adds a finding of `code` about a file.
    pub fn report_in(&mut self, code: Code, location: FileLocation, detail: impl Into<String>) {
        self.push(Diagnostic {
            code,
            severity: code.severity(),
            at: SpecPath::root(),
            location: Some(location),
            detail: detail.into(),
        });
    }

    /// Adds a finding.
    pub fn push(&mut self, finding: Diagnostic) {
        match finding.severity {
            Severity::Error => self.errors += 1,
            Severity::Warning if !self.is_new_warning(&finding) => return,
            Severity::Warning => {}
        }
        self.findings.push(finding);
    }

    /// Whether a warning is reported for the first time. Those about files have no place in the
    /// document and always are.
    fn is_new_warning(&mut self, finding: &Diagnostic) -> bool {
        let key = || (finding.code, finding.at.clone(), finding.detail.clone());
        finding.location.is_some() || self.warned.insert(key())
    }

    /// Whether there are no errors. There may be warnings.
    pub fn is_clean(&self) -> bool {
        self.errors == 0
    }

    /// Number of errors.
    pub fn error_count(&self) -> usize {
        self.errors
    }

    /// All findings.
    pub fn all(&self) -> &[Diagnostic] {
        &self.findings
    }

    /// The findings that stop the run.
    pub fn errors(&self) -> impl Iterator<Item = &Diagnostic> {
        self.with_severity(Severity::Error)
    }

    /// The findings that do not stop the run.
    pub fn warnings(&self) -> impl Iterator<Item = &Diagnostic> {
        self.with_severity(Severity::Warning)
    }

    fn with_severity(&self, severity: Severity) -> impl Iterator<Item = &Diagnostic> {
        self.findings.iter().filter(move |d| d.severity == severity)
    }
}
