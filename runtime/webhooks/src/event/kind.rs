//! Types of events and the objects in them.

use std::fmt;
use std::marker::PhantomData;

use wire::codec::{DecodeError, Place};
use wire::value::RawJson;

/// A type of events: its name, and the Rust type of its object.
///
/// Generated crates have a constant for each type in the API's document. For other types, create
/// one:
///
/// ```
/// use runtime::value::RawJson;
/// use webhooks::EventKind;
///
/// const BRAND_NEW: EventKind<RawJson> = EventKind::new("brand.new");
/// assert_eq!(BRAND_NEW.name(), "brand.new");
/// ```
pub struct EventKind<T> {
    name: &'static str,
    object: PhantomData<fn() -> T>,
}

impl<T> EventKind<T> {
    /// The type of events with this name.
    pub const fn new(name: &'static str) -> Self {
        Self {
            name,
            object: PhantomData,
        }
    }

    /// The name, as in an event's `type`.
    pub const fn name(&self) -> &'static str {
        self.name
    }
}

impl<T> Clone for EventKind<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for EventKind<T> {}

impl<T> fmt::Debug for EventKind<T> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_tuple("EventKind").field(&self.name).finish()
    }
}

/// The object of an event as JSON, with the Rust type to decode it to.
///
/// It is decoded by [`object`](Self::object), so that an event can be handled although its object
/// does not fit its type.
pub struct Payload<'a, T> {
    object: &'a RawJson,
    previous: Option<&'a RawJson>,
    decoded: PhantomData<fn() -> T>,
}

impl<'a, T> Payload<'a, T> {
    /// An object, and the previous values of what has changed in it.
    pub const fn new(object: &'a RawJson, previous: Option<&'a RawJson>) -> Self {
        Self {
            object,
            previous,
            decoded: PhantomData,
        }
    }

    /// Decodes the object as it was when the event happened.
    ///
    /// # Errors
    /// If the JSON does not fit the type, which can happen if the event is of another API version.
    /// The error says where.
    pub fn object(&self) -> Result<T, DecodeError>
    where
        T: Place + Default,
    {
        self.object.decode()
    }

    /// The object as JSON.
    pub const fn raw(&self) -> &'a RawJson {
        self.object
    }

    /// The previous values of the fields that changed, as a JSON object. Only events about updates
    /// have it.
    pub const fn previous_attributes(&self) -> Option<&'a RawJson> {
        self.previous
    }

    /// The previous value of a field; `None` if it has not changed.
    ///
    /// # Errors
    /// If the value does not fit the type `U`.
    ///
    /// ```
    /// # use runtime::value::RawJson;
    /// # use webhooks::Payload;
    /// let (object, previous): (RawJson, RawJson) =
    ///     (r#"{"status": "active"}"#.parse()?, r#"{"status": "trialing"}"#.parse()?);
    /// let payload = Payload::<RawJson>::new(&object, Some(&previous));
    /// assert_eq!(payload.previous::<String>("status")?.as_deref(), Some("trialing"));
    /// assert_eq!(payload.previous::<String>("plan")?, None);
    /// # Ok::<(), runtime::codec::DecodeError>(())
    /// ```
    pub fn previous<U: Place + Default>(&self, field: &str) -> Result<Option<U>, DecodeError> {
        let value = self.previous.and_then(|previous| previous.get(field));
        value.map(|value| value.decode()).transpose()
    }
}

impl<T> Clone for Payload<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Payload<'_, T> {}

impl<T> fmt::Debug for Payload<'_, T> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Payload")
            .field("object", self.object)
            .field("previous_attributes", &self.previous)
            .finish()
    }
}
