//! Parses TOML text.

use serde_json::Value;

use super::ParseError;
use super::end_position;
use crate::diag::Code;

/// Parses a text that is one TOML document. Duplicate keys are syntax errors in TOML.
pub(super) fn read_toml(text: &str) -> Result<Value, ParseError> {
    toml::from_str(text).map_err(|error: toml::de::Error| {
        let before = error
            .span()
            .and_then(|span| text.as_bytes().get(..span.start));
        ParseError {
            code: Code::FileSyntax,
            position: before.map(end_position),
            at: None,
            detail: error.message().to_owned(),
        }
    })
}
