//! Deserializes any serde format to a JSON value, and checks for duplicate keys and size.

use std::cell::{Cell, RefCell};
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::ParseError;
use crate::diag::{Code, SpecPath};

/// Maximum number of values. Stripe's document has 300,000; a YAML alias bomb is stopped before it
/// exhausts memory.
pub(super) const MAX_VALUES: usize = 4_000_000;

/// What has been read so far: repeated keys and the number of values.
#[derive(Default)]
pub(super) struct ReadState {
    repeated: RefCell<Option<SpecPath>>,
    repetitions: Cell<usize>,
    values: Cell<usize>,
}

impl ReadState {
    /// Whether there were too many values.
    pub(super) fn is_full(&self) -> bool {
        self.values.get() > MAX_VALUES
    }

    fn record_repeated(&self, path: impl FnOnce() -> SpecPath) {
        self.repetitions.set(self.repetitions.get() + 1);
        self.repeated.borrow_mut().get_or_insert_with(path);
    }

    /// The value, or an error if it has repeated keys.
    pub(super) fn into_result(self, value: Value) -> Result<Value, ParseError> {
        let Some(at) = self.repeated.into_inner() else {
            return Ok(value);
        };
        let detail = match self.repetitions.get() {
            0 | 1 => at.to_string(),
            all => format!("{at}, and {} more", all - 1),
        };
        Err(ParseError {
            code: Code::FileDuplicateKey,
            position: None,
            at: Some(at),
            detail,
        })
    }
}

/// The path of a value, as a list of its ancestors on the stack. It is turned into a pointer only
/// for errors.
enum ParentChain<'a> {
    Root,
    Key(&'a ParentChain<'a>, &'a str),
    Item(&'a ParentChain<'a>, usize),
}

impl ParentChain<'_> {
    fn spec_path(&self) -> SpecPath {
        match self {
            Self::Root => SpecPath::root(),
            Self::Key(above, key) => above.spec_path().child(key),
            Self::Item(above, index) => above.spec_path().item(*index),
        }
    }
}

/// Deserializes one value.
pub(super) struct ValueSeed<'a> {
    above: ParentChain<'a>,
    seen: &'a ReadState,
}

impl<'a> ValueSeed<'a> {
    /// Reads a whole document.
    pub(super) fn read_document<'de, D: Deserializer<'de>>(
        from: D,
        seen: &'a ReadState,
    ) -> Result<Value, D::Error> {
        ValueSeed {
            above: ParentChain::Root,
            seen,
        }
        .deserialize(from)
    }
}

impl<'de> DeserializeSeed<'de> for ValueSeed<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Value, D::Error> {
        let values = self.seen.values.get() + 1;
        self.seen.values.set(values);
        if values > MAX_VALUES {
            return Err(D::Error::custom(format_args!(
                "more than {MAX_VALUES} values"
            )));
        }
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ValueSeed<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value that JSON can express")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    /// A number that is too large for 64 bits; as in JSON it is the nearest floating-point number.
    fn visit_i128<E: Error>(self, value: i128) -> Result<Value, E> {
        self.visit_f64(value as f64)
    }

    /// The same for numbers without a sign.
    fn visit_u128<E: Error>(self, value: u128) -> Result<Value, E> {
        self.visit_f64(value as f64)
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| {
            E::custom(format_args!(
                "the number {value} cannot be expressed in JSON"
            ))
        })
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        loop {
            let above = ParentChain::Item(&self.above, list.len());
            match access.next_element_seed(ValueSeed {
                above,
                seen: self.seen,
            })? {
                Some(item) => list.push(item),
                None => return Ok(Value::Array(list)),
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        // Keys are read as strings, so that YAML's `200:` is the key "200".
        while let Some(key) = access.next_key::<String>()? {
            if key == "<<" {
                return Err(A::Error::custom(
                    "merge keys (`<<`) are not part of YAML 1.2",
                ));
            }
            let above = ParentChain::Key(&self.above, &key);
            let value = access.next_value_seed(ValueSeed {
                above,
                seen: self.seen,
            })?;
            if map.contains_key(&key) {
                self.seen
                    .record_repeated(|| self.above.spec_path().child(&key));
            }
            map.insert(key, value);
        }
        Ok(Value::Object(map))
    }
}
