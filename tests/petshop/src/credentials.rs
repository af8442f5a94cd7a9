//! Checks credentials.

use axum::extract::Request;
use axum::http::header;
use axum::middleware::Next;
use axum::response::Response;

use crate::answers::unauthorized;

/// The key of an application, which the server accepts.
pub const API_KEY: &str = "shop-key-4711-secret";

/// Name and password of an administrator, which the server accepts.
pub const ADMINISTRATOR: &str = "admin:open-sesame";

/// `Authorization` of the administrator: [`ADMINISTRATOR`] in Base64.
const ADMINISTRATOR_HEADER: &str = "Basic YWRtaW46b3Blbi1zZXNhbWU=";

/// Requires the key of an application.
pub(crate) async fn require_key(request: Request, next: Next) -> Response {
    let is_valid = has_header(&request, "x-api-key", API_KEY);
    match is_valid {
        true => next.run(request).await,
        false => unauthorized("ApiKey"),
    }
}

/// Requires an administrator.
pub(crate) async fn require_administrator(request: Request, next: Next) -> Response {
    let is_valid = has_header(
        &request,
        header::AUTHORIZATION.as_str(),
        ADMINISTRATOR_HEADER,
    );
    match is_valid {
        true => next.run(request).await,
        false => unauthorized("Basic realm=\"shop\""),
    }
}

fn has_header(request: &Request, name: &str, expected: &str) -> bool {
    let value = request.headers().get(name);
    value.is_some_and(|value| value.as_bytes() == expected.as_bytes())
}
