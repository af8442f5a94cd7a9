//! A server on a port of this machine, on a thread of its own.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread::JoinHandle;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use tokio::sync::{Mutex, mpsc, oneshot};

use crate::control::answer_control;
use crate::dispatch::ServerState;
use crate::document::DocumentError;
use crate::errors::ApiProblem;
use crate::forwarding::ForwardError;
use crate::http_sender::HttpSender;
use crate::storage::{ObjectDatabase, StorageError};
use crate::webhooks::{WebhookDelivery, send_delivery};

/// More than the API accepts, uploads included.
const BODY_LIMIT: usize = 32 << 20;

/// Why a server did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The document cannot be served.
    #[error(transparent)]
    Document(#[from] DocumentError),
    /// The database cannot be used.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// Events cannot be forwarded to a URL.
    #[error(transparent)]
    Forward(#[from] ForwardError),
    /// The port is not available, or no thread can be started.
    #[error("cannot start the server: {0}")]
    System(#[from] std::io::Error),
    /// The server ended before it was ready.
    #[error("the server ended before it was ready")]
    Ended,
}

/// State and storage, which requests share.
#[derive(Debug)]
pub(crate) struct SharedServer {
    pub(crate) state: Mutex<ServerState>,
    database: ObjectDatabase,
    deliveries: mpsc::UnboundedSender<WebhookDelivery>,
}

impl SharedServer {
    /// Runs something on the state, stores what it changes and sends its events. If the changes
    /// cannot be stored, they stay in memory.
    pub(crate) async fn with_state<T>(
        &self,
        run: impl FnOnce(&mut ServerState) -> T,
    ) -> Result<T, StorageError> {
        let mut state = self.state.lock().await;
        let result = run(&mut state);
        let changes = std::mem::take(&mut state.changes);
        let stored = match changes.as_slice() {
            [] => Ok(()),
            changes => self.database.save_changes(changes).await,
        };
        for delivery in state.deliveries.drain(..) {
            // The receiver ends only with the server.
            let _ = self.deliveries.send(delivery);
        }
        stored.map(|()| result)
    }
}

/// A running server. Dropping it stops it, open connections included.
#[derive(Debug)]
pub(crate) struct RunningServer {
    pub(crate) address: SocketAddr,
    pub(crate) shared: Arc<SharedServer>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl RunningServer {
    /// Starts a server on a port; port 0 takes a free one.
    pub(crate) async fn start(
        mut state: ServerState,
        database: ObjectDatabase,
        port: u16,
    ) -> Result<Self, StartError> {
        database.load_objects(&mut state.accounts).await?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let (stop, stopped) = oneshot::channel();
        let (deliveries, received) = mpsc::unbounded_channel();
        let shared = Arc::new(SharedServer {
            state: Mutex::new(state),
            database,
            deliveries,
        });
        let app = Router::new()
            .fallback(handle_request)
            .with_state(Arc::clone(&shared));
        // A thread with its own runtime serves programs with and without one.
        let thread = std::thread::Builder::new()
            .name("stripe-dev".into())
            .spawn(move || {
                runtime.block_on(async move {
                    let Ok(listener) = tokio::net::TcpListener::from_std(listener) else {
                        return;
                    };
                    tokio::select! {
                        _ = axum::serve(listener, app) => {}
                        () = send_deliveries(received) => {}
                        _ = stopped => {}
                    }
                });
            })?;
        Ok(Self {
            address,
            shared,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    /// Waits until the server ends, which it does not by itself.
    pub(crate) fn wait_for_end(mut self) {
        if let Some(thread) = self.thread.take() {
            // A panic in the thread has been printed already.
            let _ = thread.join();
        }
    }
}

impl Drop for RunningServer {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Sends deliveries in their order; one that fails does not delay the others.
async fn send_deliveries(mut received: mpsc::UnboundedReceiver<WebhookDelivery>) {
    let sender = HttpSender::new();
    while let Some(delivery) = received.recv().await {
        let sender = sender.clone();
        tokio::spawn(async move { send_delivery(&sender, &delivery).await });
    }
}

async fn handle_request(State(shared): State<Arc<SharedServer>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, BODY_LIMIT).await else {
        return axum::http::StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let response = shared
        .with_state(|state| match answer_control(state, &parts, &body) {
            Some(response) => response,
            None => state.answer_request(&parts, &body),
        })
        .await;
    match response {
        Ok(response) => response.map(Body::from),
        Err(error) => {
            let problem = ApiProblem::failed_storage(&error);
            let body = problem.response_body().to_string();
            let json = [(axum::http::header::CONTENT_TYPE, "application/json")];
            (axum::http::StatusCode::INTERNAL_SERVER_ERROR, json, body).into_response()
        }
    }
}
