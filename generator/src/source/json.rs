//! Parses JSON text.

use serde_json::Value;

use super::ParseError;
use super::value::{ReadState, ValueSeed};
use crate::diag::Code;

/// Parses a text that is one JSON value.
pub(super) fn read_json(text: &str) -> Result<Value, ParseError> {
    let seen = ReadState::default();
    let mut reader = serde_json::Deserializer::from_str(text);
    let value =
        ValueSeed::read_document(&mut reader, &seen).and_then(|value| reader.end().map(|()| value));
    match value {
        Ok(value) => seen.into_result(value),
        Err(error) => {
            let message = error.to_string();
            let exceeded = seen.is_full() || message.starts_with("recursion limit");
            let code = if exceeded {
                Code::FileTooComplex
            } else {
                Code::FileSyntax
            };
            // serde_json repeats the position in its message; it is printed separately.
            let detail = message
                .split(" at line ")
                .next()
                .unwrap_or_default()
                .to_owned();
            let position = Some((error.line().max(1), error.column().max(1)));
            Err(ParseError {
                code,
                position,
                at: None,
                detail,
            })
        }
    }
}
