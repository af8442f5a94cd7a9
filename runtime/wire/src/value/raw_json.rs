//! JSON text, for values without a documented type.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use crate::codec::{
    Correction, DecodeError, DecodePolicy, Encode, Extra, JsonKind, Place, Reader, Writer,
    encode_json,
};

/// Checked JSON text, for values whose type is not documented.
///
/// Cheap to clone. `Debug` shows only its length, because it may hold secrets.
///
/// ```
/// use wire::value::RawJson;
///
/// let json: RawJson = r#"{"a": {"b": [1, 2]}}"#.parse()?;
/// let numbers: Vec<i64> = json.get("a").and_then(|a| a.get("b")).unwrap_or_default().decode()?;
/// assert_eq!(numbers, [1, 2]);
/// # Ok::<(), wire::codec::DecodeError>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct RawJson(
    /// `None` is `null`, the default, so that it needs no allocation.
    Option<Arc<str>>,
);

impl RawJson {
    /// The JSON form of a value.
    pub fn encoding(value: &dyn Encode) -> Self {
        Self::checked(&encode_json(value))
    }

    /// Text that a reader has checked.
    #[doc(hidden)]
    pub fn checked(text: &str) -> Self {
        Self(if text == "null" {
            None
        } else {
            Some(Arc::from(text))
        })
    }

    /// The text, without white space around it.
    pub fn as_str(&self) -> &str {
        self.0.as_deref().unwrap_or("null")
    }

    /// Whether the value is `null`.
    pub fn is_null(&self) -> bool {
        self.0.is_none()
    }

    /// The kind of the value.
    pub fn kind(&self) -> JsonKind {
        Reader::from_text(self.as_str()).peek()
    }

    /// Decodes the value, with [`DecodePolicy::Correct`].
    ///
    /// # Errors
    /// If the value is not what the type requires.
    pub fn decode<T: Place + Default>(&self) -> Result<T, DecodeError> {
        self.decode_with(DecodePolicy::Correct)
            .map(|(value, _)| value)
    }

    /// Decodes the value, and returns what was corrected in it.
    ///
    /// # Errors
    /// If the value is not what the type requires and the policy does not correct it.
    pub fn decode_with<T: Place + Default>(
        &self,
        policy: DecodePolicy,
    ) -> Result<(T, Vec<Correction>), DecodeError> {
        self.decode_from(Reader::from_text(self.as_str()), policy)
    }

    /// Like [`decode_with`](Self::decode_with), for an object that has the constant of its type
    /// and may have no id.
    #[doc(hidden)]
    pub fn decode_snapshot<T: Place + Default>(
        &self,
        policy: DecodePolicy,
    ) -> Result<(T, Vec<Correction>), DecodeError> {
        self.decode_from(
            Reader::from_text(self.as_str()).with_optional_identity(),
            policy,
        )
    }

    fn decode_from<T: Place + Default>(
        &self,
        reader: Reader<'_>,
        policy: DecodePolicy,
    ) -> Result<(T, Vec<Correction>), DecodeError> {
        let mut value = T::default();
        let mut reader = reader.with_policy(policy);
        value.decode(&mut reader)?;
        Ok((value, reader.corrections()))
    }

    /// The member of that name, if the value is an object and has it.
    ///
    /// Of a repeated name, the last value counts.
    pub fn get(&self, name: &str) -> Option<RawJson> {
        let mut found = None;
        let mut reader = Reader::from_text(self.as_str());
        let outcome = reader.object(&mut |reader, key| {
            let text = reader.raw()?;
            if key == name {
                found = Some(text);
            }
            Ok(())
        });
        outcome.ok()?;
        found.map(Self::checked)
    }
}

impl Extra {
    /// The value of the member of that name, if the object has no field for it. Of a repeated name,
    /// the last value counts.
    pub fn get(&self, name: &str) -> Option<RawJson> {
        self.member_text(name).map(RawJson::checked)
    }
}

/// Checks that the text is valid JSON.
impl FromStr for RawJson {
    type Err = DecodeError;

    fn from_str(text: &str) -> Result<Self, DecodeError> {
        let mut reader = Reader::from_text(text);
        let raw = reader.raw()?;
        reader.end()?;
        Ok(Self::checked(raw))
    }
}

impl fmt::Debug for RawJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RawJson({} bytes)", self.as_str().len())
    }
}

impl Place for RawJson {
    fn decode(&mut self, reader: &mut Reader<'_>) -> Result<(), DecodeError> {
        *self = Self::checked(reader.raw()?);
        Ok(())
    }
}

impl Encode for RawJson {
    fn encode(&self, out: &mut dyn Writer) {
        out.raw(self.as_str());
    }
}
