//! `application/x-www-form-urlencoded`, as a body or as a query string.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::Encode;
use super::brackets::{BracketWriter, PairWriter};
use crate::file_upload::FileUpload;

/// All but the unreserved characters of RFC 3986, so that the text is valid in a query string,
/// too.
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
/// Names and values are percent-encoded UTF-8 with `%20` for a space. The brackets of nesting are
/// literal; brackets inside a key are `%5B` and `%5D`, so that a map's key cannot be mistaken for
/// nesting. Lists are always indexed. An empty value and an empty list are `key=`; an empty map or
/// record is omitted. If the value is a list, the names are its indices; if it is a scalar, the
/// form is empty. A member of the outermost record with an empty key is omitted.
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
