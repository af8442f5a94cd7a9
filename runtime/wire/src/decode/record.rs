//! Records: the loop over keys that all generated types share.

use super::Place;
use super::error::{DecodeError, DecodeErrorKind, PathStep};
use super::reader::Reader;

/// The constant description of a record type: its name, its fields, and which are required.
///
/// ```
/// use wire::codec::RecordShape;
///
/// const POINT: RecordShape = RecordShape::new("Point", &["x", "y", "label"], &[0b011]);
/// assert_eq!(POINT.name(), "Point");
/// ```
#[derive(Debug)]
pub struct RecordShape {
    name: &'static str,
    fields: &'static [&'static str],
    required: &'static [u64],
    text_integers: &'static [u64],
}

impl RecordShape {
    /// Describes a record: its type's name, its wire names, and which of them must
    /// be present (bit `i % 64` of `required[i / 64]`).
    ///
    /// There may be up to 256 fields, and their names must not need escapes in JSON. Decoding is
    /// fastest if they are in the order in which the server writes them.
    pub const fn new(
        name: &'static str,
        fields: &'static [&'static str],
        required: &'static [u64],
    ) -> Self {
        Self {
            name,
            fields,
            required,
            text_integers: &[],
        }
    }

    /// Marks fields whose integers are written as text, in the notation of `required`.
    ///
    /// A number is accepted there too.
    #[must_use]
    pub const fn with_text_integers(self, fields: &'static [u64]) -> Self {
        Self {
            text_integers: fields,
            ..self
        }
    }

    /// The name of the record's type, for error messages.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The wire names of the fields, in the order of [`Record::at`].
    pub const fn fields(&self) -> &'static [&'static str] {
        self.fields
    }

    /// The index of a wire name. The search starts at the index that is expected.
    fn find_field(&self, key: &[u8], expected: usize) -> Option<usize> {
        let (before, after) = self.fields.split_at_checked(expected)?;
        let same = |name: &&str| name.len() == key.len() && name.as_bytes() == key;
        match after.iter().position(same) {
            Some(offset) => Some(expected + offset),
            None => before.iter().position(same),
        }
    }
}

/// A type with named fields that the shared loop decodes.
///
/// ```
/// use wire::codec::{DecodeError, Place, Reader, Record, RecordShape, decode};
///
/// #[derive(Default)]
/// struct Point { x: i64, label: Option<String> }
///
/// impl Record for Point {
///     fn shape(&self) -> &'static RecordShape {
///         const SHAPE: RecordShape = RecordShape::new("Point", &["x", "label"], &[0b01]);
///         &SHAPE
///     }
///     fn at(&mut self, index: usize) -> &mut dyn Place {
///         match index { 0 => &mut self.x, _ => &mut self.label }
///     }
/// }
/// impl Place for Point {
///     fn decode(&mut self, reader: &mut Reader<'_>) -> Result<(), DecodeError> {
///         reader.record(self)
///     }
/// }
///
/// let point: Point = decode(br#"{"x": 3, "unknown": [1, 2]}"#)?;
/// assert_eq!((point.x, point.label), (3, None));
/// # Ok::<(), DecodeError>(())
/// ```
pub trait Record {
    /// The constant that describes this type.
    fn shape(&self) -> &'static RecordShape;
    /// The field with that index in the shape.
    fn at(&mut self, index: usize) -> &mut dyn Place;
}

/// The fields that occurred in an object, one bit each.
#[derive(Default)]
struct SeenFields([u64; 4]);

impl SeenFields {
    /// Adds a field and returns whether it was there before.
    #[inline]
    fn insert(&mut self, index: usize) -> bool {
        let bit = 1 << (index % 64);
        match self.0.get_mut(index / 64) {
            Some(word) => std::mem::replace(word, *word | bit) & bit != 0,
            None => false,
        }
    }

    fn contains(&self, index: usize) -> bool {
        has_bit(&self.0, index)
    }

    fn contains_all(&self, required: &[u64]) -> bool {
        required
            .iter()
            .zip(self.0)
            .all(|(required, seen)| required & !seen == 0)
    }
}

/// Whether the bit of a field is set.
#[inline]
fn has_bit(words: &[u64], index: usize) -> bool {
    words
        .get(index / 64)
        .is_some_and(|word| word >> (index % 64) & 1 == 1)
}

impl Reader<'_> {
    /// Reads an object into a record.
    ///
    /// Unknown keys are checked and skipped. The last value of a repeated key replaces the
    /// earlier ones as a whole. Missing required fields are an error that names all of them.
    pub fn record(&mut self, target: &mut dyn Record) -> Result<(), DecodeError> {
        let shape = target.shape();
        match self.read_fields(shape, target) {
            Ok(()) => Ok(()),
            Err(error) => Err(error.in_type(shape.name)),
        }
    }

    fn read_fields(
        &mut self,
        shape: &RecordShape,
        target: &mut dyn Record,
    ) -> Result<(), DecodeError> {
        let mut seen = SeenFields::default();
        let mut expected = 0;
        let mut closed = self.open_container(b'{', b'}', "an object")?;
        while !closed {
            let at = self.key_start()?;
            match self.read_field_name(shape, expected)? {
                Some(index) => {
                    expected = index + 1;
                    let place = target.at(index);
                    let outcome = if seen.insert(index) {
                        self.replace_value(shape, index, place)
                    } else if has_bit(shape.text_integers, index) {
                        self.read_text_integers(place)
                    } else {
                        place.decode(self)
                    };
                    if let Err(error) = outcome {
                        return Err(match shape.fields.get(index) {
                            Some(name) => error.within_step(PathStep::Field(name)),
                            None => error,
                        });
                    }
                }
                None => {
                    if let Err(error) = self.skip_value() {
                        return Err(self.within_key(error, at));
                    }
                }
            }
            closed = self.close_or_continue(b'}')?;
        }
        if !seen.contains_all(shape.required) {
            return Err(self.missing_fields(shape, &seen));
        }
        if self.replacing {
            reset_missing(shape, &seen, target);
        }
        Ok(())
    }

    /// Reads a key and its colon and returns the index of the key's field.
    #[inline]
    fn read_field_name(
        &mut self,
        shape: &RecordShape,
        expected: usize,
    ) -> Result<Option<usize>, DecodeError> {
        let rest = self
            .text
            .as_bytes()
            .get(self.position..)
            .unwrap_or_default();
        // Most keys come in the order of the fields and need not be searched.
        if let Some(name) = shape.fields.get(expected) {
            if rest.get(name.len()) == Some(&b'"') && rest.starts_with(name.as_bytes()) {
                self.position += name.len() + 1;
                self.expect_colon()?;
                return Ok(Some(expected));
            }
        }
        let key = self.string_rest()?;
        self.expect_colon()?;
        Ok(shape.find_field(key.as_bytes(), expected))
    }

    /// Decodes over an earlier value of the same key, so that nothing of that remains.
    #[cold]
    fn replace_value(
        &mut self,
        shape: &RecordShape,
        index: usize,
        place: &mut dyn Place,
    ) -> Result<(), DecodeError> {
        let outer = std::mem::replace(&mut self.replacing, true);
        let outcome = match has_bit(shape.text_integers, index) {
            true => self.read_text_integers(place),
            false => place.decode(self),
        };
        self.replacing = outer;
        outcome
    }

    /// Decodes a value whose integers are written as text.
    fn read_text_integers(&mut self, place: &mut dyn Place) -> Result<(), DecodeError> {
        let outer = std::mem::replace(&mut self.integers_in_text, true);
        let outcome = place.decode(self);
        self.integers_in_text = outer;
        outcome
    }

    #[cold]
    fn missing_fields(&self, shape: &RecordShape, seen: &SeenFields) -> DecodeError {
        let missing = shape.fields.iter().enumerate();
        let missing =
            missing.filter(|(index, _)| has_bit(shape.required, *index) && !seen.contains(*index));
        self.error_here(DecodeErrorKind::MissingFields(
            missing.map(|(_, name)| *name).collect(),
        ))
    }
}

/// Resets the optional fields that a repeated object does not have, by decoding `null` into them.
/// All other fields are required and therefore present.
#[cold]
fn reset_missing(shape: &RecordShape, seen: &SeenFields, target: &mut dyn Record) {
    for index in (0..shape.fields.len()).filter(|index| !seen.contains(*index)) {
        // A type that does not accept `null` keeps its earlier value.
        let _ = target.at(index).decode(&mut Reader::from_text("null"));
    }
}
