//! Places in lists, as text.
//!
//! In: a list and how far it was read. Out: a [`PageCursor`], whose text names the operation, so
//! that the cursor of another list is refused, and says which item comes next. The text begins with
//! the version of its format. Its fields are percent-encoded and separated by dots.

use std::fmt;
use std::str::FromStr;

use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use crate::error::Error;
use crate::operation::PageStyle;

/// The version of the text.
const VERSION: &str = "1";

/// A place in a list, from which it can be read on later, also by another process.
///
/// [`Items::cursor`](super::Items::cursor) returns it, and
/// [`Items::resume_from`](super::Items::resume_from) continues there. It is stored as text
/// (`Display`, `FromStr`, with the feature `serde` also `Serialize` and `Deserialize`), which
/// programs should not interpret. The text has ids of objects, or the token or URL that the server
/// sent, and a hash of the parameters of the list; it has no credentials.
///
/// ```
/// use runtime::page::PageCursor;
/// # use runtime::call::Call;
/// # use runtime::error::Error;
/// # use runtime::value::{List, RawJson};
/// # fn load() -> Option<String> { None }
/// # fn store(cursor: String) {}
///
/// # async fn example(list: Call<List<RawJson>>) -> Result<(), Error> {
/// let mut items = list.items();
/// if let Some(text) = load() {
///     items = items.resume_from(&text.parse::<PageCursor>()?);
/// }
/// while let Some(item) = items.try_next().await? {
///     println!("{}", item.as_str().len());
///     store(items.cursor().to_string());
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PageCursor(String);

/// What the pages of the list are requested with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CursorKind {
    Forward,
    Backward,
    Token,
    Url,
    Offset,
    Number,
}

impl CursorKind {
    /// All kinds with their names in the text.
    const NAMES: [(Self, &'static str); 6] = [
        (Self::Forward, "forward"),
        (Self::Backward, "backward"),
        (Self::Token, "token"),
        (Self::Url, "url"),
        (Self::Offset, "offset"),
        (Self::Number, "number"),
    ];

    pub(super) fn of_style(style: PageStyle, backward: bool) -> Self {
        match style {
            PageStyle::ItemId if backward => Self::Backward,
            PageStyle::Cursor { .. } => Self::Token,
            PageStyle::Link | PageStyle::Url { .. } => Self::Url,
            PageStyle::Offset { .. } => Self::Offset,
            PageStyle::Number { .. } => Self::Number,
            _ => Self::Forward,
        }
    }
}

/// The fields of a cursor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct CursorFields {
    pub(super) kind: CursorKind,
    /// The operation's id; for raw calls the method.
    pub(super) operation: String,
    /// A hash of what tells lists of one operation apart.
    pub(super) list: u64,
    pub(super) position: Position,
}

/// Which item comes next.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Position {
    /// An item of a page.
    Within {
        /// What the page is requested with; `None` for the first one.
        mark: Option<String>,
        /// The number of its items that come before.
        skip: usize,
        /// The id of the last of these.
        after: Option<String>,
    },
    /// No item: the list ended.
    #[default]
    End,
}

impl Position {
    /// The first item of a page.
    pub(super) fn at_page(mark: Option<String>) -> Self {
        Self::Within {
            mark,
            skip: 0,
            after: None,
        }
    }
}

impl PageCursor {
    pub(super) fn new(fields: &CursorFields) -> Self {
        let mut names = CursorKind::NAMES.iter();
        let name = names.find(|(kind, _)| *kind == fields.kind);
        let kind = name.map_or("", |(_, name)| name);
        let operation = escape(&fields.operation);
        let mut text = format!("{VERSION}.{kind}.{operation}.{:x}", fields.list);
        if let Position::Within { mark, skip, after } = &fields.position {
            let (mark, after) = (mark.as_deref(), after.as_deref());
            let (mark, after) = (mark.unwrap_or_default(), after.unwrap_or_default());
            text.push_str(&format!(".{}.{skip}.{}", escape(mark), escape(after)));
        }
        Self(text)
    }

    pub(super) fn fields(&self) -> Option<CursorFields> {
        let fields: Vec<&str> = self.0.split('.').collect();
        let (&[version, kind, operation, list], position) = fields.split_first_chunk::<4>()?;
        let mut names = CursorKind::NAMES.iter();
        let (kind, _) = *names.find(|(_, name)| *name == kind)?;
        let position = match *position {
            [] => Position::End,
            [mark, skip, after] => Position::Within {
                mark: Some(unescape(mark)?).filter(|mark| !mark.is_empty()),
                skip: skip.parse().ok()?,
                after: Some(unescape(after)?).filter(|id| !id.is_empty()),
            },
            _ => return None,
        };
        (version == VERSION).then_some(())?;
        Some(CursorFields {
            kind,
            operation: unescape(operation)?,
            list: u64::from_str_radix(list, 16).ok()?,
            position,
        })
    }
}

fn escape(text: &str) -> impl fmt::Display + '_ {
    utf8_percent_encode(text, NON_ALPHANUMERIC)
}

fn unescape(text: &str) -> Option<String> {
    let decoded = percent_decode_str(text).decode_utf8().ok()?;
    Some(decoded.into_owned())
}

impl fmt::Display for PageCursor {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl fmt::Debug for PageCursor {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_tuple("PageCursor").field(&self.0).finish()
    }
}

/// Reads the text of a cursor.
///
/// # Errors
/// Returns [`Error::is_build`] if the text is no cursor, or that of another version of this crate.
impl FromStr for PageCursor {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let cursor = Self(text.to_owned());
        if cursor.fields().is_some() {
            return Ok(cursor);
        }
        let has_version = text.split_once('.').is_some_and(|(version, _)| {
            version != VERSION && !version.is_empty() && version.bytes().all(|b| b.is_ascii_digit())
        });
        Err(Error::build(if has_version {
            "the page cursor was written by another version of this crate, whose format is not \
             known here: read the list from its start"
        } else {
            "this text is no page cursor: pass the text of `cursor()` unchanged"
        }))
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for PageCursor {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for PageCursor {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str> as serde::Deserialize>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}
