//! Parameters that can be omitted, set or cleared.

use crate::codec::{DecodeError, Encode, Place, Reader, Writer};

/// A parameter that a request can clear.
///
/// Generated request types have two setters for it, `x(value)` and `clear_x()`.
///
/// ```
/// use wire::codec::{Encode, encode_form};
/// use wire::value::{Clearable, Map};
///
/// let form: Map<Clearable<i64>> = Map::from([("a", Clearable::Set(1)), ("b", Clearable::Clear)]);
/// assert_eq!(encode_form(&form), "a=1&b=");
/// assert!(Clearable::<i64>::Unset.is_absent());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Clearable<T> {
    /// Does not change the value: the parameter is omitted.
    #[default]
    Unset,
    /// Clears the value: it is empty in a form and `null` in JSON.
    Clear,
    /// Replaces the value.
    Set(T),
}

impl<T> From<T> for Clearable<T> {
    fn from(value: T) -> Self {
        Self::Set(value)
    }
}

impl<T: Encode> Encode for Clearable<T> {
    #[inline]
    fn encode(&self, out: &mut dyn Writer) {
        match self {
            Self::Set(value) => value.encode(out),
            Self::Clear | Self::Unset => out.null(),
        }
    }

    #[inline]
    fn is_absent(&self) -> bool {
        match self {
            Self::Unset => true,
            Self::Clear => false,
            Self::Set(value) => value.is_absent(),
        }
    }
}

/// `null` is [`Clearable::Clear`].
impl<T: Place + Default> Place for Clearable<T> {
    #[inline]
    fn decode(&mut self, reader: &mut Reader<'_>) -> Result<(), DecodeError> {
        *self = Self::Clear;
        if !reader.null()? {
            let mut value = T::default();
            value.decode(reader)?;
            *self = Self::Set(value);
        }
        Ok(())
    }
}
