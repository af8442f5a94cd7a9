//! Parses YAML text. The only file that depends on the YAML library.
//!
//! `serde_yaml` is archived, so the workspace uses a fork under that name. `serde_norway` was
//! chosen because its author also maintains the fork of libyaml below it
//! (`unsafe-libyaml-norway`); `serde_yaml_ng` depends on the archived `unsafe-libyaml`, and
//! `serde_yml` has advisories (RUSTSEC-2025-0067 and -0068). `serde-saphyr`, in safe Rust, will
//! be the better choice once the workspace can require Rust 1.89. To replace the library, change
//! [`read_yaml`].

use saphyr_parser::{Event, Parser};
use serde_json::Value;

use super::ParseError;
use super::value::{MAX_VALUES, ReadState, ValueSeed};
use crate::diag::Code;

/// Texts whose brackets nest deeper than this are checked with a second parser.
const SUSPICIOUS_DEPTH: usize = 100;

/// Parses a text that is one YAML document.
pub(super) fn read_yaml(text: &str) -> Result<Value, ParseError> {
    refuse_bombs(text)?;
    let seen = ReadState::default();
    match ValueSeed::read_document(serde_yaml::Deserializer::from_str(text), &seen) {
        Ok(value) => seen.into_result(value),
        Err(error) => {
            let position = error.location().map(|l| (l.line(), l.column()));
            let mut message = error.to_string();
            if let Some((line, column)) = position {
                // The library repeats the position in its message; it is printed separately.
                message = message.replacen(&format!(" at line {line} column {column}"), "", 1);
            }
            let exceeded = message.contains("limit exceeded") || seen.is_full();
            let code = if exceeded {
                Code::FileTooComplex
            } else {
                Code::FileSyntax
            };
            Err(ParseError {
                code,
                position,
                at: None,
                detail: message,
            })
        }
    }
}

/// Rejects texts on which libyaml would spend minutes or gigabytes before it finds the error: it
/// keeps every event of the text in memory, and its work per token grows with the nesting of
/// flow collections. (Aliases are counted while the value is built.)
fn refuse_bombs(text: &str) -> Result<(), ParseError> {
    let (mut parts, mut depth, mut deepest) = (0_usize, 0_usize, 0_usize);
    for byte in text.bytes() {
        match byte {
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            b',' | b'\n' => parts += 1,
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    let too_complex = |detail: String| ParseError {
        code: Code::FileTooComplex,
        position: None,
        at: None,
        detail,
    };
    if parts > MAX_VALUES {
        return Err(too_complex(format!(
            "more than {MAX_VALUES} commas and lines"
        )));
    }
    if deepest <= SUSPICIOUS_DEPTH {
        return Ok(());
    }
    // Brackets in prose were counted too. This parser stops at depth 255.
    let mut events = Parser::new_from_str(text);
    while let Some(event) = events.next_event() {
        match event {
            Ok((Event::StreamEnd, _)) => break,
            Ok(_) => {}
            Err(error) => {
                let place = error.marker();
                let position = Some((place.line(), place.col() + 1));
                let deep = error.info().contains("recursion");
                let code = if deep {
                    Code::FileTooComplex
                } else {
                    Code::FileSyntax
                };
                return Err(ParseError {
                    code,
                    position,
                    ..too_complex(error.info().to_owned())
                });
            }
        }
    }
    Ok(())
}
