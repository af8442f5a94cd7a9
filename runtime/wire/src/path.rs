//! Paths and URLs: expands templates, and splits URLs that servers send.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// Everything but the unreserved characters of RFC 3986.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Replaces the placeholders of a path with percent-encoded arguments.
///
/// Fails for arguments that would change the structure of the path: an empty one would name the
/// collection instead of the member, and `.` and `..` are removed by HTTP clients.
pub fn expand_template(template: &str, arguments: &[&str]) -> Result<String, Cow<'static, str>> {
    let mut path = String::with_capacity(template.len() + 32);
    let mut rest = template;
    let mut arguments = arguments.iter();
    while let Some((before, after)) = rest.split_once('{') {
        let Some((name, tail)) = after.split_once('}') else {
            break;
        };
        let argument = match arguments.next() {
            None => return Err(format!("the path argument {name} is missing").into()),
            Some(&"") => return Err(format!("the path argument {name} is empty").into()),
            Some(&("." | "..")) => {
                return Err(format!("the path argument {name} is a relative path").into());
            }
            Some(argument) => argument,
        };
        path.push_str(before);
        path.extend(utf8_percent_encode(argument, SEGMENT));
        rest = tail;
    }
    if arguments.next().is_some() {
        return Err("there are more path arguments than placeholders".into());
    }
    path.push_str(rest);
    Ok(path)
}

/// Splits a URL that a server sent for a next page into path and query.
///
/// Accepts a path, or a whole URL with exactly the origin that the first request went to. Returns
/// `None` for any other URL: following it would send the credentials elsewhere.
pub fn split_url<'a>(url: &'a str, base: &str) -> Option<(&'a str, &'a str)> {
    let relative = match url.strip_prefix('/') {
        // `//host/path` names another host.
        Some(rest) if rest.starts_with('/') => return None,
        Some(_) => url,
        None => url
            .strip_prefix(base)
            .filter(|rest| rest.starts_with('/'))?,
    };
    split_path(relative).ok()
}

/// Splits a path with a query, which is sent as it is, into both. Refuses what clients or servers
/// would read as another path: dot segments, also percent-encoded ones, white space, backslashes and
/// fragments.
///
/// # Errors
/// The reason, which continues a sentence.
pub fn split_path(text: &str) -> Result<(&str, &str), &'static str> {
    if !text.starts_with('/') {
        return Err("must begin with a slash");
    }
    // A fragment is never sent, and white space or a backslash is read differently by
    // different parsers.
    let is_wrong = |byte: u8| byte <= b' ' || matches!(byte, b'\\' | b'#' | 0x7f);
    if text.bytes().any(is_wrong) {
        return Err("must have no fragment, backslash or white space");
    }
    let (path, query) = text.split_once('?').unwrap_or((text, ""));
    let is_dots = |segment: &str| {
        let decoded = percent_decode_str(segment).collect::<Vec<u8>>();
        matches!(&*decoded, b"." | b"..")
    };
    match path.split('/').any(is_dots) {
        true => Err("must have no segment that is . or .., also percent-encoded"),
        false => Ok((path, query)),
    }
}

#[cfg(test)]
mod tests;
