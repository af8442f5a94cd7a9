//! References that the server can expand to the object.

use std::any::Any;
use std::fmt;
use std::sync::OnceLock;

use super::{Id, RawJson};
use crate::codec::{DecodeError, DecodePolicy, Encode, JsonKind, Place, Reader, Writer};

/// A reference to a `T`: its id, and the object if the request expanded it.
///
/// The object is kept as JSON text and decoded at the first call of [`get`](Expandable::get). So a
/// program contains only the decoders of the types that it uses, not those of every type that a
/// field can be expanded to.
///
/// ```
/// use wire::codec::decode;
/// use wire::value::{Expandable, Map};
///
/// type Anything = Map<String>;
/// let plain: Expandable<Anything> = decode(br#""cus_1""#)?;
/// assert_eq!((plain.id().as_str(), plain.get()?), ("cus_1", None));
///
/// let expanded: Expandable<Anything> = decode(br#"{"id": "cus_2", "name": "Jenny"}"#)?;
/// assert_eq!(expanded.id().as_str(), "cus_2");
/// assert_eq!(expanded.get()?.and_then(|object| object.get("name")).unwrap(), "Jenny");
/// # Ok::<(), wire::codec::DecodeError>(())
/// ```
pub struct Expandable<T> {
    id: Id<T>,
    object: Option<Box<ExpandedObject>>,
}

/// Not generic, so that the compiler does not have to examine all types that a field can be
/// expanded to in order to decide whether a type is `Send` and how it is dropped.
struct ExpandedObject {
    raw: RawJson,
    policy: DecodePolicy,
    decoded: OnceLock<Result<Box<dyn Any + Send + Sync>, DecodeError>>,
}

impl<T> Expandable<T> {
    /// The id of the object.
    pub fn id(&self) -> &Id<T> {
        &self.id
    }

    /// Returns the id and drops the object.
    pub fn into_id(self) -> Id<T> {
        self.id
    }

    /// Whether the response contains the object and not only its id.
    pub fn is_expanded(&self) -> bool {
        self.object.is_some()
    }

    /// The JSON text of the object, if it was expanded.
    pub fn raw(&self) -> Option<&RawJson> {
        self.object.as_ref().map(|object| &object.raw)
    }

    /// The object, if it was expanded. It is decoded once, at the first call, with the policy of
    /// the response around it.
    ///
    /// # Errors
    /// If the text is not what the type requires. The response that contains it stays usable.
    pub fn get(&self) -> Result<Option<&T>, DecodeError>
    where
        T: Place + Default + Send + Sync + 'static,
    {
        let Some(object) = &self.object else {
            return Ok(None);
        };
        let decode = || {
            let (value, _) = object.raw.decode_with::<T>(object.policy)?;
            Ok(Box::new(value) as _)
        };
        match object.decoded.get_or_init(decode) {
            Ok(value) => Ok(value.downcast_ref()),
            Err(error) => Err(error.clone()),
        }
    }
}

/// Copies the text, not the decoded object, so that `T` need not be `Clone`.
impl<T> Clone for Expandable<T> {
    fn clone(&self) -> Self {
        let object = self.object.as_ref().map(|object| {
            Box::new(ExpandedObject {
                raw: object.raw.clone(),
                policy: object.policy,
                decoded: OnceLock::new(),
            })
        });
        Self {
            id: self.id.clone(),
            object,
        }
    }
}

/// Equal if the ids are and, if both or one of them are expanded, the texts of the objects.
impl<T> PartialEq for Expandable<T> {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id && self.raw() == other.raw()
    }
}

impl<T> Default for Expandable<T> {
    fn default() -> Self {
        Self {
            id: Id::default(),
            object: None,
        }
    }
}

impl<T> fmt::Debug for Expandable<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Expandable")
            .field("id", &self.id)
            .field("expanded", &self.is_expanded())
            .finish()
    }
}

impl<T> AsRef<str> for Expandable<T> {
    fn as_ref(&self) -> &str {
        self.id.as_str()
    }
}

impl<T> From<Id<T>> for Expandable<T> {
    fn from(id: Id<T>) -> Self {
        Self { id, object: None }
    }
}

impl<T> From<Expandable<T>> for Id<T> {
    fn from(reference: Expandable<T>) -> Self {
        reference.id
    }
}

impl<T> From<&Expandable<T>> for Id<T> {
    fn from(reference: &Expandable<T>) -> Self {
        reference.id.clone()
    }
}

impl<T> From<Expandable<T>> for String {
    fn from(reference: Expandable<T>) -> Self {
        reference.id.into()
    }
}

impl<T> From<&Expandable<T>> for String {
    fn from(reference: &Expandable<T>) -> Self {
        String::from(&reference.id)
    }
}

impl<T> Place for Expandable<T> {
    #[inline]
    fn decode(&mut self, reader: &mut Reader<'_>) -> Result<(), DecodeError> {
        let (id, raw) = read_reference(reader)?;
        self.id = Id::from(id);
        self.object = raw.map(|raw| {
            Box::new(ExpandedObject {
                raw,
                policy: reader.policy(),
                decoded: OnceLock::new(),
            })
        });
        Ok(())
    }
}

/// The part of decoding that does not depend on the type of the object.
fn read_reference(reader: &mut Reader<'_>) -> Result<(String, Option<RawJson>), DecodeError> {
    match reader.peek() {
        JsonKind::Object => {
            let (tags, raw) = reader.tagged_raw()?;
            // An object without an id is accepted.
            let id = tags.id.unwrap_or_default().into_owned();
            Ok((id, Some(RawJson::checked(raw))))
        }
        JsonKind::String => Ok((reader.string()?.into_owned(), None)),
        _ if reader.is_filling() => Ok((String::new(), None)),
        _ => Err(reader.mismatch("an id or an object")),
    }
}

/// An expanded object is written unchanged, everything else as the id.
impl<T> Encode for Expandable<T> {
    fn encode(&self, out: &mut dyn Writer) {
        match self.raw() {
            Some(raw) => raw.encode(out),
            None => self.id.encode(out),
        }
    }
}
