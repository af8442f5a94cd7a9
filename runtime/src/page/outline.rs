//! The fields of a page that pagination depends on, read from its JSON without its type.

use crate::codec::{DecodeError, Reader};

/// The fields of a page that pagination depends on.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Outline {
    pub(super) count: usize,
    pub(super) first_id: Option<String>,
    pub(super) last_id: Option<String>,
    pub(super) has_more: bool,
    pub(super) next_page: Option<String>,
    pub(super) next_page_url: Option<String>,
}

impl Outline {
    /// Reads a page with items of any type.
    pub(super) fn read_page(text: &[u8]) -> Result<Self, DecodeError> {
        let mut outline = Self::default();
        let mut reader = Reader::new(text)?;
        reader.object(&mut |reader, key| match &*key {
            "data" => outline.read_items(reader),
            "has_more" => {
                outline.has_more = reader.boolean()?;
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
        let (mut count, mut first, mut last) = (0_usize, None, None);
        reader.array(&mut |reader| {
            last = reader.tags()?.id;
            if count == 0 {
                first = last.clone();
            }
            count += 1;
            reader.raw().map(drop)
        })?;
        self.count = count;
        self.first_id = first.map(Into::into);
        self.last_id = last.map(Into::into);
        Ok(())
    }
}

fn optional_text(reader: &mut Reader<'_>, place: &mut Option<String>) -> Result<(), DecodeError> {
    *place = if reader.null()? {
        None
    } else {
        Some(reader.string()?.into_owned())
    };
    Ok(())
}
