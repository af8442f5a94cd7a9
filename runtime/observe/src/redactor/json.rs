//! JSON: the values of listed members are replaced.

use super::{REDACTED, Redactor};
use wire::codec::{DecodeError, Encode, JsonKind, Reader, Writer, encode_json};
use wire::secret::redact_credentials;
use wire::value::RawJson;

/// The text without hidden values and without white space, or `None` if it is not JSON.
pub(super) fn redact(redactor: &Redactor, text: &str) -> Option<String> {
    let json: RawJson = text.parse().ok()?;
    Some(encode_json(&RedactedJson { redactor, json }))
}

struct RedactedJson<'a> {
    redactor: &'a Redactor,
    json: RawJson,
}

impl Encode for RedactedJson<'_> {
    fn encode(&self, out: &mut dyn Writer) {
        // The text was checked when it was parsed, so reading it cannot fail.
        let _ = self.write_value(&mut Reader::from_text(self.json.as_str()), false, out);
    }
}

impl RedactedJson<'_> {
    /// Writes the next value. `is_hidden` if it is inside of a hidden object or list, too.
    fn write_value(
        &self,
        reader: &mut Reader<'_>,
        is_hidden: bool,
        out: &mut dyn Writer,
    ) -> Result<(), DecodeError> {
        let keeps_shapes = self.redactor.keeps_shapes;
        match reader.peek() {
            JsonKind::Object if !is_hidden || keeps_shapes => {
                out.begin_object();
                reader.object(&mut |reader, key| {
                    out.key(&redact_credentials(&key));
                    self.write_value(reader, is_hidden || self.redactor.hides(&key), out)
                })?;
                out.end_object();
            }
            JsonKind::Array if !is_hidden || keeps_shapes => {
                out.begin_list();
                reader.array(&mut |reader| self.write_value(reader, is_hidden, out))?;
                out.end_list();
            }
            JsonKind::String => {
                let text = reader.string()?;
                if is_hidden && !text.is_empty() {
                    out.string(REDACTED);
                } else {
                    out.string(&redact_credentials(&text));
                }
            }
            kind => {
                let raw = reader.raw()?;
                match kind {
                    _ if !is_hidden || kind == JsonKind::Null => out.raw(raw),
                    JsonKind::Number if keeps_shapes => out.integer(0),
                    JsonKind::Boolean if keeps_shapes => out.boolean(false),
                    _ => out.string(REDACTED),
                }
            }
        }
        Ok(())
    }
}
