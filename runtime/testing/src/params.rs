//! Decodes the parameters of a request from its query and body.

use std::borrow::Cow;

use bytes::Bytes;
use http::header;
use percent_encoding::percent_decode_str;
use runtime::http::Request;
use wire::codec::encode_form;
use wire::value::RawJson;

/// The content type of forms.
pub(crate) const FORM_CONTENT_TYPE: &str = "application/x-www-form-urlencoded";

/// A decoded parameter with the name of the form encoding.
pub(crate) type NameValue = (String, String);

/// The parameters of query and body, in their order.
pub(crate) fn request_params(request: &Request) -> Vec<NameValue> {
    let target = request.public_target();
    let mut pairs = decode_form(target.split_once('?').map_or("", |(_, query)| query));
    let content_type = content_type(request);
    if let Some(boundary) = multipart_boundary(content_type) {
        let parts = multipart_parts(&request.body, boundary).into_iter();
        pairs.extend(parts.map(|part| {
            let content = String::from_utf8_lossy(&part.content).into_owned();
            (part.name, part.file_name.unwrap_or(content))
        }));
        return pairs;
    }
    let Ok(text) = std::str::from_utf8(&request.body) else {
        return pairs;
    };
    if content_type.contains("json") {
        pairs.extend(flatten_json(text));
    } else if content_type.starts_with(FORM_CONTENT_TYPE) {
        pairs.extend(decode_form(text));
    }
    pairs
}

/// The content type of a request; empty if it has none.
pub(crate) fn content_type(request: &Request) -> &str {
    let value = request.headers.get(header::CONTENT_TYPE);
    value.and_then(|it| it.to_str().ok()).unwrap_or_default()
}

/// Decodes a form.
pub(crate) fn decode_form(text: &str) -> Vec<NameValue> {
    let pairs = text.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode_component(name), decode_component(value))
        })
        .collect()
}

/// The parameters that a form with the members of a JSON object has: `null` and an empty list are
/// empty strings, an empty object is omitted.
pub(crate) fn flatten_json(text: &str) -> Vec<NameValue> {
    let json = text.parse::<RawJson>();
    json.map_or_else(|_| Vec::new(), |json| decode_form(&encode_form(&json)))
}

fn decode_component(text: &str) -> String {
    let text = if text.contains('+') {
        Cow::Owned(text.replace('+', " "))
    } else {
        Cow::Borrowed(text)
    };
    percent_decode_str(&text).decode_utf8_lossy().into_owned()
}

/// A part of a multipart body.
pub(crate) struct MultipartPart {
    pub(crate) name: String,
    pub(crate) file_name: Option<String>,
    pub(crate) content: Bytes,
}

/// The boundary in the content type of a multipart body.
pub(crate) fn multipart_boundary(content_type: &str) -> Option<&str> {
    let rest = content_type.strip_prefix("multipart/form-data")?;
    let (_, boundary) = rest.split_once("boundary=")?;
    let boundary = boundary.split(';').next()?.trim().trim_matches('"');
    (!boundary.is_empty()).then_some(boundary)
}

/// The well-formed parts of a multipart body.
pub(crate) fn multipart_parts(body: &Bytes, boundary: &str) -> Vec<MultipartPart> {
    let first = format!("--{boundary}");
    let delimiter = format!("\r\n{first}");
    let mut parts = Vec::new();
    let mut at = find_bytes(body, first.as_bytes(), 0).map(|start| start + first.len());
    while let Some(start) = at {
        let end = find_bytes(body, delimiter.as_bytes(), start);
        let (Some(end), Some(head)) = (end, find_bytes(body, b"\r\n\r\n", start)) else {
            break;
        };
        if head < end {
            let text = String::from_utf8_lossy(&body.slice(start..head)).into_owned();
            parts.extend(quoted_value(&text, "; name=\"").map(|name| MultipartPart {
                name,
                file_name: quoted_value(&text, "; filename=\""),
                content: body.slice(head + 4..end),
            }));
        }
        at = Some(end + delimiter.len());
    }
    parts
}

fn quoted_value(head: &str, before: &str) -> Option<String> {
    let (_, rest) = head.split_once(before)?;
    rest.split('"').next().map(str::to_owned)
}

fn find_bytes(body: &Bytes, what: &[u8], from: usize) -> Option<usize> {
    let mut windows = body.get(from..)?.windows(what.len());
    Some(from + windows.position(|window| window == what)?)
}

/// The arguments in a path, by the names of their placeholders; `None` if the path does not match
/// the template. A prefix before the template, such as the path of a gateway, is ignored.
pub(crate) fn path_args(template: &str, path: &str) -> Option<Vec<NameValue>> {
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
