//! A server on loopback that responds to all requests with one JSON text, as fast as possible.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use axum::Router;
use axum::body::Bytes;
use axum::http::header::CONTENT_TYPE;
use axum::routing::any;
use tokio::net::TcpListener;

/// Starts the server on the current tokio runtime, on a free port.
///
/// # Errors
/// If the system gives no port.
pub(crate) async fn serve(body: impl Into<Bytes>) -> io::Result<SocketAddr> {
    let body = body.into();
    let answer = move || async move { ([(CONTENT_TYPE, "application/json")], body) };
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    let router = Router::new().fallback(any(answer));
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(address)
}
