//! Lines of code, documentation and comments.

use std::ops::AddAssign;

use super::lexer::{Token, TokenKind, tokenize};

/// How many lines of each sort a text has. Blank lines count nowhere, also within literals; a line
/// with code and a comment is code.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LineCounts {
    /// Lines with code, without those of test modules.
    pub code: usize,
    /// Lines with nothing but documentation comments.
    pub doc: usize,
    /// Lines with nothing but other comments.
    pub comment: usize,
    /// Lines with code in `#[cfg(test)] mod name { … }`.
    pub test: usize,
}

impl AddAssign for LineCounts {
    fn add_assign(&mut self, other: Self) {
        self.code += other.code;
        self.doc += other.doc;
        self.comment += other.comment;
        self.test += other.test;
    }
}

#[derive(Clone, Copy, PartialEq, PartialOrd)]
enum LineSort {
    Blank,
    Comment,
    Doc,
    Test,
    Code,
}

/// Counts the lines of a Rust source.
pub fn count_lines(source: &str) -> LineCounts {
    let tokens = tokenize(source);
    let mut sorts = vec![LineSort::Blank; source.lines().count() + 2];
    let mut test_end = 0;
    for (index, token) in tokens.iter().enumerate() {
        if index >= test_end && opens_test_module(&tokens[index..]) {
            test_end = index + block_length(&tokens[index..]);
        }
        let sort = match token.kind {
            TokenKind::Comment => LineSort::Comment,
            TokenKind::Doc => LineSort::Doc,
            _ if index < test_end => LineSort::Test,
            _ => LineSort::Code,
        };
        for line in &mut sorts[token.line..=token.last_line()] {
            if *line < sort {
                *line = sort;
            }
        }
    }
    let mut counts = LineCounts::default();
    for (line, sort) in source.lines().zip(&sorts[1..]) {
        match sort {
            _ if line.trim().is_empty() => {}
            LineSort::Blank => {}
            LineSort::Comment => counts.comment += 1,
            LineSort::Doc => counts.doc += 1,
            LineSort::Test => counts.test += 1,
            LineSort::Code => counts.code += 1,
        }
    }
    counts
}

/// Whether `#[cfg(test)] mod name {` stands here.
fn opens_test_module(tokens: &[Token<'_>]) -> bool {
    let start = ["#", "[", "cfg", "(", "test", ")", "]", "mod"];
    tokens.len() > start.len() + 1
        && start
            .iter()
            .zip(tokens)
            .all(|(text, token)| token.is_text(text))
        && tokens[start.len() + 1].is_text("{")
}

/// The number of tokens up to the end of the first block in braces.
fn block_length(tokens: &[Token<'_>]) -> usize {
    let mut depth = 0_usize;
    for (index, token) in tokens.iter().enumerate() {
        if token.is_text("{") {
            depth += 1;
        } else if token.is_text("}") {
            depth = depth.saturating_sub(1);
            if depth == 0 {
                return index + 1;
            }
        }
    }
    tokens.len()
}
