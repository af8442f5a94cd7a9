//! Typed identifiers.

use std::borrow::{Borrow, Cow};
use std::cmp::Ordering;
use std::convert::Infallible;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::str::FromStr;

use crate::codec::{DecodeError, Encode, Place, Reader, Writer};

/// The id of a `T`, which the compiler does not accept as the id of another type.
///
/// Its format is not checked, because the API does not document it.
///
/// ```
/// use wire::value::Id;
///
/// struct Customer;
///
/// let id = Id::<Customer>::from("cus_123");
/// assert_eq!(id.as_str(), "cus_123");
/// assert_eq!(id.to_string(), "cus_123");
///
/// let names = std::collections::HashMap::from([(id, "Jenny")]);
/// assert_eq!(names.get("cus_123"), Some(&"Jenny"));
/// ```
pub struct Id<T> {
    pub(super) text: String,
    // A function type: an id owns no `T` and is `Send` and `Sync` for any `T`.
    of: PhantomData<fn() -> T>,
}

impl<T> Id<T> {
    /// The text of the id.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The same text as the id of another type.
    pub fn cast<U>(self) -> Id<U> {
        Id::from(self.text)
    }
}

impl<T> Clone for Id<T> {
    fn clone(&self) -> Self {
        Self::from(self.text.clone())
    }
}

impl<T> Default for Id<T> {
    fn default() -> Self {
        Self::from(String::new())
    }
}

impl<T> fmt::Debug for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.text, f)
    }
}

impl<T> fmt::Display for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl<T> PartialEq for Id<T> {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

/// Comparison with text, in both directions.
macro_rules! compared_with {
    ($($text:ty),*) => { $(
        impl<T> PartialEq<$text> for Id<T> {
            fn eq(&self, other: &$text) -> bool {
                AsRef::<str>::as_ref(other) == self.text
            }
        }

        impl<T> PartialEq<Id<T>> for $text {
            fn eq(&self, other: &Id<T>) -> bool {
                other == self
            }
        }
    )* };
}
compared_with!(str, &str, String, &String);

impl<T> Eq for Id<T> {}

impl<T> Hash for Id<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.text.hash(state);
    }
}

impl<T> Ord for Id<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.text.cmp(&other.text)
    }
}

impl<T> PartialOrd for Id<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> AsRef<str> for Id<T> {
    fn as_ref(&self) -> &str {
        &self.text
    }
}

/// For maps and sets with ids as keys. Ids are equal, ordered and hashed as their texts.
impl<T> Borrow<str> for Id<T> {
    fn borrow(&self) -> &str {
        &self.text
    }
}

/// Accepts every text.
impl<T> FromStr for Id<T> {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self::from(text))
    }
}

impl<T> From<Cow<'_, str>> for Id<T> {
    fn from(text: Cow<'_, str>) -> Self {
        Self::from(text.into_owned())
    }
}

impl<T> From<String> for Id<T> {
    fn from(text: String) -> Self {
        Self {
            text,
            of: PhantomData,
        }
    }
}

impl<T> From<&str> for Id<T> {
    fn from(text: &str) -> Self {
        Self::from(text.to_owned())
    }
}

impl<T> From<&String> for Id<T> {
    fn from(text: &String) -> Self {
        Self::from(text.clone())
    }
}

impl<T> From<&Id<T>> for Id<T> {
    fn from(id: &Id<T>) -> Self {
        id.clone()
    }
}

impl<T> From<Id<T>> for String {
    fn from(id: Id<T>) -> Self {
        id.text
    }
}

impl<T> From<&Id<T>> for String {
    fn from(id: &Id<T>) -> Self {
        id.text.clone()
    }
}

impl<T> Place for Id<T> {
    #[inline]
    fn decode(&mut self, reader: &mut Reader<'_>) -> Result<(), DecodeError> {
        self.text.decode(reader)
    }
}

impl<T> Encode for Id<T> {
    #[inline]
    fn encode(&self, out: &mut dyn Writer) {
        out.string(&self.text);
    }
}
