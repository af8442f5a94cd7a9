//! Attributes and documentation.

use proc_macro2::Delimiter;

use super::line::{Grammar, line_text};
use super::tokens::Tokens;
use super::{INDENT, MARGIN, indent};

/// Writes attributes, each on a line of its own. Returns the index after them, or `None` if the
/// layout of one is not known here.
pub(super) fn write_attributes(
    tokens: &Tokens,
    begin: usize,
    depth: usize,
    out: &mut String,
) -> Option<usize> {
    let mut at = begin;
    while tokens.is_punct(at, '#') {
        let is_inner = tokens.is_punct(at + 1, '!');
        if is_inner && depth > 0 {
            return None;
        }
        at += if is_inner { 2 } else { 1 };
        let inside = tokens.group(at, Delimiter::Bracket)?;
        indent(depth, out);
        let is_doc = tokens.is_word(inside.start, "doc") && tokens.is_punct(inside.start + 1, '=');
        if is_doc && inside.len() == 3 {
            out.push_str(if is_inner { "//!" } else { "///" });
            let literal = tokens.text(inside.start + 2);
            push_comment(literal, is_inner, out)?;
        } else {
            let text = line_text(tokens, inside.clone(), Grammar::Expression)?;
            if is_inner || depth * INDENT + text.len() + 3 > MARGIN {
                return None;
            }
            out.push_str("#[");
            out.push_str(&text);
            out.push(']');
        }
        out.push('\n');
        at = inside.end + 1;
    }
    Some(at)
}

/// Writes the content of a string literal as a comment.
fn push_comment(literal: &str, is_inner: bool, out: &mut String) -> Option<()> {
    let text = literal.strip_prefix('"')?.strip_suffix('"')?;
    if text.starts_with('/') && !is_inner {
        return None;
    }
    let mut rest = text.trim_end_matches(' ');
    while let Some(escape) = rest.find('\\') {
        out.push_str(rest.get(..escape)?);
        let escaped = rest.get(escape + 1..)?.chars().next()?;
        match escaped {
            '\\' | '"' | '\'' => out.push(escaped),
            // A comment that is no line, or a character that is no text.
            _ => return None,
        }
        rest = rest.get(escape + 2..)?;
    }
    out.push_str(rest);
    Some(())
}
