//! Maps with arbitrary keys.

use std::collections::HashMap;
use std::fmt;

use super::IntoMapValue;
use crate::codec::{DecodeError, Encode, Place, Reader, Writer};

/// A map from strings to strings, as in the API's field `metadata`.
pub type Metadata = Map<String>;

/// A map from names to values that keeps the order of insertion.
///
/// ```
/// use wire::value::{Map, Metadata};
///
/// let mut metadata = Metadata::from([("order", 42)]);
/// metadata.insert("channel", "web");
/// metadata.insert("paid", true);
/// assert_eq!(metadata.get("order").map(String::as_str), Some("42"));
///
/// let counts: Map<i64> = wire::codec::decode(br#"{"a": 1, "b": 2, "a": 3}"#)?;
/// assert_eq!(counts, Map::from([("a", 3), ("b", 2)]));
/// # Ok::<(), wire::codec::DecodeError>(())
/// ```
#[derive(Clone)]
pub struct Map<T> {
    keys: MapKeys,
    values: Vec<T>,
}

/// The keys and their positions: the part that does not depend on the type of the values.
#[derive(Clone, Default)]
struct MapKeys {
    names: Vec<String>,
    /// Built when there are more than [`FEW`] keys, so that hostile input cannot make insertion
    /// quadratic.
    index: Option<Box<KeyIndex>>,
}

/// Boxed, because few maps have one.
#[derive(Clone)]
struct KeyIndex(HashMap<String, usize>);

/// The number of keys up to which a map is searched linearly.
const FEW: usize = 24;

impl MapKeys {
    fn find(&self, name: &str) -> Option<usize> {
        match &self.index {
            Some(index) => index.0.get(name).copied(),
            None => self.names.iter().position(|known| known == name),
        }
    }

    /// Adds a name that is not there yet.
    fn push(&mut self, name: String) {
        if let Some(index) = &mut self.index {
            index.0.insert(name.clone(), self.names.len());
        }
        self.names.push(name);
        if self.index.is_none() && self.names.len() > FEW {
            let index = self
                .names
                .iter()
                .enumerate()
                .map(|(at, name)| (name.clone(), at));
            self.index = Some(Box::new(KeyIndex(index.collect())));
        }
    }

    fn remove(&mut self, at: usize) -> String {
        let name = self.names.remove(at);
        if let Some(index) = &mut self.index {
            index.0.remove(&name);
            index
                .0
                .values_mut()
                .filter(|place| **place > at)
                .for_each(|place| *place -= 1);
        }
        name
    }
}

impl<T> Map<T> {
    /// An empty map.
    pub fn new() -> Self {
        Self {
            keys: MapKeys::default(),
            values: Vec::new(),
        }
    }

    /// The number of entries.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether there are no entries.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The value of that key.
    pub fn get(&self, key: &str) -> Option<&T> {
        self.values.get(self.keys.find(key)?)
    }

    /// The value of that key, mutable.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut T> {
        self.values.get_mut(self.keys.find(key)?)
    }

    /// Whether there is an entry of that key.
    pub fn contains_key(&self, key: &str) -> bool {
        self.keys.find(key).is_some()
    }

    /// Sets the value of a key and returns the previous one. An existing key keeps its position.
    pub fn insert(&mut self, key: impl Into<String>, value: impl IntoMapValue<T>) -> Option<T> {
        self.insert_entry(key.into(), value.into_map_value())
    }

    fn insert_entry(&mut self, key: String, value: T) -> Option<T> {
        match self.keys.find(&key).and_then(|at| self.values.get_mut(at)) {
            Some(place) => Some(std::mem::replace(place, value)),
            None => {
                self.keys.push(key);
                self.values.push(value);
                None
            }
        }
    }

    /// Removes an entry. The others keep their order.
    pub fn remove(&mut self, key: &str) -> Option<T> {
        let at = self.keys.find(key)?;
        self.keys.remove(at);
        Some(self.values.remove(at))
    }

    /// The entries in the order of insertion.
    pub fn iter(&self) -> MapIter<'_, T> {
        MapIter {
            keys: self.keys.names.iter(),
            values: self.values.iter(),
        }
    }

    /// The keys in the order of insertion.
    pub fn keys(&self) -> impl ExactSizeIterator<Item = &str> {
        self.keys.names.iter().map(String::as_str)
    }

    /// The values in the order of insertion.
    pub fn values(&self) -> std::slice::Iter<'_, T> {
        self.values.iter()
    }
}

/// The entries of a [`Map`], borrowed.
#[derive(Clone, Debug)]
pub struct MapIter<'a, T> {
    keys: std::slice::Iter<'a, String>,
    values: std::slice::Iter<'a, T>,
}

impl<'a, T> Iterator for MapIter<'a, T> {
    type Item = (&'a str, &'a T);

    fn next(&mut self) -> Option<Self::Item> {
        Some((self.keys.next()?, self.values.next()?))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.values.size_hint()
    }
}

impl<T> ExactSizeIterator for MapIter<'_, T> {}

/// The entries of a [`Map`], owned.
#[derive(Debug)]
pub struct MapIntoIter<T> {
    keys: std::vec::IntoIter<String>,
    values: std::vec::IntoIter<T>,
}

impl<T> Iterator for MapIntoIter<T> {
    type Item = (String, T);

    fn next(&mut self) -> Option<Self::Item> {
        Some((self.keys.next()?, self.values.next()?))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.values.size_hint()
    }
}

impl<T> ExactSizeIterator for MapIntoIter<T> {}

impl<T> IntoIterator for Map<T> {
    type Item = (String, T);
    type IntoIter = MapIntoIter<T>;

    fn into_iter(self) -> MapIntoIter<T> {
        MapIntoIter {
            keys: self.keys.names.into_iter(),
            values: self.values.into_iter(),
        }
    }
}

impl<'a, T> IntoIterator for &'a Map<T> {
    type Item = (&'a str, &'a T);
    type IntoIter = MapIter<'a, T>;

    fn into_iter(self) -> MapIter<'a, T> {
        self.iter()
    }
}

impl<T> Default for Map<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: fmt::Debug> fmt::Debug for Map<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self).finish()
    }
}

/// Equal if the same keys have the same values, in any order.
impl<T: PartialEq> PartialEq for Map<T> {
    fn eq(&self, other: &Self) -> bool {
        let same = |(key, value): (&str, &T)| other.get(key) == Some(value);
        self.len() == other.len() && self.iter().all(same)
    }
}

impl<T: Eq> Eq for Map<T> {}

impl<T, K: Into<String>, V: IntoMapValue<T>> Extend<(K, V)> for Map<T> {
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, entries: I) {
        for (key, value) in entries {
            self.insert(key, value);
        }
    }
}

impl<T, K: Into<String>, V: IntoMapValue<T>> FromIterator<(K, V)> for Map<T> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        let mut map = Self::new();
        map.extend(entries);
        map
    }
}

impl<T, K: Into<String>, V: IntoMapValue<T>, const N: usize> From<[(K, V); N]> for Map<T> {
    fn from(entries: [(K, V); N]) -> Self {
        entries.into_iter().collect()
    }
}

/// Starts from empty.
impl<T: Place + Default> Place for Map<T> {
    #[inline]
    fn decode(&mut self, reader: &mut Reader<'_>) -> Result<(), DecodeError> {
        *self = Self::new();
        reader.object(&mut |reader, key| {
            let mut value = T::default();
            if reader.entry(&mut value)? {
                self.insert_entry(key.into_owned(), value);
            }
            Ok(())
        })
    }
}

impl<T: Encode> Encode for Map<T> {
    #[inline]
    fn encode(&self, out: &mut dyn Writer) {
        out.begin_object();
        for (key, value) in self {
            out.key(key);
            value.encode(out);
        }
        out.end_object();
    }
}
