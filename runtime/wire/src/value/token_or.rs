//! Parameters that are a token or the value that the token represents.

use super::Id;
use crate::codec::{DecodeError, Encode, JsonKind, Place, Reader, Writer};

/// A token that represents a `T`, or the `T` itself.
///
/// ```
/// use wire::codec::encode_form;
/// use wire::value::{Map, Metadata, TokenOr};
///
/// let mut form = Map::<TokenOr<Metadata>>::from([("card", "tok_visa")]);
/// assert_eq!(encode_form(&form), "card=tok_visa");
/// form.insert("card", TokenOr::inline(Metadata::from([("number", "4242")])));
/// assert_eq!(encode_form(&form), "card[number]=4242");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum TokenOr<T> {
    /// A token, or the id of an object.
    Token(String),
    /// The value itself.
    Inline(Box<T>),
}

impl<T> TokenOr<T> {
    /// The value itself.
    pub fn inline(value: T) -> Self {
        Self::Inline(Box::new(value))
    }
}

impl<T> Default for TokenOr<T> {
    fn default() -> Self {
        Self::Token(String::new())
    }
}

impl<T> From<&str> for TokenOr<T> {
    fn from(token: &str) -> Self {
        Self::Token(token.to_owned())
    }
}

impl<T> From<String> for TokenOr<T> {
    fn from(token: String) -> Self {
        Self::Token(token)
    }
}

impl<T, U> From<&Id<U>> for TokenOr<T> {
    fn from(id: &Id<U>) -> Self {
        Self::Token(id.as_str().to_owned())
    }
}

impl<T: Place + Default> Place for TokenOr<T> {
    #[inline]
    fn decode(&mut self, reader: &mut Reader<'_>) -> Result<(), DecodeError> {
        if reader.peek() == JsonKind::String {
            *self = Self::Token(reader.string()?.into_owned());
        } else {
            let mut value = Box::<T>::default();
            value.decode(reader)?;
            *self = Self::Inline(value);
        }
        Ok(())
    }
}

impl<T: Encode> Encode for TokenOr<T> {
    #[inline]
    fn encode(&self, out: &mut dyn Writer) {
        match self {
            Self::Token(token) => out.string(token),
            Self::Inline(value) => value.encode(out),
        }
    }
}
