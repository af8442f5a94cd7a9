//! Why a value is raw JSON.

use std::cmp::Ordering;
use std::hash::{Hash, Hasher};

use crate::diag::Code;

/// Whose doing it is that a value is raw JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RawCause {
    /// The document allows any value, or does not describe it.
    Document,
    /// The dialect lists the place.
    Dialect,
    /// The description is not supported. The code is that of the finding about it.
    Unsupported(Code),
}

/// Why a value is raw JSON. Reasons with one text are equal: the cause tells no types apart.
#[derive(Clone, Debug)]
pub struct RawReason {
    /// The reason in words.
    pub text: String,
    /// Whose doing it is.
    pub cause: RawCause,
}

impl RawReason {
    /// The reason of a value that the document does not describe.
    pub fn of_document(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            cause: RawCause::Document,
        }
    }

    /// The reason of a place that the dialect lists.
    pub fn of_dialect(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            cause: RawCause::Dialect,
        }
    }

    /// The reason of a value that a finding of this code is about.
    pub fn of_code(code: Code, text: &str) -> Self {
        Self {
            text: text.to_owned(),
            cause: RawCause::Unsupported(code),
        }
    }
}

impl PartialEq for RawReason {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for RawReason {}

impl PartialOrd for RawReason {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for RawReason {
    fn cmp(&self, other: &Self) -> Ordering {
        self.text.cmp(&other.text)
    }
}

impl Hash for RawReason {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.text.hash(state);
    }
}
