//! What the header of one of our own documents says about the result.
//!
//! ```yaml
//! # expect: generates, 3 operations, warning N005
//! # expect: error S007 at #/components/schemas/Pet
//! # has text: NotEqual
//! # lacks text: Bearer
//! # lacks file: src/main.rs
//! ```
//!
//! Texts are searched for in all files of the crate.

use std::fs;
use std::path::Path;

use crate::child::{ChildEnd, ChildReport};
use crate::{CorpusError, file_error};

/// What is expected of a document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expectation {
    /// The number of operations, if a crate is generated.
    pub operations: Option<usize>,
    /// Codes of warnings that are reported.
    pub warnings: Vec<String>,
    /// An error that is reported: code, and place unless it is empty.
    pub error: Option<(String, String)>,
    /// Texts that some file has.
    pub texts: Vec<String>,
    /// Texts that no file has.
    pub absent_texts: Vec<String>,
    /// Files that are not written.
    pub absent_files: Vec<String>,
}

impl Expectation {
    /// Reads the comments at the beginning of a document.
    ///
    /// # Errors
    /// The comments expect nothing, or something that is not understood.
    pub fn parse(document: &str, text: &str) -> Result<Self, CorpusError> {
        let mut expected = Self::default();
        for line in text.lines().map_while(|line| line.strip_prefix('#')) {
            let (key, value) = line.split_once(':').unwrap_or((line, ""));
            let value = value.trim();
            match key.trim() {
                "expect" => expected.add_outcome(document, value)?,
                "has text" => expected.texts.push(value.to_owned()),
                "lacks text" => expected.absent_texts.push(value.to_owned()),
                "lacks file" => expected.absent_files.push(value.to_owned()),
                _ => {}
            }
        }
        match (expected.operations, &expected.error) {
            (None, None) => Err(expectation_error(document, "no `# expect:` in its header")),
            (Some(_), Some(_)) => Err(expectation_error(document, "expects two outcomes")),
            _ => Ok(expected),
        }
    }

    fn add_outcome(&mut self, document: &str, value: &str) -> Result<(), CorpusError> {
        let unknown = || expectation_error(document, &format!("`{value}` is not understood"));
        if let Some(error) = value.strip_prefix("error ") {
            let (code, place) = error.split_once(" at ").unwrap_or((error, ""));
            self.error = Some((code.to_owned(), place.to_owned()));
            return Ok(());
        }
        let mut parts = value.split(", ");
        if parts.next() != Some("generates") {
            return Err(unknown());
        }
        for part in parts {
            match part.split_once(' ') {
                Some(("warning", code)) => self.warnings.push(code.to_owned()),
                Some((number, "operation" | "operations")) => {
                    self.operations = Some(number.parse().map_err(|_| unknown())?);
                }
                _ => return Err(unknown()),
            }
        }
        match self.operations {
            Some(_) => Ok(()),
            None => Err(unknown()),
        }
    }

    /// How a run differs from what is expected. `out` is the folder of the crate.
    ///
    /// # Errors
    /// The crate cannot be read.
    pub fn compare_with(&self, end: &ChildEnd, out: &Path) -> Result<Vec<String>, CorpusError> {
        let report = match end {
            ChildEnd::Reported(report) => report,
            ChildEnd::Crashed(how, _) => return Ok(vec![format!("crashed ({how})")]),
            ChildEnd::TimedOut(_) => return Ok(vec!["took too long".to_owned()]),
            ChildEnd::OutOfMemory(_) => return Ok(vec!["used too much memory".to_owned()]),
        };
        let mut wrong = self.compare_findings(report);
        if report.is_generated {
            wrong.extend(self.compare_files(out)?);
        }
        Ok(wrong)
    }

    fn compare_findings(&self, report: &ChildReport) -> Vec<String> {
        let mut wrong = Vec::new();
        let errors = report.errors.iter();
        let errors: Vec<String> = errors
            .map(|error| format!("{} at {} {}", error.code, error.place, error.detail))
            .collect();
        if let Some((code, place)) = &self.error {
            let is_it = |error: &&crate::child::ChildFinding| {
                error.code == *code && (place.is_empty() || error.place == *place)
            };
            if !report.errors.iter().any(|error| is_it(&error)) {
                wrong.push(format!("lacks error {code} at {place}; has {errors:?}"));
            }
            return wrong;
        }
        let found = report.operations.len();
        if !errors.is_empty() {
            wrong.push(format!("does not generate: {}", errors.join(", ")));
        } else if self.operations != Some(found) {
            let expected = self.operations.unwrap_or_default();
            wrong.push(format!("{found} operations instead of {expected}"));
        }
        for code in &self.warnings {
            if !report.warnings.iter().any(|warning| warning.code == *code) {
                wrong.push(format!("lacks warning {code}"));
            }
        }
        wrong
    }

    fn compare_files(&self, out: &Path) -> Result<Vec<String>, CorpusError> {
        let mut wrong = Vec::new();
        let all = read_texts(out)?;
        for text in &self.texts {
            if !all.iter().any(|file| file.contains(text)) {
                wrong.push(format!("no file has `{text}`"));
            }
        }
        for text in &self.absent_texts {
            if all.iter().any(|file| file.contains(text)) {
                wrong.push(format!("a file has `{text}`"));
            }
        }
        for file in self
            .absent_files
            .iter()
            .filter(|file| out.join(file).exists())
        {
            wrong.push(format!("there is {file}"));
        }
        Ok(wrong)
    }
}

fn expectation_error(document: &str, reason: &str) -> CorpusError {
    CorpusError::Expectation {
        document: document.to_owned(),
        reason: reason.to_owned(),
    }
}

/// The texts of all files below a folder.
fn read_texts(folder: &Path) -> Result<Vec<String>, CorpusError> {
    let mut texts = Vec::new();
    for entry in fs::read_dir(folder).map_err(file_error(folder))? {
        let path = entry.map_err(file_error(folder))?.path();
        match path.is_dir() {
            true => texts.extend(read_texts(&path)?),
            false => texts.push(fs::read_to_string(&path).map_err(file_error(&path))?),
        }
    }
    Ok(texts)
}
