//! YAML text to a value: the one place that knows which YAML reader is used.
//!
//! `serde_yaml` is archived, so the workspace takes a fork under that name. `serde_norway` was
//! chosen because its author also maintains the fork of libyaml below it
//! (`unsafe-libyaml-norway`); `serde_yaml_ng` stands on the archived `unsafe-libyaml`, and
//! `serde_yml` has advisories (RUSTSEC-2025-0067 and -0068). `serde-saphyr`, in safe Rust, will
//! be the better choice once the workspace may ask for rustc 1.89. A swap is [`read`].

use saphyr_parser::{Event, Parser};
use serde_json::Value;

use super::Fault;
use super::tree::{MAX_VALUES, Seen, Tree};
use crate::diag::Code;

/// Flow collections that seem to nest deeper than this are looked at more closely.
const SUSPICIOUS_DEPTH: usize = 100;

/// Reads a whole text as one YAML document.
pub(super) fn read(text: &str) -> Result<Value, Fault> {
    refuse_bombs(text)?;
    let seen = Seen::default();
    match Tree::read(serde_yaml::Deserializer::from_str(text), &seen) {
        Ok(value) => seen.into_result(value),
        Err(error) => {
            let position = error.location().map(|l| (l.line(), l.column()));
            let mut message = error.to_string();
            if let Some((line, column)) = position {
                // The reader repeats the position in its message; it is printed separately.
                message = message.replacen(&format!(" at line {line} column {column}"), "", 1);
            }
            let exceeded = message.contains("limit exceeded") || seen.is_full();
            let code = if exceeded {
                Code::FileTooComplex
            } else {
                Code::FileSyntax
            };
            Err(Fault {
                code,
                position,
                at: None,
                detail: message,
            })
        }
    }
}

/// Refuses texts on which libyaml would spend minutes or gigabytes before it finds the error:
/// it keeps every event of the text in memory, and its work per token grows with the nesting of
/// flow collections. (Aliases are counted while the value is built.)
fn refuse_bombs(text: &str) -> Result<(), Fault> {
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
    let fault = |detail: String| Fault {
        code: Code::FileTooComplex,
        position: None,
        at: None,
        detail,
    };
    if parts > MAX_VALUES {
        return Err(fault(format!("more than {MAX_VALUES} commas and lines")));
    }
    if deepest <= SUSPICIOUS_DEPTH {
        return Ok(());
    }
    // Brackets in prose count too, so ask a reader that stops by itself at depth 255.
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
                return Err(Fault {
                    code,
                    position,
                    ..fault(error.info().to_owned())
                });
            }
        }
    }
    Ok(())
}
