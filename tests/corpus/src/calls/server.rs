//! A server on a loopback port that checks requests and responds as planned.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use tokio::sync::oneshot;

use super::body::is_match;
use super::check::{Presence, Received, absent_parameters, check_request, find_operation};
use super::document::Document;
use super::operation::Operation;
use super::plan::{PlannedCall, Reply, accepted_reply};
use super::schema::Problem;
use crate::CorpusError;

/// Far above any request of the calling programs.
const BODY_LIMIT: usize = 16 << 20;
/// The header with the number of the call.
pub const CALL_HEADER: &str = "x-corpus-call";
/// The header with scheme and host of the URL that the client meant.
pub const ORIGIN_HEADER: &str = "x-corpus-origin";

/// What the server knows.
#[derive(Debug)]
pub struct Service {
    /// The document.
    pub document: Document,
    /// Its operations.
    pub operations: Vec<Operation>,
    /// The calls, by number.
    pub calls: Vec<PlannedCall>,
    /// The credential of the client.
    pub key: String,
    /// What was received, by the number of the call.
    received: Mutex<BTreeMap<usize, Receipt>>,
}

/// What was received for a call.
#[derive(Clone, Debug)]
pub struct Receipt {
    /// What is wrong with the request.
    pub problems: Vec<Problem>,
    /// What a request with all parameters lacks.
    pub presence: Option<Presence>,
    /// What was sent, if it is not what was planned.
    pub other_reply: Option<Reply>,
}

impl Service {
    /// A service that has received nothing.
    pub fn new(
        document: Document,
        operations: Vec<Operation>,
        calls: Vec<PlannedCall>,
        key: &str,
    ) -> Self {
        Self {
            document,
            operations,
            calls,
            key: key.to_owned(),
            received: Mutex::default(),
        }
    }

    /// What was received for a call.
    pub fn receipt(&self, call: usize) -> Option<Receipt> {
        let received = self
            .received
            .lock()
            .unwrap_or_else(|held| held.into_inner());
        received.get(&call).cloned()
    }

    /// Checks a request, and returns the response; `None` if the request is of no call.
    pub fn respond(&self, request: &Received) -> Option<Reply> {
        let call: usize = request.header(CALL_HEADER)?.parse().ok()?;
        let planned = self.calls.get(call)?;
        let operation = self.operations.get(planned.operation)?;
        let mut problems = Vec::new();
        if find_operation(&self.operations, request) == Some(planned.operation) {
            problems.extend(check_request(&self.document, operation, request, &self.key));
        } else {
            let (method, origin, path) = (&request.method, &request.origin, &request.path);
            let expected = &operation.server;
            let reason = format!(
                "is {method} {origin}{path}, and expected is {} {}{}{}",
                operation.method, expected.origin, expected.path, operation.path
            );
            problems.push(Problem::new("method and path", reason));
        }
        let presence = planned
            .everything
            .then(|| absent_parameters(&self.document, operation, request));
        let accept = request.header("accept").unwrap_or("*/*");
        let is_accepted = |media_type: &str| {
            let mut ranges = accept.split(',');
            ranges.any(|range| is_match(range, media_type) || is_match(media_type, range))
        };
        let other_reply = accepted_reply(&self.document, operation, &planned.reply, is_accepted);
        let reply = other_reply.as_ref().unwrap_or(&planned.reply).clone();
        let mut received = self
            .received
            .lock()
            .unwrap_or_else(|held| held.into_inner());
        received.insert(
            call,
            Receipt {
                problems,
                presence,
                other_reply,
            },
        );
        Some(reply)
    }
}

/// A running server. Dropping it stops it.
#[derive(Debug)]
pub struct CallServer {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl CallServer {
    /// Serves on a free port.
    ///
    /// # Errors
    /// The system refuses the port or the thread.
    pub fn start(service: Arc<Service>) -> Result<Self, CorpusError> {
        Self::serve(service).map_err(CorpusError::Server)
    }

    fn serve(service: Arc<Service>) -> std::io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let (stop, stopped) = oneshot::channel();
        let app = Router::new().fallback(handle).with_state(service);
        let thread = std::thread::Builder::new().spawn(move || {
            runtime.block_on(async move {
                let Ok(listener) = tokio::net::TcpListener::from_std(listener) else {
                    return;
                };
                tokio::select! {
                    _ = axum::serve(listener, app) => {}
                    _ = stopped => {}
                }
            });
        })?;
        Ok(Self {
            address,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    /// `http://127.0.0.1:PORT`.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for CallServer {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

async fn handle(State(service): State<Arc<Service>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, BODY_LIMIT).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let headers = parts.headers.iter().map(|(name, value)| {
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        (name.as_str().to_owned(), value)
    });
    let mut received = Received {
        method: parts.method.to_string(),
        origin: String::new(),
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: headers.collect(),
        body: body.to_vec(),
    };
    received.origin = received
        .header(ORIGIN_HEADER)
        .unwrap_or_default()
        .to_owned();
    let Some(reply) = service.respond(&received) else {
        return StatusCode::NOT_IMPLEMENTED.into_response();
    };
    let mut response = Response::builder().status(reply.status);
    if let Some(media_type) = &reply.media_type {
        response = response.header(header::CONTENT_TYPE, sent_media_type(media_type));
    }
    let response = response.body(Body::from(reply.body));
    response.unwrap_or_else(|_| StatusCode::NOT_IMPLEMENTED.into_response())
}

/// A media type for a range of them.
fn sent_media_type(declared: &str) -> String {
    match declared.split_once('*') {
        Some(("*/" | "", _)) => "application/octet-stream".to_owned(),
        Some((range, _)) => format!("{range}x-corpus"),
        None => declared.to_owned(),
    }
}
