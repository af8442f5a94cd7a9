//! A server with side effects: it creates customers, under idempotency keys, and counts.

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

/// What the server did.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    /// How often a customer was created, by the order that the request names.
    pub executed: BTreeMap<String, u32>,
    /// The orders that it refused for good.
    pub declined: BTreeMap<String, u32>,
    /// Answers that were repeated from the records.
    pub replayed: u64,
    /// Requests that came while another of the same key was being carried out.
    pub in_use: u64,
    /// Requests that came under a known key with another body.
    pub mismatched: u64,
    /// Requests without a key.
    pub keyless: u64,
    /// Responses with status 429.
    pub refused: u64,
}

#[derive(Debug, Default)]
struct Books {
    ledger: Ledger,
    keys: BTreeMap<String, Entry>,
    draws: u64,
}

#[derive(Debug)]
struct Entry {
    body: Bytes,
    /// `None` while the request is being carried out.
    answer: Option<(StatusCode, String)>,
}

/// A running server. It stops with the tokio runtime that it was started on.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    books: Arc<Mutex<Books>>,
}

impl Server {
    /// Starts a server on a free port.
    ///
    /// # Errors
    /// If the system gives no port.
    pub async fn start() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let books = Arc::new(Mutex::new(Books::default()));
        let router = Router::new()
            .route("/v1/customers", post(create))
            .with_state(Arc::clone(&books));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(Self { address, books })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What it did so far.
    #[must_use]
    pub fn ledger(&self) -> Ledger {
        open(&self.books).ledger.clone()
    }
}

fn open(books: &Mutex<Books>) -> MutexGuard<'_, Books> {
    books.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What to do with a request, by the records.
enum Verdict {
    Answer(StatusCode, String, bool),
    Execute,
}

async fn create(
    State(books): State<Arc<Mutex<Books>>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let key = headers
        .get("idempotency-key")
        .and_then(|key| key.to_str().ok());
    let Some(key) = key.map(str::to_owned) else {
        open(&books).ledger.keyless += 1;
        return answer(StatusCode::BAD_REQUEST, error("parameter_missing"), false);
    };
    let verdict = look_up(&mut open(&books), &key, &body);
    if let Verdict::Answer(status, text, replayed) = verdict {
        return answer(status, text, replayed);
    }
    // The work goes on even if the connection is gone, as it does on a real server.
    let working = tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(2)).await;
        execute(&mut open(&books), &key, &body)
    });
    match working.await {
        Ok((status, text)) => answer(status, text, false),
        Err(_) => answer(StatusCode::INTERNAL_SERVER_ERROR, error("worker"), false),
    }
}

/// Looks a key up and, if it is new, puts it on record. Some requests are turned away before
/// that, which the records do not see.
fn look_up(books: &mut Books, key: &str, body: &Bytes) -> Verdict {
    books.draws += 1;
    match books.draws % 23 {
        place @ (7 | 15) => {
            books.ledger.refused += 1;
            let code = if place == 7 { "lock_timeout" } else { "rate_limit" };
            return Verdict::Answer(StatusCode::TOO_MANY_REQUESTS, error(code), false);
        }
        _ => {}
    }
    match books.keys.get(key) {
        Some(entry) if entry.body != *body => {
            books.ledger.mismatched += 1;
            let text = r#"{"error": {"type": "idempotency_error"}}"#.to_owned();
            Verdict::Answer(StatusCode::BAD_REQUEST, text, false)
        }
        Some(Entry {
            answer: Some((status, text)),
            ..
        }) => {
            books.ledger.replayed += 1;
            Verdict::Answer(*status, text.clone(), true)
        }
        Some(_) => {
            books.ledger.in_use += 1;
            Verdict::Answer(StatusCode::CONFLICT, error("idempotency_key_in_use"), false)
        }
        None => {
            let entry = Entry {
                body: body.clone(),
                answer: None,
            };
            books.keys.insert(key.to_owned(), entry);
            Verdict::Execute
        }
    }
}

/// Carries a request out and puts the answer on record.
fn execute(books: &mut Books, key: &str, body: &[u8]) -> (StatusCode, String) {
    let order = order_of(body);
    let declines = order.ends_with("13");
    let count = if declines {
        &mut books.ledger.declined
    } else {
        &mut books.ledger.executed
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
    if let Some(entry) = books.keys.get_mut(key) {
        entry.answer = Some(result.clone());
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

fn answer(status: StatusCode, text: String, replayed: bool) -> Response {
    let mut response = (status, text).into_response();
    let headers = response.headers_mut();
    if replayed {
        headers.insert("idempotent-replayed", HeaderValue::from_static("true"));
    }
    response
}
