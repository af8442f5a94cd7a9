//! Parses HTML tags and entities.

/// An HTML tag.
pub(super) enum HtmlTag<'a> {
    /// `<name href="…">`
    Open(&'a str, Option<String>),
    /// `</name>`
    Close(&'a str),
    /// `<br>`
    Break,
    /// A comment, or a tag that is ignored. Its content is kept.
    Skip,
}

/// Tags that have a counterpart in Markdown.
const KNOWN: [&str; 21] = [
    "a",
    "b",
    "blockquote",
    "code",
    "em",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "i",
    "kbd",
    "li",
    "ol",
    "p",
    "pre",
    "strong",
    "tt",
    "ul",
    "div",
];

/// Tags that are ignored.
const TRANSPARENT: [&str; 14] = [
    "amount", "currency", "font", "img", "hr", "small", "span", "sub", "sup", "table", "tbody",
    "td", "th", "tr",
];

/// Whether a text is HTML rather than Markdown: it contains a closing tag.
pub(super) fn is_html(text: &str) -> bool {
    let mut closing = text
        .match_indices("</")
        .filter_map(|(at, _)| parse_tag(text.get(at..)?));
    closing.any(|(tag, _)| matches!(tag, HtmlTag::Close(_)))
}

/// A known tag at the beginning of `rest`, and its length. Anything else in angle brackets is text,
/// such as a placeholder.
pub(super) fn parse_tag(rest: &str) -> Option<(HtmlTag<'_>, usize)> {
    if rest.starts_with("<!--") {
        let length = rest.find("-->")? + 3;
        return Some((HtmlTag::Skip, length));
    }
    let inner = rest.strip_prefix('<')?;
    let (inner, closes) = match inner.strip_prefix('/') {
        Some(inner) => (inner, true),
        None => (inner, false),
    };
    let name_end = inner
        .find(|c: char| !c.is_ascii_alphanumeric())
        .unwrap_or(inner.len());
    let name = inner.get(..name_end)?;
    let known = |names: &[&'static str]| {
        names
            .iter()
            .find(|known| known.eq_ignore_ascii_case(name))
            .copied()
    };
    let attributes = inner.get(name_end..)?;
    let end = end_of_tag(attributes)?;
    let length = rest.len() - attributes.len() + end + 1;
    let attributes = attributes.get(..end)?;
    if name.eq_ignore_ascii_case("br") {
        return Some((HtmlTag::Break, length));
    }
    if known(&TRANSPARENT).is_some() {
        return Some((HtmlTag::Skip, length));
    }
    let name = known(&KNOWN)?;
    let tag = if closes {
        HtmlTag::Close(name)
    } else {
        HtmlTag::Open(name, attribute_value(attributes, "href"))
    };
    Some((tag, length))
}

/// Position of the `>` that ends a tag, outside of quotes.
fn end_of_tag(attributes: &str) -> Option<usize> {
    let mut quote = None;
    for (at, c) in attributes.char_indices() {
        match (quote, c) {
            (None, '>') => return Some(at),
            (None, '<') => return None,
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if open == c => quote = None,
            _ => {}
        }
    }
    None
}

/// The value of an attribute.
fn attribute_value(attributes: &str, name: &str) -> Option<String> {
    let lower = attributes.to_ascii_lowercase();
    let (at, _) = lower.match_indices(name).find(|(at, _)| {
        lower
            .get(..*at)
            .is_some_and(|before| before.ends_with(|c: char| c.is_ascii_whitespace()))
    })?;
    let value = attributes
        .get(at + name.len()..)?
        .trim_start()
        .strip_prefix('=')?
        .trim_start();
    let value = match value.chars().next()? {
        quote @ ('"' | '\'') => value.get(1..)?.split(quote).next()?,
        _ => value.split_ascii_whitespace().next()?.trim_end_matches('/'),
    };
    Some(decode_entities(value))
}

/// A text with its entities replaced.
fn decode_entities(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let (decoded, length) = parse_entity(rest).unwrap_or((c, c.len_utf8()));
        out.push(decoded);
        rest = rest.get(length..).unwrap_or_default();
    }
    out
}

/// An entity at the beginning of `rest`, and its length.
pub(super) fn parse_entity(rest: &str) -> Option<(char, usize)> {
    // Bounded, so that a single `&` does not cause a search of the whole text. The longest known
    // entity has nine characters.
    let end = rest.bytes().take(12).position(|byte| byte == b';')?;
    let name = rest.get(1..end).filter(|_| rest.starts_with('&'))?;
    let decoded = match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" | "lsquo" | "rsquo" => '\'',
        "ldquo" | "rdquo" => '"',
        "nbsp" => ' ',
        "mdash" => '—',
        "ndash" => '–',
        "hellip" => '…',
        "middot" => '·',
        "bull" => '•',
        "times" => '×',
        "copy" => '©',
        "reg" => '®',
        "trade" => '™',
        "euro" => '€',
        "pound" => '£',
        "yen" => '¥',
        "rarr" => '→',
        "larr" => '←',
        _ => parse_numeric_entity(name)?,
    };
    Some((decoded, end + 1))
}

fn parse_numeric_entity(name: &str) -> Option<char> {
    let number = name.strip_prefix('#')?;
    let code = match number.strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16).ok()?,
        None => number.parse().ok()?,
    };
    char::from_u32(code).filter(|c| !super::is_invisible(*c))
}
