//! The fields of a page that pagination depends on, read from its JSON without its type.

use crate::codec::{DecodeError, JsonKind, Reader};

/// The fields of a page that pagination depends on. An empty token or URL is none.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Outline {
    /// The ids of the items, in the order of the server, for those that have one.
    pub(super) ids: Vec<Option<String>>,
    pub(super) has_more: Option<bool>,
    pub(super) next_page: Option<String>,
    pub(super) next_page_url: Option<String>,
}

impl Outline {
    /// Reads a page with items of any type.
    pub(super) fn read_page(text: &[u8]) -> Result<Self, DecodeError> {
        let mut outline = Self::default();
        let mut reader = Reader::new(text)?;
        reader.object(&mut |reader, key| match &*key {
            "data" if reader.peek() != JsonKind::Null => outline.read_items(reader),
            "has_more" if reader.peek() != JsonKind::Null => {
                outline.has_more = Some(reader.boolean()?);
                Ok(())
            }
            "next_page" => optional_text(reader, &mut outline.next_page),
            "next_page_url" => optional_text(reader, &mut outline.next_page_url),
            _ => reader.raw().map(drop),
        })?;
        reader.end()?;
        Ok(outline)
    }

    fn read_items(&mut self, reader: &mut Reader<'_>) -> Result<(), DecodeError> {
        let mut ids = Vec::new();
        reader.array(&mut |reader| {
            ids.push(reader.tags()?.id.map(Into::into));
            reader.raw().map(drop)
        })?;
        self.ids = ids;
        Ok(())
    }
}

fn optional_text(reader: &mut Reader<'_>, place: &mut Option<String>) -> Result<(), DecodeError> {
    *place = if reader.null()? {
        None
    } else {
        Some(reader.string()?.into_owned()).filter(|text| !text.is_empty())
    };
    Ok(())
}
