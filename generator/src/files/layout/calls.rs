//! The value of a constant: a call, and calls of methods on what it returns.

use std::ops::Range;

use proc_macro2::Delimiter;

use super::line::{Grammar, LineWriter, line_text};
use super::tokens::{Kind, Tokens};
use super::{INDENT, MARGIN, indent};

/// Writes `path(…).method(…).method(…);` after `head` characters of its line; `None` if the layout is
/// not known here.
pub(super) fn write_calls(
    tokens: &Tokens,
    range: Range<usize>,
    depth: usize,
    head: usize,
    out: &mut String,
) -> Option<()> {
    let line = line_text(tokens, range.clone(), Grammar::Expression)?;
    if head + line.len() < MARGIN {
        out.push_str(&line);
        out.push_str(";\n");
        return Some(());
    }
    // Otherwise the type takes several lines.
    (head <= MARGIN).then_some(())?;
    let open = range.clone().find(|at| is_call(tokens, *at))?;
    let path = line_text(tokens, range.start..open, Grammar::Expression)?;
    // Only paths have one layout.
    let is_path = (range.start..open).all(|at| {
        matches!(
            tokens.kind(at),
            Some(Kind::Ident | Kind::Punct(':' | '&', _))
        )
    });
    let arguments = tokens.group(open, Delimiter::Parenthesis)?;
    let after = arguments.end + 1;
    let (mut list, methods) = (
        LineWriter::new(tokens, Grammar::Expression),
        after..range.end,
    );
    list.write_tokens(arguments, true)?;
    if !is_path || list.out.is_empty() {
        return None;
    }
    let is_alone = methods.is_empty();
    out.push_str(&path);
    out.push('(');
    let first = head + path.len() + list.out.len() + "()".len();
    if !is_alone && first <= MARGIN {
        out.push_str(&list.out);
    } else {
        let inner = if is_alone { depth } else { depth + 1 };
        let deeper = if is_alone { depth + 1 } else { depth + 2 };
        out.push('\n');
        let mut begin = 0;
        for end in list.commas.iter().copied().chain([list.out.len() + 2]) {
            let argument = list.out.get(begin..end - 2)?;
            // What has brackets may be broken again.
            let is_long = deeper * INDENT + argument.len() + 1 > MARGIN;
            if is_long && !argument.starts_with('"') {
                return None;
            }
            indent(deeper, out);
            out.push_str(argument);
            out.push_str(",\n");
            begin = end;
        }
        indent(inner, out);
    }
    out.push(')');
    write_methods(tokens, methods, depth + 1, out)?;
    out.push_str(";\n");
    Some(())
}

fn is_call(tokens: &Tokens, at: usize) -> bool {
    tokens.group(at, Delimiter::Parenthesis).is_some()
}

/// Writes each call of a method on a line of its own.
fn write_methods(
    tokens: &Tokens,
    range: Range<usize>,
    depth: usize,
    out: &mut String,
) -> Option<()> {
    let mut at = range.start;
    while at < range.end {
        let arguments = tokens.group(at + 2, Delimiter::Parenthesis)?;
        let is_method = tokens.is_punct(at, '.') && tokens.kind(at + 1) == Some(Kind::Ident);
        let list = line_text(tokens, arguments.clone(), Grammar::Expression)?;
        let name = tokens.text(at + 1);
        let width = depth * INDENT + name.len() + list.len() + ".();".len();
        if !is_method || width > MARGIN {
            return None;
        }
        out.push('\n');
        indent(depth, out);
        out.push('.');
        out.push_str(name);
        out.push('(');
        out.push_str(&list);
        out.push(')');
        at = arguments.end + 1;
    }
    Some(())
}
