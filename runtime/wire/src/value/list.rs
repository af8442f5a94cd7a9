//! The three formats of pages of listed objects.

use crate::codec::{
    DecodeError, Encode, Extra, Place, Reader, Record, RecordShape, Writer, write_response,
};

/// A page of a v1 list.
///
/// ```
/// use wire::value::List;
///
/// let list: List<i64> = wire::codec::decode(
///     br#"{"object": "list", "data": [1, 2], "has_more": true, "url": "/v1/numbers"}"#,
/// )?;
/// assert!(list.has_more);
/// assert_eq!(list.into_iter().sum::<i64>(), 3);
/// # Ok::<(), wire::codec::DecodeError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct List<T> {
    /// The objects of this page.
    pub data: Vec<T>,
    /// Whether there are more objects after this page.
    pub has_more: bool,
    /// The path of the list.
    pub url: String,
    /// The number of objects on all pages, if the server counts them.
    pub total_count: Option<i64>,
    /// What the server sent beside the fields, and which of them it left out.
    pub extra: Extra,
}

/// A page of search results.
///
/// ```
/// use wire::value::SearchList;
///
/// let found: SearchList<i64> =
///     wire::codec::decode(br#"{"data": [1], "has_more": true, "next_page": "W10="}"#)?;
/// assert_eq!(found.next_page.as_deref(), Some("W10="));
/// # Ok::<(), wire::codec::DecodeError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SearchList<T> {
    /// The objects of this page.
    pub data: Vec<T>,
    /// Whether there are more objects after this page.
    pub has_more: bool,
    /// The cursor of the next page.
    pub next_page: Option<String>,
    /// The number of objects on all pages, if the request asked for it.
    pub total_count: Option<i64>,
    /// The path of the search.
    pub url: String,
    /// What the server sent beside the fields, and which of them it left out.
    pub extra: Extra,
}

/// A page of a v2 list.
///
/// ```
/// use wire::value::UrlList;
///
/// let list: UrlList<i64> =
///     wire::codec::decode(br#"{"data": [1], "next_page_url": "/v2/numbers?page=2"}"#)?;
/// assert_eq!(list.next_page_url.as_deref(), Some("/v2/numbers?page=2"));
/// # Ok::<(), wire::codec::DecodeError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UrlList<T> {
    /// The objects of this page.
    pub data: Vec<T>,
    /// The path and query of the next page.
    pub next_page_url: Option<String>,
    /// The path and query of the previous page.
    pub previous_page_url: Option<String>,
    /// What the server sent beside the fields, and which of them it left out.
    pub extra: Extra,
}

/// A page is a record whose only required field is `data`, so that it can be read if others are
/// missing. The name in brackets is the value of `object`; the others are the fields in the order
/// in which the server writes them.
macro_rules! page_record {
    ($name:ident, [$($tag:literal)?], $($field:ident),*) => {
        impl<T> Default for $name<T> {
            fn default() -> Self {
                Self {
                    data: Vec::new(),
                    $($field: Default::default(),)*
                    extra: Extra::default(),
                }
            }
        }

        impl<T: Place + Default> Record for $name<T> {
            #[inline]
            fn shape(&self) -> &'static RecordShape {
                const SHAPE: RecordShape =
                    RecordShape::response(
                        stringify!($name),
                        &["data", $(stringify!($field)),*],
                        &[1],
                        &[],
                        &[$(("object", stringify!($tag)))?],
                    )
                    .with_identity("data");
                &SHAPE
            }

            #[inline]
            fn at(&mut self, index: usize) -> &mut dyn Place {
                let mut names = 0;
                $(
                    names += 1;
                    if index == names {
                        return &mut self.$field;
                    }
                )*
                let _ = names;
                &mut self.data
            }

            #[inline]
            fn extra(&mut self) -> Option<&mut Extra> {
                Some(&mut self.extra)
            }
        }

        impl<T: Place + Default> Place for $name<T> {
            #[inline]
            fn decode(&mut self, reader: &mut Reader<'_>) -> Result<(), DecodeError> {
                reader.record(self)
            }
        }

        impl<T: Encode> Encode for $name<T> {
            #[inline]
            fn encode(&self, out: &mut dyn Writer) {
                write_response(
                    out,
                    &[$(("object", &$tag))?],
                    &[("data", &self.data), $((stringify!($field), &self.$field)),*],
                    &[],
                    &self.extra,
                );
            }
        }

        impl<T> IntoIterator for $name<T> {
            type Item = T;
            type IntoIter = std::vec::IntoIter<T>;

            fn into_iter(self) -> Self::IntoIter {
                self.data.into_iter()
            }
        }

        impl<'a, T> IntoIterator for &'a $name<T> {
            type Item = &'a T;
            type IntoIter = std::slice::Iter<'a, T>;

            fn into_iter(self) -> Self::IntoIter {
                self.data.iter()
            }
        }
    };
}
page_record!(List, ["list"], has_more, total_count, url);
page_record!(
    SearchList,
    ["search_result"],
    has_more,
    next_page,
    total_count,
    url
);
page_record!(UrlList, [], next_page_url, previous_page_url);
