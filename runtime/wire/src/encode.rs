//! Encoding: a trait for values, and one for the formats that they are written in.
//!
//! In: values that implement [`Encode`]. Out: a form ([`encode_form`]), a JSON text
//! ([`encode_json`]) or a multipart body. A value determines what is written, a [`Writer`] how, so
//! each value has one encode method for all formats.

mod brackets;
mod form;
mod json;
mod non_finite;
mod number;
mod response;
mod std_types;
mod text_integers;

pub use form::encode_form;
pub use json::encode_json;
pub use non_finite::{NonFiniteError, check_numbers};
pub use response::write_response;
pub use text_integers::write_record_with_text;

pub(super) use brackets::{BracketWriter, PairWriter};
pub(super) use form::{ESCAPED, encode_checked_form};
#[cfg(feature = "serde")]
pub(super) use json::write_quoted;
pub(super) use json::{JsonText, encode_checked_json};
pub(super) use number::write_number;

use super::decode::{DecodeError, JsonKind, Reader};
use super::file_upload::FileUpload;

/// A format that values are written in: one call for each scalar, two around each container.
///
/// Calls must be balanced, and in an object each value must follow its key.
pub trait Writer {
    /// Writes the empty value: `null` in JSON, `key=` in a form, where it unsets.
    fn null(&mut self);
    /// Writes a text.
    fn string(&mut self, value: &str);
    /// Writes an integer.
    fn integer(&mut self, value: i64);
    /// Writes a float in the shortest notation that decodes to the same value, as JavaScript does:
    /// `0.000001`, `100000000000000000000`, `1e-7`, `1e+21`, and `0` for negative zero.
    ///
    /// NaN and infinities have no notation. In a request they are an error, which
    /// [`check_numbers`] finds; other texts have `NaN`, `inf` or `-inf` as a string.
    fn number(&mut self, value: f64);
    /// Writes a boolean.
    fn boolean(&mut self, value: bool);
    /// Writes checked JSON text unchanged; a form writes its members as pairs.
    fn raw(&mut self, json: &str);
    /// Writes a file; formats other than multipart write its name.
    fn file(&mut self, file: &FileUpload);
    /// Opens an object.
    fn begin_object(&mut self);
    /// Starts a member of the innermost object.
    fn key(&mut self, key: &str);
    /// Closes the innermost object.
    fn end_object(&mut self);
    /// Opens a list.
    fn begin_list(&mut self);
    /// Closes the innermost list.
    fn end_list(&mut self);
}

/// A value that can be written in every format.
///
/// # Empty collections
///
/// A list or map without entries is written if the format has a notation for it:
///
/// * A form or query has none. Nothing is written, also within records, lists and maps; the other
///   items of a list keep their indices. `key=` is the empty text, which clears what has the key if
///   the API's document lists that text as an alternative. Only
///   [`Clearable::Clear`](crate::value::Clearable::Clear) writes it, and generated types have
///   `clear_x()` for exactly these parameters. So a list that happens to be empty clears nothing
///   and is no malformed value.
/// * JSON has `[]` and `{}`, which the document allows wherever it allows a list or map. They are
///   written, since there is no other way to store an empty list. `Clear` writes `null`, which
///   generated types offer where the document says `nullable`.
///
/// ```
/// use wire::codec::{Encode, Writer, encode_form, encode_json, write_record};
///
/// struct Item { price: String, quantity: Option<i64> }
///
/// impl Encode for Item {
///     fn encode(&self, out: &mut dyn Writer) {
///         write_record(out, &[("price", &self.price), ("quantity", &self.quantity)]);
///     }
/// }
///
/// let items = vec![Item { price: "price_1".into(), quantity: None }];
/// assert_eq!(encode_json(&items), r#"[{"price":"price_1"}]"#);
/// assert_eq!(encode_form(&items[0]), "price=price_1");
/// ```
pub trait Encode {
    /// Writes exactly one value.
    fn encode(&self, out: &mut dyn Writer);

    /// Whether a record omits this value and its key.
    fn is_absent(&self) -> bool {
        false
    }
}

/// Writes an object of the fields that are not absent, in the given order.
pub fn write_record(out: &mut dyn Writer, fields: &[(&str, &dyn Encode)]) {
    out.begin_object();
    for (key, value) in fields {
        if !value.is_absent() {
            out.key(key);
            value.encode(out);
        }
    }
    out.end_object();
}

/// Writes a list of `count` items, of which `item` writes each by its index.
fn write_list(out: &mut dyn Writer, count: usize, item: &dyn Fn(usize, &mut dyn Writer)) {
    out.begin_list();
    for index in 0..count {
        item(index, out);
    }
    out.end_list();
}

/// Writes the value of a JSON text in another format.
///
/// # Errors
/// If the text is not valid JSON. What precedes the error has been written.
///
/// ```
/// use wire::codec::{Encode, Writer, encode_form, write_json_text};
///
/// struct Open(&'static str);
///
/// impl Encode for Open {
///     fn encode(&self, out: &mut dyn Writer) {
///         let _ = write_json_text(self.0, out);
///     }
/// }
///
/// assert_eq!(encode_form(&Open(r#"{"a": {"b": [1, true]}}"#)), "a[b][0]=1&a[b][1]=true");
/// ```
pub fn write_json_text(json: &str, out: &mut dyn Writer) -> Result<(), DecodeError> {
    let mut reader = Reader::from_text(json);
    write_json_value(&mut reader, out)?;
    reader.end()
}

fn write_json_value(reader: &mut Reader<'_>, out: &mut dyn Writer) -> Result<(), DecodeError> {
    match reader.peek() {
        JsonKind::Null => {
            reader.null()?;
            out.null();
        }
        JsonKind::Boolean => out.boolean(reader.boolean()?),
        // The notation of a number is kept; it needs no quotes in any format.
        JsonKind::Number => out.raw(reader.raw()?),
        JsonKind::Array => {
            out.begin_list();
            reader.array(&mut |reader| write_json_value(reader, out))?;
            out.end_list();
        }
        JsonKind::Object => {
            out.begin_object();
            reader.object(&mut |reader, key| {
                out.key(&key);
                write_json_value(reader, out)
            })?;
            out.end_object();
        }
        JsonKind::String | JsonKind::Nothing => out.string(&reader.string()?),
    }
    Ok(())
}

#[cfg(test)]
mod tests;
