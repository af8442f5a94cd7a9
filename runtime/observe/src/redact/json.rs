//! JSON: listed members are replaced, every other byte is copied.

use super::{MARK, Redactor, pattern};
use wire::codec::{DecodeError, JsonKind, Reader, encode_json};

/// The text without hidden values, or `None` if it is no JSON.
pub(super) fn redact(redactor: &Redactor, text: &str) -> Option<String> {
    let mut reader = Reader::from_text(text);
    let mut editor = Editor {
        redactor,
        text,
        out: String::with_capacity(text.len()),
        copied: 0,
        seen: 0,
    };
    editor.value(&mut reader, false).ok()?;
    reader.end().ok()?;
    editor.copy_to(text.len());
    Some(editor.out)
}

struct Editor<'a> {
    redactor: &'a Redactor,
    text: &'a str,
    out: String,
    /// How much of the text is dealt with.
    copied: usize,
    /// Where the last value ended, or the innermost container began.
    seen: usize,
}

impl<'a> Editor<'a> {
    /// Reads the next value; `hidden` if an object or list around it is hidden.
    fn value(&mut self, reader: &mut Reader<'a>, hidden: bool) -> Result<(), DecodeError> {
        self.seen = reader.offset();
        match reader.peek() {
            JsonKind::Object => reader.object(&mut |reader, key| {
                self.key(reader, &key);
                self.member(reader, hidden || self.redactor.hides(&key))
            })?,
            JsonKind::Array => reader.array(&mut |reader| self.member(reader, hidden))?,
            _ => self.scalar(reader, hidden)?,
        }
        self.seen = reader.offset();
        Ok(())
    }

    fn member(&mut self, reader: &mut Reader<'a>, hidden: bool) -> Result<(), DecodeError> {
        if hidden && !self.redactor.keeps_shapes {
            self.scalar(reader, true)?;
            self.seen = reader.offset();
            return Ok(());
        }
        self.value(reader, hidden)
    }

    /// Reads a value as one piece.
    fn scalar(&mut self, reader: &mut Reader<'a>, hidden: bool) -> Result<(), DecodeError> {
        let (kind, start) = (reader.peek(), reader.offset());
        let raw = reader.raw()?;
        let is_empty = kind == JsonKind::Null || raw == "\"\"";
        if hidden && !is_empty {
            let instead = match kind {
                JsonKind::Number if self.redactor.keeps_shapes => "0".to_owned(),
                JsonKind::Boolean if self.redactor.keeps_shapes => "false".to_owned(),
                _ => format!("\"{MARK}\""),
            };
            self.replace(start, raw.len(), &instead);
        } else if kind == JsonKind::String {
            let content = Reader::from_text(raw).string()?;
            let shown = pattern::redact(&content);
            if shown != content {
                self.replace(start, raw.len(), &encode_json(&shown.into_owned()));
            }
        }
        Ok(())
    }

    /// Replaces a key that is a credential itself. The reader stands before the key's value, so
    /// the key is all that is in quotes since the last value.
    fn key(&mut self, reader: &mut Reader<'a>, key: &str) {
        let shown = pattern::redact(key);
        let gap = self.text.get(self.seen..reader.offset());
        let quotes = gap.and_then(|gap| gap.find('"').zip(gap.rfind('"')));
        if let (true, Some((first, last))) = (shown != key, quotes) {
            let start = self.seen + first;
            self.replace(start, last + 1 - first, &encode_json(&shown.into_owned()));
        }
    }

    fn replace(&mut self, start: usize, length: usize, instead: &str) {
        self.copy_to(start);
        self.out.push_str(instead);
        self.copied = start + length;
    }

    fn copy_to(&mut self, end: usize) {
        let piece = self.text.get(self.copied..end).unwrap_or_default();
        self.out.push_str(piece);
        self.copied = end;
    }
}
