//! The fields of a page that pagination depends on, read from its JSON without its type.

use std::collections::hash_map::DefaultHasher;
use std::fmt;
use std::hash::{Hash as _, Hasher as _};

use crate::codec::{DecodeError, JsonKind, Reader};
use crate::operation::{PageSpec, PageStyle};

/// The fields of a page that pagination depends on. An empty token or URL is none.
#[derive(Default, PartialEq, Eq)]
pub struct PageOutline {
    /// The ids of the items, in the order of the server, for those that have one.
    pub ids: Vec<Option<String>>,
    /// Whether the page has the list of the items.
    pub has_items: bool,
    /// A hash of the items, if their pages are counted.
    pub digest: Option<u64>,
    /// Whether an item is no object, so that equal items may be others.
    pub has_values: bool,
    /// Whether there are further pages.
    pub has_more: Option<bool>,
    /// The number of all items or pages.
    pub total: Option<u64>,
    /// The token or URL of the next page.
    pub next: Option<String>,
}

impl fmt::Debug for PageOutline {
    /// Shows no id, token or URL.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PageOutline")
            .field("items", &self.ids.len())
            .field("has_more", &self.has_more)
            .field("total", &self.total)
            .finish_non_exhaustive()
    }
}

/// A field of interest.
#[derive(Clone, Copy)]
enum PageField {
    Items,
    HasMore,
    Total,
    Next,
}

/// A field of interest, and the keys that lead to it.
type PageFieldPath = (PageField, &'static [&'static str]);

impl PageOutline {
    /// Reads a page with items of any type.
    ///
    /// # Errors
    /// The text is not JSON, or a field has another type.
    pub fn read_page(text: &[u8], spec: &PageSpec) -> Result<Self, DecodeError> {
        let (next, is_counted): (&[&str], bool) = match spec.style {
            PageStyle::Cursor { field, .. } | PageStyle::Url { field } => (field, false),
            PageStyle::Offset { .. } | PageStyle::Number { .. } => (&[], true),
            _ => (&[], false),
        };
        let mut outline = Self {
            digest: is_counted.then_some(0),
            ..Self::default()
        };
        let mut reader = Reader::new(text)?;
        if spec.items.is_empty() {
            outline.read_items(&mut reader)?;
        } else {
            let fields = [
                (PageField::Items, spec.items),
                (PageField::HasMore, spec.has_more),
                (PageField::Total, spec.total),
                (PageField::Next, next),
            ];
            outline.read_fields(&mut reader, &fields)?;
        }
        reader.end()?;
        Ok(outline)
    }

    /// Reads the fields of an object to which some of the paths lead.
    fn read_fields(
        &mut self,
        reader: &mut Reader<'_>,
        fields: &[PageFieldPath],
    ) -> Result<(), DecodeError> {
        reader.object(&mut |reader, key| {
            let below = fields.iter().filter_map(|(field, path)| {
                let (first, rest) = path.split_first()?;
                (**first == *key).then_some((*field, rest))
            });
            let below: Vec<PageFieldPath> = below.collect();
            if below.is_empty() || reader.peek() == JsonKind::Null {
                return reader.raw().map(drop);
            }
            match below.as_slice() {
                [(field, [])] => self.read_field(reader, *field),
                _ => self.read_fields(reader, &below),
            }
        })
    }

    fn read_field(&mut self, reader: &mut Reader<'_>, field: PageField) -> Result<(), DecodeError> {
        match field {
            PageField::Items => return self.read_items(reader),
            PageField::HasMore => self.has_more = Some(reader.boolean()?),
            PageField::Total => self.total = u64::try_from(reader.integer()?).ok(),
            PageField::Next => {
                let next = match reader.peek() {
                    JsonKind::Number => reader.integer()?.to_string(),
                    _ => reader.string()?.into_owned(),
                };
                self.next = Some(next).filter(|text| !text.is_empty());
            }
        }
        Ok(())
    }

    fn read_items(&mut self, reader: &mut Reader<'_>) -> Result<(), DecodeError> {
        let (mut ids, mut has_values) = (Vec::new(), false);
        let mut hasher = self.digest.map(|_| DefaultHasher::new());
        reader.array(&mut |reader| {
            ids.push(reader.tags()?.id.map(Into::into));
            has_values |= reader.peek() != JsonKind::Object;
            let item = reader.raw()?;
            if let Some(hasher) = &mut hasher {
                item.hash(hasher);
            }
            Ok(())
        })?;
        self.digest = hasher.map(|hasher| hasher.finish());
        self.ids = ids;
        self.has_values = has_values;
        self.has_items = true;
        Ok(())
    }
}
