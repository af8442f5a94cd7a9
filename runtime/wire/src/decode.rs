//! Decoding: one strict tokenizer and one loop over keys for all generated types.
//!
//! In: JSON text. Out: a value whose type is a [`Place`], or a [`DecodeError`] that names the
//! path, the type and the offset, but no data of the document. The grammar is that of RFC 8259
//! with three restrictions: at most [`MAX_DEPTH`] nested arrays and objects, no byte order mark,
//! and no number that the target type cannot hold.

mod check;
mod correct;
mod correction;
mod error;
mod expected;
mod extra;
mod number;
mod places;
mod policy;
mod reader;
mod record;
mod scan;
mod skip;
mod string;
mod tags;

pub use correction::{Correction, CorrectionCause};
pub use error::{DecodeError, DecodeErrorKind, JsonKind};
pub use expected::{Expected, ResponseMismatch};
pub use extra::Extra;
pub use policy::DecodePolicy;
pub use reader::{MAX_DEPTH, Reader};
pub use record::{Record, RecordShape};
pub use tags::ObjectTags;

/// A type that JSON values are decoded into, in place.
///
/// [`decode`](Place::decode) must consume exactly one value. After an error the target holds a
/// valid but unspecified value.
///
/// ```
/// use wire::codec::{DecodeError, Place, Reader};
///
/// #[derive(Default)]
/// struct Celsius(f64);
///
/// impl Place for Celsius {
///     fn decode(&mut self, reader: &mut Reader<'_>) -> Result<(), DecodeError> {
///         self.0 = reader.number()?;
///         Ok(())
///     }
/// }
///
/// let warm: Celsius = wire::codec::decode(b"21.5")?;
/// assert_eq!(warm.0, 21.5);
/// # Ok::<(), DecodeError>(())
/// ```
pub trait Place {
    /// Decodes the next value of `reader` into this value.
    ///
    /// # Errors
    /// If the text is not valid JSON, or the value is not what the type requires.
    fn decode(&mut self, reader: &mut Reader<'_>) -> Result<(), DecodeError>;

    /// Whether a response without a body stands for this value, which is the default one.
    #[doc(hidden)]
    fn stands_for_nothing(&self) -> bool {
        false
    }
}

/// Decodes a whole JSON text into a new value, with [`DecodePolicy::Correct`].
///
/// # Errors
/// If the text is not valid JSON, or not what the type requires.
///
/// ```
/// let names: Vec<String> = wire::codec::decode(br#"["jenny", "rosen"]"#)?;
/// assert_eq!(names, ["jenny", "rosen"]);
/// # Ok::<(), wire::codec::DecodeError>(())
/// ```
pub fn decode<T: Place + Default>(text: &[u8]) -> Result<T, DecodeError> {
    let mut value = T::default();
    decode_whole(text, DecodePolicy::Correct, None, &mut value)?;
    Ok(value)
}

/// Decodes a whole JSON text into a new value, and returns what was corrected in it.
///
/// # Errors
/// If the text is not valid JSON, or not what the type requires and the policy does not correct it.
pub fn decode_with<T: Place + Default>(
    text: &[u8],
    policy: DecodePolicy,
) -> Result<(T, Vec<Correction>), DecodeError> {
    decode_response(text, policy, None)
}

/// Like [`decode_with`], for the response to a request that determines some of its members.
///
/// # Errors
/// Also if the outermost object does not have what is expected
/// ([`DecodeErrorKind::Mismatch`]), with any policy.
pub fn decode_response<T: Place + Default>(
    text: &[u8],
    policy: DecodePolicy,
    expected: Option<Expected<'_>>,
) -> Result<(T, Vec<Correction>), DecodeError> {
    let mut value = T::default();
    let reader = decode_whole(text, policy, expected, &mut value)?;
    Ok((value, reader.corrections()))
}

/// Decodes the next value of `reader` into a new value.
///
/// # Errors
/// If the value is not what the type requires.
pub fn decode_value<T: Place + Default>(reader: &mut Reader<'_>) -> Result<T, DecodeError> {
    let mut value = T::default();
    value.decode(reader)?;
    Ok(value)
}

/// Decodes the next value of `reader` into a new value on the heap.
///
/// # Errors
/// If the value is not what the type requires.
pub fn decode_boxed<T: Place + Default>(reader: &mut Reader<'_>) -> Result<Box<T>, DecodeError> {
    let mut value = Box::<T>::default();
    value.decode(reader)?;
    Ok(value)
}

/// The part of [`decode_with`] that does not depend on the type and is compiled once.
fn decode_whole<'a>(
    text: &'a [u8],
    policy: DecodePolicy,
    expected: Option<Expected<'a>>,
    place: &mut dyn Place,
) -> Result<Reader<'a>, DecodeError> {
    let mut reader = Reader::new(text)?.with_policy(policy);
    reader.expected = expected;
    place.decode(&mut reader)?;
    reader.end()?;
    Ok(reader)
}

#[cfg(test)]
mod correct_tests;
#[cfg(test)]
mod scan_tests;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod text_integer_tests;
