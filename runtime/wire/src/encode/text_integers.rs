//! Integers that are written as text, for APIs whose clients may have no 64-bit integers.

use super::{Encode, Writer};
use crate::file_upload::FileUpload;

/// Writes an object like [`write_record`](super::write_record), the constants first. The integers
/// in some of the fields are written as text: in those whose bit (`i % 64` of `text[i / 64]`) is
/// set.
///
/// ```
/// use wire::codec::{Encode, Writer, encode_json, write_record_with_text};
///
/// struct Part { row: i64, sizes: Vec<i64> }
///
/// impl Encode for Part {
///     fn encode(&self, out: &mut dyn Writer) {
///         let fields: [(&str, &dyn Encode); 2] = [("row", &self.row), ("sizes", &self.sizes)];
///         write_record_with_text(out, &[], &[0b10], &fields);
///     }
/// }
///
/// let part = Part { row: 1, sizes: vec![i64::MAX] };
/// assert_eq!(encode_json(&part), r#"{"row":1,"sizes":["9223372036854775807"]}"#);
/// ```
pub fn write_record_with_text(
    out: &mut dyn Writer,
    constants: &[(&str, &dyn Encode)],
    text: &[u64],
    fields: &[(&str, &dyn Encode)],
) {
    out.begin_object();
    for (key, value) in constants {
        out.key(key);
        value.encode(out);
    }
    for (index, (key, value)) in fields.iter().enumerate() {
        if value.is_absent() {
            continue;
        }
        out.key(key);
        let word = text.get(index / 64).copied().unwrap_or_default();
        if word >> (index % 64) & 1 == 1 {
            value.encode(&mut TextIntegers(out));
        } else {
            value.encode(out);
        }
    }
    out.end_object();
}

/// Hands everything on, integers as text.
pub(super) struct TextIntegers<'w>(pub(super) &'w mut dyn Writer);

impl Writer for TextIntegers<'_> {
    fn integer(&mut self, value: i64) {
        self.0.string(&value.to_string());
    }

    fn null(&mut self) {
        self.0.null();
    }

    fn string(&mut self, value: &str) {
        self.0.string(value);
    }

    fn number(&mut self, value: f64) {
        self.0.number(value);
    }

    fn boolean(&mut self, value: bool) {
        self.0.boolean(value);
    }

    fn raw(&mut self, json: &str) {
        self.0.raw(json);
    }

    fn file(&mut self, file: &FileUpload) {
        self.0.file(file);
    }

    fn begin_object(&mut self) {
        self.0.begin_object();
    }

    fn key(&mut self, key: &str) {
        self.0.key(key);
    }

    fn end_object(&mut self) {
        self.0.end_object();
    }

    fn begin_list(&mut self) {
        self.0.begin_list();
    }

    fn end_list(&mut self) {
        self.0.end_list();
    }
}
