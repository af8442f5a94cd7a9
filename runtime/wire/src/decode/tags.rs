//! Looking ahead into an object for the fields that determine its type.

use std::borrow::Cow;

use super::error::{DecodeError, JsonKind};
use super::reader::Reader;

/// The fields that determine the type of an object.
///
/// ```
/// let reader = wire::codec::Reader::new(br#"{"id": "card_1", "object": "card"}"#)?;
/// let tags = reader.tags()?;
/// assert_eq!(tags.object.as_deref(), Some("card"));
/// assert!(!tags.deleted);
/// # Ok::<(), wire::codec::DecodeError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ObjectTags<'a> {
    /// The field `object`, if it is a string.
    pub object: Option<Cow<'a, str>>,
    /// Whether the field `deleted` is `true`.
    pub deleted: bool,
    /// The field `id`, if it is a string.
    pub id: Option<Cow<'a, str>>,
}

/// The key `deleted`, and the beginning of every escape by which a letter can be written.
const WAYS_TO_WRITE_DELETED: [&str; 2] = ["\"deleted\"", "\\u00"];

impl<'a> Reader<'a> {
    /// Looks into the next value without consuming it.
    ///
    /// If that is no object, no tag is set. The whole object is read, because the last value of a
    /// repeated key counts.
    pub fn tags(&self) -> Result<ObjectTags<'a>, DecodeError> {
        let mut ahead = Reader::from_text(self.text);
        (ahead.position, ahead.depth) = (self.position, self.depth);
        ahead.read_tags()
    }

    /// Whether the object that is next says that it is deleted. The text is searched for the word
    /// once, so that objects are read ahead only in a text that has it.
    pub(crate) fn is_deleted(&mut self) -> Result<bool, DecodeError> {
        let next = self.next_deleted.filter(|&at| at >= self.position);
        let next = next.unwrap_or_else(|| self.find_deleted());
        self.next_deleted = Some(next);
        Ok(next != usize::MAX && self.tags()?.deleted)
    }

    /// Where the rest of the text has the key `deleted`, or an escape by which it can be written.
    fn find_deleted(&self) -> usize {
        let rest = self.text.get(self.position..).unwrap_or_default();
        // This is faster than searching for the place.
        if !WAYS_TO_WRITE_DELETED.iter().any(|way| rest.contains(way)) {
            return usize::MAX;
        }
        let places = WAYS_TO_WRITE_DELETED
            .iter()
            .filter_map(|way| rest.find(way));
        places.min().map_or(usize::MAX, |at| self.position + at)
    }

    /// Like [`Reader::raw`], and returns the tags too.
    #[doc(hidden)]
    pub fn tagged_raw(&mut self) -> Result<(ObjectTags<'a>, &'a str), DecodeError> {
        self.peek_byte();
        let start = self.position;
        let tags = self.read_tags()?;
        Ok((tags, self.text_between(start, self.position)))
    }

    fn read_tags(&mut self) -> Result<ObjectTags<'a>, DecodeError> {
        let mut tags = ObjectTags::default();
        if self.peek() != JsonKind::Object {
            self.skip_value()?;
            return Ok(tags);
        }
        self.object(&mut |reader, key| {
            match &*key {
                "object" => tags.object = reader.string_or_skip()?,
                "id" => tags.id = reader.string_or_skip()?,
                "deleted" if reader.peek() == JsonKind::Boolean => {
                    tags.deleted = reader.boolean()?
                }
                "deleted" => {
                    tags.deleted = false;
                    reader.skip_value()?;
                }
                _ => reader.skip_value()?,
            }
            Ok(())
        })?;
        Ok(tags)
    }

    fn string_or_skip(&mut self) -> Result<Option<Cow<'a, str>>, DecodeError> {
        if self.peek() == JsonKind::String {
            return self.string().map(Some);
        }
        self.skip_value()?;
        Ok(None)
    }
}
