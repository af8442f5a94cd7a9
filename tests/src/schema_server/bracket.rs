//! Bracket notation (`a[b][0]=c`) as a tree, read strictly.
//!
//! A lenient reader would hide errors of an encoder, so everything that a correct encoder does not
//! write is rejected: `a[]`, duplicate keys, a pair without `=`, raw bytes that must be escaped.

use std::collections::BTreeMap;

/// More than the depth of the document; prevents deep recursion on hostile input.
const MAX_DEPTH: usize = 24;

/// Parameters before the schema has given them types.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Tree {
    /// The text of one pair.
    Text(String),
    /// A file part of a multipart body, of this many bytes.
    File(usize),
    /// Names or indices in brackets; which of the two is determined by the schema (`metadata[0]`).
    Branch(BTreeMap<String, Tree>),
}

impl Tree {
    /// No parameters at all.
    pub(crate) fn empty() -> Self {
        Self::Branch(BTreeMap::new())
    }
}

/// Why text is not valid bracket notation.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message} (in `{pair}`)")]
pub(crate) struct SyntaxError {
    message: &'static str,
    pair: String,
}

fn error<T>(message: &'static str, pair: &str) -> Result<T, SyntaxError> {
    let pair = pair.to_owned();
    Err(SyntaxError { message, pair })
}

/// Reads a query string or a form body.
pub(crate) fn decode(raw: &str) -> Result<Tree, SyntaxError> {
    let mut tree = Tree::empty();
    if raw.is_empty() {
        return Ok(tree);
    }
    for pair in raw.split('&') {
        let Some((key, value)) = pair.split_once('=') else {
            return error("a pair needs a name, `=` and a value", pair);
        };
        let key = percent_decode(key, pair)?;
        let value = percent_decode(value, pair)?;
        insert(&mut tree, &key, Tree::Text(value))?;
    }
    Ok(tree)
}

/// Puts a leaf at the place that `key` names.
pub(crate) fn insert(tree: &mut Tree, key: &str, leaf: Tree) -> Result<(), SyntaxError> {
    let segments = split_key(key)?;
    let mut place = tree;
    for segment in segments {
        let Tree::Branch(children) = place else {
            return error("the name before a bracket already has a plain value", key);
        };
        place = children.entry(segment).or_insert_with(Tree::empty);
    }
    // Branches are created only on the path to a leaf, so an empty one is this key's own.
    if *place != Tree::empty() {
        return error("this name occurs twice", key);
    }
    *place = leaf;
    Ok(())
}

/// `a[b][0]` → `a`, `b`, `0`.
fn split_key(key: &str) -> Result<Vec<String>, SyntaxError> {
    let (head, mut rest) = key.split_at(key.find('[').unwrap_or(key.len()));
    if head.is_empty() || head.contains(']') {
        return error("a parameter name is missing or has a stray `]`", key);
    }
    let mut segments = vec![head.to_owned()];
    while !rest.is_empty() {
        let inner = rest.strip_prefix('[').and_then(|r| r.split_once(']'));
        let Some((segment, after)) = inner else {
            return error("brackets do not pair up", key);
        };
        if segment.is_empty() {
            return error(
                "`[]` is not accepted: array elements carry their index",
                key,
            );
        }
        if segment.contains('[') {
            return error("brackets do not pair up", key);
        }
        segments.push(segment.to_owned());
        rest = after;
    }
    if segments.len() > MAX_DEPTH {
        return error("too many levels of brackets", key);
    }
    Ok(segments)
}

/// Undoes form escaping: `+` and `%XX`.
fn percent_decode(text: &str, pair: &str) -> Result<String, SyntaxError> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => match (hex(rest.next()), hex(rest.next())) {
                (Some(high), Some(low)) => bytes.push(high * 16 + low),
                _ => return error("`%` must be followed by two hexadecimal digits", pair),
            },
            b'=' | b'"' | b'<' | b'>' | b'#' | b'\\' | b'^' | b'`' | b'{' | b'|' | b'}' => {
                return error("this character must be percent-encoded", pair);
            }
            0x21..=0x7e => bytes.push(byte),
            _ => {
                return error(
                    "spaces, controls and non-ASCII must be percent-encoded",
                    pair,
                );
            }
        }
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok(text),
        Err(_) => error("the percent-encoded bytes are not UTF-8", pair),
    }
}

/// Decodes one path segment, where `+` stands for itself.
pub(crate) fn path_segment(text: &str) -> Result<String, SyntaxError> {
    percent_decode(&text.replace('+', "%2B"), text)
}

fn hex(digit: Option<u8>) -> Option<u8> {
    let value = char::from(digit?).to_digit(16)?;
    u8::try_from(value).ok()
}
