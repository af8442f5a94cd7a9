//! What is recorded of a request and its answer, and when two requests are the same.

use http::{HeaderMap, header};

use super::file::compact;
use crate::params::{self, Pair};
use observe::{REDACTED, Redactor};
use runtime::http::{RawResponse, Request};
use runtime::transport::Progress;

/// Headers that differ from run to run, that say nothing about the exchange, or that carry
/// credentials. They are neither written nor compared.
const LEFT_OUT: &[&str] = &[
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

#[derive(Clone, Debug)]
pub(super) struct Interaction {
    pub(super) question: Question,
    pub(super) answer: Answer,
}

/// A request, redacted.
#[derive(Clone, Debug)]
pub(super) struct Question {
    pub(super) operation: String,
    pub(super) method: String,
    pub(super) path: String,
    pub(super) query: Vec<Pair>,
    pub(super) headers: Vec<Pair>,
    pub(super) body: Content,
}

#[derive(Clone, Debug)]
pub(super) enum Answer {
    Response {
        status: u16,
        headers: Vec<Pair>,
        body: Content,
    },
    /// How far the request got, and whether time was over.
    Failure(Progress, bool),
}

/// A body, redacted.
#[derive(Clone, Debug)]
pub(super) enum Content {
    None,
    /// A form, decoded.
    Pairs(Vec<Pair>),
    /// JSON without white space.
    Json(String),
    /// Anything else, as far as it may be shown.
    Text(String),
}

impl Question {
    pub(super) fn of(request: &Request, redactor: &Redactor) -> Self {
        let query = request.uri.query().unwrap_or_default();
        let kind = params::content_type(request);
        let body = if kind.starts_with("application/x-www-form-urlencoded") {
            let text = String::from_utf8_lossy(&request.body);
            Content::Pairs(params::form(&redactor.form(&text)))
        } else {
            content(redactor, Some(kind), &request.body)
        };
        let headers = headers(redactor, &request.headers).into_iter();
        let headers = headers.filter(|(name, _)| name != header::CONTENT_TYPE.as_str());
        Self {
            operation: request.operation.to_owned(),
            method: request.method.as_str().to_owned(),
            path: redactor.text(request.uri.path()).into_owned(),
            query: params::form(&redactor.form(query)),
            headers: headers.collect(),
            body,
        }
    }

    /// Method and path.
    pub(super) fn label(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    /// Where this recorded request and one that is asked for differ; nothing if they are the
    /// same. What is hidden in the recording fits any value.
    pub(super) fn differences(&self, asked: &Self) -> Vec<String> {
        let mut found = Vec::new();
        if self.label() != asked.label() {
            found.push(format!("recorded {}", self.label()));
        }
        compare(
            "",
            &scopes(&self.headers),
            &scopes(&asked.headers),
            &mut found,
        );
        compare("?", &self.query, &asked.query, &mut found);
        match (&self.body, &asked.body) {
            (Content::Text(recorded), Content::Text(asked)) if recorded != asked => {
                found.push("the body is another one".to_owned());
            }
            (recorded, asked) => compare("", &recorded.pairs(), &asked.pairs(), &mut found),
        }
        found
    }
}

/// The headers that say for whom a request is.
fn scopes(headers: &[Pair]) -> Vec<Pair> {
    let is_scope = |name: &str| name.ends_with("-account") || name.ends_with("-context");
    let scopes = headers.iter().filter(|(name, _)| is_scope(name));
    scopes.cloned().collect()
}

fn compare(place: &str, recorded: &[Pair], asked: &[Pair], found: &mut Vec<String>) {
    let mut asked: Vec<&Pair> = asked.iter().collect();
    for (name, value) in recorded {
        let same = asked.iter().position(|(known, _)| known == name);
        match same.map(|index| asked.remove(index)) {
            None => found.push(format!("{place}{name}: recorded {value:?}, asked without")),
            Some((_, other)) if value == other || value.contains(REDACTED) => {}
            Some((_, other)) => {
                found.push(format!(
                    "{place}{name}: recorded {value:?}, asked {other:?}"
                ));
            }
        }
    }
    for (name, value) in asked {
        found.push(format!("{place}{name}: recorded without, asked {value:?}"));
    }
}

impl Content {
    fn pairs(&self) -> Vec<Pair> {
        match self {
            Self::Pairs(pairs) => pairs.clone(),
            Self::Json(json) => params::json(json),
            Self::None | Self::Text(_) => Vec::new(),
        }
    }
}

impl Answer {
    pub(super) fn of(response: &RawResponse, redactor: &Redactor) -> Self {
        Self::Response {
            status: response.status().as_u16(),
            headers: headers(redactor, response.headers()),
            body: content(redactor, response.header("content-type"), response.body()),
        }
    }
}

fn content(redactor: &Redactor, kind: Option<&str>, body: &[u8]) -> Content {
    let shown = redactor.body(kind.filter(|kind| !kind.is_empty()), body);
    if shown.is_empty() {
        return Content::None;
    }
    if shown.parse::<wire::value::RawJson>().is_ok() {
        return Content::Json(compact(&shown));
    }
    Content::Text(shown)
}

fn headers(redactor: &Redactor, headers: &HeaderMap) -> Vec<Pair> {
    let mut shown = redactor.headers(headers);
    shown.retain(|(name, value)| !LEFT_OUT.contains(&name.as_str()) && value != REDACTED);
    shown.sort();
    shown
}
