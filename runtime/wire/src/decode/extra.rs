//! What an object has beside its fields: members without a field, and the record of its
//! corrections.

use std::fmt;
use std::sync::Arc;

use super::Place;
use super::correction::Correction;
use super::error::{DecodeError, JsonKind};
use super::reader::Reader;

/// What an object of a response has beside its fields: the members that the API's document does not
/// describe, and the record of the values that were filled.
///
/// Empty for an object that is as the document says; then it takes one word of memory.
///
/// ```
/// #[derive(Clone, Debug, Default)]
/// pub struct Card {
///     pub brand: String,
///     pub exp_year: i64,
///     pub extra: wire::value::Extra,
/// }
/// wire::record!(Card [0x3] {} 0 brand = "brand"; exp_year = "exp_year");
///
/// let card: Card = wire::codec::decode(br#"{"brand": "visa", "preview": {"a": 1}}"#)?;
/// assert_eq!(card.extra.get("preview").unwrap().as_str(), r#"{"a": 1}"#);
/// assert_eq!(card.extra.corrections()[0].to_string(), "`exp_year`: missing");
/// assert!(!card.extra.is_complete());
/// # Ok::<(), wire::codec::DecodeError>(())
/// ```
///
/// `Debug` shows the names of the members and not their values.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Extra(Option<Arc<ExtraParts>>);

#[derive(PartialEq, Eq)]
struct ExtraParts {
    /// A JSON object; empty if there are no members.
    members: Box<str>,
    corrections: Box<[Correction]>,
    is_filled: bool,
    /// The JSON text in place of an object that was filled as a whole.
    sent: Option<Box<str>>,
}

impl Extra {
    /// The extra of an object that has these members, without brackets.
    pub(super) fn new(members: String, corrections: Vec<Correction>) -> Self {
        let members = if members.is_empty() {
            members
        } else {
            ["{", &members, "}"].concat()
        };
        Self(Some(Arc::new(ExtraParts {
            members: members.into(),
            corrections: corrections.into(),
            is_filled: false,
            sent: None,
        })))
    }

    /// The extra of an object that was missing as a whole, or in whose place this JSON text was
    /// sent.
    pub(super) fn filled(sent: Option<Box<str>>) -> Self {
        Self(Some(Arc::new(ExtraParts {
            members: Box::default(),
            corrections: Box::default(),
            is_filled: true,
            sent,
        })))
    }

    /// Whether nothing was filled in this object and in those inside of it.
    pub fn is_complete(&self) -> bool {
        self.0
            .as_ref()
            .is_none_or(|parts| parts.corrections.is_empty() && !parts.is_filled)
    }

    /// Whether the object itself was missing and all its fields were filled. Then
    /// [`corrections`](Self::corrections) of the object around it has its path.
    pub fn is_filled(&self) -> bool {
        self.0.as_ref().is_some_and(|parts| parts.is_filled)
    }

    /// The JSON text that was sent in place of an object that was filled as a whole.
    pub(crate) fn sent_text(&self) -> Option<&str> {
        self.0.as_ref()?.sent.as_deref()
    }

    /// The values that were filled in this object and in those inside of it, with their paths.
    ///
    /// What was sent for them, if anything, is among the members if it is a member of this object.
    pub fn corrections(&self) -> &[Correction] {
        match &self.0 {
            Some(parts) => &parts.corrections,
            None => &[],
        }
    }

    /// Whether the field of that name was filled.
    pub fn is_corrected(&self, field: &str) -> bool {
        self.corrections().iter().any(|one| one.path() == field)
    }

    /// The names of the members, in the order in which they were received.
    pub fn names(&self) -> Vec<String> {
        let mut names = Vec::new();
        self.for_each_member(&mut |name, _| names.push(name.to_owned()));
        names
    }

    /// The JSON text of the member of that name. Of a repeated name, the last value counts.
    pub(crate) fn member_text(&self, name: &str) -> Option<&str> {
        let mut found = None;
        self.for_each_member(&mut |member, text| {
            if member == name {
                found = Some(text);
            }
        });
        found
    }

    /// Calls `each` with the name and the JSON text of every member.
    pub(crate) fn for_each_member<'a>(&'a self, each: &mut dyn FnMut(&str, &'a str)) {
        let Some(parts) = self.0.as_ref().filter(|parts| !parts.members.is_empty()) else {
            return;
        };
        // The text was checked when it was read.
        let _ = Reader::from_text(&parts.members).object(&mut |reader, name| {
            each(&name, reader.raw()?);
            Ok(())
        });
    }
}

impl fmt::Debug for Extra {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let corrected = self.corrections().iter().map(Correction::path);
        f.debug_struct("Extra")
            .field("members", &self.names())
            .field("corrected", &corrected.collect::<Vec<_>>())
            .finish()
    }
}

/// Reads an object, none of whose members has a field.
impl Place for Extra {
    fn decode(&mut self, reader: &mut Reader<'_>) -> Result<(), DecodeError> {
        *self = Self::default();
        if reader.peek() != JsonKind::Object {
            return reader.filled_or_mismatch("an object");
        }
        let text = reader.raw()?;
        let members = text
            .strip_prefix('{')
            .and_then(|text| text.strip_suffix('}'));
        if let Some(members) = members.map(str::trim).filter(|members| !members.is_empty()) {
            *self = Self::new(members.to_owned(), Vec::new());
        }
        Ok(())
    }
}

/// Adds a member, as it is in the document, to the text of members.
pub(super) fn push_member(members: &mut String, member: &str) {
    if !members.is_empty() {
        members.push(',');
    }
    members.push_str(member);
}
