//! The tokenizer: a cursor over one JSON text.
//!
//! In: bytes. Out: values, one for each call of a [`Place`](super::Place). Every call skips the
//! white space before its value. After an error the position is unspecified and the reader must not
//! be used again.

use std::borrow::Cow;
use std::fmt;

use super::correction::{Correction, PendingCorrection};
use super::error::{DecodeError, DecodeErrorKind, JsonKind, PathStep};
use super::expected::Expected;
use super::policy::DecodePolicy;
use super::scan;

/// The maximum nesting depth of arrays and objects. The limit keeps hostile input from exhausting
/// the stack.
pub const MAX_DEPTH: u32 = 128;

/// Why values are filled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Filling {
    /// They are missing.
    Missing,
    /// There is an empty array in place of an object, which is then there and empty.
    EmptyObject,
    /// They are decoded again, since their key occurs twice.
    Cleared,
}

/// What [`Reader::object`] calls for each member.
type EachMember<'f, 'a> = dyn FnMut(&mut Reader<'a>, Cow<'a, str>) -> Result<(), DecodeError> + 'f;

/// A strict reader of one JSON text.
///
/// ```
/// use wire::codec::Reader;
///
/// let mut reader = Reader::new(br#"{"name": "Jenny", "visits": [1, 2]}"#)?;
/// let (mut name, mut visits) = (String::new(), 0);
/// reader.object(&mut |reader, key| match &*key {
///     "name" => reader.string().map(|text| name.push_str(&text)),
///     _ => reader.array(&mut |reader| reader.integer().map(|number| visits += number)),
/// })?;
/// reader.end()?;
/// assert_eq!((name.as_str(), visits), ("Jenny", 3));
/// # Ok::<(), wire::codec::DecodeError>(())
/// ```
///
/// `Debug` shows the position and not the text.
#[derive(Clone)]
pub struct Reader<'a> {
    pub(super) text: &'a str,
    pub(super) position: usize,
    pub(super) depth: u32,
    pub(super) policy: DecodePolicy,
    /// Whether an object with the constant of its type needs no id.
    pub(super) identity_is_optional: bool,
    /// What the outermost object must have.
    pub(super) expected: Option<Expected<'a>>,
    /// What was corrected so far.
    pub(super) corrections: Vec<PendingCorrection>,
    /// What was sent in place of the value that is filled.
    pub(super) sent: Option<Box<str>>,
    /// Set if there is no text and every value is to be filled.
    pub(super) filling: Option<Filling>,
    /// Whether integers may be written as text, as in the field that is being decoded.
    pub(super) integers_in_text: bool,
    /// The next place where a member `deleted` may be, from the last search for one.
    pub(super) next_deleted: Option<usize>,
}

impl fmt::Debug for Reader<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader")
            .field("position", &self.position)
            .field("length", &self.text.len())
            .finish_non_exhaustive()
    }
}

impl<'a> Reader<'a> {
    /// A reader at the start of `text`.
    ///
    /// # Errors
    /// If the text is not UTF-8.
    pub fn new(text: &'a [u8]) -> Result<Self, DecodeError> {
        match std::str::from_utf8(text) {
            Ok(text) => Ok(Self::from_text(text)),
            Err(error) => Err(DecodeError::new(
                DecodeErrorKind::InvalidUtf8,
                error.valid_up_to(),
            )),
        }
    }

    /// A reader of text that is known to be UTF-8.
    #[doc(hidden)]
    pub fn from_text(text: &'a str) -> Self {
        Self {
            text,
            position: 0,
            depth: 0,
            policy: DecodePolicy::Correct,
            identity_is_optional: false,
            expected: None,
            corrections: Vec::new(),
            filling: None,
            sent: None,
            integers_in_text: false,
            next_deleted: None,
        }
    }

    /// A reader without a text, with which every value is filled.
    ///
    /// Each method returns the empty value of its kind, and lists and objects have no elements.
    pub(super) fn filling(filling: Filling) -> Reader<'static> {
        let mut reader = Reader::from_text(match filling {
            Filling::EmptyObject => "{}",
            Filling::Missing | Filling::Cleared => "null",
        });
        reader.filling = Some(filling);
        reader
    }

    /// Whether there is no text and the value is to be set to its empty one.
    #[doc(hidden)]
    pub fn is_filling(&self) -> bool {
        self.filling.is_some()
    }

    /// Sets what is done about members that are missing or unreadable.
    #[must_use]
    pub fn with_policy(mut self, policy: DecodePolicy) -> Self {
        self.policy = policy;
        self
    }

    /// Lets an object with the constant of its type have no id, as some objects of events.
    #[doc(hidden)]
    #[must_use]
    pub fn with_optional_identity(mut self) -> Self {
        self.identity_is_optional = true;
        self
    }

    /// What is done about members that are missing or unreadable.
    pub fn policy(&self) -> DecodePolicy {
        self.policy
    }

    /// The corrections so far, with their paths in the text.
    #[must_use]
    pub fn corrections(&self) -> Vec<Correction> {
        if self.corrections.is_empty() {
            return Vec::new();
        }
        self.corrections_within(0, 0)
    }

    /// Returns the kind of the next value without consuming it.
    pub fn peek(&mut self) -> JsonKind {
        match self.peek_byte() {
            Some(b'n') => JsonKind::Null,
            Some(b't' | b'f') => JsonKind::Boolean,
            Some(b'-' | b'0'..=b'9') => JsonKind::Number,
            Some(b'"') => JsonKind::String,
            Some(b'[') => JsonKind::Array,
            Some(b'{') => JsonKind::Object,
            _ => JsonKind::Nothing,
        }
    }

    /// Consumes `null` if that is the next value, and returns whether it was.
    #[inline]
    pub fn null(&mut self) -> Result<bool, DecodeError> {
        if self.peek_byte() != Some(b'n') {
            return Ok(false);
        }
        if !self.is_filling() {
            self.expect_literal(b"null")?;
        }
        Ok(true)
    }

    /// Reads a boolean.
    pub fn boolean(&mut self) -> Result<bool, DecodeError> {
        match self.peek_byte() {
            Some(b't') => self.expect_literal(b"true").map(|()| true),
            Some(b'f') => self.expect_literal(b"false").map(|()| false),
            _ => self.filled_or_mismatch("a boolean"),
        }
    }

    /// Reads a string, which is borrowed from the text unless it has escapes.
    pub fn string(&mut self) -> Result<Cow<'a, str>, DecodeError> {
        if self.peek_byte() != Some(b'"') {
            return self.filled_or_mismatch("a string");
        }
        self.position += 1;
        self.string_rest()
    }

    /// Checks the next value and returns its text, without the white space around it.
    pub fn raw(&mut self) -> Result<&'a str, DecodeError> {
        if self.is_filling() {
            return Ok("null");
        }
        let start = self.offset();
        self.skip_value()?;
        Ok(self.text_between(start, self.position))
    }

    /// Where the next value begins, as an offset in bytes. Does not consume it.
    #[doc(hidden)]
    pub fn offset(&mut self) -> usize {
        self.peek_byte();
        self.position
    }

    /// Reads an array; `each` is called before each element and must consume it.
    pub fn array(
        &mut self,
        each: &mut dyn FnMut(&mut Self) -> Result<(), DecodeError>,
    ) -> Result<(), DecodeError> {
        if self.open_container(b'[', b']', "an array")? {
            return Ok(());
        }
        let mut index = 0;
        loop {
            if let Err(error) = each(self) {
                return Err(error.within_step(PathStep::Index(index)));
            }
            index += 1;
            if self.close_or_continue(b']')? {
                return Ok(());
            }
        }
    }

    /// Reads an object; `each` is called with each key and must consume its value.
    ///
    /// For a key that occurs twice, `each` is called twice.
    pub fn object(&mut self, each: &mut EachMember<'_, 'a>) -> Result<(), DecodeError> {
        if self.open_container(b'{', b'}', "an object")? {
            return Ok(());
        }
        loop {
            let (at, key) = self.read_key()?;
            if let Err(error) = each(self, key) {
                return Err(self.within_key(error, at));
            }
            if self.close_or_continue(b'}')? {
                return Ok(());
            }
        }
    }

    /// Checks that only white space is left.
    pub fn end(&mut self) -> Result<(), DecodeError> {
        match self.peek_byte() {
            None => Ok(()),
            Some(_) => Err(self.error_here(DecodeErrorKind::TrailingText)),
        }
    }

    /// An error at this position for a value that is of the right kind but not one that the type
    /// allows; `expected` completes "expected …", for example `a colour`.
    #[cold]
    pub fn invalid(&self, expected: &'static str) -> DecodeError {
        self.error_here(DecodeErrorKind::Invalid { expected })
    }

    /// An error at this position for a value of another kind than `expected`, or for text that is
    /// no value.
    #[cold]
    pub fn mismatch(&mut self, expected: &'static str) -> DecodeError {
        match (self.peek(), self.peek_byte()) {
            (JsonKind::Nothing, None) => self.error_here(DecodeErrorKind::UnexpectedEnd),
            (JsonKind::Nothing, Some(_)) => self.syntax_error("expected a value"),
            (found, _) => self.error_here(DecodeErrorKind::WrongType { expected, found }),
        }
    }

    /// The empty value if values are filled, otherwise an error as [`mismatch`](Self::mismatch)
    /// makes it.
    #[cold]
    pub(super) fn filled_or_mismatch<T: Default>(
        &mut self,
        expected: &'static str,
    ) -> Result<T, DecodeError> {
        match self.filling {
            Some(_) => Ok(T::default()),
            None => Err(self.mismatch(expected)),
        }
    }

    /// Skips white space and returns the next byte without consuming it.
    #[inline(always)]
    pub(super) fn peek_byte(&mut self) -> Option<u8> {
        let bytes = self.text.as_bytes();
        self.position = scan::space_stop(bytes, self.position);
        bytes.get(self.position).copied()
    }

    /// Consumes the opening bracket, and the closing one if it is next. Returns whether the
    /// container is empty.
    #[inline]
    pub(super) fn open_container(
        &mut self,
        opening: u8,
        closing: u8,
        expected: &'static str,
    ) -> Result<bool, DecodeError> {
        if self.peek_byte() != Some(opening) {
            // A filled list or object has no members.
            return self.filled_or_mismatch(expected).map(|()| true);
        }
        if self.depth == MAX_DEPTH {
            return Err(self.error_here(DecodeErrorKind::TooDeep));
        }
        self.position += 1;
        if self.peek_byte() == Some(closing) {
            self.position += 1;
            return Ok(true);
        }
        self.depth += 1;
        Ok(false)
    }

    /// After a member: consumes the comma or the closing bracket. Returns whether it was the
    /// bracket.
    #[inline(always)]
    pub(super) fn close_or_continue(&mut self, closing: u8) -> Result<bool, DecodeError> {
        match self.peek_byte() {
            Some(b',') => {
                self.position += 1;
                Ok(false)
            }
            Some(byte) if byte == closing => {
                self.position += 1;
                self.depth -= 1;
                Ok(true)
            }
            _ => Err(self.separator_error(closing)),
        }
    }

    #[cold]
    pub(super) fn separator_error(&mut self, closing: u8) -> DecodeError {
        match (self.peek_byte(), closing) {
            (None, _) => self.error_here(DecodeErrorKind::UnexpectedEnd),
            (_, b'}') => self.syntax_error("expected `,` or `}`"),
            _ => self.syntax_error("expected `,` or `]`"),
        }
    }

    /// Reads a key and its colon. Returns the position of the key's text, too.
    pub(super) fn read_key(&mut self) -> Result<(usize, Cow<'a, str>), DecodeError> {
        let at = self.key_start()?;
        let key = self.string_rest()?;
        self.expect_colon()?;
        Ok((at, key))
    }

    /// Consumes the quote before a key and returns the position of the key's text.
    #[inline(always)]
    pub(super) fn key_start(&mut self) -> Result<usize, DecodeError> {
        match self.peek_byte() {
            Some(b'"') => {
                self.position += 1;
                Ok(self.position)
            }
            None => Err(self.error_here(DecodeErrorKind::UnexpectedEnd)),
            Some(_) => Err(self.syntax_error("expected a key")),
        }
    }

    /// Consumes the colon after a key, and the space that often follows it.
    #[inline(always)]
    pub(super) fn expect_colon(&mut self) -> Result<(), DecodeError> {
        match self.peek_byte() {
            Some(b':') => {
                self.position += 1;
                let spaced = self.text.as_bytes().get(self.position) == Some(&b' ');
                self.position += usize::from(spaced);
                Ok(())
            }
            None => Err(self.error_here(DecodeErrorKind::UnexpectedEnd)),
            Some(_) => Err(self.syntax_error("expected `:`")),
        }
    }

    /// Adds the key whose text begins at `at` to the path of `error`.
    ///
    /// The key is read again here, since keeping it would cost time for every key.
    #[cold]
    pub(super) fn within_key(&self, error: DecodeError, at: usize) -> DecodeError {
        let mut reader = Reader::from_text(self.text);
        reader.position = at;
        match reader.string_rest() {
            Ok(key) => error.within_step(PathStep::Key(key.into())),
            Err(_) => error,
        }
    }

    #[inline(always)]
    pub(super) fn expect_literal<const N: usize>(
        &mut self,
        literal: &'static [u8; N],
    ) -> Result<(), DecodeError> {
        let rest = self.rest();
        if rest.first_chunk::<N>() == Some(literal) {
            self.position += N;
            return Ok(());
        }
        Err(self.literal_error(literal))
    }

    #[cold]
    fn literal_error(&mut self, literal: &'static [u8]) -> DecodeError {
        // A prefix at the end of the text is a truncated literal.
        if literal.starts_with(self.rest()) {
            self.position = self.text.len();
            return self.error_here(DecodeErrorKind::UnexpectedEnd);
        }
        self.syntax_error("expected a value")
    }

    /// The bytes that are not consumed.
    #[inline(always)]
    pub(super) fn rest(&self) -> &'a [u8] {
        let bytes = self.text.as_bytes();
        bytes.get(self.position..).unwrap_or_default()
    }

    /// The text between two earlier positions of this reader.
    #[inline(always)]
    pub(super) fn text_between(&self, start: usize, end: usize) -> &'a str {
        // Both positions are next to an ASCII byte or at the start or end of the text.
        self.text.get(start..end).unwrap_or_default()
    }

    #[cold]
    pub(super) fn error_here(&self, kind: DecodeErrorKind) -> DecodeError {
        DecodeError::new(kind, self.position)
    }

    #[cold]
    pub(super) fn syntax_error(&self, rule: &'static str) -> DecodeError {
        self.error_here(DecodeErrorKind::Syntax(rule))
    }
}
