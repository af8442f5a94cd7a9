//! Every way to read a document with the runtime, and serde_json as the oracle.

use serde_json::{Map, Number, Value};
use wire::codec::{DecodeError, JsonKind, Place, Reader, decode, encode_json};
use wire::value::RawJson;

/// A place that accepts any value and builds the oracle's tree from it, with the typed methods of
/// the reader.
#[derive(Debug, Default)]
pub(crate) struct Tree(pub(crate) Value);

impl Place for Tree {
    fn decode(&mut self, reader: &mut Reader<'_>) -> Result<(), DecodeError> {
        self.0 = match reader.peek() {
            JsonKind::Null => {
                assert!(reader.null()?);
                Value::Null
            }
            JsonKind::Boolean => Value::Bool(reader.boolean()?),
            JsonKind::Number => number(reader)?,
            JsonKind::Array => {
                let mut items = Vec::new();
                reader.array(&mut |reader| {
                    let mut item = Tree::default();
                    item.decode(reader)?;
                    items.push(item.0);
                    Ok(())
                })?;
                Value::Array(items)
            }
            JsonKind::Object => {
                let mut members = Map::new();
                reader.object(&mut |reader, key| {
                    let mut value = Tree::default();
                    value.decode(reader)?;
                    members.insert(key.into_owned(), value.0);
                    Ok(())
                })?;
                Value::Object(members)
            }
            _ => Value::String(reader.string()?.into_owned()),
        };
        Ok(())
    }
}

/// The oracle parses a number as an integer if it has no fraction and no exponent and fits.
fn number(reader: &mut Reader<'_>) -> Result<Value, DecodeError> {
    let text = reader.clone().raw()?;
    if let Ok(value) = text.parse::<u64>() {
        reader.raw()?;
        return Ok(value.into());
    }
    if !text.contains(['.', 'e', 'E']) && text != "-0" {
        let mut ahead = reader.clone();
        if let Ok(value) = ahead.integer() {
            *reader = ahead;
            return Ok(value.into());
        }
    }
    let value = reader.number()?;
    Ok(Value::Number(Number::from_f64(value).unwrap()))
}

/// Reads a document in every way and returns the verdict, on which all must agree.
pub(crate) fn verdict(text: &[u8]) -> Result<RawJson, DecodeError> {
    let raw = decode::<RawJson>(text);
    let skipped = decode::<()>(text);
    assert_eq!(
        raw.is_ok(),
        skipped.is_ok(),
        "skipping {}",
        text.escape_ascii()
    );
    if let Err(error) = &raw {
        assert!(error.offset().is_some_and(|offset| offset <= text.len()));
        assert!(!error.to_string().contains('\n'));
    }
    match decode::<Tree>(text) {
        Ok(_) => assert!(raw.is_ok(), "typed calls accept {}", text.escape_ascii()),
        Err(error) if raw.is_ok() => {
            // Only a number that no float can represent is rejected when it is read as one.
            assert!(error.to_string().contains("does not fit"), "{error}");
        }
        Err(_) => {}
    }
    if let Ok(reader) = Reader::new(text) {
        let mut ends = reader.clone();
        let tags = reader
            .tags()
            .and_then(|_| ends.raw())
            .and_then(|_| ends.end());
        assert_eq!(raw.is_ok(), tags.is_ok(), "tags of {}", text.escape_ascii());
    }
    if let Ok(raw) = &raw {
        assert_eq!(encode_json(raw), raw.as_str());
    }
    raw
}

/// Whether two trees are equal except for the last bits of floats, which the oracle rounds less
/// exactly.
pub(crate) fn same(ours: &Value, theirs: &Value) -> bool {
    match (ours, theirs) {
        (Value::Array(ours), Value::Array(theirs)) => {
            ours.len() == theirs.len() && ours.iter().zip(theirs).all(|(a, b)| same(a, b))
        }
        (Value::Object(ours), Value::Object(theirs)) => {
            let pair = |(key, value): (&String, _)| theirs.get(key).is_some_and(|b| same(value, b));
            ours.len() == theirs.len() && ours.iter().all(pair)
        }
        (Value::Number(ours), Value::Number(theirs)) if ours.is_f64() && theirs.is_f64() => {
            let (ours, theirs) = (ours.as_f64().unwrap(), theirs.as_f64().unwrap());
            // The smallest numbers have few bits: the last one is more than a part of them.
            let last_bits = 4.0 * f64::from_bits(1);
            ours == theirs || (ours - theirs).abs() <= ours.abs() * 1e-15 + last_bits
        }
        (ours, theirs) => ours == theirs,
    }
}

/// Whether the oracle rejects only what this reader accepts by documented choice: a number out of
/// its range, or the 128th level of nesting.
pub(crate) fn is_known_difference(error: &serde_json::Error) -> bool {
    let message = error.to_string();
    message.contains("number out of range") || message.contains("recursion limit")
}

/// Replaces the escapes of surrogates without their other half, which the oracle refuses.
fn without_lone_surrogates(text: &[u8]) -> Vec<u8> {
    let unit = |at: usize| {
        let digits = text.get(at..at + 6)?.strip_prefix(b"\\u")?;
        let digits = std::str::from_utf8(digits).ok()?;
        let is_hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_hex.then(|| u16::from_str_radix(digits, 16).ok())?
    };
    let (mut out, mut at) = (Vec::new(), 0);
    while at < text.len() {
        let length = match (unit(at), unit(at + 6)) {
            (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => 12,
            (Some(0xd800..=0xdfff), _) => {
                out.extend_from_slice(b"\\ufffd");
                at += 6;
                continue;
            }
            _ if text[at] == b'\\' => 2,
            _ => 1,
        };
        out.extend_from_slice(&text[at..text.len().min(at + length)]);
        at += length;
    }
    out
}

/// Compares the verdict and tree of a document with the oracle's.
pub(crate) fn agree(text: &[u8]) {
    let for_oracle = without_lone_surrogates(text);
    match (verdict(text), serde_json::from_slice::<Value>(&for_oracle)) {
        (Ok(_), Ok(theirs)) => {
            let ours = decode::<Tree>(text).unwrap().0;
            assert!(
                same(&ours, &theirs),
                "{}: {ours} {theirs}",
                text.escape_ascii()
            );
        }
        (Ok(_), Err(error)) => {
            assert!(
                is_known_difference(&error),
                "we accept {}: {error}",
                text.escape_ascii()
            );
        }
        (Err(error), Ok(_)) => panic!("we refuse {}: {error}", text.escape_ascii()),
        (Err(_), Err(_)) => {}
    }
}
