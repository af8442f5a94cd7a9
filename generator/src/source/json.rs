//! Parses JSON text.

use serde_json::Value;

use super::value::{ReadState, ValueSeed};
use super::{ParseError, end_position, line_text};
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
            let position = character_position(text, error.line(), error.column());
            Err(ParseError {
                code,
                position,
                at: None,
                detail,
            })
        }
    }
}

/// The position that serde_json counts in bytes, in characters and from one.
fn character_position(text: &str, line: usize, column: usize) -> Option<(usize, usize)> {
    let line = line.max(1);
    let bytes = line_text(text, line).unwrap_or_default().as_bytes();
    let before = bytes.get(..column.saturating_sub(1)).unwrap_or_default();
    // A column after the end of the line is kept.
    match before.is_empty() {
        true => Some((line, column.max(1))),
        false => Some((line, end_position(before).1)),
    }
}
