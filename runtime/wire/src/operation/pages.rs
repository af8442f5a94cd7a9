//! How the pages of a list follow each other.
//!
//! In: constants of generated code. Out: a [`PageSpec`], from which the streams of pages know what
//! the next page is requested with. This module requests nothing.

/// What the next page of a list is requested with.
///
/// A field is named by the keys that lead to it in the response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PageStyle {
    /// The id of the last item, in `starting_after`; backward that of the first, in `ending_before`.
    ItemId,
    /// A field of the page, in a parameter.
    Cursor {
        /// The parameter.
        parameter: &'static str,
        /// The field. A page without it is the last one.
        field: &'static [&'static str],
    },
    /// The number of items before the page, in a parameter.
    Offset {
        /// The parameter.
        parameter: &'static str,
        /// The parameter with the number of items of a page, if there is one. A walk can be resumed
        /// with another value of it.
        limit: Option<&'static str>,
    },
    /// The number of the page, in a parameter.
    Number {
        /// The parameter.
        parameter: &'static str,
        /// The number of the first page.
        first: u64,
    },
    /// The URL with the relation `next` in the header `Link` (RFC 8288). A page without it is the
    /// last one.
    Link,
    /// The URL in a field of the page. A page without it is the last one.
    Url {
        /// The field.
        field: &'static [&'static str],
    },
}

/// How the pages of a list follow each other, and where their items are.
///
/// ```
/// use wire::operation::{PageSpec, PageStyle};
///
/// // {"result": {"pets": […]}, "total": 61}
/// const BY_OFFSET: PageStyle = PageStyle::Offset { parameter: "offset", limit: Some("limit") };
/// const PAGES: PageSpec = PageSpec::new(BY_OFFSET, &["result", "pets"]).total(&["total"]);
/// # let _ = PAGES;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PageSpec {
    /// What the next page is requested with.
    pub style: PageStyle,
    /// The field with the items; empty if the page is the array of the items.
    pub items: &'static [&'static str],
    /// The field that says whether there are further pages; empty if there is none.
    pub has_more: &'static [&'static str],
    /// The field with the number of all items (of all pages for [`PageStyle::Number`]); empty if
    /// there is none.
    pub total: &'static [&'static str],
}

impl PageSpec {
    /// Pages of a style with their items in this field. The page is the array of the items if no
    /// field is named.
    pub const fn new(style: PageStyle, items: &'static [&'static str]) -> Self {
        Self {
            style,
            items,
            has_more: &[],
            total: &[],
        }
    }

    /// Sets the field that says whether there are further pages.
    pub const fn has_more(mut self, field: &'static [&'static str]) -> Self {
        self.has_more = field;
        self
    }

    /// Sets the field with the number of all items, or of all pages for [`PageStyle::Number`].
    pub const fn total(mut self, field: &'static [&'static str]) -> Self {
        self.total = field;
        self
    }
}
