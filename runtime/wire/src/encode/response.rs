//! Writing objects of responses back as they were received.

use super::text_integers::TextIntegers;
use super::{Encode, Writer, encode_json};
use crate::decode::Extra;

/// Writes an object of a response: the constants, the fields that are not absent, and the members
/// that have no field. Integers in the fields that `text_integers` marks are written as text.
///
/// A field that was filled, and has not been changed since, is written as it was received: not at
/// all if it was missing.
pub fn write_response(
    out: &mut dyn Writer,
    constants: &[(&str, &dyn Encode)],
    fields: &[(&str, &dyn Encode)],
    text_integers: &[u64],
    extra: &Extra,
) {
    let is_as_filled = extra.is_filled() && fields.iter().all(|(_, value)| is_empty(*value));
    if let Some(sent) = extra.sent_text().filter(|_| is_as_filled) {
        out.raw(sent);
        return;
    }
    out.begin_object();
    if !is_as_filled {
        for (key, value) in constants {
            if extra.member_text(key).is_none() {
                out.key(key);
                value.encode(out);
            }
        }
    }
    for (index, (key, value)) in fields.iter().enumerate() {
        let is_filled = extra.is_filled() || extra.is_corrected(key);
        if is_filled && is_empty(*value) {
            if let Some(sent) = extra.member_text(key) {
                out.key(key);
                out.raw(sent);
            }
            continue;
        }
        if value.is_absent() {
            continue;
        }
        out.key(key);
        let word = text_integers.get(index / 64).copied().unwrap_or_default();
        if word >> (index % 64) & 1 == 1 {
            value.encode(&mut TextIntegers(out));
        } else {
            value.encode(out);
        }
    }
    let is_field = |name: &str| fields.iter().any(|(key, _)| *key == name);
    extra.for_each_member(&mut |name, text| {
        if !is_field(name) {
            out.key(name);
            out.raw(text);
        }
    });
    out.end_object();
}

/// Whether a value is what decoding fills in for a missing one.
fn is_empty(value: &dyn Encode) -> bool {
    let is_empty_text =
        |text: &str| matches!(text, "0" | "0.0" | "false" | "\"\"" | "null" | "[]" | "{}");
    value.is_absent() || is_empty_text(&encode_json(value))
}
