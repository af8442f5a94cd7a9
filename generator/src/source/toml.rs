//! TOML text to a value.

use serde_json::Value;

use super::Fault;
use super::position;
use crate::diag::Code;

/// Reads a whole text as one TOML document. Duplicate keys are syntax errors in TOML.
pub(super) fn read(text: &str) -> Result<Value, Fault> {
    toml::from_str(text).map_err(|error: toml::de::Error| {
        let before = error
            .span()
            .and_then(|span| text.as_bytes().get(..span.start));
        Fault {
            code: Code::FileSyntax,
            position: before.map(position),
            at: None,
            detail: error.message().to_owned(),
        }
    })
}
