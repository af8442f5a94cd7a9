//! Objects that may have been deleted.

use super::{Expandable, Id};
use crate::codec::{DecodeError, Encode, Place, Reader, Writer, decode_boxed};

/// An object, or what the server returns after it was deleted.
///
/// ```
/// use wire::codec::decode;
/// use wire::value::{Map, MaybeDeleted, RawJson};
///
/// type Open = Map<RawJson>;
/// let customer: MaybeDeleted<Open, Open> = decode(br#"{"id": "cus_1", "deleted": true}"#)?;
/// assert!(customer.live().is_none() && customer.deleted().is_some());
/// # Ok::<(), wire::codec::DecodeError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MaybeDeleted<T, D> {
    /// The object.
    Live(Box<T>),
    /// The object after its deletion.
    Deleted(Box<D>),
}

/// An object with an id, which stays the same when the object is deleted.
pub trait Identified {
    /// The type of object that the id identifies.
    type Object;

    /// The id.
    fn id(&self) -> &Id<Self::Object>;
}

impl<T: Identified, D: Identified<Object = T::Object>> MaybeDeleted<T, D> {
    /// The id of the object, deleted or not.
    pub fn id(&self) -> &Id<T::Object> {
        match self {
            Self::Live(value) => value.id(),
            Self::Deleted(value) => value.id(),
        }
    }
}

impl<T, D> MaybeDeleted<T, D> {
    /// The object, unless it is deleted.
    pub fn live(&self) -> Option<&T> {
        match self {
            Self::Live(value) => Some(value),
            Self::Deleted(_) => None,
        }
    }

    /// The deleted object, if it is deleted.
    pub fn deleted(&self) -> Option<&D> {
        match self {
            Self::Live(_) => None,
            Self::Deleted(value) => Some(value),
        }
    }

    /// Returns the object, unless it is deleted.
    pub fn into_live(self) -> Option<T> {
        match self {
            Self::Live(value) => Some(*value),
            Self::Deleted(_) => None,
        }
    }

    /// Whether the object is deleted.
    pub fn is_deleted(&self) -> bool {
        matches!(self, Self::Deleted(_))
    }
}

/// The id of an object is the same before and after its deletion.
impl<T, D> From<Id<MaybeDeleted<T, D>>> for Id<T> {
    fn from(id: Id<MaybeDeleted<T, D>>) -> Self {
        id.cast()
    }
}

impl<T, D> From<&Id<MaybeDeleted<T, D>>> for Id<T> {
    fn from(id: &Id<MaybeDeleted<T, D>>) -> Self {
        Self::from(id.as_str())
    }
}

impl<T, D> From<Expandable<MaybeDeleted<T, D>>> for Id<T> {
    fn from(reference: Expandable<MaybeDeleted<T, D>>) -> Self {
        reference.into_id().cast()
    }
}

impl<T, D> From<&Expandable<MaybeDeleted<T, D>>> for Id<T> {
    fn from(reference: &Expandable<MaybeDeleted<T, D>>) -> Self {
        Self::from(reference.id())
    }
}

/// The id of an object that may be deleted, and the id of the object.
impl<T, D> PartialEq<Id<T>> for Id<MaybeDeleted<T, D>> {
    fn eq(&self, other: &Id<T>) -> bool {
        self.as_str() == other.as_str()
    }
}

impl<T, D> PartialEq<Id<MaybeDeleted<T, D>>> for Id<T> {
    fn eq(&self, other: &Id<MaybeDeleted<T, D>>) -> bool {
        self.as_str() == other.as_str()
    }
}

impl<T: Default, D> Default for MaybeDeleted<T, D> {
    fn default() -> Self {
        Self::Live(Box::default())
    }
}

impl<T: Place + Default, D: Place + Default> Place for MaybeDeleted<T, D> {
    #[inline]
    fn decode(&mut self, reader: &mut Reader<'_>) -> Result<(), DecodeError> {
        if reader.is_deleted()? {
            *self = Self::Deleted(decode_boxed(reader)?);
            return Ok(());
        }
        match self {
            // The value is new or was cleared, so its box can be used.
            Self::Live(value) => value.decode(reader)?,
            Self::Deleted(_) => *self = Self::Live(decode_boxed(reader)?),
        }
        Ok(())
    }
}

impl<T: Encode, D: Encode> Encode for MaybeDeleted<T, D> {
    #[inline]
    fn encode(&self, out: &mut dyn Writer) {
        match self {
            Self::Live(value) => value.encode(out),
            Self::Deleted(value) => value.encode(out),
        }
    }
}
