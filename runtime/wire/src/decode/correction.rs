//! The record of a value that was filled.

use std::fmt;

use super::error::DecodeErrorKind;

/// Why a value was corrected.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CorrectionCause {
    /// The member is missing.
    Missing,
    /// The value is `null`, which its type does not allow.
    Null,
    /// The value is not one that its type allows.
    Unreadable(DecodeErrorKind),
}

/// A value that decoding filled, because the server left it out or sent something unexpected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Correction {
    path: Box<str>,
    cause: CorrectionCause,
}

impl Correction {
    pub(super) fn new(path: &str, cause: CorrectionCause) -> Self {
        Self {
            path: path.into(),
            cause,
        }
    }

    /// The path of the value, for example `data[3].amount`, from the object that has this record.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Why it was filled.
    pub fn cause(&self) -> &CorrectionCause {
        &self.cause
    }
}

/// The path and the cause, without data of the document.
impl fmt::Display for Correction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`: ", self.path)?;
        match &self.cause {
            CorrectionCause::Missing => f.write_str("missing"),
            CorrectionCause::Null => f.write_str("null"),
            CorrectionCause::Unreadable(kind) => kind.fmt(f),
        }
    }
}

/// A correction whose path is not known yet.
#[derive(Clone, Debug)]
pub(super) struct PendingCorrection {
    /// The position of the value; of a missing member, that of the object.
    pub(super) at: usize,
    pub(super) missing: Option<&'static str>,
    pub(super) cause: CorrectionCause,
}
