//! Recorded requests and responses, and how requests are compared.

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use observe::{REDACTED, Redactor};
use runtime::http::{RawResponse, Request};
use runtime::transport::{Progress, TransportError};
use wire::value::RawJson;

use crate::params::{self, FORM_CONTENT_TYPE, NameValue};

/// Headers that differ from run to run, that do not describe the request or response, or that
/// carry credentials. They are neither recorded nor compared.
const IGNORED_HEADERS: &[&str] = &[
    "accept",
    "authorization",
    "connection",
    "content-length",
    "cookie",
    "date",
    "host",
    "idempotency-key",
    "original-request",
    "proxy-authorization",
    "request-id",
    "server",
    "set-cookie",
    "strict-transport-security",
    "traceparent",
    "tracestate",
    "transfer-encoding",
    "user-agent",
    "vary",
    "x-stripe-client-telemetry",
    "x-stripe-client-user-agent",
];

pub(super) struct Interaction {
    pub(super) request: RecordedRequest,
    pub(super) response: RecordedResponse,
    /// Whether a replay has returned the response.
    pub(super) is_replayed: bool,
}

/// A redacted request.
pub(super) struct RecordedRequest {
    /// The id of the operation; empty for a raw request.
    pub(super) operation: String,
    pub(super) method: String,
    /// Path and query.
    pub(super) target: String,
    /// Each as `name: value`.
    pub(super) headers: Vec<String>,
    pub(super) body: RecordedBody,
}

/// A redacted response.
pub(super) enum RecordedResponse {
    Http {
        status: i64,
        /// Each as `name: value`.
        headers: Vec<String>,
        body: RecordedBody,
    },
    Error {
        progress: Progress,
        timed_out: bool,
    },
}

/// A redacted body.
pub(super) enum RecordedBody {
    Empty,
    Json(RawJson),
    Form(String),
    /// The description of any other body.
    Text(String),
}

impl RecordedRequest {
    pub(super) fn from_request(request: &Request, redactor: &Redactor) -> Self {
        let content_type = params::content_type(request);
        let mut headers = recorded_headers(redactor, &request.headers);
        headers.retain(|line| !line.starts_with("content-type:"));
        Self {
            operation: request.operation.to_owned(),
            method: request.method.as_str().to_owned(),
            target: redact_target(redactor, request.public_target()),
            headers,
            body: RecordedBody::from_bytes(redactor, Some(content_type), &request.body),
        }
    }

    /// Method and path.
    pub(super) fn label(&self) -> String {
        let path = self.target.split('?').next().unwrap_or_default();
        format!("{} {path}", self.method)
    }

    /// The differences between this recorded request and one that is sent; none if they are the
    /// same. A redacted value equals any value.
    pub(super) fn differences(&self, sent: &Self) -> Vec<String> {
        let mut found = Vec::new();
        if self.label() != sent.label() {
            found.push(format!("recorded {}", self.label()));
        }
        let (ours, theirs) = (
            account_headers(&self.headers),
            account_headers(&sent.headers),
        );
        compare_values("", &ours, theirs, &mut found);
        compare_values("?", &self.query(), sent.query(), &mut found);
        match (&self.body, &sent.body) {
            (RecordedBody::Text(recorded), RecordedBody::Text(sent)) if recorded != sent => {
                found.push("the body differs".to_owned());
            }
            (recorded, sent) => compare_values("", &recorded.values(), sent.values(), &mut found),
        }
        found
    }

    fn query(&self) -> Vec<NameValue> {
        let query = self.target.split_once('?').map(|(_, query)| query);
        params::decode_form(query.unwrap_or_default())
    }
}

/// The headers that select the account or context of a request.
fn account_headers(headers: &[String]) -> Vec<NameValue> {
    let pairs = headers.iter().filter_map(|line| line.split_once(": "));
    pairs
        .filter(|(name, _)| name.ends_with("-account") || name.ends_with("-context"))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

fn compare_values(
    prefix: &str,
    recorded: &[NameValue],
    mut sent: Vec<NameValue>,
    found: &mut Vec<String>,
) {
    for (name, value) in recorded {
        let same = sent.iter().position(|(known, _)| known == name);
        match same.map(|index| sent.remove(index)) {
            None => found.push(format!("{prefix}{name}: recorded {value:?}, sent without")),
            Some((_, other)) if *value == other || value.contains(REDACTED) => {}
            Some((_, other)) => {
                found.push(format!(
                    "{prefix}{name}: recorded {value:?}, sent {other:?}"
                ));
            }
        }
    }
    for (name, value) in sent {
        found.push(format!("{prefix}{name}: recorded without, sent {value:?}"));
    }
}

impl RecordedResponse {
    pub(super) fn from_result(
        result: &Result<RawResponse, TransportError>,
        redactor: &Redactor,
    ) -> Self {
        match result {
            Ok(response) => Self::Http {
                status: i64::from(response.status().as_u16()),
                headers: recorded_headers(redactor, response.headers()),
                body: RecordedBody::from_bytes(
                    redactor,
                    response.header("content-type"),
                    response.body(),
                ),
            },
            Err(error) => Self::Error {
                progress: error.progress(),
                timed_out: error.is_timeout(),
            },
        }
    }

    /// The result that was recorded; `None` if it is not valid HTTP.
    pub(super) fn to_result(&self) -> Option<Result<RawResponse, TransportError>> {
        let (status, lines, body) = match self {
            Self::Http {
                status,
                headers,
                body,
            } => (*status, headers, body),
            Self::Error {
                progress,
                timed_out,
            } => {
                let error = TransportError::new(*progress);
                return Some(Err(if *timed_out { error.timed_out() } else { error }));
            }
        };
        let status = StatusCode::from_u16(u16::try_from(status).ok()?).ok()?;
        let mut headers = HeaderMap::new();
        for line in lines {
            let (name, value) = line.split_once(": ")?;
            let name: HeaderName = name.parse().ok()?;
            headers.append(name, HeaderValue::from_str(value).ok()?);
        }
        let body = match body {
            RecordedBody::Empty => String::new(),
            RecordedBody::Json(json) => json.as_str().to_owned(),
            RecordedBody::Form(text) | RecordedBody::Text(text) => text.clone(),
        };
        Some(Ok(RawResponse::new(status, headers, body)))
    }
}

impl RecordedBody {
    fn from_bytes(redactor: &Redactor, content_type: Option<&str>, body: &[u8]) -> Self {
        let content_type = content_type.filter(|it| !it.is_empty());
        let text = redactor.body(content_type, body);
        if text.is_empty() {
            return Self::Empty;
        }
        if content_type.is_some_and(|it| it.starts_with(FORM_CONTENT_TYPE)) {
            return Self::Form(text);
        }
        text.parse().map_or_else(|_| Self::Text(text), Self::Json)
    }

    fn values(&self) -> Vec<NameValue> {
        match self {
            Self::Form(form) => params::decode_form(form),
            Self::Json(json) => params::flatten_json(json.as_str()),
            Self::Empty | Self::Text(_) => Vec::new(),
        }
    }
}

fn recorded_headers(redactor: &Redactor, headers: &HeaderMap) -> Vec<String> {
    let headers = redactor.headers(headers).into_iter();
    let mut lines: Vec<String> = headers
        .filter(|(name, value)| !IGNORED_HEADERS.contains(&name.as_str()) && value != REDACTED)
        .map(|(name, value)| format!("{name}: {value}"))
        .collect();
    lines.sort();
    lines
}

/// A path with a query, redacted.
fn redact_target(redactor: &Redactor, target: &str) -> String {
    match target.split_once('?') {
        Some((path, query)) => format!("{}?{}", redactor.text(path), redactor.form(query)),
        None => redactor.text(target).into_owned(),
    }
}
