//! Types of events and the objects in them.

use std::fmt;
use std::marker::PhantomData;

use wire::codec::{Correction, DecodeError, DecodePolicy, Place};
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

/// The number of corrections whose paths are shown.
#[cfg(feature = "tracing")]
const MAX_PATHS: usize = 20;

/// The object of an event as JSON, with the Rust type to decode it to.
///
/// It is decoded by [`object`](Self::object), so that an event can be handled although its object
/// does not fit its type.
pub struct Payload<'a, T> {
    object: &'a RawJson,
    previous: Option<&'a RawJson>,
    /// The id and the type of the event, for the warning about corrections.
    event: Option<(&'a str, &'a str)>,
    decoded: PhantomData<fn() -> T>,
}

impl<'a, T> Payload<'a, T> {
    /// An object, and the previous values of what has changed in it.
    pub const fn new(object: &'a RawJson, previous: Option<&'a RawJson>) -> Self {
        Self {
            object,
            previous,
            event: None,
            decoded: PhantomData,
        }
    }

    /// Adds the id and the type of the event.
    pub(crate) const fn of_event(self, id: &'a str, type_: &'a str) -> Self {
        Self {
            event: Some((id, type_)),
            ..self
        }
    }

    /// The same payload with another type of object.
    pub const fn cast<U>(self) -> Payload<'a, U> {
        Payload {
            object: self.object,
            previous: self.previous,
            event: self.event,
            decoded: PhantomData,
        }
    }

    /// Decodes the object as it was when the event happened, with [`DecodePolicy::Correct`]:
    /// members that an event of another API version lacks are filled. The field `extra` of the
    /// object says which, and there is a warning (feature `tracing`).
    ///
    /// # Errors
    /// If the JSON is not the object of this type: if it has neither an id nor the name of the type.
    pub fn object(&self) -> Result<T, DecodeError>
    where
        T: Place + Default,
    {
        self.object_with(DecodePolicy::Correct)
            .map(|(object, _)| object)
    }

    /// Decodes the object as it was when the event happened, and returns what was corrected in it.
    ///
    /// # Errors
    /// As of [`object`](Self::object). With [`DecodePolicy::Refuse`] also if the JSON lacks members
    /// that the type requires, which is likely if the event is of another API version. The error
    /// says where.
    ///
    /// ```
    /// # use runtime::codec::DecodePolicy;
    /// # use runtime::value::{List, RawJson};
    /// # use webhooks::Payload;
    /// let object: RawJson = r#"{"object": "list", "data": [1], "url": "/v1"}"#.parse()?;
    /// let payload = Payload::<List<i64>>::new(&object, None);
    /// let (list, corrections) = payload.object_with(DecodePolicy::Refuse)?;
    /// assert_eq!((list.data, corrections.len()), (vec![1], 0));
    /// # Ok::<(), runtime::codec::DecodeError>(())
    /// ```
    pub fn object_with(&self, policy: DecodePolicy) -> Result<(T, Vec<Correction>), DecodeError>
    where
        T: Place + Default,
    {
        let (object, corrections) = self.object.decode_snapshot(policy)?;
        if !corrections.is_empty() {
            self.report_corrections(&corrections);
        }
        Ok((object, corrections))
    }

    /// Warns of values that were filled. The paths consist of names of members.
    #[cold]
    fn report_corrections(&self, corrections: &[Correction]) {
        #[cfg(feature = "tracing")]
        {
            let (id, kind) = self.event.unwrap_or_default();
            let paths: Vec<_> = corrections
                .iter()
                .take(MAX_PATHS)
                .map(Correction::path)
                .collect();
            let paths = paths.join(", ");
            tracing::warn!(
                id,
                kind,
                corrections = corrections.len(),
                paths = %paths.escape_debug(),
                "values that the object of an event lacks were filled: amounts and times among \
                 them are zero"
            );
        }
        #[cfg(not(feature = "tracing"))]
        let _ = (corrections, self.event);
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

    /// Whether a field has changed.
    pub fn has_changed(&self, field: &str) -> bool {
        self.previous
            .is_some_and(|previous| previous.get(field).is_some())
    }

    /// The previous value of a field; `None` if it has not changed, or had no value before and `U`
    /// does not allow `null`. With `Option<_>` as `U`, the second case is `Some(None)`.
    ///
    /// A map such as `metadata` has the previous values of the keys that changed; a key that is new
    /// is left out. Decode a `Map<Option<String>>` to see those.
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
        let Some(value) = self.previous.and_then(|previous| previous.get(field)) else {
            return Ok(None);
        };
        match value.decode() {
            Ok(value) => Ok(Some(value)),
            Err(_) if value.is_null() => Ok(None),
            Err(error) => Err(error),
        }
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
