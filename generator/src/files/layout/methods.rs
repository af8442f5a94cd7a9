//! Methods with bodies of a few short lines.

use std::ops::Range;

use proc_macro2::Delimiter;

use super::line::{Grammar, LineWriter, line_text};
use super::tokens::Tokens;
use super::{INDENT, ITEM_MARGIN, exceeds_margin, indent};

/// The longest struct literal on one line, up to its `}`.
const LITERAL_WIDTH: usize = 34;

/// Writes a method without its attributes; `None` if its layout is not known here.
pub(super) fn write_method(tokens: &Tokens, range: Range<usize>, out: &mut String) -> Option<()> {
    let body_begin = range.end.checked_sub(1)?;
    let open = range
        .clone()
        .find(|at| tokens.after(*at) == body_begin + 1)?;
    let body = tokens.group(open, Delimiter::Brace)?;
    if body.is_empty() {
        return None;
    }
    write_signature(tokens, range.start..open, out)?;
    out.push_str(" {\n");
    write_body(tokens, body, out)?;
    indent(1, out);
    out.push_str("}\n");
    Some(())
}

/// Writes a signature on one line, or with an argument per line.
fn write_signature(tokens: &Tokens, range: Range<usize>, out: &mut String) -> Option<()> {
    let name = range.clone().find(|at| tokens.is_word(*at, "fn"))? + 1;
    let arguments = tokens.group(name + 1, Delimiter::Parenthesis)?;
    let head = line_text(tokens, range.start..name + 1, Grammar::Type)?;
    let mut list = LineWriter::new(tokens, Grammar::Type);
    list.write_tokens(arguments.clone(), true)?;
    let output = arguments.end + 1..range.end;
    let output = match output.is_empty() {
        true => String::new(),
        false => {
            let is_arrow =
                tokens.is_punct(output.start, '-') && tokens.is_punct(output.start + 1, '>');
            is_arrow.then_some(())?;
            let ty = line_text(tokens, output.start + 2..output.end, Grammar::Type)?;
            format!(" -> {ty}")
        }
    };
    indent(1, out);
    out.push_str(&head);
    out.push('(');
    let width = head.len() + list.out.len() + output.len() + "() {".len();
    if INDENT + width <= super::MARGIN {
        out.push_str(&list.out);
    } else {
        out.push('\n');
        let mut begin = 0;
        let ends = list.commas.iter().copied().chain([list.out.len() + 2]);
        for end in ends {
            // Without the comma and the space.
            let argument = list.out.get(begin..end - 2)?;
            if argument.is_empty() || 2 * INDENT + argument.len() + 1 > ITEM_MARGIN {
                return None;
            }
            indent(2, out);
            out.push_str(argument);
            out.push_str(",\n");
            begin = end;
        }
        indent(1, out);
        if INDENT + output.len() + ") {".len() > ITEM_MARGIN {
            return None;
        }
    }
    out.push(')');
    out.push_str(&output);
    Some(())
}

/// Writes the statements of a method.
fn write_body(tokens: &Tokens, body: Range<usize>, out: &mut String) -> Option<()> {
    let mut begin = body.start;
    let mut at = body.start;
    while at < body.end {
        if tokens.is_punct(at, ';') {
            let line = line_text(tokens, begin..at, Grammar::Expression)?;
            if line.is_empty() || exceeds_margin(&line, 2) || line.len() + 9 > super::MARGIN {
                return None;
            }
            indent(2, out);
            out.push_str(&line);
            out.push_str(";\n");
            begin = at + 1;
        }
        at = tokens.after(at);
    }
    if begin == body.end {
        return Some(());
    }
    let fields = (begin..body.end).find(|at| tokens.after(*at) == body.end);
    let fields = fields.filter(|at| tokens.group(*at, Delimiter::Brace).is_some());
    match fields {
        Some(open) => write_literal(tokens, begin..open, open, out),
        None => {
            // An assignment would get a semicolon.
            if (begin..body.end).any(|at| tokens.is_punct(at, '=')) {
                return None;
            }
            let line = line_text(tokens, begin..body.end, Grammar::Expression)?;
            if exceeds_margin(&line, 2) {
                return None;
            }
            indent(2, out);
            out.push_str(&line);
            out.push('\n');
            Some(())
        }
    }
}

/// Writes a struct literal.
fn write_literal(tokens: &Tokens, path: Range<usize>, open: usize, out: &mut String) -> Option<()> {
    let inside = tokens.group(open, Delimiter::Brace)?;
    let path = line_text(tokens, path, Grammar::Expression)?;
    let mut fields = LineWriter::new(tokens, Grammar::Expression);
    fields.write_tokens(inside.clone(), true)?;
    if path.is_empty() || fields.out.is_empty() {
        return None;
    }
    indent(2, out);
    out.push_str(&path);
    let width = path.len() + fields.out.len() + " {  ".len();
    if width <= LITERAL_WIDTH {
        out.push_str(" { ");
        out.push_str(&fields.out);
        out.push_str(" }\n");
        return Some(());
    }
    out.push_str(" {\n");
    let mut begin = 0;
    let ends = fields.commas.iter().copied().chain([fields.out.len() + 2]);
    for end in ends {
        let field = fields.out.get(begin..end - 2)?;
        if 3 * INDENT + field.len() + 1 > ITEM_MARGIN {
            return None;
        }
        indent(3, out);
        out.push_str(field);
        out.push_str(",\n");
        begin = end;
    }
    indent(2, out);
    out.push_str("}\n");
    Some(())
}
