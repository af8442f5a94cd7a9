//! One parameter as parts: a part for each item of a list, JSON for objects.

use super::{MultipartBody, MultipartError, MultipartParts, escape_name};
use crate::encode::{Encode, JsonText, Writer, encode_json, write_json_text, write_number};
use crate::file_upload::{BYTES, FileUpload};

/// The media type of objects.
const JSON: &str = "application/json";

impl MultipartParts {
    /// Encodes the value of a parameter of this name, and with this media type if it is stated.
    /// Nothing is written for a value that writes nothing.
    pub(crate) fn encode_member(
        value: &dyn Encode,
        (name, media_type): (&str, Option<&str>),
        boundary: &str,
    ) -> Result<Self, MultipartError> {
        Self::write(boundary, |body| {
            value.encode(&mut MemberWriter {
                body,
                name: escape_name(name),
                media_type,
                is_in_list: false,
                open: None,
            });
        })
    }
}

/// Writes one parameter.
struct MemberWriter<'b, 'a> {
    body: &'b mut MultipartBody<'a>,
    /// The name of all parts, escaped.
    name: String,
    media_type: Option<&'b str>,
    /// Whether the parameter is a list, which is open.
    is_in_list: bool,
    /// The JSON of the current part, and how many containers are open in it.
    open: Option<(JsonText, usize)>,
}

impl MemberWriter<'_, '_> {
    fn is_json(&self) -> bool {
        let essence = self.media_type.unwrap_or_default().split(';').next();
        let essence = essence.unwrap_or_default().trim();
        essence.eq_ignore_ascii_case(JSON) || essence.to_ascii_lowercase().ends_with("+json")
    }

    fn write_text(&mut self, text: &str, default: Option<&str>) {
        let rest = match self.media_type.or(default) {
            None => String::new(),
            Some(media_type) => match self.body.check_media_type(media_type) {
                Some(media_type) => format!("\r\nContent-Type: {media_type}"),
                None => return,
            },
        };
        self.body.write_part(&self.name, &rest, text.as_bytes());
    }

    /// Writes a value without values within it: into the JSON that is open, or as a part.
    fn write_scalar(&mut self, value: &dyn Encode, text: &str) {
        if let Some((json, _)) = &mut self.open {
            return value.encode(json);
        }
        match self.is_json() {
            true => self.write_text(&encode_json(value), None),
            false => self.write_text(text, None),
        }
    }

    fn open_container(&mut self, open: impl FnOnce(&mut JsonText)) {
        let (json, depth) = self.open.get_or_insert_with(|| (JsonText::new(), 0));
        open(json);
        *depth += 1;
    }

    fn close_container(&mut self, close: impl FnOnce(&mut JsonText)) {
        let Some((mut json, depth)) = self.open.take() else {
            return;
        };
        close(&mut json);
        match depth {
            0 | 1 => self.write_text(&json.into_text(), Some(JSON)),
            _ => self.open = Some((json, depth - 1)),
        }
    }
}

impl Writer for MemberWriter<'_, '_> {
    fn null(&mut self) {
        self.write_scalar(&None::<bool>, "");
    }

    fn string(&mut self, value: &str) {
        self.write_scalar(&value, value);
    }

    fn integer(&mut self, value: i64) {
        self.write_scalar(&value, &value.to_string());
    }

    fn number(&mut self, value: f64) {
        let mut text = String::new();
        write_number(&mut text, value);
        self.write_scalar(&value, &text);
    }

    fn boolean(&mut self, value: bool) {
        self.write_scalar(&value, &value.to_string());
    }

    fn raw(&mut self, json: &str) {
        let is_number = json.starts_with(|first: char| first == '-' || first.is_ascii_digit());
        match &mut self.open {
            Some((open, _)) => open.raw(json),
            None if is_number => self.write_text(json, None),
            // The caller has checked the text.
            None => drop(write_json_text(json, self)),
        }
    }

    fn file(&mut self, file: &FileUpload) {
        if let Some((json, _)) = &mut self.open {
            return json.file(file);
        }
        let media_type = match (file.media_type(), self.media_type) {
            (BYTES, Some(media_type)) => media_type,
            (own, _) => own,
        };
        self.body.write_file_part(&self.name, file, media_type);
    }

    fn begin_object(&mut self) {
        self.open_container(|json| json.begin_object());
    }

    fn key(&mut self, key: &str) {
        if let Some((json, _)) = &mut self.open {
            json.key(key);
        }
    }

    fn end_object(&mut self) {
        self.close_container(|json| json.end_object());
    }

    fn begin_list(&mut self) {
        match self.open.is_none() && !self.is_in_list {
            true => self.is_in_list = true,
            false => self.open_container(|json| json.begin_list()),
        }
    }

    fn end_list(&mut self) {
        match self.open.is_none() {
            true => self.is_in_list = false,
            false => self.close_container(|json| json.end_list()),
        }
    }
}
