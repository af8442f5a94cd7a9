//! Any serde format to a JSON value, with the checks that serde's own reader leaves out.

use std::cell::{Cell, RefCell};
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::Fault;
use crate::diag::{Code, SpecPath};

/// More values than this are refused. Stripe's document has 300,000; a YAML alias bomb stops
/// here before it fills the memory.
pub(super) const MAX_VALUES: usize = 4_000_000;

/// What a whole read has seen: repeated keys and the number of values.
#[derive(Default)]
pub(super) struct Seen {
    repeated: RefCell<Option<SpecPath>>,
    repetitions: Cell<usize>,
    values: Cell<usize>,
}

impl Seen {
    /// Whether the read ended because there were too many values.
    pub(super) fn is_full(&self) -> bool {
        self.values.get() > MAX_VALUES
    }

    fn repeat(&self, path: impl FnOnce() -> SpecPath) {
        self.repetitions.set(self.repetitions.get() + 1);
        self.repeated.borrow_mut().get_or_insert_with(path);
    }

    /// The value, unless keys were repeated in it.
    pub(super) fn into_result(self, value: Value) -> Result<Value, Fault> {
        let Some(at) = self.repeated.into_inner() else {
            return Ok(value);
        };
        let detail = match self.repetitions.get() {
            0 | 1 => at.to_string(),
            all => format!("{at}, and {} more", all - 1),
        };
        Err(Fault {
            code: Code::FileDuplicateKey,
            position: None,
            at: Some(at),
            detail,
        })
    }
}

/// The chain from a value up to the root, so that a path is only written down when needed.
enum Above<'a> {
    Root,
    Key(&'a Above<'a>, &'a str),
    Item(&'a Above<'a>, usize),
}

impl Above<'_> {
    fn path(&self) -> SpecPath {
        match self {
            Self::Root => SpecPath::root(),
            Self::Key(above, key) => above.path().child(key),
            Self::Item(above, index) => above.path().item(*index),
        }
    }
}

/// Reads one value of the tree.
pub(super) struct Tree<'a> {
    above: Above<'a>,
    seen: &'a Seen,
}

impl<'a> Tree<'a> {
    /// Reads a whole document.
    pub(super) fn read<'de, D: Deserializer<'de>>(
        from: D,
        seen: &'a Seen,
    ) -> Result<Value, D::Error> {
        Tree {
            above: Above::Root,
            seen,
        }
        .deserialize(from)
    }
}

impl<'de> DeserializeSeed<'de> for Tree<'_> {
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

impl<'de> Visitor<'de> for Tree<'_> {
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
            let above = Above::Item(&self.above, list.len());
            match access.next_element_seed(Tree {
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
        // Keys are asked for as strings, so that YAML's `200:` is the key "200".
        while let Some(key) = access.next_key::<String>()? {
            if key == "<<" {
                return Err(A::Error::custom(
                    "merge keys (`<<`) are not part of YAML 1.2",
                ));
            }
            let above = Above::Key(&self.above, &key);
            let value = access.next_value_seed(Tree {
                above,
                seen: self.seen,
            })?;
            if map.contains_key(&key) {
                self.seen.repeat(|| self.above.path().child(&key));
            }
            map.insert(key, value);
        }
        Ok(Value::Object(map))
    }
}
