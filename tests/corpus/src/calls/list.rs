//! The committed list of documents whose operations are called, and of failures that are known.

use std::fs;

use serde::Deserialize;

use crate::layout::Layout;
use crate::{CorpusError, file_error};

/// `tests/corpus/calls.toml`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CallList {
    /// The documents of the sample.
    #[serde(rename = "document")]
    pub documents: Vec<ListedDocument>,
    /// Failures with a known cause.
    #[serde(default, rename = "known")]
    pub known: Vec<KnownFailure>,
}

/// A document.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListedDocument {
    /// The path in the package.
    pub path: String,
    /// What it is chosen for.
    pub why: String,
}

/// What is to be changed so that a failure disappears.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Cause {
    /// The document contradicts itself.
    Document,
    /// The calling program, whose values are not known to the generator either.
    Program,
    /// The generator or the runtime.
    Generator,
}

impl Cause {
    /// As tables write it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Document => "document",
            Self::Program => "program",
            Self::Generator => "generator",
        }
    }
}

/// Failures with a known cause.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KnownFailure {
    /// The document.
    pub document: String,
    /// Method and path of the operation; all of the document if it is missing.
    pub operation: Option<String>,
    /// A part of place and reason.
    pub text: String,
    /// Whose it is.
    pub cause: Cause,
    /// The explanation.
    pub why: String,
}

impl KnownFailure {
    /// Whether a failure of an operation is this one.
    pub fn is_about(&self, document: &str, operation: &str, text: &str) -> bool {
        let operations = self.operation.as_deref();
        self.document == document
            && operations.is_none_or(|known| known == operation)
            && text.contains(&self.text)
    }
}

/// Reads the list.
///
/// # Errors
/// The file cannot be read, or is not such a list.
pub fn read_list(layout: &Layout) -> Result<CallList, CorpusError> {
    let path = layout.call_list();
    let text = fs::read_to_string(&path).map_err(file_error(&path))?;
    toml::from_str(&text).map_err(|source| CorpusError::CallList { source })
}
