//! What the server has received, and the failures that a test has planned.

use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::Response;

use crate::answers::failure;
use crate::shop::SharedShop;

/// Far above any request of a test.
const MAX_BODY: usize = 1 << 20;

/// A request as it has arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedRequest {
    /// The method.
    pub method: String,
    /// The path and the query, as they were sent.
    pub target: String,
    /// The headers in the order of their names, which are in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Bytes,
}

impl RecordedRequest {
    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The body as text; bytes that are not UTF-8 are replaced.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// How the next requests fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FailureMode {
    /// Nothing is done.
    Refused,
    /// The request is executed, and its answer is lost.
    AnswerLost,
}

#[derive(Debug, Default)]
struct RecorderState {
    requests: Vec<RecordedRequest>,
    failures: Option<(FailureMode, u32)>,
}

/// Records requests and plans failures.
#[derive(Debug, Default)]
pub(crate) struct Recorder(Mutex<RecorderState>);

impl Recorder {
    fn lock(&self) -> MutexGuard<'_, RecorderState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn take_requests(&self) -> Vec<RecordedRequest> {
        std::mem::take(&mut self.lock().requests)
    }

    pub(crate) fn plan_failures(&self, mode: FailureMode, count: u32) {
        self.lock().failures = Some((mode, count));
    }

    /// Records a request, and returns how it fails.
    fn record(&self, request: RecordedRequest) -> Option<FailureMode> {
        let mut state = self.lock();
        state.requests.push(request);
        let (mode, left) = state.failures?;
        state.failures = match left {
            0 | 1 => None,
            _ => Some((mode, left - 1)),
        };
        (left > 0).then_some(mode)
    }
}

/// Records each request before anything else looks at it.
pub(crate) async fn record_request(
    State(shop): State<SharedShop>,
    request: Request,
    next: Next,
) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, MAX_BODY).await else {
        return failure(StatusCode::PAYLOAD_TOO_LARGE, "the body is too long");
    };
    let mut headers: Vec<(String, String)> = parts
        .headers
        .iter()
        .map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes());
            (name.as_str().to_owned(), value.into_owned())
        })
        .collect();
    headers.sort();
    let mode = shop.recorder.record(RecordedRequest {
        method: parts.method.to_string(),
        target: parts.uri.to_string(),
        headers,
        body: body.clone(),
    });
    let unavailable = || failure(StatusCode::SERVICE_UNAVAILABLE, "the shop is being cleaned");
    match mode {
        Some(FailureMode::Refused) => unavailable(),
        Some(FailureMode::AnswerLost) => {
            drop(next.run(Request::from_parts(parts, Body::from(body))).await);
            unavailable()
        }
        None => next.run(Request::from_parts(parts, Body::from(body))).await,
    }
}
