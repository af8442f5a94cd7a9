//! The errors of decoding: what is wrong, and where.

use std::fmt;

use super::expected::ResponseMismatch;

/// The kind of a JSON value, which its first byte determines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum JsonKind {
    /// The literal `null`.
    Null,
    /// `true` or `false`.
    Boolean,
    /// A number.
    Number,
    /// A string.
    String,
    /// An array.
    Array,
    /// An object.
    Object,
    /// No value: the text ends here, or the next byte does not start a value.
    Nothing,
}

impl JsonKind {
    /// The kind with its article, for error messages.
    fn with_article(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Boolean => "a boolean",
            Self::Number => "a number",
            Self::String => "a string",
            Self::Array => "an array",
            Self::Object => "an object",
            Self::Nothing => "nothing",
        }
    }
}

/// What is wrong with a text that cannot be decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DecodeErrorKind {
    /// The text is not UTF-8.
    InvalidUtf8,
    /// The text ends inside a value.
    UnexpectedEnd,
    /// The text violates the JSON grammar; the field has the rule.
    Syntax(&'static str),
    /// Arrays and objects are nested deeper than [`MAX_DEPTH`](super::MAX_DEPTH).
    TooDeep,
    /// There is text after the value.
    TrailingText,
    /// The value is of another kind than the type requires.
    WrongType {
        /// What the type requires.
        expected: &'static str,
        /// What the text contains.
        found: JsonKind,
    },
    /// The number does not fit the type.
    NumberOutOfRange,
    /// The value is of the right kind, but not one that the type allows.
    Invalid {
        /// What the type requires.
        expected: &'static str,
    },
    /// An object lacks fields that its type requires; all of them are listed.
    MissingFields(Vec<&'static str>),
    /// The object is not one that the request can have.
    Mismatch(Box<ResponseMismatch>),
}

impl fmt::Display for DecodeErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InvalidUtf8 => f.write_str("the text is not UTF-8"),
            Self::UnexpectedEnd => f.write_str("the text ends inside a value"),
            Self::Syntax(rule) => f.write_str(rule),
            Self::TooDeep => f.write_str("arrays and objects are nested too deep"),
            Self::TrailingText => f.write_str("text follows the value"),
            Self::WrongType { expected, found } => {
                write!(f, "expected {expected}, found {}", found.with_article())
            }
            Self::NumberOutOfRange => f.write_str("the number does not fit its type"),
            Self::Invalid { expected } => write!(f, "expected {expected}"),
            Self::MissingFields(names) => {
                f.write_str("missing required ")?;
                f.write_str(if names.len() == 1 { "field" } else { "fields" })?;
                for (index, name) in names.iter().enumerate() {
                    write!(f, "{} `{name}`", if index == 0 { "" } else { "," })?;
                }
                Ok(())
            }
            Self::Mismatch(mismatch) => mismatch.fmt(f),
        }
    }
}

/// One step of the path from the root to the value that cannot be decoded.
#[derive(Clone, Debug)]
pub(super) enum PathStep {
    Field(&'static str),
    Key(Box<str>),
    Index(usize),
}

#[derive(Clone, Debug)]
struct DecodeErrorInner {
    kind: DecodeErrorKind,
    offset: Option<usize>,
    type_name: Option<&'static str>,
    /// From the innermost step outwards: steps are added while the error is returned, so that
    /// paths cost nothing when decoding succeeds.
    steps: Vec<PathStep>,
}

/// Why a JSON text could not be decoded, with path, type and offset.
///
/// Neither its `Display` nor its `Debug` shows data of the document other than
/// key names.
///
/// ```
/// use wire::codec::{DecodePolicy, decode_with};
///
/// let error = decode_with::<Vec<i64>>(b"[1, true]", DecodePolicy::Refuse).unwrap_err();
/// assert_eq!(error.path(), "[1]");
/// assert_eq!(error.to_string(), "cannot decode `[1]`: expected an integer, found a boolean (at byte 4)");
/// ```
#[derive(Clone)]
pub struct DecodeError(Box<DecodeErrorInner>);

impl DecodeError {
    #[cold]
    pub(super) fn new(kind: DecodeErrorKind, offset: usize) -> Self {
        Self(Box::new(DecodeErrorInner {
            kind,
            offset: Some(offset),
            type_name: None,
            steps: Vec::new(),
        }))
    }

    /// An object lacks this member.
    #[cold]
    #[doc(hidden)]
    pub fn missing(name: &'static str) -> Self {
        let mut error = Self::new(DecodeErrorKind::MissingFields(vec![name]), 0);
        error.0.offset = None;
        error
    }

    /// The same error within this member, whose text was decoded separately.
    #[cold]
    #[doc(hidden)]
    pub fn in_member(mut self, name: &'static str) -> Self {
        self.0.offset = None;
        self.within_step(PathStep::Field(name))
    }

    /// Adds the next outer step to the path.
    #[cold]
    pub(super) fn within_step(mut self, step: PathStep) -> Self {
        self.0.steps.push(step);
        self
    }

    /// Sets the name of the record type, unless an inner record has set it.
    #[cold]
    pub(super) fn in_type(mut self, name: &'static str) -> Self {
        self.0.type_name.get_or_insert(name);
        self
    }

    /// What is wrong.
    pub fn kind(&self) -> &DecodeErrorKind {
        &self.0.kind
    }

    /// The byte of the text at which the error was detected; `None` if the value was decoded apart
    /// from the text around it.
    pub fn offset(&self) -> Option<usize> {
        self.0.offset
    }

    /// The name of the innermost record type that contains the value.
    pub fn type_name(&self) -> Option<&'static str> {
        self.0.type_name
    }

    /// The path of the value, for example `data[3].status`; empty at the root.
    ///
    /// Control characters in keys are escaped and keys are truncated to 64 characters, so that
    /// the path is one line.
    pub fn path(&self) -> String {
        let mut path = String::new();
        for step in self.0.steps.iter().rev() {
            match step {
                PathStep::Index(index) => path.push_str(&format!("[{index}]")),
                PathStep::Field(key) => push_key(&mut path, key),
                PathStep::Key(key) => push_key(&mut path, key),
            }
        }
        path
    }
}

/// The number of characters of a key that are shown in a path.
const KEY_SHOWN: usize = 64;

fn push_key(path: &mut String, key: &str) {
    if !path.is_empty() {
        path.push('.');
    }
    for (count, character) in key.chars().enumerate() {
        if count == KEY_SHOWN {
            path.push('…');
            break;
        }
        if character.is_control() || matches!(character, '\u{2028}' | '\u{2029}') {
            path.extend(character.escape_unicode());
        } else {
            path.push(character);
        }
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("cannot decode")?;
        let path = self.path();
        match (path.as_str(), self.0.type_name) {
            ("", None) => f.write_str(" the value")?,
            ("", Some(name)) => write!(f, " {name}")?,
            (path, None) => write!(f, " `{path}`")?,
            (path, Some(name)) => write!(f, " `{path}` of {name}")?,
        }
        write!(f, ": {}", self.0.kind)?;
        match self.0.offset {
            Some(offset) => write!(f, " (at byte {offset})"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DecodeError")
            .field("kind", &self.0.kind)
            .field("path", &self.path())
            .field("type_name", &self.0.type_name)
            .field("offset", &self.0.offset)
            .finish()
    }
}

impl std::error::Error for DecodeError {}
