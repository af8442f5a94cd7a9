//! JSON text, without white space.

use std::fmt::Write;

use super::non_finite::{NonFiniteError, check_numbers};
use super::number::write_number;
use super::{Encode, Writer};
use crate::file_upload::FileUpload;

/// Writes a value as JSON text.
///
/// ```
/// assert_eq!(wire::codec::encode_json(&vec!["a\"b", "é"]), r#"["a\"b","é"]"#);
/// ```
pub fn encode_json(value: &dyn Encode) -> String {
    write_json(value).text
}

/// Writes JSON text, unless a number has no notation.
pub(crate) fn encode_checked_json(value: &dyn Encode) -> Result<String, NonFiniteError> {
    let json = write_json(value);
    if !json.is_finite {
        check_numbers(value)?;
    }
    Ok(json.text)
}

fn write_json(value: &dyn Encode) -> JsonText {
    let mut json = JsonText::new();
    value.encode(&mut json);
    json
}

/// JSON text that is being written.
pub(crate) struct JsonText {
    text: String,
    /// Whether the next value or key is the first of its container or follows a key, and so needs
    /// no comma.
    fresh: bool,
    /// Whether all numbers so far have a notation.
    is_finite: bool,
}

impl JsonText {
    pub(crate) fn new() -> Self {
        Self {
            text: String::new(),
            fresh: true,
            is_finite: true,
        }
    }

    pub(crate) fn into_text(self) -> String {
        self.text
    }

    fn write_separator(&mut self) {
        if !std::mem::replace(&mut self.fresh, false) {
            self.text.push(',');
        }
    }

    fn open_bracket(&mut self, bracket: char) {
        self.write_separator();
        self.text.push(bracket);
        self.fresh = true;
    }

    fn close_bracket(&mut self, bracket: char) {
        self.text.push(bracket);
        self.fresh = false;
    }

    fn write_plain(&mut self, text: &str) {
        self.write_separator();
        self.text.push_str(text);
    }
}

impl Writer for JsonText {
    fn null(&mut self) {
        self.write_plain("null");
    }

    fn string(&mut self, value: &str) {
        self.write_separator();
        write_quoted(&mut self.text, value);
    }

    fn integer(&mut self, value: i64) {
        self.write_separator();
        let _ = write!(self.text, "{value}");
    }

    fn number(&mut self, value: f64) {
        if value.is_finite() {
            self.write_separator();
            write_number(&mut self.text, value);
        } else {
            self.is_finite = false;
            self.string(&value.to_string());
        }
    }

    fn boolean(&mut self, value: bool) {
        self.write_plain(if value { "true" } else { "false" });
    }

    fn raw(&mut self, json: &str) {
        self.write_plain(json);
    }

    fn file(&mut self, file: &FileUpload) {
        self.string(file.name());
    }

    fn begin_object(&mut self) {
        self.open_bracket('{');
    }

    fn key(&mut self, key: &str) {
        self.string(key);
        self.text.push(':');
        self.fresh = true;
    }

    fn end_object(&mut self) {
        self.close_bracket('}');
    }

    fn begin_list(&mut self) {
        self.open_bracket('[');
    }

    fn end_list(&mut self) {
        self.close_bracket(']');
    }
}

/// Adds `value` in quotes, with no other escapes than those that JSON requires.
pub(crate) fn write_quoted(text: &mut String, value: &str) {
    text.push('"');
    let mut rest = value;
    while let Some(at) = rest.find(|c: char| c == '"' || c == '\\' || c < ' ') {
        let (plain, special) = rest.split_at(at);
        text.push_str(plain);
        let mut characters = special.chars();
        match characters.next() {
            Some('\n') => text.push_str("\\n"),
            Some('\r') => text.push_str("\\r"),
            Some('\t') => text.push_str("\\t"),
            Some(control) if control < ' ' => {
                let _ = write!(text, "\\u{:04x}", u32::from(control));
            }
            Some(other) => text.extend(['\\', other]),
            None => {}
        }
        rest = characters.as_str();
    }
    text.push_str(rest);
    text.push('"');
}
