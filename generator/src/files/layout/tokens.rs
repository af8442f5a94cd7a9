//! A stream of tokens as one list, with the texts in one buffer.
//!
//! The stream is consumed: a group of a shared stream would be copied with all that is in it.

use std::fmt::Write as _;
use std::ops::Range;

use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A word.
    Ident,
    /// A literal.
    Literal,
    /// A character, and whether the next one follows without a space.
    Punct(char, bool),
    /// The begin of a group, with the index of its end.
    Open(Delimiter, usize),
    /// The end of a group.
    Close(Delimiter),
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    kind: Kind,
    begin: usize,
    end: usize,
}

/// All tokens of a file.
#[derive(Debug, Default)]
pub(super) struct Tokens {
    text: String,
    entries: Vec<Entry>,
}

impl Tokens {
    /// The tokens of a stream.
    pub(super) fn from_stream(stream: TokenStream) -> Self {
        let mut tokens = Self::default();
        tokens.push_stream(stream);
        tokens
    }

    fn push_stream(&mut self, stream: TokenStream) {
        for tree in stream {
            let begin = self.text.len();
            let kind = match tree {
                TokenTree::Ident(ident) => {
                    // Writing to a string does not fail.
                    let _ = write!(self.text, "{ident}");
                    Kind::Ident
                }
                TokenTree::Literal(literal) => {
                    let _ = write!(self.text, "{literal}");
                    Kind::Literal
                }
                TokenTree::Punct(punct) => {
                    Kind::Punct(punct.as_char(), punct.spacing() == Spacing::Joint)
                }
                TokenTree::Group(group) => {
                    let (delimiter, inner) = (group.delimiter(), group.stream());
                    // Now nothing else has the stream.
                    drop(group);
                    let open = self.entries.len();
                    self.push_entry(Kind::Open(delimiter, 0), begin);
                    self.push_stream(inner);
                    let close = self.entries.len();
                    if let Some(entry) = self.entries.get_mut(open) {
                        entry.kind = Kind::Open(delimiter, close);
                    }
                    Kind::Close(delimiter)
                }
            };
            self.push_entry(kind, begin);
        }
    }

    fn push_entry(&mut self, kind: Kind, begin: usize) {
        let end = match kind {
            Kind::Ident | Kind::Literal => self.text.len(),
            _ => begin,
        };
        self.entries.push(Entry { kind, begin, end });
    }

    /// Number of tokens.
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// What the token at an index is.
    pub(super) fn kind(&self, index: usize) -> Option<Kind> {
        self.entries.get(index).map(|entry| entry.kind)
    }

    /// The text of a word or literal.
    pub(super) fn text(&self, index: usize) -> &str {
        let entry = self.entries.get(index);
        let text = entry.and_then(|entry| self.text.get(entry.begin..entry.end));
        text.unwrap_or_default()
    }

    /// Whether the token at an index is this word.
    pub(super) fn is_word(&self, index: usize, word: &str) -> bool {
        self.kind(index) == Some(Kind::Ident) && self.text(index) == word
    }

    /// Whether the token at an index is this character.
    pub(super) fn is_punct(&self, index: usize, wanted: char) -> bool {
        matches!(self.kind(index), Some(Kind::Punct(found, _)) if found == wanted)
    }

    /// The index after a token or, if it begins a group, after the group.
    pub(super) fn after(&self, index: usize) -> usize {
        match self.kind(index) {
            Some(Kind::Open(_, close)) => close + 1,
            _ => index + 1,
        }
    }

    /// What is inside of a group with this delimiter that begins at an index.
    pub(super) fn group(&self, index: usize, wanted: Delimiter) -> Option<Range<usize>> {
        match self.kind(index)? {
            Kind::Open(delimiter, close) if delimiter == wanted => Some(index + 1..close),
            _ => None,
        }
    }

    /// The tokens as text that can be parsed.
    pub(super) fn source_text(&self, range: Range<usize>) -> String {
        let mut out = String::new();
        for index in range {
            match self.kind(index) {
                Some(Kind::Ident | Kind::Literal) => {
                    out.push_str(self.text(index));
                    out.push(' ');
                }
                Some(Kind::Punct(character, is_joint)) => {
                    out.push(character);
                    if !is_joint {
                        out.push(' ');
                    }
                }
                Some(Kind::Open(delimiter, _)) => out.push_str(delimiter_text(delimiter).0),
                Some(Kind::Close(delimiter)) => out.push_str(delimiter_text(delimiter).1),
                None => {}
            }
        }
        out
    }
}

/// How a group begins and ends.
pub(super) fn delimiter_text(delimiter: Delimiter) -> (&'static str, &'static str) {
    match delimiter {
        Delimiter::Parenthesis => ("(", ")"),
        Delimiter::Brace => ("{", "}"),
        Delimiter::Bracket => ("[", "]"),
        Delimiter::None => ("", ""),
    }
}
