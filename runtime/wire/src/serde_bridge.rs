//! The bridge to serde, behind the feature `serde`.
//!
//! Serializing goes from [`Encode`] through JSON text to any serializer; deserializing goes from
//! any self-describing deserializer through JSON text to [`Place`]. So the code for a format is
//! compiled once per format instead of once per type, and serde receives exactly what is sent to
//! the API. Numbers are `i64`, `u64` or `f64`.

use std::cell::RefCell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde::ser::{Error as _, Serialize, SerializeMap, SerializeSeq, Serializer};

use super::decode::{DecodeError, JsonKind, MAX_DEPTH, Place, Reader, decode};
use super::encode::{Encode, encode_json, write_number, write_quoted};

#[doc(hidden)]
pub use serde;

/// Serializes the encoded form of a value.
#[doc(hidden)]
pub fn bridge_serialize<S: Serializer>(
    value: &dyn Encode,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let text = encode_json(value);
    JsonCursor(RefCell::new(&mut Reader::from_text(&text))).serialize(serializer)
}

/// Decodes a value from a deserializer.
#[doc(hidden)]
pub fn bridge_deserialize<'de, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: Place + Default,
    D: Deserializer<'de>,
{
    decode(json_text(deserializer)?.as_bytes()).map_err(D::Error::custom)
}

/// The next value of a reader. Serializing consumes it, so it can be done once; the cell is needed
/// because serde serializes by shared reference.
struct JsonCursor<'r, 'a>(RefCell<&'r mut Reader<'a>>);

impl Serialize for JsonCursor<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut reader = self.0.borrow_mut();
        match reader.peek() {
            JsonKind::Null => {
                reader.null().map_err(S::Error::custom)?;
                serializer.serialize_unit()
            }
            JsonKind::Boolean => {
                serializer.serialize_bool(reader.boolean().map_err(S::Error::custom)?)
            }
            JsonKind::Number => serialize_number(&mut reader, serializer),
            JsonKind::Array => serialize_array(&mut reader, serializer),
            JsonKind::Object => serialize_object(&mut reader, serializer),
            JsonKind::String | JsonKind::Nothing => {
                serializer.serialize_str(&reader.string().map_err(S::Error::custom)?)
            }
        }
    }
}

fn serialize_number<S: Serializer>(
    reader: &mut Reader<'_>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let mut float = reader.clone();
    let text = reader.raw().map_err(S::Error::custom)?;
    if let Ok(value) = text.parse::<i64>() {
        serializer.serialize_i64(value)
    } else if let Ok(value) = text.parse::<u64>() {
        serializer.serialize_u64(value)
    } else {
        serializer.serialize_f64(float.number().map_err(S::Error::custom)?)
    }
}

fn serialize_array<S: Serializer>(
    reader: &mut Reader<'_>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let mut list = serializer.serialize_seq(None)?;
    let mut failure = None;
    let outcome = reader.array(&mut |reader| {
        let item = JsonCursor(RefCell::new(reader));
        let outcome = list.serialize_element(&item);
        stop_on(outcome, &mut failure, &item)
    });
    merge_results(outcome, failure)?;
    list.end()
}

fn serialize_object<S: Serializer>(
    reader: &mut Reader<'_>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(None)?;
    let mut failure = None;
    let outcome = reader.object(&mut |reader, key| {
        let value = JsonCursor(RefCell::new(reader));
        let outcome = map.serialize_entry(&*key, &value);
        stop_on(outcome, &mut failure, &value)
    });
    merge_results(outcome, failure)?;
    map.end()
}

/// Stores the serializer's error and returns one that stops the reader.
fn stop_on<E>(
    outcome: Result<(), E>,
    failure: &mut Option<E>,
    cursor: &JsonCursor<'_, '_>,
) -> Result<(), DecodeError> {
    outcome.map_err(|error| {
        *failure = Some(error);
        cursor
            .0
            .borrow()
            .invalid("a value that the serializer takes")
    })
}

fn merge_results<E: serde::ser::Error>(
    outcome: Result<(), DecodeError>,
    failure: Option<E>,
) -> Result<(), E> {
    match (failure, outcome) {
        (Some(error), _) => Err(error),
        (None, outcome) => outcome.map_err(E::custom),
    }
}

fn json_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let mut text = String::new();
    deserializer.deserialize_any(Transcriber {
        text: &mut text,
        depth: 0,
    })?;
    Ok(text)
}

/// Writes the visited values as JSON text.
struct Transcriber<'t> {
    text: &'t mut String,
    depth: u32,
}

impl Transcriber<'_> {
    fn push_text<E>(self, text: &str) -> Result<(), E> {
        self.text.push_str(text);
        Ok(())
    }

    /// The transcriber for the members of the value that is visited.
    fn nested<E: serde::de::Error>(&mut self) -> Result<Transcriber<'_>, E> {
        if self.depth == MAX_DEPTH {
            return Err(E::custom("arrays and objects are nested too deep"));
        }
        Ok(Transcriber {
            text: self.text,
            depth: self.depth + 1,
        })
    }
}

impl<'de> DeserializeSeed<'de> for Transcriber<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Transcriber<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value that JSON can express")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        self.push_text("null")
    }

    fn visit_none<E>(self) -> Result<(), E> {
        self.push_text("null")
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_bool<E>(self, value: bool) -> Result<(), E> {
        self.push_text(if value { "true" } else { "false" })
    }

    fn visit_i64<E>(self, value: i64) -> Result<(), E> {
        self.push_text(&value.to_string())
    }

    fn visit_u64<E>(self, value: u64) -> Result<(), E> {
        self.push_text(&value.to_string())
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<(), E> {
        if !value.is_finite() {
            return Err(E::custom("JSON has no infinite numbers"));
        }
        write_number(self.text, value);
        Ok(())
    }

    fn visit_str<E>(self, value: &str) -> Result<(), E> {
        write_quoted(self.text, value);
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<(), A::Error> {
        self.text.push('[');
        let start = self.text.len();
        while items.next_element_seed(self.nested()?)?.is_some() {
            self.text.push(',');
        }
        close_container(self.text, start, ']');
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut members: A) -> Result<(), A::Error> {
        self.text.push('{');
        let start = self.text.len();
        loop {
            let key_start = self.text.len();
            if members.next_key_seed(self.nested()?)?.is_none() {
                break;
            }
            // Keys of other formats may be numbers. In JSON they are strings.
            let key = self.text.split_off(key_start);
            match key.bytes().next() {
                Some(b'"') => self.text.push_str(&key),
                Some(b'[' | b'{') => return Err(A::Error::custom("a key must be a string")),
                _ => write_quoted(self.text, &key),
            }
            self.text.push(':');
            members.next_value_seed(self.nested()?)?;
            self.text.push(',');
        }
        close_container(self.text, start, '}');
        Ok(())
    }
}

/// Replaces the comma after the last member, if there is one, by a bracket.
fn close_container(text: &mut String, start: usize, bracket: char) {
    if text.len() > start {
        text.pop();
    }
    text.push(bracket);
}

/// Implements `serde::Serialize` for types that implement `Encode`; needs the
/// feature `serde`.
#[doc(hidden)]
#[macro_export]
macro_rules! impl_serialize {
    ($($name:ty),* $(,)?) => { $(
        impl $crate::codec::serde::Serialize for $name {
            fn serialize<S: $crate::codec::serde::Serializer>(
                &self,
                serializer: S,
            ) -> ::core::result::Result<S::Ok, S::Error> {
                $crate::codec::bridge_serialize(self, serializer)
            }
        }
    )* };
}

/// Implements `serde::Deserialize` for types that implement `Place` and `Default`;
/// needs the feature `serde`.
#[doc(hidden)]
#[macro_export]
macro_rules! impl_deserialize {
    ($($name:ty),* $(,)?) => { $(
        impl<'de> $crate::codec::serde::Deserialize<'de> for $name {
            fn deserialize<D: $crate::codec::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::core::result::Result<Self, D::Error> {
                $crate::codec::bridge_deserialize(deserializer)
            }
        }
    )* };
}

/// Implements `serde::Serialize` and `serde::Deserialize` for types that implement
/// `Encode`, `Place` and `Default`; needs the feature `serde`.
///
/// ```
/// #[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
/// pub struct Timezone(pub(crate) String);
/// wire::string_newtypes!(Timezone);
/// wire::impl_serde!(Timezone);
///
/// let zone: Timezone = serde_json::from_str(r#""Europe/Berlin""#)?;
/// assert_eq!(serde_json::to_string(&zone)?, r#""Europe/Berlin""#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[doc(hidden)]
#[macro_export]
macro_rules! impl_serde {
    ($($name:ty),* $(,)?) => {
        $crate::impl_serialize!($($name),*);
        $crate::impl_deserialize!($($name),*);
    };
}

#[cfg(test)]
#[expect(
    dead_code,
    unreachable_pub,
    reason = "the macro is made for public types"
)]
mod tests;
