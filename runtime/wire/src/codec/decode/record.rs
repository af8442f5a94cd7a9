//! Records: the one loop over keys that all generated types share.

use super::Place;
use super::error::{DecodeError, DecodeErrorKind, Step};
use super::reader::Reader;

/// What the loop over keys must know about a record type; a constant.
///
/// ```
/// use wire::codec::Shape;
///
/// const POINT: Shape = Shape::new("Point", &["x", "y", "label"], &[0b011]);
/// assert_eq!(POINT.name(), "Point");
/// ```
#[derive(Debug)]
pub struct Shape {
    name: &'static str,
    fields: &'static [&'static str],
    required: &'static [u64],
}

impl Shape {
    /// Describes a record: its type's name, its wire names, and which of them must
    /// be present (bit `i % 64` of `required[i / 64]`).
    ///
    /// There may be up to 256 fields, and their names must be such as JSON writes
    /// without escapes. Decoding is fastest if they are in the order in which the
    /// server writes them.
    pub const fn new(
        name: &'static str,
        fields: &'static [&'static str],
        required: &'static [u64],
    ) -> Self {
        Self {
            name,
            fields,
            required,
        }
    }

    /// The name of the record's type, for messages.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The wire names of the fields, in the order of [`Record::at`].
    pub const fn fields(&self) -> &'static [&'static str] {
        self.fields
    }

    /// The index of a wire name; the search starts where it is expected.
    fn find(&self, key: &[u8], expected: usize) -> Option<usize> {
        let (before, after) = self.fields.split_at_checked(expected)?;
        let same = |name: &&str| name.len() == key.len() && name.as_bytes() == key;
        match after.iter().position(same) {
            Some(offset) => Some(expected + offset),
            None => before.iter().position(same),
        }
    }
}

/// A value with named fields, as the shared loop sees it.
///
/// ```
/// use wire::codec::{DecodeError, Place, Reader, Record, Shape, decode};
///
/// #[derive(Default)]
/// struct Point { x: i64, label: Option<String> }
///
/// impl Record for Point {
///     fn shape(&self) -> &'static Shape {
///         const SHAPE: Shape = Shape::new("Point", &["x", "label"], &[0b01]);
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
    fn shape(&self) -> &'static Shape;
    /// The field of that index in the shape.
    fn at(&mut self, index: usize) -> &mut dyn Place;
}

/// Which fields have been seen, a bit each.
#[derive(Default)]
struct Seen([u64; 4]);

impl Seen {
    /// Notes a field and tells whether it had been noted before.
    #[inline]
    fn mark(&mut self, index: usize) -> bool {
        let bit = 1 << (index % 64);
        match self.0.get_mut(index / 64) {
            Some(word) => std::mem::replace(word, *word | bit) & bit != 0,
            None => false,
        }
    }

    fn has(&self, index: usize) -> bool {
        self.0
            .get(index / 64)
            .is_some_and(|word| word >> (index % 64) & 1 == 1)
    }

    fn covers(&self, required: &[u64]) -> bool {
        required
            .iter()
            .zip(self.0)
            .all(|(required, seen)| required & !seen == 0)
    }
}

impl Reader<'_> {
    /// Reads an object into a record.
    ///
    /// Keys that the record does not have are checked and skipped; of a repeated
    /// key the last value counts, whole; required fields that are missing are an
    /// error that names all of them.
    pub fn record(&mut self, target: &mut dyn Record) -> Result<(), DecodeError> {
        let shape = target.shape();
        match self.fields(shape, target) {
            Ok(()) => Ok(()),
            Err(error) => Err(error.in_type(shape.name)),
        }
    }

    fn fields(&mut self, shape: &Shape, target: &mut dyn Record) -> Result<(), DecodeError> {
        let mut seen = Seen::default();
        let mut expected = 0;
        let mut closed = self.open(b'{', b'}', "an object")?;
        while !closed {
            let at = self.key_start()?;
            match self.field(shape, expected)? {
                Some(index) => {
                    expected = index + 1;
                    let place = target.at(index);
                    let outcome = if seen.mark(index) {
                        self.replace(place)
                    } else {
                        place.decode(self)
                    };
                    if let Err(error) = outcome {
                        return Err(match shape.fields.get(index) {
                            Some(name) => error.within(Step::Field(name)),
                            None => error,
                        });
                    }
                }
                None => {
                    if let Err(error) = self.skip() {
                        return Err(self.within_key(error, at));
                    }
                }
            }
            closed = self.closes(b'}')?;
        }
        if !seen.covers(shape.required) {
            return Err(self.missing(shape, &seen));
        }
        if self.replacing {
            reset(shape, &seen, target);
        }
        Ok(())
    }

    /// Reads a key and its colon and returns the index of the key's field.
    #[inline]
    fn field(&mut self, shape: &Shape, expected: usize) -> Result<Option<usize>, DecodeError> {
        let rest = self
            .text
            .as_bytes()
            .get(self.position..)
            .unwrap_or_default();
        // Most keys come in the order of the fields and need not be searched.
        if let Some(name) = shape.fields.get(expected) {
            if rest.get(name.len()) == Some(&b'"') && rest.starts_with(name.as_bytes()) {
                self.position += name.len() + 1;
                self.colon()?;
                return Ok(Some(expected));
            }
        }
        let key = self.string_rest()?;
        self.colon()?;
        Ok(shape.find(key.as_bytes(), expected))
    }

    /// Decodes over a value of the same key, so that nothing of that is left.
    #[cold]
    fn replace(&mut self, place: &mut dyn Place) -> Result<(), DecodeError> {
        let outer = std::mem::replace(&mut self.replacing, true);
        let outcome = place.decode(self);
        self.replacing = outer;
        outcome
    }

    #[cold]
    fn missing(&self, shape: &Shape, seen: &Seen) -> DecodeError {
        let is_required = |index: usize| {
            shape
                .required
                .get(index / 64)
                .is_some_and(|word| word >> (index % 64) & 1 == 1)
        };
        let missing = shape.fields.iter().enumerate();
        let missing = missing.filter(|(index, _)| is_required(*index) && !seen.has(*index));
        self.error(DecodeErrorKind::MissingFields(
            missing.map(|(_, name)| *name).collect(),
        ))
    }
}

/// Empties the optional fields that a repeated object did not give, by decoding
/// `null` into them; the others were required and so have been given.
#[cold]
fn reset(shape: &Shape, seen: &Seen, target: &mut dyn Record) {
    for index in (0..shape.fields.len()).filter(|index| !seen.has(*index)) {
        // A place that refuses `null` keeps what it had, which is all there is.
        let _ = target.at(index).decode(&mut Reader::over("null"));
    }
}
