//! The parameters of a request, whatever they travel in.

use std::borrow::Cow;

use bytes::Bytes;
use http::header;
use percent_encoding::percent_decode_str;

use wire::codec::encode_form;
use runtime::http::Request;
use wire::value::RawJson;

/// A parameter in the bracketed form, decoded.
pub(super) type Pair = (String, String);

/// The parameters of query and body, in their order.
pub(super) fn of(request: &Request) -> Vec<Pair> {
    let mut pairs = form(request.uri.query().unwrap_or_default());
    let kind = content_type(request);
    if let Some(boundary) = boundary(kind) {
        let parts = parts(&request.body, boundary).into_iter();
        pairs.extend(parts.map(|part| {
            let content = String::from_utf8_lossy(&part.content).into_owned();
            (part.name, part.file.unwrap_or(content))
        }));
        return pairs;
    }
    let Ok(text) = std::str::from_utf8(&request.body) else {
        return pairs;
    };
    if kind.contains("json") {
        pairs.extend(json(text));
    } else if kind.starts_with("application/x-www-form-urlencoded") {
        pairs.extend(form(text));
    }
    pairs
}

pub(super) fn content_type(request: &Request) -> &str {
    let kind = request.headers.get(header::CONTENT_TYPE);
    kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default()
}

/// The pairs of a form, decoded.
pub(super) fn form(text: &str) -> Vec<Pair> {
    let pairs = text.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decoded(name), decoded(value))
        })
        .collect()
}

/// The pairs that a JSON object would be in a form: `null` and an empty list are empty texts, an
/// empty object is nothing.
pub(super) fn json(text: &str) -> Vec<Pair> {
    match text.parse::<RawJson>() {
        Ok(json) => form(&encode_form(&json)),
        Err(_) => Vec::new(),
    }
}

fn decoded(text: &str) -> String {
    let text = if text.contains('+') {
        Cow::Owned(text.replace('+', " "))
    } else {
        Cow::Borrowed(text)
    };
    percent_decode_str(&text).decode_utf8_lossy().into_owned()
}

/// A part of a multipart body.
pub(super) struct Part {
    pub(super) name: String,
    pub(super) file: Option<String>,
    pub(super) content: Bytes,
}

/// The boundary in a content type, if it is that of a multipart body.
pub(super) fn boundary(content_type: &str) -> Option<&str> {
    let rest = content_type.strip_prefix("multipart/form-data")?;
    let (_, boundary) = rest.split_once("boundary=")?;
    let boundary = boundary.split(';').next()?.trim().trim_matches('"');
    (!boundary.is_empty()).then_some(boundary)
}

/// The parts that can be made out.
pub(super) fn parts(body: &Bytes, boundary: &str) -> Vec<Part> {
    let first = format!("--{boundary}");
    let delimiter = format!("\r\n{first}");
    let mut parts = Vec::new();
    let mut at = find(body, first.as_bytes(), 0).map(|start| start + first.len());
    while let Some(start) = at {
        let end = find(body, delimiter.as_bytes(), start);
        let (Some(end), Some(head)) = (end, find(body, b"\r\n\r\n", start)) else {
            break;
        };
        if head < end {
            let text = String::from_utf8_lossy(&body.slice(start..head)).into_owned();
            parts.extend(quoted(&text, "; name=\"").map(|name| Part {
                name,
                file: quoted(&text, "; filename=\""),
                content: body.slice(head + 4..end),
            }));
        }
        at = Some(end + delimiter.len());
    }
    parts
}

fn quoted(head: &str, before: &str) -> Option<String> {
    let (_, rest) = head.split_once(before)?;
    rest.split('"').next().map(str::to_owned)
}

fn find(body: &Bytes, what: &[u8], from: usize) -> Option<usize> {
    let mut windows = body.get(from..)?.windows(what.len());
    Some(from + windows.position(|window| window == what)?)
}

/// The arguments in a path, by the names that the template gives them; `None` if the path does
/// not fit. What stands before the template, such as the path of a gateway, is left alone.
pub(super) fn arguments(template: &str, path: &str) -> Option<Vec<Pair>> {
    let template: Vec<&str> = template.trim_start_matches('/').split('/').collect();
    let path: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    let path = path.get(path.len().checked_sub(template.len())?..)?;
    let mut found = Vec::new();
    for (pattern, segment) in template.into_iter().zip(path) {
        let placeholder = pattern
            .split_once('{')
            .and_then(|(before, rest)| Some((before, rest.split_once('}')?)));
        let Some((before, (name, after))) = placeholder else {
            if pattern != *segment {
                return None;
            }
            continue;
        };
        let argument = segment.strip_prefix(before)?.strip_suffix(after)?;
        let argument = percent_decode_str(argument).decode_utf8_lossy();
        found.push((name.to_owned(), argument.into_owned()));
    }
    Some(found)
}
