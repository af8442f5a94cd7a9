//! A receiver as a route of axum.

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::response::Response;
use axum::routing::{MethodRouter, post};

use crate::queue::{Receiver, WebhookResponse};

/// A route that receives webhooks by POST.
///
/// It reads the body itself, up to the receiver's limit, so that it is not parsed before it is
/// verified. It has no timeout for reading; add a layer for that.
///
/// ```
/// # use webhooks::{Receiver, axum_route};
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
        async move { axum_response(&receive_request(&receiver, request).await) }
    })
}

async fn receive_request(receiver: &Receiver, request: Request) -> WebhookResponse {
    let (parts, body) = request.into_parts();
    match to_bytes(body, receiver.body_limit()).await {
        Ok(body) => receiver.receive(&parts.headers, &body).await,
        // Too long; or incomplete because the client has disconnected and reads no response.
        Err(_) => WebhookResponse::too_large(),
    }
}

fn axum_response(response: &WebhookResponse) -> Response {
    let mut converted = Response::new(Body::from(response.body()));
    *converted.status_mut() = response.status();
    let headers = converted.headers_mut();
    headers.insert(
        CONTENT_TYPE,
        HeaderValue::from_static("text/plain; charset=utf-8"),
    );
    if let Some(seconds) = response.retry_after() {
        headers.insert(RETRY_AFTER, seconds.into());
    }
    converted
}
