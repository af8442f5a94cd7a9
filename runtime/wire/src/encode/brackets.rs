//! The bracketed form: nested values as flat pairs, `a[b][0]=x`.
//!
//! Shared by forms, query strings and multipart bodies, which differ only in how a pair is written
//! ([`PairWriter`]). Values without a name are omitted with everything in them: a scalar at the
//! root, and a member of the root with an empty key.

use super::number::write_number;
use super::{Writer, write_json_text};
use crate::file_upload::FileUpload;

/// A format of name-value pairs.
pub(crate) trait PairWriter {
    /// Adds a part of a name: a key, without the brackets around it.
    fn name_part(&self, name: &mut String, part: &str);
    /// Writes a pair. The name is complete; the value is not encoded yet.
    fn write_pair(&mut self, name: &str, value: &str);
    /// Writes a file.
    fn write_file(&mut self, name: &str, file: &FileUpload);
    /// Takes a number that has no notation.
    fn write_non_finite(&mut self, name: &str, value: f64) {
        self.write_pair(name, &value.to_string());
    }
}

/// An open container.
struct BracketLevel {
    /// The length of the name prefix that all its members share.
    name_length: usize,
    /// The number of items so far.
    count: usize,
    is_list: bool,
}

/// The writer that builds the name of the next pair.
pub(crate) struct BracketWriter<'a> {
    out: &'a mut dyn PairWriter,
    name: String,
    levels: Vec<BracketLevel>,
    /// Whether the current member of the root has an empty key. Without this, keys inside of it
    /// would be written as keys of the root.
    is_nameless: bool,
}

impl<'a> BracketWriter<'a> {
    pub(crate) fn new(out: &'a mut dyn PairWriter) -> Self {
        Self {
            out,
            name: String::new(),
            levels: Vec::new(),
            is_nameless: false,
        }
    }

    /// Sets the name of the next value if it is an item of a list. Members have it from their key.
    fn name_item(&mut self) {
        if let Some(level) = self.levels.last_mut() {
            if level.is_list {
                let index = level.count.to_string();
                level.count += 1;
                self.name.truncate(level.name_length);
                self.name_part(&index);
            }
        }
    }

    fn name_part(&mut self, part: &str) {
        // The first part of a name has no brackets.
        if self.name.is_empty() {
            self.out.name_part(&mut self.name, part);
            return;
        }
        self.name.push('[');
        self.out.name_part(&mut self.name, part);
        self.name.push(']');
    }

    fn write_scalar(&mut self, value: &str) {
        self.name_item();
        if self.has_name() {
            self.out.write_pair(&self.name, value);
        }
    }

    fn has_name(&self) -> bool {
        !self.name.is_empty() && !self.is_nameless
    }

    fn open_container(&mut self, is_list: bool) {
        self.name_item();
        self.levels.push(BracketLevel {
            name_length: self.name.len(),
            count: 0,
            is_list,
        });
    }
}

impl Writer for BracketWriter<'_> {
    fn null(&mut self) {
        self.write_scalar("");
    }

    fn string(&mut self, value: &str) {
        self.write_scalar(value);
    }

    fn integer(&mut self, value: i64) {
        self.write_scalar(&value.to_string());
    }

    fn number(&mut self, value: f64) {
        if value.is_finite() {
            let mut text = String::new();
            write_number(&mut text, value);
            return self.write_scalar(&text);
        }
        self.name_item();
        if self.has_name() {
            self.out.write_non_finite(&self.name, value);
        }
    }

    fn boolean(&mut self, value: bool) {
        self.write_scalar(if value { "true" } else { "false" });
    }

    fn raw(&mut self, json: &str) {
        if json.starts_with(|first: char| first == '-' || first.is_ascii_digit()) {
            self.write_scalar(json);
        } else {
            // The caller has checked the text. Of invalid text, the valid start is written.
            let _ = write_json_text(json, self);
        }
    }

    fn file(&mut self, file: &FileUpload) {
        self.name_item();
        if self.has_name() {
            self.out.write_file(&self.name, file);
        }
    }

    fn begin_object(&mut self) {
        self.open_container(false);
    }

    fn key(&mut self, key: &str) {
        if let Some(level) = self.levels.last() {
            self.name.truncate(level.name_length);
        }
        if self.levels.len() == 1 {
            self.is_nameless = key.is_empty();
        }
        self.name_part(key);
    }

    fn end_object(&mut self) {
        if let Some(level) = self.levels.pop() {
            self.name.truncate(level.name_length);
        }
    }

    fn begin_list(&mut self) {
        self.open_container(true);
    }

    fn end_list(&mut self) {
        self.end_object();
    }
}
