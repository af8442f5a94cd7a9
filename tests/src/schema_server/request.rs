//! Decodes and checks the parameters of a request in query and body.

use axum::http::HeaderMap;
use serde_json::{Value, json};

use super::check::Check;
use super::document::{Media, Operation};
use super::problem::Problem;
use super::{headers, json};
use stripe_dev::wire_format::bracket::{self, Tree};
use stripe_dev::wire_format::coerce::coerce;
use stripe_dev::wire_format::multipart;

/// The compiled side of an operation.
#[derive(Debug)]
pub(crate) struct Checks {
    query: Check,
    body: Option<(Media, Check)>,
}

impl Checks {
    pub(crate) fn new(operation: &Operation) -> Self {
        let body = operation.body.as_ref();
        Self {
            query: Check::new(&operation.query),
            body: body.map(|(media, schema)| (*media, Check::new(schema))),
        }
    }

    /// Checks the query string, `None` when the URL has no `?`; returns its parameters.
    pub(crate) fn query(&self, raw: Option<&str>) -> Result<Value, Problem> {
        let tree = decode_pairs(raw.unwrap_or_default(), "query string")?;
        let value = coerce(self.query.schema(), &tree);
        self.query.check(&value)?;
        Ok(value)
    }

    /// Checks the body; returns its parameters.
    pub(crate) fn body(
        &self,
        operation: &Operation,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<Value, Problem> {
        let Some((media, check)) = &self.body else {
            undeclared(operation, headers, body)?;
            return Ok(Value::Null);
        };
        let value = match (media, body.is_empty()) {
            // No parameters: the schema determines which are missing.
            (_, true) => json!({}),
            (Media::Json, false) => {
                headers::content_type(headers, Media::Json)?;
                parse_json(body)?
            }
            (media, false) => {
                let content_type = headers::content_type(headers, *media)?;
                let tree = decode_form(*media, content_type, body)?;
                coerce(check.schema(), &tree)
            }
        };
        check.check(&value)?;
        Ok(value)
    }
}

fn decode_pairs(raw: &str, place: &str) -> Result<Tree, Problem> {
    bracket::decode(raw).map_err(|e| malformed(place, &e.to_string()))
}

fn decode_form(media: Media, content_type: &str, body: &[u8]) -> Result<Tree, Problem> {
    if media == Media::Multipart {
        let Some(boundary) = multipart::boundary(content_type) else {
            return Err(malformed("Content-Type", "a boundary is missing"));
        };
        return multipart::decode(body, boundary).map_err(|e| malformed("multipart body", &e));
    }
    let text = std::str::from_utf8(body).map_err(|e| malformed("form body", &e.to_string()))?;
    decode_pairs(text, "form body")
}

fn parse_json(body: &[u8]) -> Result<Value, Problem> {
    json::parse(body).map_err(|e| malformed("JSON body", &e.to_string()))
}

/// Where the document has no body, none is allowed; but v2 clients send `{}`.
fn undeclared(operation: &Operation, headers: &HeaderMap, body: &[u8]) -> Result<(), Problem> {
    if body.is_empty() {
        return Ok(());
    }
    if operation.method == "POST" && operation.is_v2() {
        headers::content_type(headers, Media::Json)?;
        if parse_json(body)? == json!({}) {
            return Ok(());
        }
    }
    let message = format!("{} takes no request body.", operation.id);
    Err(Problem::bad_request("body_unexpected", message))
}

fn malformed(place: &str, reason: &str) -> Problem {
    Problem::bad_request(
        "request_malformed",
        format!("The {place} is malformed: {reason}."),
    )
}
