//! Checks credentials.

use axum::extract::{Request, State};
use axum::http::{Method, header};
use axum::middleware::Next;
use axum::response::Response;

use crate::answers::{unauthorized, unauthorized_because};
use crate::shop::SharedShop;

/// The key of an application, which the server accepts.
pub const API_KEY: &str = "shop-key-4711-secret";

/// The name of an administrator.
pub const ADMINISTRATOR: &str = "admin";

/// The password of [`ADMINISTRATOR`], which the server accepts.
pub const ADMINISTRATOR_PASSWORD: &str = "open-sesame";

/// `Authorization` of the administrator: name and password in Base64.
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

/// Requires a token with a scope, or the key of an application if that is enough.
pub(crate) async fn require_staff(
    State(shop): State<SharedShop>,
    request: Request,
    next: Next,
) -> Response {
    let is_read = request.method() == Method::GET;
    let value = request.headers().get(header::AUTHORIZATION);
    let token = value.and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    let scope = if is_read {
        "shifts:read"
    } else {
        "shifts:write"
    };
    let has_token = token.is_some_and(|token| shop.lock().tokens.allows(token, scope));
    match has_token || is_read && has_header(&request, "x-api-key", API_KEY) {
        true => next.run(request).await,
        false => refused(&request),
    }
}

/// Requires the key of an application and an administrator.
pub(crate) async fn require_both(request: Request, next: Next) -> Response {
    let has_key = has_header(&request, "x-api-key", API_KEY);
    let name = header::AUTHORIZATION;
    match has_key && has_header(&request, name.as_str(), ADMINISTRATOR_HEADER) {
        true => next.run(request).await,
        false => refused(&request),
    }
}

/// The answer of a server that repeats what it was sent, in several notations.
fn refused(request: &Request) -> Response {
    let headers = request.headers();
    let names = ["x-api-key", header::AUTHORIZATION.as_str()];
    let sent = names.into_iter().filter_map(|name| headers.get(name));
    let sent: Vec<_> = sent.filter_map(|value| value.to_str().ok()).collect();
    let encoded = sent.join(" ").replace('-', "%2D");
    let detail = format!("not accepted: {}, {encoded}", sent.join(", "));
    unauthorized_because("Bearer", &detail)
}

fn has_header(request: &Request, name: &str, expected: &str) -> bool {
    let value = request.headers().get(name);
    value.is_some_and(|value| value.as_bytes() == expected.as_bytes())
}
