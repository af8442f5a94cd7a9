//! A receiver as a route of axum.

use axum::body::Body;
use axum::extract::Request;
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::response::Response;
use axum::routing::{MethodRouter, post};

use crate::queue::{Receiver, WebhookResponse};

/// A route that receives webhooks by POST.
///
/// It reads the body itself, within the receiver's limits of length, time and memory. The time in
/// which the headers of a request have to arrive is a setting of the server.
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
        async move {
            let (parts, body) = request.into_parts();
            axum_response(&receiver.receive_body(&parts.headers, body).await)
        }
    })
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
