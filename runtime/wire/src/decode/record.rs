//! Records: the loop over keys that all generated types share.

use std::borrow::Cow;

use super::Place;
use super::check::CheckedMembers;
use super::correct::{clear_value, fill_value};
use super::correction::{CorrectionCause, PendingCorrection};
use super::error::{DecodeError, DecodeErrorKind, PathStep};
use super::extra::{Extra, push_member};
use super::policy::DecodePolicy;
use super::reader::{Filling, Reader};
use super::scan::same_bytes;

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
    constants: &'static [(&'static str, &'static str)],
    /// The field without which an object that is not inside of another one is refused.
    identity: &'static str,
    correctable: bool,
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
            constants: &[],
            identity: "id",
            correctable: false,
        }
    }

    /// Describes an object of responses, whose fields are filled as [`DecodePolicy::Correct`]
    /// describes. In a record made by [`new`](Self::new), a missing or unreadable field is always
    /// an error.
    ///
    /// `text_integers` marks fields as [`with_text_integers`](Self::with_text_integers) does.
    /// `constants` are the members that the type implies, by their names and JSON texts, such as
    /// `("object", "\"card\"")`; another value of such a member is kept in [`Extra`].
    pub const fn response(
        name: &'static str,
        fields: &'static [&'static str],
        required: &'static [u64],
        text_integers: &'static [u64],
        constants: &'static [(&'static str, &'static str)],
    ) -> Self {
        Self {
            name,
            fields,
            required,
            text_integers,
            constants,
            identity: "id",
            correctable: true,
        }
    }

    /// Sets the field that is never filled in an object that is not inside of another one, if it is
    /// required. Defaults to `id`.
    #[must_use]
    pub(crate) const fn with_identity(self, identity: &'static str) -> Self {
        Self { identity, ..self }
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

    fn field_name(&self, index: usize) -> &'static str {
        self.fields.get(index).copied().unwrap_or_default()
    }

    /// The index of the field whose name and a quote begin `text`. The search starts at the index
    /// that is expected.
    fn find_field(&self, text: &[u8], expected: usize) -> Option<usize> {
        let (before, after) = self.fields.split_at_checked(expected)?;
        let same = |name: &&str| {
            let is_end = text.get(name.len()) == Some(&b'"');
            is_end
                && text
                    .get(..name.len())
                    .is_some_and(|key| same_bytes(key, name.as_bytes()))
        };
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
    /// Where the members without a field are kept; `None` if they are dropped.
    fn extra(&mut self) -> Option<&mut Extra> {
        None
    }
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

/// What is known about an object while its members are read.
#[derive(Default)]
struct ReadObject {
    seen: SeenFields,
    /// The members without a field.
    members: String,
    has_constant: bool,
    /// Set if the object is the outermost one and something is expected of it.
    checked: Option<CheckedMembers>,
}

impl Reader<'_> {
    /// Reads an object into a record.
    ///
    /// Members without a field are checked and kept in [`Record::extra`]. The last value of a
    /// repeated key replaces the earlier ones as a whole. Missing required fields are filled or are
    /// an error that names all of them, as the [`DecodePolicy`] says.
    ///
    /// # Errors
    /// If the value is no object, a member is not valid JSON or cannot be read, or required fields
    /// are missing.
    pub fn record(&mut self, target: &mut dyn Record) -> Result<(), DecodeError> {
        let shape = target.shape();
        if self.is_filling() {
            fill_record(shape, target, self);
            return Ok(());
        }
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
        let (outer_depth, corrected_before) = (self.depth, self.corrections.len());
        let is_checked = outer_depth == 0 && self.expected.is_some();
        let mut object = ReadObject {
            checked: is_checked.then(CheckedMembers::default),
            ..ReadObject::default()
        };
        let mut expected = 0;
        let start = self.offset();
        let mut closed = self.open_container(b'{', b'}', "an object")?;
        let gap = self.text.as_bytes().get(start + 1..self.position);
        let gap = gap.unwrap_or_default();
        if !closed {
            self.position = start + 1;
        }
        while !closed {
            // Most keys come in the order of the fields and need not be searched.
            let next_field = shape.fields.get(expected);
            let (at, index) = match next_field.and_then(|name| self.read_name(gap, name)) {
                Some(at) => (at, expected),
                None => match self.find_field(shape, expected, &mut object)? {
                    Some(found) => found,
                    None => {
                        closed = self.close_or_continue(b'}')?;
                        continue;
                    }
                },
            };
            expected = index + 1;
            if let Some(checked) = &mut object.checked {
                checked.note_field(shape.field_name(index), at);
            }
            let place = target.at(index);
            if object.seen.insert(index) {
                clear_value(place);
            }
            let outcome = if has_bit(shape.text_integers, index) {
                self.read_text_integers(place)
            } else {
                place.decode(self)
            };
            if let Err(error) = outcome {
                let field = FieldAt {
                    index,
                    key_at: at,
                    depth: outer_depth + 1,
                };
                self.correct_field(shape, field, place, error)?;
            }
            closed = self.close_or_continue(b'}')?;
        }
        if let Some(checked) = &object.checked {
            self.check_expected(shape.constants, checked)?;
        }
        if !object.seen.contains_all(shape.required) {
            let missing = Missing {
                seen: &object.seen,
                has_constant: object.has_constant,
                object_at: start,
            };
            self.correct_missing(shape, &missing, target)?;
        }
        if !object.members.is_empty() || self.corrections.len() > corrected_before {
            if let Some(extra) = target.extra() {
                *extra = self.extra_of(start, corrected_before, object.members);
            }
        }
        Ok(())
    }

    /// Consumes the next key and its colon if the key is `name`, after the white space `gap`, which
    /// is the same before most keys of an object. Returns the position of the key's text.
    #[inline(always)]
    fn read_name(&mut self, gap: &[u8], name: &str) -> Option<usize> {
        let bytes = self.text.as_bytes().get(self.position..)?;
        let (before, member) = bytes.split_at_checked(gap.len())?;
        let (key, rest) = member.split_at_checked(name.len() + 3)?;
        match key {
            [b'"', key @ .., b'"', b':'] if same_bytes(key, name.as_bytes()) => {}
            _ => return None,
        }
        if !gap.is_empty() && !same_bytes(before, gap) {
            return None;
        }
        let at = self.position + gap.len() + 1;
        // The space that often follows.
        self.position = at + name.len() + 2 + usize::from(rest.first() == Some(&b' '));
        Some(at)
    }

    /// Reads the next key and its colon, and finds its field. Returns the position of the key's
    /// text and the index. A member without a field is consumed.
    #[inline(never)]
    fn find_field(
        &mut self,
        shape: &RecordShape,
        expected: usize,
        object: &mut ReadObject,
    ) -> Result<Option<(usize, usize)>, DecodeError> {
        let at = self.key_start()?;
        if let Some(index) = shape.find_field(self.rest(), expected) {
            self.position += shape.field_name(index).len() + 1;
            self.expect_colon()?;
            return Ok(Some((at, index)));
        }
        let key = self.string_rest()?;
        self.expect_colon()?;
        if let Cow::Owned(key) = &key {
            // It has escapes.
            let found = shape.fields.iter().position(|name| name == key);
            if let Some(index) = found {
                return Ok(Some((at, index)));
            }
        }
        self.read_other(shape, &key, at, object)?;
        Ok(None)
    }

    /// Reads the value of a member without a field.
    fn read_other(
        &mut self,
        shape: &RecordShape,
        key: &str,
        key_at: usize,
        object: &mut ReadObject,
    ) -> Result<(), DecodeError> {
        if let Some(checked) = &mut object.checked {
            checked.note_other(key, key_at);
        }
        match self.raw() {
            Ok(value) if shape.constants.contains(&(key, value)) => object.has_constant = true,
            Ok(_) if !shape.correctable => {}
            Ok(_) => {
                let member = self.text_between(key_at - 1, self.position);
                push_member(&mut object.members, member);
            }
            Err(error) => return Err(self.within_key(error, key_at)),
        }
        Ok(())
    }

    /// Decodes a value whose integers are written as text.
    fn read_text_integers(&mut self, place: &mut dyn Place) -> Result<(), DecodeError> {
        let outer = std::mem::replace(&mut self.integers_in_text, true);
        let outcome = place.decode(self);
        self.integers_in_text = outer;
        outcome
    }

    /// Corrects a field whose value could not be decoded, or returns the error with its place.
    #[cold]
    fn correct_field(
        &mut self,
        shape: &RecordShape,
        field: FieldAt,
        place: &mut dyn Place,
        error: DecodeError,
    ) -> Result<(), DecodeError> {
        let name = shape.field_name(field.index);
        let is_identity = field.depth == 1 && name == shape.identity;
        let outcome = match shape.correctable && !is_identity {
            true => {
                let at = self.value_after_key(field.key_at);
                self.correct_value(at, field.depth, place, error)
            }
            false => Err(error),
        };
        outcome.map_err(|error| error.within_step(PathStep::Field(name)))
    }

    /// Fills the required fields that an object lacks, or returns an error that names all of them.
    #[cold]
    fn correct_missing(
        &mut self,
        shape: &RecordShape,
        missing: &Missing<'_>,
        target: &mut dyn Record,
    ) -> Result<(), DecodeError> {
        if self.policy == DecodePolicy::Refuse || !shape.correctable {
            let names = missing
                .fields_of(shape)
                .map(|index| shape.field_name(index));
            return Err(self.error_here(DecodeErrorKind::MissingFields(names.collect())));
        }
        let identity = missing.identity_of(shape).filter(|_| {
            let is_known = missing.has_constant && self.identity_is_optional;
            self.depth == 0 && !is_known
        });
        if let Some(name) = identity {
            return Err(self.error_here(DecodeErrorKind::MissingFields(vec![name])));
        }
        for index in missing.fields_of(shape) {
            fill_value(target.at(index));
            self.corrections.push(PendingCorrection {
                at: missing.object_at,
                missing: Some(shape.field_name(index)),
                cause: CorrectionCause::Missing,
            });
        }
        Ok(())
    }
}

/// A field whose value could not be decoded: its index, the position of its key's text, and the
/// depth of its value.
struct FieldAt {
    index: usize,
    key_at: usize,
    depth: u32,
}

/// What is known about an object that lacks required fields.
struct Missing<'s> {
    seen: &'s SeenFields,
    has_constant: bool,
    object_at: usize,
}

impl Missing<'_> {
    fn fields_of<'a>(&'a self, shape: &'a RecordShape) -> impl Iterator<Item = usize> + 'a {
        (0..shape.fields.len())
            .filter(|index| has_bit(shape.required, *index) && !self.seen.contains(*index))
    }

    /// The member whose absence means that this is not an object of that type: its id or, for types
    /// without a required id, the constant with the type's name.
    fn identity_of(&self, shape: &RecordShape) -> Option<&'static str> {
        let identity = shape.fields.iter().position(|name| *name == shape.identity);
        match identity.filter(|index| has_bit(shape.required, *index)) {
            Some(index) => (!self.seen.contains(index)).then_some(shape.identity),
            None if self.has_constant => None,
            None => shape.constants.first().map(|(name, _)| *name),
        }
    }
}

/// Sets all fields to the values that stand for missing ones.
#[cold]
fn fill_record(shape: &RecordShape, target: &mut dyn Record, reader: &mut Reader<'_>) {
    let sent = reader.sent.take();
    let mut fields = match reader.filling {
        Some(Filling::Cleared) => Reader::filling(Filling::Cleared),
        _ => Reader::filling(Filling::Missing),
    };
    for index in 0..shape.fields.len() {
        // A type that takes no filled value keeps the one it has.
        let _ = target.at(index).decode(&mut fields);
    }
    if let Some(extra) = target.extra() {
        *extra = reader.filled_extra(sent);
    }
}
