//! Types and expressions that fit on a line.

use std::ops::Range;

use proc_macro2::Delimiter;

use super::tokens::{Kind, Tokens, delimiter_text};

/// How the angle brackets of a text are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Grammar {
    /// Types, signatures and the first lines of items.
    Type,
    /// Expressions, in which a comparison is no list of arguments.
    Expression,
}

/// What the last token was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Last {
    /// Nothing, or something that an operand follows: `(`, `,`, `=`, `:`, `->`.
    Begin,
    /// A word that another one follows.
    Keyword,
    /// A name, a literal, the end of a group or of a list of arguments.
    Operand,
    /// `::`, `.`, `&`: what follows has no space before it.
    Prefix(char),
    /// `<`.
    Angle,
}

/// Words that may stand before another one.
const KEYWORDS: &[&str] = &[
    "pub", "fn", "impl", "mut", "as", "for", "struct", "enum", "const", "type", "mod", "use",
];

/// Words whose layout is more than a space.
const OTHER_KEYWORDS: &[&str] = &[
    "async", "await", "box", "break", "continue", "dyn", "else", "extern", "if", "in", "let",
    "loop", "macro", "match", "move", "ref", "return", "static", "trait", "union", "unsafe",
    "unsized", "where", "while", "yield",
];

/// Keywords that expressions have in forms that take several lines.
const ITEM_KEYWORDS: &[&str] = &["for", "fn", "impl", "const", "struct", "enum", "use", "mod"];

/// Writes the tokens of a line.
pub(super) struct LineWriter<'t> {
    tokens: &'t Tokens,
    grammar: Grammar,
    pub(super) out: String,
    last: Last,
    /// Open angle brackets.
    angles: usize,
    /// The positions after the commas outside of all brackets.
    pub(super) commas: Vec<usize>,
}

/// The text of a line, if its layout is known.
pub(super) fn line_text(tokens: &Tokens, range: Range<usize>, grammar: Grammar) -> Option<String> {
    let mut line = LineWriter::new(tokens, grammar);
    line.write_tokens(range, true)?;
    Some(line.out)
}

impl<'t> LineWriter<'t> {
    pub(super) fn new(tokens: &'t Tokens, grammar: Grammar) -> Self {
        Self {
            tokens,
            grammar,
            out: String::new(),
            last: Last::Begin,
            angles: 0,
            commas: Vec::new(),
        }
    }

    /// Writes tokens; `None` if the layout of one of them is not known here.
    pub(super) fn write_tokens(&mut self, range: Range<usize>, is_outside: bool) -> Option<()> {
        let angles = std::mem::take(&mut self.angles);
        let mut at = range.start;
        while at < range.end {
            at = match self.tokens.kind(at)? {
                Kind::Ident => self.write_word(at)?,
                Kind::Literal => self.write_literal(at)?,
                Kind::Punct(character, is_joint) => {
                    let next = self.write_punct(at, character, is_joint)?;
                    if character == ',' {
                        if next >= range.end {
                            return None;
                        }
                        if is_outside && self.angles == 0 {
                            self.commas.push(self.out.len());
                        }
                    }
                    next
                }
                Kind::Open(delimiter, close) => self.write_group(at, delimiter, close)?,
                Kind::Close(_) => return None,
            };
        }
        let is_complete = self.angles == 0 && matches!(self.last, Last::Operand | Last::Begin);
        self.angles = angles;
        is_complete.then_some(())
    }

    fn write_word(&mut self, at: usize) -> Option<usize> {
        let word = self.tokens.text(at);
        if OTHER_KEYWORDS.contains(&word) {
            return None;
        }
        let is_expression = self.grammar == Grammar::Expression && self.angles == 0;
        if is_expression && ITEM_KEYWORDS.contains(&word) {
            return None;
        }
        match self.last {
            Last::Operand | Last::Keyword => self.out.push(' '),
            Last::Begin | Last::Prefix(_) | Last::Angle => {}
        }
        let is_keyword = KEYWORDS.contains(&word);
        if self.last == Last::Operand && !is_keyword && !self.is_after_lifetime() {
            return None;
        }
        self.out.push_str(word);
        self.last = if is_keyword {
            Last::Keyword
        } else {
            Last::Operand
        };
        Some(at + 1)
    }

    /// Whether the last word is a lifetime.
    fn is_after_lifetime(&self) -> bool {
        let word = self.out.trim_end().rsplit(['&', '<', ' ']).next();
        word.is_some_and(|word| word.starts_with('\''))
    }

    fn write_literal(&mut self, at: usize) -> Option<usize> {
        match self.last {
            Last::Begin | Last::Prefix('.' | '&') => {}
            _ => return None,
        }
        self.out.push_str(self.tokens.text(at));
        self.last = Last::Operand;
        Some(at + 1)
    }

    fn write_punct(&mut self, at: usize, character: char, is_joint: bool) -> Option<usize> {
        let next = self.tokens.kind(at + 1);
        let last = self.last;
        let mut write = |text: &str, last: Last, length: usize| {
            self.out.push_str(text);
            self.last = last;
            Some(at + length)
        };
        let is_type = self.grammar == Grammar::Type || self.angles > 0;
        match (character, last) {
            (':', last) if is_joint && matches!(next, Some(Kind::Punct(':', _))) => match last {
                Last::Keyword => write(" ::", Last::Prefix(':'), 2),
                Last::Prefix(_) => None,
                _ => write("::", Last::Prefix(':'), 2),
            },
            (':', Last::Operand) if !is_joint => write(": ", Last::Begin, 1),
            ('.', Last::Operand) if !is_joint => write(".", Last::Prefix('.'), 1),
            (',', Last::Operand) if !is_joint => write(", ", Last::Begin, 1),
            ('=', Last::Operand) if !is_joint => write(" = ", Last::Begin, 1),
            ('?', Last::Operand) if !is_joint && !is_type => write("?", Last::Operand, 1),
            ('&', Last::Begin | Last::Angle) if !is_joint => write("&", Last::Prefix('&'), 1),
            ('-', Last::Operand) if is_joint && matches!(next, Some(Kind::Punct('>', _))) => {
                write(" -> ", Last::Begin, 2)
            }
            ('\'', Last::Angle | Last::Prefix('&')) if next == Some(Kind::Ident) => {
                let name = self.tokens.text(at + 1);
                write("'", Last::Operand, 0)?;
                self.out.push_str(name);
                Some(at + 2)
            }
            ('<', last) => {
                let is_list = match last {
                    Last::Operand => is_type && !self.out.ends_with([')', ']', '>']),
                    Last::Prefix(found) => found == ':',
                    Last::Begin => true,
                    Last::Keyword | Last::Angle => false,
                };
                let is_empty = matches!(next, Some(Kind::Punct('>', _)));
                if !is_list || is_empty {
                    return None;
                }
                self.angles += 1;
                self.out.push('<');
                self.last = Last::Angle;
                Some(at + 1)
            }
            ('>', Last::Operand) if self.angles > 0 => {
                if is_joint && !matches!(next, Some(Kind::Punct('>' | ',' | ';', _))) {
                    return None;
                }
                self.angles -= 1;
                self.out.push('>');
                Some(at + 1)
            }
            _ => None,
        }
    }

    fn write_group(&mut self, at: usize, delimiter: Delimiter, close: usize) -> Option<usize> {
        let is_known = match delimiter {
            Delimiter::Parenthesis | Delimiter::Bracket => match self.last {
                Last::Keyword => self.out.ends_with("pub"),
                Last::Prefix(found) => found == '&',
                Last::Begin | Last::Operand | Last::Angle => true,
            },
            Delimiter::Brace | Delimiter::None => false,
        };
        if !is_known {
            return None;
        }
        if self.last == Last::Operand && self.is_after_lifetime() {
            self.out.push(' ');
        }
        let (begin, end) = delimiter_text(delimiter);
        self.out.push_str(begin);
        let is_visibility = self.last == Last::Keyword;
        self.last = Last::Begin;
        self.write_tokens(at + 1..close, false)?;
        self.out.push_str(end);
        self.last = if is_visibility {
            Last::Keyword
        } else {
            Last::Operand
        };
        Some(close + 1)
    }
}
