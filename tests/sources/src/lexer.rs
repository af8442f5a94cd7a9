//! A lexer for Rust sources that keeps comments, which `syn` drops.

/// What a token is, as far as the measurements need to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// An identifier, a keyword or a number.
    Word,
    /// A string, byte string or character.
    Literal,
    /// A documentation comment.
    Doc,
    /// Any other comment.
    Comment,
    /// One character of punctuation.
    Symbol,
}

/// A token with its place.
#[derive(Clone, Copy, Debug)]
pub struct Token<'s> {
    /// What it is.
    pub kind: TokenKind,
    /// Its text, with quotes and comment marks.
    pub text: &'s str,
    /// The line that it starts on, from 1.
    pub line: usize,
}

impl Token<'_> {
    /// Whether this is the identifier or symbol `text`.
    pub fn is_text(&self, text: &str) -> bool {
        matches!(self.kind, TokenKind::Word | TokenKind::Symbol) && self.text == text
    }

    /// The number of the last line that the token reaches.
    pub fn last_line(&self) -> usize {
        self.line + self.text.matches('\n').count()
    }
}

/// Splits a source text into tokens. Text that is no Rust gives some tokens, never an error.
pub fn tokenize(source: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let (mut offset, mut line) = (0, 1);
    while let Some(first) = source[offset..].chars().next() {
        let rest = &source[offset..];
        let (kind, length) = if first.is_whitespace() {
            (None, first.len_utf8())
        } else {
            let (kind, length) = measure_token(rest, first);
            (Some(kind), length)
        };
        let text = &rest[..length];
        if let Some(kind) = kind {
            tokens.push(Token { kind, text, line });
        }
        line += text.matches('\n').count();
        offset += length;
    }
    tokens
}

/// The kind and the length in bytes of the token at the start of `rest`.
fn measure_token(rest: &str, first: char) -> (TokenKind, usize) {
    if rest.starts_with("//") {
        let length = rest.find('\n').unwrap_or(rest.len());
        return (comment_kind(&rest[..length]), length);
    }
    if rest.starts_with("/*") {
        let length = block_comment_length(rest);
        return (comment_kind(&rest[..length]), length);
    }
    if first == '"' {
        return (TokenKind::Literal, quoted_length(rest, 1));
    }
    if first == '\'' {
        return match character_length(rest) {
            Some(length) => (TokenKind::Literal, length),
            // A lifetime: the name follows as a word.
            None => (TokenKind::Symbol, 1),
        };
    }
    if first.is_alphanumeric() || first == '_' {
        let length = word_length(rest);
        if let Some(total) = prefixed_length(rest, &rest[..length]) {
            return (TokenKind::Literal, total);
        }
        return (TokenKind::Word, length);
    }
    (TokenKind::Symbol, first.len_utf8())
}

fn comment_kind(text: &str) -> TokenKind {
    let is_doc = |open: &str, rule: &str| {
        text.starts_with(open) && !text.starts_with(rule) && text.len() > open.len() + 1
    };
    let is_empty_doc = text == "///" || text.starts_with("//!") || text.starts_with("/*!");
    if is_empty_doc || is_doc("///", "////") || is_doc("/**", "/***") {
        TokenKind::Doc
    } else {
        TokenKind::Comment
    }
}

fn word_length(rest: &str) -> usize {
    rest.find(|c: char| !c.is_alphanumeric() && c != '_')
        .unwrap_or(rest.len())
}

/// Block comments nest.
fn block_comment_length(rest: &str) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while at < rest.len() {
        if rest[at..].starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest[at..].starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += rest[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    rest.len()
}

/// The length of a literal with escapes whose content starts at `start`.
fn quoted_length(rest: &str, start: usize) -> usize {
    let mut is_escaped = false;
    for (at, character) in rest.char_indices().skip_while(|(at, _)| *at < start) {
        match character {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

/// The length of the character literal at the start of `rest`, which begins with `'`; `None` for a
/// lifetime.
fn character_length(rest: &str) -> Option<usize> {
    let mut characters = rest.char_indices().skip(1);
    let (_, first) = characters.next()?;
    if first == '\\' {
        characters.next()?;
        let (end, _) = characters.find(|(_, character)| *character == '\'')?;
        return Some(end + 1);
    }
    let (end, second) = characters.next()?;
    (second == '\'').then_some(end + 1)
}

/// The length of a literal that begins with the word `prefix`, as in `b"…"` and `r#"…"#`.
fn prefixed_length(rest: &str, prefix: &str) -> Option<usize> {
    let after = &rest[prefix.len()..];
    match prefix {
        "b" | "c" if after.starts_with('"') => Some(quoted_length(rest, prefix.len() + 1)),
        "b" if after.starts_with('\'') => Some(prefix.len() + character_length(after)?),
        "r" | "br" | "cr" => {
            let marks = after.len() - after.trim_start_matches('#').len();
            if !after[marks..].starts_with('"') {
                return None;
            }
            let start = prefix.len() + marks + 1;
            let end = format!("\"{}", "#".repeat(marks));
            let length = rest[start..].find(&end).map(|at| start + at + end.len());
            Some(length.unwrap_or(rest.len()))
        }
        _ => None,
    }
}
