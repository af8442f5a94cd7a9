//! Why a text could not be decoded, and where.

use std::fmt;

/// What the next value of a text is, as told by its first byte.
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
    /// No value: the text ends here, or what stands here starts no value.
    Nothing,
}

impl JsonKind {
    /// The kind with its article, for messages.
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

/// The ways in which decoding can fail.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DecodeErrorKind {
    /// The text is not UTF-8.
    InvalidUtf8,
    /// The text ends inside a value.
    UnexpectedEnd,
    /// The text breaks a rule of the JSON grammar; the field says which.
    Syntax(&'static str),
    /// Arrays and objects are nested deeper than [`MAX_DEPTH`](super::MAX_DEPTH).
    TooDeep,
    /// Something follows the value.
    TrailingText,
    /// The value is of another kind than the type asks for.
    WrongType {
        /// What the type asks for.
        expected: &'static str,
        /// What the text has.
        found: JsonKind,
    },
    /// The number does not fit the type.
    NumberOutOfRange,
    /// The value is of the right kind, but not what the type allows.
    Invalid {
        /// What the type asks for.
        expected: &'static str,
    },
    /// An object lacks fields that its type requires; all of them are listed.
    MissingFields(Vec<&'static str>),
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
        }
    }
}

/// One step of the way from the root to the value that failed.
#[derive(Clone, Debug)]
pub(super) enum PathStep {
    Field(&'static str),
    Key(Box<str>),
    Index(usize),
}

#[derive(Clone, Debug)]
struct DecodeErrorInner {
    kind: DecodeErrorKind,
    offset: usize,
    type_name: Option<&'static str>,
    /// From the innermost step outwards: steps are added while the error unwinds,
    /// so that success pays nothing for paths.
    steps: Vec<PathStep>,
}

/// Why a JSON text could not be decoded, with the place where it failed.
///
/// Neither its `Display` nor its `Debug` shows data of the document other than
/// key names.
///
/// ```
/// let error = wire::codec::decode::<Vec<i64>>(b"[1, true]").unwrap_err();
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
            offset,
            type_name: None,
            steps: Vec::new(),
        }))
    }

    /// An object lacks this member.
    #[cold]
    #[doc(hidden)]
    pub fn missing(name: &'static str) -> Self {
        Self::new(DecodeErrorKind::MissingFields(vec![name]), 0)
    }

    /// The same for the value of this member, whose text was decoded apart.
    #[cold]
    #[doc(hidden)]
    pub fn in_member(self, name: &'static str) -> Self {
        self.within_step(PathStep::Field(name))
    }

    /// Adds the next outer step to the path.
    #[cold]
    pub(super) fn within_step(mut self, step: PathStep) -> Self {
        self.0.steps.push(step);
        self
    }

    /// Names the record that was being decoded, unless an inner one was named.
    #[cold]
    pub(super) fn in_type(mut self, name: &'static str) -> Self {
        self.0.type_name.get_or_insert(name);
        self
    }

    /// What went wrong.
    pub fn kind(&self) -> &DecodeErrorKind {
        &self.0.kind
    }

    /// The byte of the text at which it was noticed.
    pub fn offset(&self) -> usize {
        self.0.offset
    }

    /// The name of the innermost record type around the failing value.
    pub fn type_name(&self) -> Option<&'static str> {
        self.0.type_name
    }

    /// The way to the failing value, for example `data[3].status`; empty at the root.
    ///
    /// Control characters in keys are escaped and long keys are cut, so that the
    /// path is always one short line.
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

/// No more characters of one key than this are shown in a path.
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
        if !path.is_empty() {
            write!(f, " `{path}`")?;
        }
        if let Some(name) = self.0.type_name {
            write!(f, " of {name}")?;
        }
        write!(f, ": {} (at byte {})", self.0.kind, self.0.offset)
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
