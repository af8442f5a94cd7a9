//! Items of a file.

use std::ops::Range;

use proc_macro2::Delimiter;

use super::attributes::write_attributes;
use super::line::{Grammar, LineWriter, line_text};
use super::tokens::{Kind, Tokens};
use super::{MARGIN, calls, format_parsed, indent, macros, methods, write_parsed_member};

/// Writes all items. What cannot be written from its tokens is parsed, item by item.
pub(super) fn write_items(tokens: &Tokens, out: &mut String) -> Result<(), syn::Error> {
    let mut at = 0;
    while at < tokens.len() {
        let before = out.len();
        let begin = match write_attributes(tokens, at, 0, out) {
            Some(begin) => begin,
            None => {
                out.truncate(before);
                at
            }
        };
        if begin >= tokens.len() && begin > at {
            break;
        }
        let head = skip_attributes(tokens, begin);
        let end = item_end(tokens, head);
        let written = out.len();
        let is_known = head == begin && write_item(tokens, begin..end, out)?.is_some();
        if !is_known {
            out.truncate(written);
            out.push_str(&format_parsed(&tokens.source_text(begin..end))?);
        }
        at = end;
    }
    Ok(())
}

/// The index after the attributes at an index.
fn skip_attributes(tokens: &Tokens, begin: usize) -> usize {
    let mut at = begin;
    while tokens.is_punct(at, '#') {
        at += if tokens.is_punct(at + 1, '!') { 2 } else { 1 };
        at = tokens.after(at);
    }
    at
}

/// The index after the visibility at an index.
fn skip_visibility(tokens: &Tokens, begin: usize) -> usize {
    if !tokens.is_word(begin, "pub") {
        return begin;
    }
    match tokens.group(begin + 1, Delimiter::Parenthesis) {
        Some(inside) => inside.end + 1,
        None => begin + 1,
    }
}

/// The index after an item: after its `;`, or after its braces if they are its end.
fn item_end(tokens: &Tokens, head: usize) -> usize {
    let keyword = skip_visibility(tokens, head);
    let has_value = ["use", "const", "static", "type"];
    let is_value = has_value.iter().any(|word| tokens.is_word(keyword, word))
        && !tokens.is_word(keyword + 1, "fn");
    let mut at = head;
    while at < tokens.len() {
        let is_braces = tokens.group(at, Delimiter::Brace).is_some();
        let is_end = tokens.is_punct(at, ';') || (is_braces && !is_value);
        at = tokens.after(at);
        if is_end {
            break;
        }
    }
    at
}

/// Writes an item without its attributes; `None` if its layout is not known here.
fn write_item(
    tokens: &Tokens,
    range: Range<usize>,
    out: &mut String,
) -> Result<Option<()>, syn::Error> {
    let keyword = skip_visibility(tokens, range.start);
    let is = |word: &str| tokens.is_word(keyword, word);
    let last = range.end - 1;
    Ok(if is("impl") {
        return write_impl(tokens, range, out);
    } else if is("struct") || is("enum") {
        write_type(tokens, range, is("enum"), out)
    } else if is("mod") || is("const") {
        write_line(tokens, range, 0, out)
    } else if is("use") {
        write_use(tokens, range, out)
    } else if tokens.is_punct(last, ';') {
        write_macro(tokens, range.start..last, out)
    } else {
        None
    })
}

/// Writes an item that ends with `;` on one line.
fn write_line(tokens: &Tokens, range: Range<usize>, depth: usize, out: &mut String) -> Option<()> {
    let last = range.end.checked_sub(1)?;
    if !tokens.is_punct(last, ';') {
        return None;
    }
    let begin = out.len();
    indent(depth, out);
    let equals = range.clone().find(|at| tokens.is_punct(*at, '='));
    match equals {
        Some(equals) if !tokens.is_word(range.start, "type") => {
            out.push_str(&line_text(tokens, range.start..equals, Grammar::Type)?);
            out.push_str(" = ");
            let head = out.len() - begin;
            return calls::write_calls(tokens, equals + 1..last, depth, head, out);
        }
        _ => out.push_str(&line_text(tokens, range.start..last, Grammar::Type)?),
    }
    out.push_str(";\n");
    (out.len() - begin <= MARGIN + 1).then_some(())
}

/// Writes the import of one path, or of a list of names that fits on a line.
fn write_use(tokens: &Tokens, range: Range<usize>, out: &mut String) -> Option<()> {
    let mut at = range.start;
    let is_plain = |kind: Kind| match kind {
        Kind::Ident | Kind::Punct(':' | ';' | ',', _) => true,
        Kind::Open(delimiter, close) => delimiter == Delimiter::Brace && close + 2 == range.end,
        Kind::Close(_) => true,
        _ => false,
    };
    let all_plain = range
        .clone()
        .all(|at| tokens.kind(at).is_some_and(is_plain));
    let is_other = |at: usize| tokens.is_word(at, "as") || tokens.is_word(at, "self");
    if !all_plain || range.clone().any(is_other) {
        return None;
    }
    // A list of one name has no braces.
    let open = range
        .clone()
        .find(|at| tokens.group(*at, Delimiter::Brace).is_some());
    let names = open.and_then(|open| tokens.group(open, Delimiter::Brace));
    if names.as_ref().is_some_and(|names| names.len() % 2 == 0) {
        return None;
    }
    let is_single = names.is_some_and(|names| names.len() == 1);
    let begin = out.len();
    if tokens.is_word(at, "pub") {
        at += 1;
        out.push_str("pub ");
    }
    if !tokens.is_word(at, "use") {
        return None;
    }
    out.push_str("use ");
    for at in at + 1..range.end {
        match tokens.kind(at)? {
            Kind::Punct(',', _) => out.push_str(", "),
            Kind::Punct(character, _) => out.push(character),
            Kind::Open(..) | Kind::Close(_) if is_single => {}
            Kind::Open(..) => out.push('{'),
            Kind::Close(_) => out.push('}'),
            _ => out.push_str(tokens.text(at)),
        }
    }
    out.push('\n');
    (out.len() - begin <= MARGIN + 1).then_some(())
}

/// Writes the call of a macro.
fn write_macro(tokens: &Tokens, range: Range<usize>, out: &mut String) -> Option<()> {
    let mut name = String::new();
    let mut at = range.start;
    while !tokens.is_punct(at, '!') {
        match tokens.kind(at)? {
            Kind::Ident if tokens.text(at) != "macro_rules" => name.push_str(tokens.text(at)),
            Kind::Punct(':', _) => name.push(':'),
            _ => return None,
        }
        at += 1;
    }
    name.push('!');
    let arguments = tokens.group(at + 1, Delimiter::Parenthesis)?;
    let is_whole = arguments.end + 1 == range.end && !arguments.is_empty();
    is_whole.then_some(())?;
    macros::write_call(tokens, &name, arguments, out)
}

/// Writes a struct or an enum.
fn write_type(tokens: &Tokens, range: Range<usize>, is_enum: bool, out: &mut String) -> Option<()> {
    let last = range.end - 1;
    if tokens.is_punct(last, ';') {
        return write_line(tokens, range, 0, out);
    }
    let open = range
        .clone()
        .find(|at| tokens.group(*at, Delimiter::Brace).is_some())?;
    let inside = tokens.group(open, Delimiter::Brace)?;
    out.push_str(&line_text(tokens, range.start..open, Grammar::Type)?);
    if inside.is_empty() {
        out.push_str(" {}\n");
        return Some(());
    }
    out.push_str(" {\n");
    let mut at = inside.start;
    while at < inside.end {
        at = write_attributes(tokens, at, 1, out)?;
        let end = member_end(tokens, at..inside.end)?;
        let begin = out.len();
        indent(1, out);
        let is_other_variant = is_enum && !is_plain_variant(tokens, at..end);
        if is_other_variant {
            return None;
        }
        let mut line = LineWriter::new(tokens, Grammar::Type);
        line.write_tokens(at..end, true)?;
        out.push_str(&line.out);
        out.push_str(",\n");
        if out.len() - begin > MARGIN + 1 {
            return None;
        }
        at = end + 1;
    }
    out.push_str("}\n");
    Some(())
}

/// Whether a variant is a name, or a name with types in parentheses.
fn is_plain_variant(tokens: &Tokens, range: Range<usize>) -> bool {
    let is_named = tokens.kind(range.start) == Some(Kind::Ident);
    let rest = range.start + 1;
    let types = tokens.group(rest, Delimiter::Parenthesis);
    is_named && (rest == range.end || types.is_some_and(|types| types.end + 1 == range.end))
}

/// The index of the comma after a field or variant, or the end of all.
fn member_end(tokens: &Tokens, range: Range<usize>) -> Option<usize> {
    let mut angles = 0usize;
    let mut at = range.start;
    while at < range.end {
        match tokens.kind(at)? {
            Kind::Punct(',', _) if angles == 0 => return Some(at),
            Kind::Punct('<', _) => angles += 1,
            Kind::Punct('>', _) => angles = angles.checked_sub(1)?,
            _ => {}
        }
        at = tokens.after(at);
    }
    Some(range.end)
}

/// Writes an `impl` block.
fn write_impl(
    tokens: &Tokens,
    range: Range<usize>,
    out: &mut String,
) -> Result<Option<()>, syn::Error> {
    let open = range.end.saturating_sub(1);
    let open = range.clone().find(|at| tokens.after(*at) == open + 1);
    let inside = open.and_then(|open| tokens.group(open, Delimiter::Brace));
    let (Some(open), Some(inside)) = (open, inside) else {
        return Ok(None);
    };
    let Some(head) = line_text(tokens, range.start..open, Grammar::Type) else {
        return Ok(None);
    };
    if inside.is_empty() || head.len() + 2 > MARGIN {
        return Ok(None);
    }
    out.push_str(&head);
    out.push_str(" {\n");
    let mut at = inside.start;
    while at < inside.end {
        let end = item_end(tokens, skip_attributes(tokens, at));
        let before = out.len();
        if write_member(tokens, at..end, out).is_none() {
            out.truncate(before);
            write_parsed_member(tokens, at..end, out)?;
        }
        at = end;
    }
    out.push_str("}\n");
    Ok(Some(()))
}

/// Writes an item of an `impl` block; `None` if its layout is not known here.
fn write_member(tokens: &Tokens, range: Range<usize>, out: &mut String) -> Option<()> {
    let begin = write_attributes(tokens, range.start, 1, out)?;
    let keyword = skip_visibility(tokens, begin);
    if tokens.is_word(keyword, "fn") {
        return methods::write_method(tokens, begin..range.end, out);
    }
    let is_value = tokens.is_word(keyword, "type") || tokens.is_word(keyword, "const");
    is_value.then_some(())?;
    write_line(tokens, begin..range.end, 1, out)
}
