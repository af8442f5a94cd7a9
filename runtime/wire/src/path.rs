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
///
/// The arguments of `styled` names are percent-encoded already: see [`join_items`].
pub fn expand_template(
    template: &str,
    styled: &[&str],
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
        match styled.contains(&name) {
            false => path.extend(utf8_percent_encode(argument, SEGMENT)),
            true if argument.bytes().all(is_styled) => path.push_str(argument),
            true => return Err(format!("the path argument {name} is not percent-encoded").into()),
        }
        rest = tail;
    }
    if arguments.next().is_some() {
        return Err("there are more path arguments than placeholders".into());
    }
    path.push_str(rest);
    Ok(path)
}

/// How an argument of a path is written, other than as one percent-encoded text (RFC 6570).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PathStyle {
    /// `a,b`. OpenAPI's `simple`.
    Simple,
    /// `.a,b`. OpenAPI's `label`.
    Label,
    /// `.a.b`. OpenAPI's `label` with `explode`.
    LabelExploded,
    /// `;name=a,b`. OpenAPI's `matrix`.
    Matrix,
    /// `;name=a;name=b`. OpenAPI's `matrix` with `explode`.
    MatrixExploded,
}

/// Writes the items of a list as the argument of a path that
/// [`OperationSpec::styled_path`](crate::operation::OperationSpec::styled_path) names. Items are
/// percent-encoded. The text of a list without items is empty, which is no argument of a path.
///
/// ```
/// use wire::path::{PathStyle, join_items};
///
/// assert_eq!(join_items(PathStyle::Simple, "id", ["a b", "c,d"]), "a%20b,c%2Cd");
/// assert_eq!(join_items(PathStyle::Simple, "id", ["", "7"]), ",7");
/// assert_eq!(join_items(PathStyle::MatrixExploded, "id", ["1", "2"]), ";id=1;id=2");
/// ```
pub fn join_items<T: AsRef<str>>(
    style: PathStyle,
    name: &str,
    items: impl IntoIterator<Item = T>,
) -> String {
    let mut text = String::new();
    for (index, item) in items.into_iter().enumerate() {
        text.push_str(match (style, index == 0) {
            (PathStyle::Simple, true) => "",
            (PathStyle::Label, true) | (PathStyle::LabelExploded, _) => ".",
            (PathStyle::Matrix, true) | (PathStyle::MatrixExploded, _) => ";",
            _ => ",",
        });
        if text.ends_with(';') {
            text.extend(utf8_percent_encode(name, SEGMENT));
            text.push('=');
        }
        text.extend(utf8_percent_encode(item.as_ref(), SEGMENT));
    }
    text
}

/// Replaces the `{variables}` of a host's URL. Of several values for one name, the last counts.
///
/// # Errors
/// The reason, which continues a sentence about the URL: a variable has no value, or one that would
/// change which host is meant.
pub fn fill_variables(
    url: &str,
    variables: &[(String, String)],
) -> Result<String, Cow<'static, str>> {
    let mut text = String::with_capacity(url.len());
    let mut rest = url;
    while let Some((before, (name, tail))) = rest
        .split_once('{')
        .and_then(|(before, after)| Some((before, after.split_once('}')?)))
    {
        let mut known = variables.iter().rev();
        let Some((_, value)) = known.find(|(known, _)| known == name) else {
            let reason = format!("has the variable {name:?}: set it with `server_variable`");
            return Err(reason.into());
        };
        text.push_str(before);
        let authority = text.split_once("://").map(|(_, authority)| authority);
        let is_in_authority = authority.is_some_and(|authority| !authority.contains('/'));
        let is_of_host = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:[]".contains(&byte);
        if is_in_authority && !value.bytes().all(is_of_host) {
            let reason = format!("has a value for {name:?} that no name of a host has");
            return Err(reason.into());
        }
        text.push_str(value);
        rest = tail;
    }
    text.push_str(rest);
    Ok(text)
}

/// Whether an argument in a style can have this byte.
fn is_styled(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~%,;=".contains(&byte)
}

/// A pair of a query, percent-encoded.
pub fn query_pair(name: &str, value: &str) -> String {
    let escape = |text| utf8_percent_encode(text, SEGMENT);
    format!("{}={}", escape(name), escape(value))
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
