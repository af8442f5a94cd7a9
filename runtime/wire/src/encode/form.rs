//! `application/x-www-form-urlencoded`, as a body or as a query string.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::Encode;
use super::brackets::{BracketWriter, PairWriter};
use super::non_finite::{NonFiniteError, check_numbers};
use crate::file_upload::FileUpload;

/// All but the unreserved characters of RFC 3986, so that the text is valid in a query string,
/// too.
pub(crate) const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

struct FormText {
    text: String,
    /// Whether all numbers so far have a notation.
    is_finite: bool,
}

impl PairWriter for FormText {
    fn name_part(&self, name: &mut String, part: &str) {
        name.extend(utf8_percent_encode(part, ESCAPED));
    }

    fn write_pair(&mut self, name: &str, value: &str) {
        if !self.text.is_empty() {
            self.text.push('&');
        }
        self.text.push_str(name);
        self.text.push('=');
        self.text.extend(utf8_percent_encode(value, ESCAPED));
    }

    fn write_file(&mut self, name: &str, file: &FileUpload) {
        self.write_pair(name, file.name());
    }

    fn write_non_finite(&mut self, name: &str, value: f64) {
        self.is_finite = false;
        self.write_pair(name, &value.to_string());
    }
}

/// Writes a record as a form: `a=1&b[c]=2&d[0]=x`.
///
/// Names and values are percent-encoded UTF-8 with `%20` for a space. The brackets of nesting are
/// literal; brackets inside a key are `%5B` and `%5D`, so that a map's key cannot be mistaken for
/// nesting. Lists are always indexed. An empty value is `key=`; an empty list, map or record is
/// omitted, as the rule for [empty collections](super::Encode#empty-collections) says. If the value
/// is a list, the names are its indices; if it is a scalar, the form is empty. A member of the
/// outermost record with an empty key is omitted.
///
/// ```
/// use wire::value::Metadata;
///
/// let metadata = Metadata::from([("order", "4 & 2")]);
/// assert_eq!(wire::codec::encode_form(&metadata), "order=4%20%26%202");
/// ```
pub fn encode_form(value: &dyn Encode) -> String {
    write_form(value).text
}

/// Writes a form, unless a number has no notation.
pub(crate) fn encode_checked_form(value: &dyn Encode) -> Result<String, NonFiniteError> {
    let form = write_form(value);
    if !form.is_finite {
        check_numbers(value)?;
    }
    Ok(form.text)
}

fn write_form(value: &dyn Encode) -> FormText {
    let mut form = FormText {
        text: String::new(),
        is_finite: true,
    };
    value.encode(&mut BracketWriter::new(&mut form));
    form
}
