//! Parameters as pairs of a query or a form, and as JSON text.

use std::borrow::Cow;

use percent_encoding::utf8_percent_encode;

use super::{FlatText, Member, Nested, ParamPlace, QueryStyle, error_text};
use crate::encode::{ESCAPED, Encode, encode_checked_json, encode_form};

impl ParamPlace {
    /// The pairs of the query for a record with this parameter; empty if it lacks it.
    pub(super) fn query_pairs(&self, params: &dyn Encode) -> Result<String, Cow<'static, str>> {
        let name = escaped(self.sent_name);
        match self.style {
            QueryStyle::Brackets => {
                return Ok(encode_form(&Nested {
                    path: &[self.sent_name.to_owned()],
                    value: &Member::new(params, self.name),
                }));
            }
            QueryStyle::Json => {
                let text = self.json_text(params)?;
                let pair = text.map(|text| format!("{name}={}", escaped(&text)));
                return Ok(pair.unwrap_or_default());
            }
            _ => {}
        }
        let (Some(value), _) = self.read_flat(params)? else {
            return Ok(String::new());
        };
        let separator = match self.style {
            QueryStyle::Space => "%20",
            QueryStyle::Pipe => "|",
            QueryStyle::Comma => ",",
            _ => return Ok(separate_pairs(&name, value)),
        };
        let items = value.into_items();
        let items: Vec<String> = items.iter().map(|item| escaped(item)).collect();
        // As in a form, an empty list is not written.
        Ok(match items.is_empty() {
            true => String::new(),
            false => format!("{name}={}", items.join(separator)),
        })
    }

    /// The value as JSON; `None` if the record lacks it.
    pub(super) fn json_text(
        &self,
        params: &dyn Encode,
    ) -> Result<Option<String>, Cow<'static, str>> {
        let text = encode_checked_json(&Member::new(params, self.name)).map_err(error_text)?;
        Ok(Some(text).filter(|text| !text.is_empty()))
    }
}

fn escaped(text: &str) -> String {
    utf8_percent_encode(text, ESCAPED).to_string()
}

/// A pair for each item of a list, or property of an object.
fn separate_pairs(name: &str, value: FlatText) -> String {
    let pairs: Vec<String> = match value {
        FlatText::Scalar(text) => vec![format!("{name}={}", escaped(&text))],
        FlatText::List(items) => {
            let pair = |item: &String| format!("{name}={}", escaped(item));
            items.iter().map(pair).collect()
        }
        FlatText::Object(members) => {
            let pair =
                |(key, text): &(String, String)| format!("{}={}", escaped(key), escaped(text));
            members.iter().map(pair).collect()
        }
    };
    pairs.join("&")
}

/// JSON text in ASCII alone. Other characters are only in texts, where they can be escaped.
pub(super) fn ascii_json(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for character in json.chars() {
        match character.is_ascii() && character != '\u{7f}' {
            true => text.push(character),
            false => {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    text.push_str(&format!("\\u{unit:04x}"));
                }
            }
        }
    }
    text
}
