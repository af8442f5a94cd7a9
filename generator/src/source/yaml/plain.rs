//! Reads the plain part of YAML that `import` writes: blocks, flow collections on one line, and
//! scalars on one line that need no knowledge of YAML's versions.
//!
//! It takes a tenth of the library's time. Whatever is not surely one of these, such as an error, an
//! anchor, a text of several lines or a repeated key, is left to the library, for the whole text.

use serde_json::{Map, Value};

use crate::source::value::MAX_VALUES;

/// Texts that nest deeper are left to the library, which has a limit.
const MAX_DEPTH: usize = 60;

/// The value of a text, if all of it is plain.
pub(super) fn read_plain(text: &str) -> Option<Value> {
    let mut reader = PlainReader {
        rest: text,
        values: 0,
        open: Vec::new(),
    };
    reader.skip_empty_lines();
    let indent = reader.indent();
    let value = reader.read_block(indent, 0)?;
    reader.skip_empty_lines();
    reader.rest.is_empty().then_some(value)
}

/// Words that some version of YAML reads as something other than text.
const WORDS: &[&str] = &["null", "true", "false", "yes", "no", "on", "off", "y", "n"];

struct PlainReader<'t> {
    rest: &'t str,
    values: usize,
    /// The entries of mappings whose end has not been reached.
    open: Vec<(String, Value)>,
}

impl<'t> PlainReader<'t> {
    /// The number of spaces before the next character. At the begin of a line.
    fn indent(&self) -> usize {
        self.rest.bytes().take_while(|byte| *byte == b' ').count()
    }

    /// Skips empty lines, and comments that have a line. At the begin of a line.
    fn skip_empty_lines(&mut self) {
        loop {
            let line = self.rest.trim_start_matches(' ');
            if let Some(rest) = line.strip_prefix('\n') {
                self.rest = rest;
            } else if line.starts_with('#') {
                self.rest = line.split_once('\n').map_or("", |(_, rest)| rest);
            } else {
                return;
            }
        }
    }

    fn skip(&mut self, length: usize) -> Option<()> {
        self.rest = self.rest.get(length..)?;
        Some(())
    }

    fn skip_text(&mut self, text: &str) -> bool {
        match self.rest.strip_prefix(text) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// The value whose first line begins here, with this indentation.
    fn read_block(&mut self, indent: usize, depth: usize) -> Option<Value> {
        (depth < MAX_DEPTH).then_some(())?;
        self.skip(indent)?;
        self.read_block_after_indent(indent, depth)
    }

    fn read_block_after_indent(&mut self, indent: usize, depth: usize) -> Option<Value> {
        (depth < MAX_DEPTH).then_some(())?;
        match self.rest.as_bytes() {
            [b'-', b' ', ..] => self.read_items(indent, depth),
            _ => self.read_entries(indent, depth),
        }
    }

    fn read_items(&mut self, indent: usize, depth: usize) -> Option<Value> {
        self.count_value()?;
        let mut items = Vec::new();
        loop {
            if !self.skip_text("- ") {
                return None;
            }
            items.push(self.read_item(indent + 2, depth + 1)?);
            if !self.has_line_at(indent)? || !self.at_indent(indent).starts_with("- ") {
                return Some(Value::Array(items));
            }
            self.skip(indent)?;
        }
    }

    /// An item after its dash: a value on the line, or a mapping that begins there.
    fn read_item(&mut self, indent: usize, depth: usize) -> Option<Value> {
        let before = self.rest;
        if before.starts_with(['[', '{']) {
            return self.read_line_value(depth);
        }
        if before.starts_with("- ") {
            return self.read_block_after_indent(indent, depth);
        }
        self.skip_scalar(false)?;
        let is_key = self.rest.starts_with(':');
        self.rest = before;
        match is_key {
            true => self.read_block_after_indent(indent, depth),
            false => self.read_line_value(depth),
        }
    }

    fn read_entries(&mut self, indent: usize, depth: usize) -> Option<Value> {
        self.count_value()?;
        let first = self.open.len();
        loop {
            let key = self.read_text(false)?;
            if !self.skip_text(":") {
                return None;
            }
            let value = if self.skip_text(" ") {
                self.read_line_value(depth + 1)?
            } else {
                self.read_nested(indent, depth)?
            };
            self.open.push((key, value));
            if !self.has_line_at(indent)? {
                return self.close_map(first);
            }
            if self.at_indent(indent).starts_with("- ") {
                return None;
            }
            self.skip(indent)?;
        }
    }

    /// The value below a key. A list may have the indentation of its key.
    fn read_nested(&mut self, indent: usize, depth: usize) -> Option<Value> {
        if !self.skip_text("\n") {
            return None;
        }
        self.skip_empty_lines();
        let inner = self.indent();
        let is_list = self.at_indent(inner).starts_with("- ");
        let is_nested = inner > indent || (inner == indent && is_list);
        is_nested.then_some(())?;
        self.read_block(inner, depth + 1)
    }

    /// Whether the next line belongs to the block with this indentation; `None` if it has a deeper
    /// one. At the begin of a line.
    fn has_line_at(&mut self, indent: usize) -> Option<bool> {
        self.skip_empty_lines();
        if self.rest.is_empty() {
            return Some(false);
        }
        match self.indent() {
            found if found > indent => None,
            found => Some(found == indent),
        }
    }

    fn at_indent(&self, indent: usize) -> &'t str {
        self.rest.get(indent..).unwrap_or_default()
    }

    /// A value up to the end of the line.
    fn read_line_value(&mut self, depth: usize) -> Option<Value> {
        let value = self.read_flow(false, depth)?;
        let is_end = self.skip_text("\n") || self.rest.is_empty();
        is_end.then_some(value)
    }

    fn read_flow(&mut self, is_inside: bool, depth: usize) -> Option<Value> {
        (depth < MAX_DEPTH).then_some(())?;
        if self.skip_text("[") {
            self.count_value()?;
            return self.read_flow_items(depth);
        }
        if self.skip_text("{") {
            self.count_value()?;
            return self.read_flow_entries(depth);
        }
        self.count_value()?;
        if self.rest.starts_with(['\'', '"']) {
            return self.read_quoted().map(Value::String);
        }
        let begin = self.rest;
        self.skip_plain(is_inside);
        let text = begin.get(..begin.len() - self.rest.len())?;
        plain_value(text)
    }

    fn read_flow_items(&mut self, depth: usize) -> Option<Value> {
        let mut items = Vec::new();
        if self.skip_text("]") {
            return Some(Value::Array(items));
        }
        loop {
            items.push(self.read_flow(true, depth + 1)?);
            if self.skip_text("]") {
                items.shrink_to_fit();
                return Some(Value::Array(items));
            }
            self.skip_text(", ").then_some(())?;
        }
    }

    fn read_flow_entries(&mut self, depth: usize) -> Option<Value> {
        if self.skip_text("}") {
            return Some(Value::Object(Map::new()));
        }
        let first = self.open.len();
        loop {
            let key = self.read_text(true)?;
            self.skip_text(": ").then_some(())?;
            let value = self.read_flow(true, depth + 1)?;
            self.open.push((key, value));
            if self.skip_text("}") {
                return self.close_map(first);
            }
            self.skip_text(", ").then_some(())?;
        }
    }

    /// The mapping of the open entries from `first` on. It has no room for more, which would be most
    /// of its memory.
    fn close_map(&mut self, first: usize) -> Option<Value> {
        let entries = self.open.drain(first..);
        let mut map = Map::with_capacity(entries.len());
        for (key, value) in entries {
            if map.insert(key, value).is_some() {
                return None;
            }
        }
        Some(Value::Object(map))
    }

    /// A key.
    fn read_text(&mut self, is_inside: bool) -> Option<String> {
        if self.rest.starts_with(['\'', '"']) {
            return self.read_quoted();
        }
        let begin = self.rest;
        self.skip_plain(is_inside);
        let text = begin.get(..begin.len() - self.rest.len())?;
        is_plain_text(text).then(|| text.to_owned())
    }

    fn skip_scalar(&mut self, is_inside: bool) -> Option<()> {
        if self.rest.starts_with(['\'', '"']) {
            return self.read_quoted().map(drop);
        }
        self.skip_plain(is_inside);
        Some(())
    }

    /// Skips the characters that a scalar without quotes may have here.
    fn skip_plain(&mut self, is_inside: bool) {
        let is_part = |byte: u8| {
            byte.is_ascii_alphanumeric()
                || matches!(
                    byte,
                    b'_' | b'/' | b'$' | b'-' | b'.' | b'+' | b' ' | b'(' | b')'
                )
                || (!is_inside && matches!(byte, b'{' | b'}'))
        };
        let end = self.rest.bytes().position(|byte| !is_part(byte));
        let end = end.unwrap_or(self.rest.len());
        self.rest = self.rest.get(end..).unwrap_or_default();
    }

    /// A scalar in quotes, on one line.
    fn read_quoted(&mut self) -> Option<String> {
        if self.skip_text("'") {
            let mut text = String::new();
            loop {
                let end = self.rest.find('\'')?;
                text.push_str(self.rest.get(..end)?);
                self.skip(end + 1)?;
                if !self.skip_text("'") {
                    return is_one_line(&text).then_some(text);
                }
                text.push('\'');
            }
        }
        self.skip(1)?;
        let end = self.rest.find(['"', '\\', '\n'])?;
        let text = self.rest.get(..end)?.to_owned();
        self.skip(end)?;
        (self.skip_text("\"") && is_one_line(&text)).then_some(text)
    }

    fn count_value(&mut self) -> Option<()> {
        self.values += 1;
        (self.values <= MAX_VALUES).then_some(())
    }
}

/// Whether all characters are those of a text on one line.
fn is_one_line(text: &str) -> bool {
    let is_known = |c: char| c == ' ' || c.is_ascii_graphic() || c.is_alphanumeric();
    text.chars().all(is_known)
}

/// Whether a scalar without quotes is text in every version of YAML.
fn is_plain_text(text: &str) -> bool {
    let begins = |c: char| c.is_ascii_alphabetic() || matches!(c, '_' | '/' | '$');
    text.starts_with(begins)
        && !text.ends_with(' ')
        && !WORDS.iter().any(|word| text.eq_ignore_ascii_case(word))
}

/// The value of a scalar without quotes.
fn plain_value(text: &str) -> Option<Value> {
    if is_plain_text(text) {
        return Some(Value::String(text.to_owned()));
    }
    match text {
        "null" => Some(Value::Null),
        "true" => Some(Value::Bool(true)),
        "false" => Some(Value::Bool(false)),
        _ => {
            let digits = text.strip_prefix('-').unwrap_or(text);
            let is_canonical = matches!(digits.as_bytes(), [b'1'..=b'9', ..]) || text == "0";
            let is_number = is_canonical && digits.bytes().all(|byte| byte.is_ascii_digit());
            let number: i64 = is_number.then(|| text.parse().ok())??;
            Some(Value::Number(match u64::try_from(number) {
                Ok(number) => number.into(),
                Err(_) => number.into(),
            }))
        }
    }
}
