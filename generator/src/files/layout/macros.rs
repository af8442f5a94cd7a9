//! Calls of macros, whose tokens have no meaning here: they are separated by spaces, any of which can
//! be the end of a line.

use std::ops::Range;

use proc_macro2::Delimiter;

use super::tokens::{Kind, Tokens, delimiter_text};
use super::{INDENT, MARGIN};

/// BreakableText that a macro reads as keywords.
const KEYWORDS: &[&str] = &[
    "as", "async", "await", "box", "break", "const", "continue", "crate", "dyn", "else", "enum",
    "extern", "fn", "for", "if", "impl", "in", "let", "loop", "macro", "match", "mod", "move",
    "mut", "pub", "ref", "return", "static", "struct", "trait", "type", "unsafe", "use", "where",
    "while", "yield",
];

/// What was before a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Ident,
    Colon,
    PathSeparator,
    Delimiter,
    Other,
}

/// The texts between which a line may end.
#[derive(Default)]
struct BreakableText {
    text: String,
    ends: Vec<usize>,
}

impl BreakableText {
    fn end_word(&mut self) {
        self.ends.push(self.text.len());
    }
}

/// Writes `name!(…);` on one line, or on as many as it needs. `name` has the `!`.
pub(super) fn write_call(
    tokens: &Tokens,
    name: &str,
    arguments: Range<usize>,
    out: &mut String,
) -> Option<()> {
    let mut words = BreakableText::default();
    collect_words(tokens, arguments, &mut words)?;
    words.end_word();
    out.push_str(name);
    out.push('(');
    let spaces = words.ends.len() - 1;
    let width = name.len() + words.text.len() + spaces + "();".len();
    let is_one_line = width <= MARGIN;
    if !is_one_line {
        new_line(out);
    }
    let (mut begin, mut column) = (0, INDENT);
    for (index, &end) in words.ends.iter().enumerate() {
        let word = words.text.get(begin..end)?;
        if index > 0 {
            if is_one_line || column + 1 + word.len() <= MARGIN {
                out.push(' ');
                column += 1;
            } else {
                new_line(out);
                column = INDENT;
            }
        }
        out.push_str(word);
        column += word.len();
        begin = end;
    }
    out.push_str(if is_one_line { ");\n" } else { "\n);\n" });
    Some(())
}

fn new_line(out: &mut String) {
    out.push('\n');
    out.push_str("    ");
}

/// `None` if there is a token whose spaces are not known here.
fn collect_words(tokens: &Tokens, range: Range<usize>, words: &mut BreakableText) -> Option<()> {
    let mut state = State::Other;
    let mut is_joint = true;
    let mut at = range.start;
    while at < range.end {
        let kind = tokens.kind(at)?;
        let (has_space, next) = spacing(tokens, at, kind, state)?;
        if has_space && !is_joint {
            words.end_word();
        }
        is_joint = matches!(kind, Kind::Punct(_, true));
        match kind {
            Kind::Punct(character, _) => words.text.push(character),
            Kind::Open(delimiter, close) => {
                let (begin, end) = delimiter_text(delimiter);
                let is_spaced = delimiter == Delimiter::Brace && at + 1 < close;
                words.text.push_str(begin);
                if is_spaced {
                    words.end_word();
                }
                collect_words(tokens, at + 1..close, words)?;
                if is_spaced {
                    words.end_word();
                }
                words.text.push_str(end);
            }
            _ => words.text.push_str(tokens.text(at)),
        }
        state = next;
        at = tokens.after(at);
    }
    Some(())
}

/// Whether there is a space before a token, and what it is for the next one.
fn spacing(tokens: &Tokens, at: usize, kind: Kind, state: State) -> Option<(bool, State)> {
    Some(match kind {
        Kind::Open(Delimiter::Parenthesis | Delimiter::Bracket, _) => {
            (state != State::Ident, State::Delimiter)
        }
        Kind::Open(Delimiter::Brace, _) => (true, State::Other),
        Kind::Ident if KEYWORDS.contains(&tokens.text(at)) => (true, State::Other),
        Kind::Ident => (state != State::PathSeparator, State::Ident),
        Kind::Literal if tokens.text(at).ends_with('.') => return None,
        Kind::Literal => (true, State::Ident),
        Kind::Punct(':', _) if state == State::Colon => (false, State::PathSeparator),
        Kind::Punct(',' | ';', _) => (false, State::Other),
        Kind::Punct(':', true) => (state != State::Ident, State::Colon),
        Kind::Punct('.' | '$' | '#' | '!', _) => return None,
        Kind::Punct(..) => (true, State::Other),
        Kind::Open(Delimiter::None, _) | Kind::Close(_) => return None,
    })
}
