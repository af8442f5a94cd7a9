//! What a response must have because of its request: the id in the path, the mode of the API key,
//! and the tag of the type.

use std::fmt;

/// What the outermost object of a response must have, because its request determines it.
///
/// The object must also have the tag (`object`) of its type.
///
/// ```
/// use wire::codec::Expected;
///
/// let expected = Expected { id: Some("cus_1"), live: Some(false) };
/// assert!(expected.names_another("cus_2"));
/// assert!(!expected.names_another("CUS_1"));
/// // Ids of another kind may be older names of the same object.
/// assert!(!expected.names_another("acct_1"));
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Expected<'a> {
    /// The id that the request names.
    pub id: Option<&'a str>,
    /// Whether the object is one of live mode, if that is known.
    pub live: Option<bool>,
}

impl Expected<'_> {
    /// Whether an id certainly is of another object than the request names: both have the same
    /// prefix, the text up to the last underscore, or neither has one, and they differ in more than
    /// case. Ids with different prefixes may be names of the same object.
    pub fn names_another(&self, id: &str) -> bool {
        let prefix = |id: &str| Some(id.rsplit_once('_')?.0.to_ascii_lowercase());
        self.id.is_some_and(|requested| {
            !requested.eq_ignore_ascii_case(id) && prefix(requested) == prefix(id)
        })
    }
}

/// What shows that a response belongs to another request.
///
/// The values may be personal data, so `Display` and `Debug` show the name alone.
#[derive(Clone, PartialEq, Eq)]
pub struct ResponseMismatch {
    /// The name of the header of the response, or of the member of its object.
    pub name: String,
    /// The value that the request determines.
    pub expected: String,
    /// The value of the response.
    pub received: String,
}

impl fmt::Display for ResponseMismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is not that of the request", self.name)
    }
}

impl fmt::Debug for ResponseMismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseMismatch")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl std::error::Error for ResponseMismatch {}
