//! Diagnostics: what went wrong, where in the input, and what to do about it.
//!
//! In: findings reported by every stage. Out: a [`Sink`] that the pipeline asks between stages
//! whether the run may go on. Every message and hint comes from one table, [`Code`].
//! This module prints nothing and never looks at the input again; the line of a finding is
//! worked out by `source`, which alone knows the text.

mod code;
mod path;
#[cfg(test)]
mod tests;

pub use code::{Code, Input, Severity};
pub use path::SpecPath;

use std::fmt;

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Which entry of the table.
    pub code: Code,
    /// Where in the input that [`Code::input`] names.
    pub at: SpecPath,
    /// Where in a text, if the finding is about a file rather than about a node of a document.
    pub place: Option<Place>,
    /// What the table cannot know: the names and values of this case.
    pub detail: String,
}

/// A place in a file that has not become a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file as the user wrote it.
    pub file: String,
    /// Line and column, counted from one.
    pub position: Option<(usize, usize)>,
}

impl Diagnostic {
    /// A finding of `code` at `at`.
    pub fn new(code: Code, at: &SpecPath, detail: impl Into<String>) -> Self {
        Self {
            code,
            at: at.clone(),
            place: None,
            detail: detail.into(),
        }
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let code = self.code;
        write!(f, "{}[{}]: {}", code.severity(), code.id(), code.message())?;
        if !self.detail.is_empty() {
            write!(f, ": {}", self.detail)?;
        }
        match &self.place {
            None => write!(f, " (at {})", self.at),
            Some(Place {
                file,
                position: None,
            }) => write!(f, " (in {file})"),
            Some(Place {
                file,
                position: Some((line, column)),
            }) => {
                write!(f, " (at {file}:{line}:{column})")
            }
        }
    }
}

/// Collects findings in the order in which they are made.
#[derive(Clone, Debug, Default)]
pub struct Sink {
    findings: Vec<Diagnostic>,
    errors: usize,
}

impl Sink {
    /// An empty sink.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a finding of `code` at `at`.
    pub fn report(&mut self, code: Code, at: &SpecPath, detail: impl Into<String>) {
        self.push(Diagnostic::new(code, at, detail));
    }

    /// Adds a finding of `code` about a file.
    pub fn report_in(&mut self, code: Code, place: Place, detail: impl Into<String>) {
        let place = Some(place);
        self.push(Diagnostic {
            code,
            at: SpecPath::root(),
            place,
            detail: detail.into(),
        });
    }

    /// Adds a finding that was made elsewhere.
    pub fn push(&mut self, finding: Diagnostic) {
        if finding.code.severity() == Severity::Error {
            self.errors += 1;
        }
        self.findings.push(finding);
    }

    /// Adds everything another sink has collected, after what is here.
    pub fn absorb(&mut self, other: Self) {
        self.errors += other.errors;
        self.findings.extend(other.findings);
    }

    /// No error has been reported; warnings do not count.
    pub fn is_clean(&self) -> bool {
        self.errors == 0
    }

    /// Number of errors.
    pub fn error_count(&self) -> usize {
        self.errors
    }

    /// Everything that was reported.
    pub fn all(&self) -> &[Diagnostic] {
        &self.findings
    }

    /// What stops the run.
    pub fn errors(&self) -> impl Iterator<Item = &Diagnostic> {
        self.of(Severity::Error)
    }

    /// What the user should know although the run goes on.
    pub fn warnings(&self) -> impl Iterator<Item = &Diagnostic> {
        self.of(Severity::Warning)
    }

    fn of(&self, severity: Severity) -> impl Iterator<Item = &Diagnostic> {
        self.findings
            .iter()
            .filter(move |d| d.code.severity() == severity)
    }
}
