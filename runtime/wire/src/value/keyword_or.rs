//! Fields that have a value or a keyword.

use super::{DateTime, Decimal, Timestamp};
use crate::codec::{DecodeError, Encode, JsonKind, OpenEnum, Place, Reader, Writer};

/// A `T`, or a keyword such as `now`.
///
/// ```
/// use wire::codec::{OpenEnum, encode_json};
/// use wire::value::{KeywordOr, Timestamp};
///
/// #[derive(Clone, Debug)]
/// pub enum When { Now, Unknown(String) }
/// impl OpenEnum for When {
///     const VALUES: &'static [(&'static str, Self)] = &[("now", Self::Now)];
///     fn unknown(value: String) -> Self { Self::Unknown(value) }
///     fn as_unknown(&self) -> Option<&str> {
///         match self { Self::Unknown(value) => Some(value), _ => None }
///     }
/// }
/// wire::open_enums!(When);
///
/// let now: KeywordOr<When, Timestamp> = When::Now.into();
/// let then: KeywordOr<When, Timestamp> = Timestamp(1_700_000_000).into();
/// assert_eq!(encode_json(&vec![now, then]), r#"["now",1700000000]"#);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum KeywordOr<K, T> {
    /// A keyword.
    Keyword(K),
    /// A value.
    Value(T),
}

impl<K, T> KeywordOr<K, T> {
    /// The value, if it is one.
    pub fn value(&self) -> Option<&T> {
        match self {
            Self::Keyword(_) => None,
            Self::Value(value) => Some(value),
        }
    }

    /// The keyword, if it is one.
    pub fn keyword(&self) -> Option<&K> {
        match self {
            Self::Keyword(keyword) => Some(keyword),
            Self::Value(_) => None,
        }
    }
}

impl<K: Default, T> Default for KeywordOr<K, T> {
    fn default() -> Self {
        Self::Keyword(K::default())
    }
}

impl<K: OpenEnum, T> From<K> for KeywordOr<K, T> {
    fn from(keyword: K) -> Self {
        Self::Keyword(keyword)
    }
}

/// One impl for each type of value: a generic one would overlap with that for keywords.
macro_rules! from_values {
    ($($value:ty),*) => { $(
        impl<K> From<$value> for KeywordOr<K, $value> {
            fn from(value: $value) -> Self {
                Self::Value(value)
            }
        }
    )* };
}
from_values!(i64, f64, bool, String, Timestamp, DateTime, Decimal);

impl<K> From<i64> for KeywordOr<K, Timestamp> {
    fn from(seconds: i64) -> Self {
        Self::Value(Timestamp(seconds))
    }
}

/// A string is a keyword, unless it is an unknown one and decodes as a value.
impl<K: OpenEnum + Place + Default, T: Place + Default> Place for KeywordOr<K, T> {
    #[inline]
    fn decode(&mut self, reader: &mut Reader<'_>) -> Result<(), DecodeError> {
        let mut keyword = K::default();
        let mut value = T::default();
        if reader.peek() != JsonKind::String {
            value.decode(reader)?;
            *self = Self::Value(value);
            return Ok(());
        }
        let mut ahead = reader.clone();
        keyword.decode(reader)?;
        if keyword.as_unknown().is_some() && value.decode(&mut ahead).is_ok() {
            *self = Self::Value(value);
        } else {
            *self = Self::Keyword(keyword);
        }
        Ok(())
    }
}

impl<K: Encode, T: Encode> Encode for KeywordOr<K, T> {
    #[inline]
    fn encode(&self, out: &mut dyn Writer) {
        match self {
            Self::Keyword(keyword) => keyword.encode(out),
            Self::Value(value) => value.encode(out),
        }
    }
}
