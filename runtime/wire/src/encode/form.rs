//! `application/x-www-form-urlencoded`, as a body or as a query string.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::Encode;
use super::brackets::{BracketWriter, PairWriter};
use crate::file_upload::FileUpload;

/// All but the unreserved characters of RFC 3986, so that the text is safe in a
/// query string too.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

struct FormText(String);

impl PairWriter for FormText {
    fn name_part(&self, name: &mut String, part: &str) {
        name.extend(utf8_percent_encode(part, ESCAPED));
    }

    fn write_pair(&mut self, name: &str, value: &str) {
        if !self.0.is_empty() {
            self.0.push('&');
        }
        self.0.push_str(name);
        self.0.push('=');
        self.0.extend(utf8_percent_encode(value, ESCAPED));
    }

    fn write_file(&mut self, name: &str, file: &FileUpload) {
        self.write_pair(name, file.name());
    }
}

/// Writes a record as a form: `a=1&b[c]=2&d[0]=x`.
///
/// Names and values are percent-encoded UTF-8 with `%20` for a space; the brackets
/// of nesting are literal, brackets inside a key are `%5B` and `%5D`, so that no
/// key of a map can pass for nesting. Lists are always indexed. An empty value and
/// an empty list are `key=`, an empty map or record is nothing. A value that is no
/// record has no names: of a list the indices are used, a scalar gives an empty form. A
/// member of the outermost record whose key is empty has no name either and is left out.
///
/// ```
/// use wire::value::Metadata;
///
/// let metadata = Metadata::from([("order", "4 & 2")]);
/// assert_eq!(wire::codec::encode_form(&metadata), "order=4%20%26%202");
/// ```
pub fn encode_form(value: &dyn Encode) -> String {
    let mut form = FormText(String::new());
    value.encode(&mut BracketWriter::new(&mut form));
    form.0
}
