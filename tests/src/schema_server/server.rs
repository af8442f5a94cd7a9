//! The service behind a loopback port, on a thread of its own.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use tokio::sync::oneshot;

use super::load::DocumentError;
use super::service::Service;
use super::synth::Mode;

/// Far above any request of the exerciser; uploads included.
const BODY_LIMIT: usize = 32 << 20;

/// Why the server did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The document cannot be served.
    #[error(transparent)]
    Document(#[from] DocumentError),
    /// The port is not available, or no thread can be started.
    #[error("cannot start the server: {0}")]
    System(#[from] std::io::Error),
}

/// A running server. Dropping it stops it, open connections included.
#[derive(Debug)]
pub struct SchemaServer {
    address: SocketAddr,
    service: Arc<Service>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl SchemaServer {
    /// Serves a document on a free port, with minimal responses unless a request selects full ones.
    ///
    /// # Errors
    /// When the document is unusable or the system refuses.
    pub fn start(document: impl AsRef<Path>) -> Result<Self, StartError> {
        let service = Service::load(document, Mode::default())?;
        Self::serve(Arc::new(service), 0)
    }

    /// Serves a document that is already loaded; port 0 takes any free one.
    ///
    /// # Errors
    /// When the port is taken or the system refuses.
    pub fn serve(service: Arc<Service>, port: u16) -> Result<Self, StartError> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let (stop, stopped) = oneshot::channel();
        let app = Router::new()
            .fallback(handle)
            .with_state(Arc::clone(&service));
        // A thread with its own runtime serves tests with and without one.
        let thread = std::thread::Builder::new()
            .name("schema-server".into())
            .spawn(move || {
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
            service,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    /// `http://127.0.0.1:PORT`, without a slash at the end.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The service, for tests that check which operations were called.
    #[must_use]
    pub fn service(&self) -> &Service {
        &self.service
    }

    /// Waits until the server ends, which it does not by itself.
    pub fn wait(mut self) {
        if let Some(thread) = self.thread.take() {
            // A panic in the thread has been printed already.
            let _ = thread.join();
        }
    }
}

impl Drop for SchemaServer {
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
    match to_bytes(body, BODY_LIMIT).await {
        Ok(bytes) => service.answer(&parts, &bytes).map(Body::from),
        Err(_) => axum::http::StatusCode::PAYLOAD_TOO_LARGE.into_response(),
    }
}
