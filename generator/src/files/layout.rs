//! Formats tokens as text, as prettyplease does.
//!
//! Parsing and formatting took most of the time of a run, and most of the output consists of a few
//! constructs: documentation, fields, variants, methods of a line or two, calls of macros. Those are
//! written from their tokens. Everything else, and each line that is too long for a simple rule, is
//! parsed with syn and formatted by prettyplease, item by item. A test compares both for whole crates.

mod attributes;
mod calls;
mod items;
mod line;
mod macros;
mod methods;
#[cfg(test)]
mod tests;
mod tokens;

use std::ops::Range;

use proc_macro2::TokenStream;

use self::tokens::Tokens;

/// The width of a line.
const MARGIN: usize = 89;

/// The width of an indentation.
const INDENT: usize = 4;

/// The longest line of a list with an item per line. Below the margin, because the comma after the
/// last item does not count.
const ITEM_MARGIN: usize = 85;

/// The text of a file.
///
/// # Errors
/// The tokens are no Rust.
pub(super) fn format_tokens(stream: TokenStream) -> Result<String, syn::Error> {
    let tokens = Tokens::from_stream(stream);
    let mut out = String::new();
    items::write_items(&tokens, &mut out)?;
    Ok(out)
}

/// The text of items, by way of syn and prettyplease.
fn format_parsed(text: &str) -> Result<String, syn::Error> {
    syn::parse_str(text).map(|file| prettyplease::unparse(&file))
}

/// Writes an item of an `impl` block by way of syn and prettyplease.
fn write_parsed_member(
    tokens: &Tokens,
    range: Range<usize>,
    out: &mut String,
) -> Result<(), syn::Error> {
    let text = format!("impl X {{ {} }}", tokens.source_text(range));
    let block = format_parsed(&text)?;
    // Without the lines of the block.
    let inner = block.strip_prefix("impl X {\n");
    let inner = inner.and_then(|inner| inner.strip_suffix("}\n"));
    out.push_str(inner.unwrap_or_default());
    Ok(())
}

/// Writes spaces.
fn indent(depth: usize, out: &mut String) {
    for _ in 0..depth {
        out.push_str("    ");
    }
}

/// Whether a line with this text is too long at a depth.
fn exceeds_margin(text: &str, depth: usize) -> bool {
    depth * INDENT + text.len() > MARGIN
}
