//! Reads requests: headers, parameters of query and body.

use http::{HeaderMap, header};
use serde_json::{Map, Value, json};

use crate::document::{ApiOperation, BodyFormat};
use crate::errors::ApiProblem;
use crate::operation_call::UploadedFile;
use crate::validation::check_parameters;
use crate::wire_format::bracket::{self, Tree};
use crate::wire_format::coerce::coerce;
use crate::wire_format::multipart;

const KEY_PREFIXES: [&str; 3] = ["sk_", "rk_", "pk_"];
const MAX_KEY_LENGTH: usize = 255;

/// A header's text, if there is one.
pub(crate) fn header_text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// Checks that a request has an API key, as bearer token or as user name.
pub(crate) fn check_api_key(headers: &HeaderMap, is_v2: bool) -> Result<(), ApiProblem> {
    let Some(value) = header_text(headers, header::AUTHORIZATION.as_str()) else {
        let message =
            "You did not provide an API key: send `Authorization: Bearer YOUR_SECRET_KEY`.";
        return Err(ApiProblem::unauthorized(message));
    };
    let key = match value.split_once(' ') {
        Some((scheme, key)) if scheme.eq_ignore_ascii_case("bearer") => key.trim().to_owned(),
        Some((scheme, key)) if scheme.eq_ignore_ascii_case("basic") => {
            let decoded = decode_base64(key.trim()).unwrap_or_default();
            decoded.split(':').next().unwrap_or_default().to_owned()
        }
        _ => String::new(),
    };
    // The session of the meter event stream has a token of its own.
    let is_key = KEY_PREFIXES.iter().any(|prefix| key.starts_with(prefix));
    let is_session = is_v2 && !key.is_empty();
    if (is_key || is_session) && !key.contains(char::is_whitespace) {
        return Ok(());
    }
    Err(ApiProblem::unauthorized("Invalid API Key provided."))
}

fn decode_base64(text: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let (mut bits, mut count) = (0_u32, 0);
    for character in text.trim_end_matches('=').bytes() {
        let value = match character {
            b'A'..=b'Z' => character - b'A',
            b'a'..=b'z' => character - b'a' + 26,
            b'0'..=b'9' => character - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = (bits << 6 | u32::from(value)) & 0xffff;
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from(bits >> count & 0xff).ok()?);
        }
    }
    String::from_utf8(bytes).ok()
}

/// The idempotency key, if its length and its characters are allowed.
pub(crate) fn read_idempotency_key(headers: &HeaderMap) -> Result<Option<&str>, ApiProblem> {
    let Some(value) = headers.get("idempotency-key") else {
        return Ok(None);
    };
    match value.to_str() {
        Ok(key) if !key.is_empty() && key.len() <= MAX_KEY_LENGTH => Ok(Some(key)),
        _ => {
            let message =
                format!("An Idempotency-Key has 1 to {MAX_KEY_LENGTH} characters of ASCII.");
            Err(ApiProblem::bad_request("idempotency_key_invalid", message))
        }
    }
}

/// The parameters of query and body, valid by the document.
pub(crate) fn read_parameters(
    operation: &ApiOperation,
    query: &str,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Value, ApiProblem> {
    let tree = decode_pairs(query, "query string")?;
    let query = coerce(&operation.query, &tree);
    check_parameters(&operation.query, &query)?;
    let Some((format, schema)) = &operation.body else {
        return Ok(query);
    };
    let content_type = header_text(headers, header::CONTENT_TYPE.as_str()).unwrap_or_default();
    let stated = match (format, body.is_empty()) {
        (_, true) => json!({}),
        (BodyFormat::Json, false) => serde_json::from_slice(body)
            .map_err(|error| malformed("JSON body", &error.to_string()))?,
        (BodyFormat::Multipart, false) => {
            let Some(boundary) = multipart::boundary(content_type) else {
                return Err(malformed("Content-Type", "a boundary is missing"));
            };
            let tree = multipart::decode(body, boundary);
            coerce(
                schema,
                &tree.map_err(|error| malformed("multipart body", &error))?,
            )
        }
        (BodyFormat::Form, false) => {
            let text = std::str::from_utf8(body)
                .map_err(|error| malformed("form body", &error.to_string()))?;
            coerce(schema, &decode_pairs(text, "form body")?)
        }
    };
    check_parameters(schema, &stated)?;
    Ok(merge_parameters(query, stated))
}

/// The file of a multipart body.
pub(crate) fn read_upload(
    operation: &ApiOperation,
    headers: &HeaderMap,
    body: &[u8],
) -> Option<UploadedFile> {
    let (BodyFormat::Multipart, _) = operation.body.as_ref()? else {
        return None;
    };
    let content_type = header_text(headers, header::CONTENT_TYPE.as_str())?;
    let (name, content) = multipart::first_file(body, multipart::boundary(content_type)?)?;
    Some(UploadedFile {
        name: name.to_owned(),
        content: content.to_vec(),
    })
}

fn decode_pairs(raw: &str, place: &str) -> Result<Tree, ApiProblem> {
    bracket::decode_lenient(raw).map_err(|error| malformed(place, &error.to_string()))
}

fn merge_parameters(query: Value, body: Value) -> Value {
    let mut params = Map::new();
    for part in [query, body] {
        if let Value::Object(part) = part {
            params.extend(part);
        }
    }
    Value::Object(params)
}

fn malformed(place: &str, reason: &str) -> ApiProblem {
    let message = format!("The {place} is malformed: {reason}.");
    ApiProblem::bad_request("request_malformed", message)
}
