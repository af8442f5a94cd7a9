//! Formats a value as YAML for review.
//!
//! A value that fits into a line is written as a flow collection, other values as blocks. So a
//! changed property is a changed line, and the file is an order of magnitude shorter than in pure
//! block style.

use serde_json::Value;

/// Maximum length of a line with a flow collection.
const WIDTH: usize = 160;

/// Maximum length of a key without `? `. YAML allows 1024 characters.
const SIMPLE_KEY: usize = 500;

/// Formats a value as a YAML document.
pub(super) fn to_yaml(value: &Value) -> String {
    let mut out = String::new();
    write_block(value, 0, &mut out);
    out
}

/// Writes `value` as lines of their own, each indented by `indent`.
fn write_block(value: &Value, indent: usize, out: &mut String) {
    match value {
        Value::Object(map) if !map.is_empty() => {
            for (key, value) in map {
                push_indent(indent, out);
                let key = scalar_text(key, ScalarContext::Block);
                if key.len() > SIMPLE_KEY {
                    out.push_str("? ");
                    out.push_str(&key);
                    out.push('\n');
                    push_indent(indent, out);
                } else {
                    out.push_str(&key);
                }
                out.push(':');
                write_after_colon(value, indent, out);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for item in items {
                push_indent(indent, out);
                out.push('-');
                write_after_dash(item, indent, out);
            }
        }
        other => {
            push_indent(indent, out);
            write_flow(other, ScalarContext::Block, out);
            out.push('\n');
        }
    }
}

/// Writes the value of a key, on the same line if it fits.
fn write_after_colon(value: &Value, indent: usize, out: &mut String) {
    if let Some(line) = one_line(value, current_column(out)) {
        out.push(' ');
        out.push_str(&line);
        out.push('\n');
        return;
    }
    out.push('\n');
    // A list needs no indentation below its key.
    let deeper = if value.is_array() { indent } else { indent + 2 };
    write_block(value, deeper, out);
}

/// Writes a list item; a mapping begins on the dash's line.
fn write_after_dash(item: &Value, indent: usize, out: &mut String) {
    out.push(' ');
    if let Some(line) = one_line(item, current_column(out)) {
        out.push_str(&line);
        out.push('\n');
        return;
    }
    let mut inner = String::new();
    write_block(item, indent + 2, &mut inner);
    out.push_str(inner.get(indent + 2..).unwrap_or_default());
}

/// The value in flow style, if it is short enough or has no elements.
fn one_line(value: &Value, column: usize) -> Option<String> {
    let mut line = String::new();
    write_flow(value, ScalarContext::Block, &mut line);
    let short = line.len() + column < WIDTH;
    let has_parts = match value {
        Value::Object(map) => !map.is_empty(),
        Value::Array(items) => !items.is_empty(),
        _ => false,
    };
    (short || !has_parts).then_some(line)
}

/// Bytes since the last line break.
fn current_column(out: &str) -> usize {
    out.len() - out.rfind('\n').map_or(0, |at| at + 1)
}

fn push_indent(indent: usize, out: &mut String) {
    out.extend(std::iter::repeat_n(' ', indent));
}

/// Where a scalar is written: inside brackets more characters need quotes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum ScalarContext {
    Block,
    Flow,
}

fn write_flow(value: &Value, place: ScalarContext, out: &mut String) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Value::Number(value) => out.push_str(&value.to_string()),
        Value::String(text) => out.push_str(&scalar_text(text, place)),
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                out.push_str(if index == 0 { "" } else { ", " });
                write_flow(item, ScalarContext::Flow, out);
            }
            out.push(']');
        }
        Value::Object(map) => {
            out.push('{');
            for (index, (key, value)) in map.iter().enumerate() {
                out.push_str(if index == 0 { "" } else { ", " });
                out.push_str(&scalar_text(key, ScalarContext::Flow));
                out.push_str(": ");
                write_flow(value, ScalarContext::Flow, out);
            }
            out.push('}');
        }
    }
}

/// A string as the simplest scalar that parsers of YAML 1.1 and 1.2 both read as that string.
fn scalar_text(text: &str, place: ScalarContext) -> String {
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

/// Whether a string needs no quotes. Everything that begins like a number, a date or an indicator is
/// quoted.
fn is_plain(text: &str, place: ScalarContext) -> bool {
    let begins = |c: char| c.is_ascii_alphabetic() || matches!(c, '_' | '/' | '$');
    let inside = |c: char| {
        c.is_ascii_alphanumeric()
            || matches!(c, '_' | '/' | '$' | '-' | '.' | '+' | ' ' | '(' | ')')
            || (place == ScalarContext::Block && matches!(c, '{' | '}'))
    };
    text.starts_with(begins) && text.chars().all(inside) && !text.ends_with(' ') && !is_word(text)
}

/// Whether some version of YAML reads the word as something other than text.
fn is_word(text: &str) -> bool {
    ["null", "true", "false", "yes", "no", "on", "off", "y", "n"]
        .iter()
        .any(|word| text.eq_ignore_ascii_case(word))
}
