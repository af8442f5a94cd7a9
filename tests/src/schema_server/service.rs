//! Maps a request to a response, without the socket.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, header, request::Parts};
use serde_json::{Value, json};

use super::document::{Document, Operation};
use super::load::{self, DocumentError};
use super::problem::Problem;
use super::request::Checks;
use super::synth::{self, Mode};
use super::{expand, headers, route};

/// Header that selects the mode of one response: `minimal` or `full`.
const MODE_HEADER: &str = "x-synth";
/// Header that selects the members of unions and enumerations in one response: a number.
const TURN_HEADER: &str = "x-synth-turn";
/// The smallest content that is recognised as a PDF.
const PDF: &[u8] = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n%%EOF\n";

/// A document with its compiled schemas.
#[derive(Debug)]
pub struct Service {
    document: Document,
    endpoints: Vec<Endpoint>,
    requests: AtomicUsize,
    mode: Mode,
}

#[derive(Debug)]
struct Endpoint {
    checks: Checks,
    /// The number of responses of this operation, which is the turn of the next one.
    answered: AtomicUsize,
}

impl Service {
    /// Reads a document. `mode` is for requests that do not choose by header.
    ///
    /// # Errors
    /// When the file cannot be read or is not an OpenAPI 3.0 document.
    pub fn load(path: impl AsRef<Path>, mode: Mode) -> Result<Self, DocumentError> {
        let root = load::load(path.as_ref())?;
        Ok(Self::new(Document::from_value(&root)?, mode))
    }

    pub(crate) fn new(document: Document, mode: Mode) -> Self {
        let endpoint = |operation: &Operation| Endpoint {
            checks: Checks::new(operation),
            answered: AtomicUsize::new(0),
        };
        Self {
            endpoints: document.operations.iter().map(endpoint).collect(),
            document,
            requests: AtomicUsize::new(0),
            mode,
        }
    }

    /// An object generated from a component's schema; `None` if there is no such component.
    pub fn sample(&self, component: &str, mode: Mode) -> Option<Value> {
        let reference = format!("#/components/schemas/{component}");
        self.document.resolve(&reference)?;
        let schema = json!({ "$ref": reference });
        Some(synth::value(&self.document, &schema, mode, 0))
    }

    /// Ids of the operations with a response 200, and how often.
    pub fn answered(&self) -> impl Iterator<Item = (&str, usize)> {
        let operations = self.document.operations.iter().zip(&self.endpoints);
        operations
            .map(|(operation, endpoint)| {
                (
                    operation.id.as_str(),
                    endpoint.answered.load(Ordering::Relaxed),
                )
            })
            .filter(|(_, count)| *count > 0)
    }

    /// Returns the response to a request.
    pub fn answer(&self, parts: &Parts, body: &[u8]) -> Response<Vec<u8>> {
        let number = self.requests.fetch_add(1, Ordering::Relaxed);
        let mut response = match self.accept(parts, body) {
            Ok(index) => self.synthesise(index, &parts.headers),
            Err(problem) => refuse(&problem),
        };
        let headers = response.headers_mut();
        for name in ["idempotency-key", "stripe-version"] {
            if let Some(value) = parts.headers.get(name) {
                headers.insert(name, value.clone());
            }
        }
        if let Ok(id) = HeaderValue::from_str(&format!("req_synth{number}")) {
            headers.insert("request-id", id);
        }
        response
    }

    /// Checks a request; returns the operation's index if it is valid.
    fn accept(&self, parts: &Parts, body: &[u8]) -> Result<usize, Problem> {
        headers::authorize(&parts.headers)?;
        let (method, path) = (parts.method.as_str(), parts.uri.path());
        let index = route::find(&self.document.operations, method, path)
            .ok_or_else(|| Problem::unknown_route(method, path))?;
        let (operation, checks) = (
            &self.document.operations[index],
            &self.endpoints[index].checks,
        );
        headers::check(&parts.headers, operation)?;
        let query = checks.query(parts.uri.query())?;
        let body = checks.body(operation, &parts.headers, body)?;
        for params in [query, body] {
            expand::check_paths(&self.document, operation, &params)?;
        }
        Ok(index)
    }

    fn synthesise(&self, index: usize, headers: &HeaderMap) -> Response<Vec<u8>> {
        let count = self.endpoints[index]
            .answered
            .fetch_add(1, Ordering::Relaxed);
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
        let mode = match text(MODE_HEADER) {
            Some("full") => Mode::Full,
            Some("minimal") => Mode::Minimal,
            _ => self.mode,
        };
        let turn = text(TURN_HEADER).and_then(|turn| turn.parse().ok());
        let (media, schema) = &self.document.operations[index].answer;
        let body = match media.as_str() {
            "application/json" => {
                let turn = turn.unwrap_or(count);
                let value = synth::value(&self.document, schema, mode, turn);
                value.to_string().into_bytes()
            }
            _ => PDF.to_vec(),
        };
        respond(StatusCode::OK, media, body)
    }
}

fn refuse(problem: &Problem) -> Response<Vec<u8>> {
    let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::BAD_REQUEST);
    let body: Value = problem.body();
    respond(status, "application/json", body.to_string().into_bytes())
}

fn respond(status: StatusCode, media: &str, body: Vec<u8>) -> Response<Vec<u8>> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    if let Ok(media) = HeaderValue::from_str(media) {
        response.headers_mut().insert(header::CONTENT_TYPE, media);
    }
    response
}
