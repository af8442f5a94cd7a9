//! A receiver as a route of axum.

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::Request;
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::response::Response;
use axum::routing::{MethodRouter, post};

use super::receiver::{Receiver, Reply};

/// A route that takes webhooks by POST.
///
/// It reads the body itself, up to the receiver's limit, so that nothing parses it before it is
/// verified. A body that arrives too slowly is the server's business: put a timeout in front.
///
/// ```
/// # use webhooks::inbox::{Receiver, axum_route};
/// # fn example(receiver: Receiver) {
/// let app: axum::Router = axum::Router::new().route("/webhooks", axum_route(receiver));
/// # let _ = app;
/// # }
/// ```
pub fn axum_route<S>(receiver: Receiver) -> MethodRouter<S>
where
    S: Clone + Send + Sync + 'static,
{
    post(move |request: Request| {
        let receiver = receiver.clone();
        async move { response(&answer(&receiver, request).await) }
    })
}

async fn answer(receiver: &Receiver, request: Request) -> Reply {
    let (parts, body) = request.into_parts();
    match read(body, receiver.longest_body()).await {
        Some(body) => receiver.receive(&parts.headers, &body).await,
        None => Reply::too_large(),
    }
}

/// `None` if the body is too long, or ends before it is whole: there is nobody left to answer then.
async fn read(body: Body, longest: usize) -> Option<Bytes> {
    to_bytes(body, longest).await.ok()
}

fn response(reply: &Reply) -> Response {
    let mut response = Response::new(Body::from(reply.body()));
    *response.status_mut() = reply.status();
    let headers = response.headers_mut();
    headers.insert(
        CONTENT_TYPE,
        HeaderValue::from_static("text/plain; charset=utf-8"),
    );
    if let Some(seconds) = reply.retry_after() {
        headers.insert(RETRY_AFTER, seconds.into());
    }
    response
}
