//! Values as texts, for places that have no notation for values within values.

use super::{FileUpload, Writer, write_json_text};
use crate::encode::write_number;

/// A value without values within values.
pub(super) enum FlatText {
    Scalar(String),
    List(Vec<String>),
    Object(Vec<(String, String)>),
}

impl FlatText {
    /// All texts: those of a list, or the keys and values of an object in turn.
    pub(super) fn into_items(self) -> Vec<String> {
        match self {
            Self::Scalar(text) => vec![text],
            Self::List(items) => items,
            Self::Object(members) => {
                let texts = members.into_iter().flat_map(|(key, text)| [key, text]);
                texts.collect()
            }
        }
    }
}

/// Reads one value as texts.
#[derive(Default)]
pub(super) struct FlatWriter {
    /// `None` if nothing was written.
    pub(super) value: Option<FlatText>,
    /// The value, if it is a file.
    pub(super) file: Option<FileUpload>,
    /// Whether there are values within values.
    pub(super) is_nested: bool,
    /// The number of open containers.
    depth: usize,
    key: String,
}

impl FlatWriter {
    fn write_text(&mut self, text: String) {
        match (self.depth, &mut self.value) {
            (0, value) => *value = Some(FlatText::Scalar(text)),
            (1, Some(FlatText::List(items))) => items.push(text),
            (1, Some(FlatText::Object(members))) => {
                members.push((std::mem::take(&mut self.key), text));
            }
            _ => {}
        }
    }

    fn open_container(&mut self, value: FlatText) {
        match self.depth {
            0 => self.value = Some(value),
            _ => self.is_nested = true,
        }
        self.depth += 1;
    }
}

impl Writer for FlatWriter {
    fn null(&mut self) {
        self.write_text(String::new());
    }

    fn string(&mut self, value: &str) {
        self.write_text(value.to_owned());
    }

    fn integer(&mut self, value: i64) {
        self.write_text(value.to_string());
    }

    fn number(&mut self, value: f64) {
        let mut text = String::new();
        write_number(&mut text, value);
        self.write_text(text);
    }

    fn boolean(&mut self, value: bool) {
        self.write_text(value.to_string());
    }

    fn raw(&mut self, json: &str) {
        if json.starts_with(|first: char| first == '-' || first.is_ascii_digit()) {
            self.write_text(json.to_owned());
        } else {
            // The caller has checked the text.
            let _ = write_json_text(json, self);
        }
    }

    fn file(&mut self, file: &FileUpload) {
        self.file = Some(file.clone());
        self.write_text(file.name().to_owned());
    }

    fn begin_object(&mut self) {
        self.open_container(FlatText::Object(Vec::new()));
    }

    fn key(&mut self, key: &str) {
        key.clone_into(&mut self.key);
    }

    fn end_object(&mut self) {
        self.depth = self.depth.saturating_sub(1);
    }

    fn begin_list(&mut self) {
        self.open_container(FlatText::List(Vec::new()));
    }

    fn end_list(&mut self) {
        self.end_object();
    }
}
