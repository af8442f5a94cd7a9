//! Multipart bodies: files have no fields, so only names and sizes are told.

use super::pattern;

/// The boundary that a content type states.
pub(super) fn boundary(content_type: &str) -> Option<&str> {
    let mut parameters = content_type.split(';').skip(1);
    let value = parameters.find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        let is_boundary = name.trim().eq_ignore_ascii_case("boundary");
        is_boundary.then(|| value.trim().trim_matches('"'))
    })?;
    (!value.is_empty()).then_some(value)
}

/// `multipart: purpose (18 bytes), file (2048 bytes)`, or `None` if the body has no such parts.
pub(super) fn outline(body: &[u8], boundary: &str) -> Option<String> {
    let delimiter = format!("--{boundary}");
    let mut rest = after(body, delimiter.as_bytes())?;
    let mut parts = Vec::new();
    while let Some(part) = rest.strip_prefix(b"\r\n") {
        let (head, tail) = split(part, b"\r\n\r\n")?;
        let (content, next) = split(tail, format!("\r\n{delimiter}").as_bytes())?;
        let head = String::from_utf8_lossy(head);
        let name = head.split("name=\"").nth(1)?.split('"').next()?;
        let name = pattern::redact(name);
        parts.push(format!("{} ({} bytes)", name.escape_debug(), content.len()));
        rest = next;
    }
    (!parts.is_empty()).then(|| format!("multipart: {}", parts.join(", ")))
}

fn after<'b>(bytes: &'b [u8], what: &[u8]) -> Option<&'b [u8]> {
    split(bytes, what).map(|(_, after)| after)
}

fn split<'b>(bytes: &'b [u8], at: &[u8]) -> Option<(&'b [u8], &'b [u8])> {
    let start = bytes.windows(at.len()).position(|window| window == at)?;
    Some((bytes.get(..start)?, bytes.get(start + at.len()..)?))
}
