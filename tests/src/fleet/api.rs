//! A server that counts requests and carries writes out once per idempotency key.

use std::collections::HashMap;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use runtime::clock::{Clock, SystemClock};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::Anyhow;

/// How long the server takes to respond after it has carried a write out.
const RESPONSE_TIME: Duration = Duration::from_millis(200);

const SECOND: Duration = Duration::from_secs(1);

/// What the server has received.
#[derive(Debug, Default)]
struct Received {
    /// When requests arrived, in their order.
    arrivals: Vec<Instant>,
    /// The keys of the writes that were carried out.
    by_key: HashMap<String, String>,
    /// How often the write with this body was carried out.
    executions: HashMap<String, usize>,
}

type SharedReceived = Arc<Mutex<Received>>;

/// The server, until it is dropped.
#[derive(Debug)]
pub struct CountingApi {
    base_url: String,
    received: SharedReceived,
    server: JoinHandle<()>,
}

impl Drop for CountingApi {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl CountingApi {
    /// Starts the server on a free port of the loopback interface.
    ///
    /// # Errors
    /// If it cannot listen.
    pub async fn start() -> Anyhow<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let base_url = format!("http://{}", listener.local_addr()?);
        let received = SharedReceived::default();
        let router = Router::new()
            .route("/v1/customers", post(create_customer))
            .with_state(Arc::clone(&received));
        let server = tokio::spawn(async move {
            // It ends when the task is aborted.
            drop(axum::serve(listener, router).await);
        });
        Ok(Self {
            base_url,
            received,
            server,
        })
    }

    /// The URL of the server, for clients.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// The time by which arrivals are counted.
    pub fn now(&self) -> Instant {
        SystemClock.now()
    }

    /// How many requests arrived.
    pub fn count_requests(&self) -> usize {
        lock(&self.received).arrivals.len()
    }

    /// How many writes were carried out.
    pub fn count_executed(&self) -> usize {
        lock(&self.received).executions.len()
    }

    /// How many writes were carried out more than once.
    pub fn count_repeated(&self) -> usize {
        let received = lock(&self.received);
        let times = received.executions.values();
        times.filter(|times| **times > 1).count()
    }

    /// The most requests that arrived within any second.
    pub fn most_in_a_second(&self) -> usize {
        let received = lock(&self.received);
        let starts = received.arrivals.iter().enumerate();
        let counts =
            starts.map(|(place, at)| count_until(&received.arrivals[place..], *at + SECOND));
        counts.max().unwrap_or_default()
    }

    /// How many requests arrived per second between two times.
    pub fn rate_between(&self, from: Instant, to: Instant) -> f64 {
        let received = lock(&self.received);
        let arrivals = received.arrivals.iter();
        let count = arrivals.filter(|at| (from..to).contains(at)).count();
        count as f64 / to.saturating_duration_since(from).as_secs_f64()
    }
}

fn count_until(arrivals: &[Instant], end: Instant) -> usize {
    arrivals.iter().take_while(|at| **at < end).count()
}

fn lock(received: &SharedReceived) -> MutexGuard<'_, Received> {
    received.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn create_customer(
    State(received): State<SharedReceived>,
    headers: HeaderMap,
    body: String,
) -> Response {
    let key = headers.get("idempotency-key").map(|key| key.to_str());
    let Some(Ok(key)) = key else {
        return (StatusCode::BAD_REQUEST, "no idempotency key").into_response();
    };
    let customer = {
        let mut received = lock(&received);
        received.arrivals.push(SystemClock.now());
        match received.by_key.get(key) {
            Some(customer) => customer.clone(),
            None => {
                *received.executions.entry(body).or_default() += 1;
                let id = received.by_key.len();
                let customer = format!(
                    r#"{{"id": "cus_{id}", "object": "customer", "livemode": false, "created": 1}}"#
                );
                received.by_key.insert(key.to_owned(), customer.clone());
                customer
            }
        }
    };
    tokio::time::sleep(RESPONSE_TIME).await;
    ([(header::CONTENT_TYPE, "application/json")], customer).into_response()
}
