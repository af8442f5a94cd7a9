//! Paths and URLs: expands templates, and splits URLs that servers send.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

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
pub(crate) fn expand_template(
    template: &str,
    arguments: &[&str],
) -> Result<String, Cow<'static, str>> {
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
pub(crate) fn split_url<'a>(url: &'a str, base: &str) -> Option<(&'a str, &'a str)> {
    let relative = match url.strip_prefix('/') {
        // `//host/path` names another host.
        Some(rest) if rest.starts_with('/') => return None,
        Some(_) => url,
        None => url
            .strip_prefix(base)
            .filter(|rest| rest.starts_with('/'))?,
    };
    // A fragment is never sent, and white space or a backslash is read differently by
    // different parsers.
    if relative
        .bytes()
        .any(|b| b <= b' ' || b == b'\\' || b == b'#' || b == 0x7f)
    {
        return None;
    }
    let (path, query) = relative.split_once('?').unwrap_or((relative, ""));
    let has_dot_segments = path.split('/').any(|segment| matches!(segment, "." | ".."));
    (!has_dot_segments).then_some((path, query))
}
