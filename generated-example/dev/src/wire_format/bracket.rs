//! Bracket notation (`a[b][0]=c`) as a tree, read strictly.
//!
//! A lenient reader would hide errors of an encoder, so [`decode`] rejects everything that a correct
//! encoder does not write: `a[]`, duplicate keys, a pair without `=`, raw bytes that must be escaped.
//! [`decode_lenient`] accepts `a[]` and raw bytes, which other programs than this client send.

use std::collections::BTreeMap;

/// More than the depth of the document; prevents deep recursion on hostile input.
const MAX_DEPTH: usize = 24;

/// Parameters before the schema has given them types.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tree {
    /// The text of one pair.
    Text(String),
    /// A file part of a multipart body, of this many bytes.
    File(usize),
    /// Names or indices in brackets; which of the two is determined by the schema (`metadata[0]`).
    Branch(BTreeMap<String, Tree>),
}

impl Tree {
    /// No parameters at all.
    #[must_use]
    pub fn empty() -> Self {
        Self::Branch(BTreeMap::new())
    }
}

/// Why text is not valid bracket notation.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message} (in `{pair}`)")]
pub struct SyntaxError {
    message: &'static str,
    pair: String,
}

fn error<T>(message: &'static str, pair: &str) -> Result<T, SyntaxError> {
    let pair = pair.to_owned();
    Err(SyntaxError { message, pair })
}

/// Reads a query string or a form body.
///
/// # Errors
/// If it has anything that a correct encoder does not write.
pub fn decode(raw: &str) -> Result<Tree, SyntaxError> {
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

/// Reads a query string or a form body, also with `a[]=1&a[]=2` and with raw bytes.
///
/// # Errors
/// If brackets do not pair up, a name occurs twice or the text is not UTF-8.
pub fn decode_lenient(raw: &str) -> Result<Tree, SyntaxError> {
    let mut tree = Tree::empty();
    for pair in raw.split('&').filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        let segments = split_lenient(&decode_raw(key, pair)?)?;
        let value = Tree::Text(decode_raw(value, pair)?);
        if !insert_lenient(&mut tree, &segments, value) {
            return error("this name occurs twice", pair);
        }
    }
    Ok(tree)
}

fn split_lenient(key: &str) -> Result<Vec<String>, SyntaxError> {
    // An index that no element can have stands for `[]` until the tree shows which one it is.
    let segments = split_key(&key.replace("[]", "[\0]"))?;
    let restore = |segment: String| match segment.as_str() {
        "\0" => String::new(),
        _ => segment,
    };
    Ok(segments.into_iter().map(restore).collect())
}

/// Whether the leaf was put at its place. `a[][b]` belongs to the last element of `a`, unless that
/// has a `b`.
fn insert_lenient(tree: &mut Tree, segments: &[String], leaf: Tree) -> bool {
    let Some((first, rest)) = segments.split_first() else {
        let is_free = *tree == Tree::empty();
        if is_free {
            *tree = leaf;
        }
        return is_free;
    };
    let Tree::Branch(children) = tree else {
        return false;
    };
    if !first.is_empty() {
        let child = children.entry(first.clone()).or_insert_with(Tree::empty);
        return insert_lenient(child, rest, leaf);
    }
    let count = children.len();
    let last = count.checked_sub(1).map(|last| last.to_string());
    if let Some(last) = last.and_then(|last| children.get_mut(&last)) {
        let is_open = match (&*last, rest.first()) {
            (Tree::Branch(members), Some(name)) => !members.contains_key(name),
            _ => false,
        };
        if is_open {
            return insert_lenient(last, rest, leaf);
        }
    }
    let child = children
        .entry(count.to_string())
        .or_insert_with(Tree::empty);
    insert_lenient(child, rest, leaf)
}

/// Undoes escapes and keeps all other bytes.
fn decode_raw(text: &str, pair: &str) -> Result<String, SyntaxError> {
    let text = text.replace('+', " ");
    let decoded = percent_encoding::percent_decode_str(&text).decode_utf8();
    match decoded {
        Ok(text) => Ok(text.into_owned()),
        Err(_) => error("the percent-encoded bytes are not UTF-8", pair),
    }
}

/// Puts a leaf at the place that `key` names.
///
/// # Errors
/// If the brackets of the key do not pair up, or the place is taken.
pub fn insert(tree: &mut Tree, key: &str, leaf: Tree) -> Result<(), SyntaxError> {
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
///
/// # Errors
/// If an escape is malformed, or the text is not UTF-8.
pub fn path_segment(text: &str) -> Result<String, SyntaxError> {
    percent_decode(&text.replace('+', "%2B"), text)
}

fn hex(digit: Option<u8>) -> Option<u8> {
    let value = char::from(digit?).to_digit(16)?;
    u8::try_from(value).ok()
}
