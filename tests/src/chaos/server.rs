//! A server with side effects: it creates customers under idempotency keys, and counts them.

use std::collections::BTreeMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use tokio::net::TcpListener;

/// What the server has executed and returned.
#[derive(Clone, Debug, Default)]
pub struct ServerCounts {
    /// How often a customer was created, by the order that the request names.
    pub executed: BTreeMap<String, u32>,
    /// How often a payment was declined, by order.
    pub declined: BTreeMap<String, u32>,
    /// Stored responses that were repeated.
    pub replayed: u64,
    /// Requests that arrived while another one with the same key was in progress.
    pub in_use: u64,
    /// Requests with a known key and another body.
    pub mismatched: u64,
    /// Requests without a key.
    pub keyless: u64,
    /// Responses with status 429.
    pub refused: u64,
}

#[derive(Debug, Default)]
struct ServerState {
    counts: ServerCounts,
    keys: BTreeMap<String, StoredKey>,
    draws: u64,
}

#[derive(Debug)]
struct StoredKey {
    body: Bytes,
    /// `None` while the request is in progress.
    response: Option<(StatusCode, String)>,
}

/// A running server. It stops with the tokio runtime that it was started on.
#[derive(Debug)]
pub struct ChaosServer {
    address: SocketAddr,
    state: Arc<Mutex<ServerState>>,
}

impl ChaosServer {
    /// Starts a server on a free port.
    ///
    /// # Errors
    /// If the system gives no port.
    pub async fn start() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let state = Arc::new(Mutex::new(ServerState::default()));
        let router = Router::new()
            .route("/v1/customers", post(create))
            .with_state(Arc::clone(&state));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(Self { address, state })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What it has done so far.
    #[must_use]
    pub fn counts(&self) -> ServerCounts {
        open(&self.state).counts.clone()
    }
}

fn open(state: &Mutex<ServerState>) -> MutexGuard<'_, ServerState> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What to do with a request.
enum KeyLookup {
    Respond(StatusCode, String, bool),
    Execute,
}

async fn create(
    State(state): State<Arc<Mutex<ServerState>>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let key = headers
        .get("idempotency-key")
        .and_then(|key| key.to_str().ok());
    let Some(key) = key.map(str::to_owned) else {
        open(&state).counts.keyless += 1;
        return into_response(StatusCode::BAD_REQUEST, error("parameter_missing"), false);
    };
    let lookup = look_up_key(&mut open(&state), &key, &body);
    if let KeyLookup::Respond(status, text, replayed) = lookup {
        return into_response(status, text, replayed);
    }
    // The server executes the request even if the connection is closed, as a real one does.
    let working = tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(2)).await;
        execute(&mut open(&state), &key, &body)
    });
    match working.await {
        Ok((status, text)) => into_response(status, text, false),
        Err(_) => into_response(StatusCode::INTERNAL_SERVER_ERROR, error("worker"), false),
    }
}

/// Looks up a key, and stores it if it is new. Some requests are rejected before that and leave no
/// record.
fn look_up_key(state: &mut ServerState, key: &str, body: &Bytes) -> KeyLookup {
    state.draws += 1;
    match state.draws % 23 {
        7 => {
            return KeyLookup::Respond(StatusCode::TOO_MANY_REQUESTS, error("lock_timeout"), false);
        }
        15 => return KeyLookup::Respond(StatusCode::TOO_MANY_REQUESTS, error("rate_limit"), false),
        _ => {}
    }
    match state.keys.get(key) {
        Some(entry) if entry.body != *body => {
            state.counts.mismatched += 1;
            let text = r#"{"error": {"type": "idempotency_error"}}"#.to_owned();
            KeyLookup::Respond(StatusCode::BAD_REQUEST, text, false)
        }
        Some(StoredKey {
            response: Some((status, text)),
            ..
        }) => {
            state.counts.replayed += 1;
            KeyLookup::Respond(*status, text.clone(), true)
        }
        Some(_) => {
            state.counts.in_use += 1;
            KeyLookup::Respond(StatusCode::CONFLICT, error("idempotency_key_in_use"), false)
        }
        None => {
            let entry = StoredKey {
                body: body.clone(),
                response: None,
            };
            state.keys.insert(key.to_owned(), entry);
            KeyLookup::Execute
        }
    }
}

/// Executes a request and stores the response.
fn execute(state: &mut ServerState, key: &str, body: &[u8]) -> (StatusCode, String) {
    let order = order_of(body);
    let declines = order.ends_with("13");
    let count = if declines {
        &mut state.counts.declined
    } else {
        &mut state.counts.executed
    };
    *count.entry(order.clone()).or_default() += 1;
    let result = if declines {
        let text = r#"{"error": {"type": "card_error", "code": "card_declined"}}"#;
        (StatusCode::PAYMENT_REQUIRED, text.to_owned())
    } else {
        let text = format!(
            r#"{{"id": "cus_{order}", "object": "customer", "created": 1700000000,
            "livemode": false, "description": "{order}", "metadata": {{}},
            "balance": 0, "default_source": null, "email": null, "shipping": null}}"#
        );
        (StatusCode::OK, text)
    };
    if let Some(entry) = state.keys.get_mut(key) {
        entry.response = Some(result.clone());
    }
    result
}

/// The order that a form names in `description`.
fn order_of(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let pair = text
        .split('&')
        .find_map(|pair| pair.strip_prefix("description="));
    pair.unwrap_or_default().to_owned()
}

fn error(code: &str) -> String {
    format!(r#"{{"error": {{"type": "invalid_request_error", "code": "{code}"}}}}"#)
}

fn into_response(status: StatusCode, text: String, replayed: bool) -> Response {
    let mut response = (status, text).into_response();
    let headers = response.headers_mut();
    if replayed {
        headers.insert("idempotent-replayed", HeaderValue::from_static("true"));
    }
    response
}
