//! A value to YAML that people can review.
//!
//! What fits in a line is written in one, as a flow collection; what does not is a block. So a
//! changed property is a changed line, and the file stays an order of magnitude shorter than in
//! pure block style.

use serde_json::Value;

/// Longest line that a flow collection may fill.
const WIDTH: usize = 160;

/// Longest key that YAML allows before a `:` without further ado, with a margin.
const SIMPLE_KEY: usize = 500;

/// Writes a value as a YAML document.
pub(super) fn document(value: &Value) -> String {
    let mut out = String::new();
    block(value, 0, &mut out);
    out
}

/// Writes `value` as lines of their own, each indented by `indent`.
fn block(value: &Value, indent: usize, out: &mut String) {
    match value {
        Value::Object(map) if !map.is_empty() => {
            for (key, value) in map {
                pad(indent, out);
                let key = scalar(key, Place::Block);
                if key.len() > SIMPLE_KEY {
                    out.push_str("? ");
                    out.push_str(&key);
                    out.push('\n');
                    pad(indent, out);
                } else {
                    out.push_str(&key);
                }
                out.push(':');
                after_colon(value, indent, out);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for item in items {
                pad(indent, out);
                out.push('-');
                after_dash(item, indent, out);
            }
        }
        other => {
            pad(indent, out);
            flow(other, Place::Block, out);
            out.push('\n');
        }
    }
}

/// Writes the value of a key, on the same line if it fits.
fn after_colon(value: &Value, indent: usize, out: &mut String) {
    if let Some(line) = one_line(value, column(out)) {
        out.push(' ');
        out.push_str(&line);
        out.push('\n');
        return;
    }
    out.push('\n');
    // A list may stand as far left as its key, which saves a level.
    let deeper = if value.is_array() { indent } else { indent + 2 };
    block(value, deeper, out);
}

/// Writes a list item; a mapping begins on the dash's line.
fn after_dash(item: &Value, indent: usize, out: &mut String) {
    out.push(' ');
    if let Some(line) = one_line(item, column(out)) {
        out.push_str(&line);
        out.push('\n');
        return;
    }
    let mut inner = String::new();
    block(item, indent + 2, &mut inner);
    out.push_str(inner.get(indent + 2..).unwrap_or_default());
}

/// The value in flow style, if it is short enough or has no parts to be written below each other.
fn one_line(value: &Value, column: usize) -> Option<String> {
    let mut line = String::new();
    flow(value, Place::Block, &mut line);
    let short = line.len() + column < WIDTH;
    let has_parts = match value {
        Value::Object(map) => !map.is_empty(),
        Value::Array(items) => !items.is_empty(),
        _ => false,
    };
    (short || !has_parts).then_some(line)
}

/// Bytes since the last line break.
fn column(out: &str) -> usize {
    out.len() - out.rfind('\n').map_or(0, |at| at + 1)
}

fn pad(indent: usize, out: &mut String) {
    out.extend(std::iter::repeat_n(' ', indent));
}

/// Where a scalar stands: inside brackets more characters have a meaning.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Block,
    Flow,
}

fn flow(value: &Value, place: Place, out: &mut String) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Value::Number(value) => out.push_str(&value.to_string()),
        Value::String(text) => out.push_str(&scalar(text, place)),
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                out.push_str(if index == 0 { "" } else { ", " });
                flow(item, Place::Flow, out);
            }
            out.push(']');
        }
        Value::Object(map) => {
            out.push('{');
            for (index, (key, value)) in map.iter().enumerate() {
                out.push_str(if index == 0 { "" } else { ", " });
                out.push_str(&scalar(key, Place::Flow));
                out.push_str(": ");
                flow(value, Place::Flow, out);
            }
            out.push('}');
        }
    }
}

/// A string as the simplest scalar that every YAML reader, 1.1 or 1.2, takes for that string.
fn scalar(text: &str, place: Place) -> String {
    if is_plain(text, place) {
        return text.to_owned();
    }
    if text
        .chars()
        .all(|c| c == ' ' || c.is_ascii_graphic() || c.is_alphanumeric())
    {
        return format!("'{}'", text.replace('\'', "''"));
    }
    let mut quoted = String::from('"');
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            c if c == ' ' || c.is_ascii_graphic() || c.is_alphanumeric() => quoted.push(c),
            c => quoted.push_str(&format!("\\U{:08x}", u32::from(c))),
        }
    }
    quoted.push('"');
    quoted
}

/// Whether a string needs no quotes. Errs on the side of quotes: everything that begins like a
/// number, a date or an indicator gets them.
fn is_plain(text: &str, place: Place) -> bool {
    let begins = |c: char| c.is_ascii_alphabetic() || matches!(c, '_' | '/' | '$');
    let inside = |c: char| {
        c.is_ascii_alphanumeric()
            || matches!(c, '_' | '/' | '$' | '-' | '.' | '+' | ' ' | '(' | ')')
            || (place == Place::Block && matches!(c, '{' | '}'))
    };
    text.starts_with(begins) && text.chars().all(inside) && !text.ends_with(' ') && !is_word(text)
}

/// The words that some version of YAML reads as something else than text.
fn is_word(text: &str) -> bool {
    ["null", "true", "false", "yes", "no", "on", "off", "y", "n"]
        .iter()
        .any(|word| text.eq_ignore_ascii_case(word))
}
