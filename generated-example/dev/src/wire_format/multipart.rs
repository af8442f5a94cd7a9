//! `multipart/form-data` (RFC 7578), for the one operation that uploads files.

use super::bracket::{self, Tree};

/// The boundary that a `Content-Type` header announces.
pub fn boundary(content_type: &str) -> Option<&str> {
    let mut parameters = content_type.split(';').skip(1).map(str::trim);
    let value = parameters.find_map(|p| p.strip_prefix("boundary="))?;
    let value = value
        .strip_prefix('"')
        .and_then(|v| v.strip_suffix('"'))
        .unwrap_or(value);
    (!value.is_empty() && value.len() <= 70).then_some(value)
}

/// The parts of a body as parameters; a part with a file name becomes [`Tree::File`].
///
/// # Errors
/// What is wrong with the body, as the end of a sentence.
pub fn decode(body: &[u8], boundary: &str) -> Result<Tree, String> {
    let mut tree = Tree::empty();
    for part in split_parts(body, boundary)? {
        add_part(&mut tree, part)?;
    }
    Ok(tree)
}

/// Name and content of the first file of a body that [`decode`] accepts.
#[must_use]
pub fn first_file<'b>(body: &'b [u8], boundary: &str) -> Option<(&'b str, &'b [u8])> {
    let parts = split_parts(body, boundary).ok()?;
    parts.into_iter().find_map(|part| {
        let end = find(part, b"\r\n\r\n")?;
        let headers = std::str::from_utf8(&part[..end]).ok()?;
        Some((quoted(headers, "filename")?, &part[end + 4..]))
    })
}

/// The parts between the boundaries, each with its headers.
fn split_parts<'b>(body: &'b [u8], boundary: &str) -> Result<Vec<&'b [u8]>, String> {
    let first = format!("--{boundary}");
    let delimiter = format!("\r\n--{boundary}");
    let mut rest = body
        .strip_prefix(first.as_bytes())
        .ok_or("the body does not begin with the boundary")?;
    let mut parts = Vec::new();
    loop {
        if let Some(end) = rest.strip_prefix(b"--") {
            return match end {
                b"" | b"\r\n" => Ok(parts),
                _ => Err("there is text after the closing boundary".to_owned()),
            };
        }
        let part = rest
            .strip_prefix(b"\r\n")
            .ok_or("a boundary line does not end with CRLF")?;
        let end = find(part, delimiter.as_bytes()).ok_or("the closing boundary is missing")?;
        parts.push(&part[..end]);
        rest = &part[end + delimiter.len()..];
    }
}

fn add_part(tree: &mut Tree, part: &[u8]) -> Result<(), String> {
    let end = find(part, b"\r\n\r\n").ok_or("a part has no blank line after its headers")?;
    let headers = std::str::from_utf8(&part[..end]).map_err(|_| "part headers are not UTF-8")?;
    let content = &part[end + 4..];
    let disposition = headers
        .split("\r\n")
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-disposition"))
        .map(|(_, value)| value.trim())
        .and_then(|value| value.strip_prefix("form-data"))
        .ok_or("a part has no `Content-Disposition: form-data`")?;
    let name = quoted(disposition, "name").ok_or("a part has no quoted name")?;
    let leaf = match quoted(disposition, "filename") {
        Some("") => return Err(format!("the file part `{name}` has an empty file name")),
        Some(_) => Tree::File(content.len()),
        None => {
            let text = std::str::from_utf8(content);
            let text = text.map_err(|_| format!("the text part `{name}` is not UTF-8"))?;
            Tree::Text(text.to_owned())
        }
    };
    bracket::insert(tree, name, leaf).map_err(|e| e.to_string())
}

/// The value of `; key="value"`. Browsers and libraries write `"` in a value as `%22`.
fn quoted<'a>(disposition: &'a str, key: &str) -> Option<&'a str> {
    let start = format!("; {key}=\"");
    let (_, value) = disposition.split_once(start.as_str())?;
    value.split_once('"').map(|(value, _)| value)
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack
        .windows(needle.len())
        .position(|window| window == needle)
}
