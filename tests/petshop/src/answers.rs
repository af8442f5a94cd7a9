//! Answers: JSON with a status, and the failures that the document describes.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// A field that is wrong, and why.
pub(crate) type FieldMistake = (&'static str, &'static str);

/// An answer in JSON.
pub(crate) fn json_answer(status: StatusCode, body: &Value) -> Response {
    typed_answer(status, "application/json", body.to_string())
}

/// An answer of any media type.
pub(crate) fn typed_answer(
    status: StatusCode,
    media_type: &'static str,
    body: impl IntoResponse,
) -> Response {
    let mut response = (status, body).into_response();
    let value = HeaderValue::from_static(media_type);
    response.headers_mut().insert(header::CONTENT_TYPE, value);
    response
}

/// The body `Problem` for a thing that does not exist.
pub(crate) fn not_found(detail: impl Into<String>) -> Response {
    let body = problem(StatusCode::NOT_FOUND, "not found", &detail.into());
    let media_type = "application/problem+json";
    typed_answer(StatusCode::NOT_FOUND, media_type, body.to_string())
}

/// The body `Problem` for credentials that are missing or wrong; `scheme` is the one to use.
pub(crate) fn unauthorized(scheme: &'static str) -> Response {
    unauthorized_because(scheme, "the credentials are missing or wrong")
}

/// The same with a reason.
pub(crate) fn unauthorized_because(scheme: &'static str, detail: &str) -> Response {
    let status = StatusCode::UNAUTHORIZED;
    let body = problem(status, "unauthorized", detail);
    let mut response = json_answer(status, &body);
    let value = HeaderValue::from_static(scheme);
    response
        .headers_mut()
        .insert(header::WWW_AUTHENTICATE, value);
    response
}

fn problem(status: StatusCode, title: &str, detail: &str) -> Value {
    json!({
        "type": "https://petshop.test/problems",
        "title": title,
        "status": status.as_u16(),
        "detail": detail,
    })
}

/// The body `Conflict`.
pub(crate) fn conflict(reason: &str, pet: Option<i64>) -> Response {
    let body = json!({ "reason": reason, "pet_id": pet });
    json_answer(StatusCode::CONFLICT, &body)
}

/// The body `Invalid`.
pub(crate) fn invalid(mistakes: &[FieldMistake]) -> Response {
    let errors: Vec<Value> = mistakes
        .iter()
        .map(|(field, message)| json!({ "field": field, "message": message }))
        .collect();
    let body = json!({ "errors": errors });
    json_answer(StatusCode::UNPROCESSABLE_ENTITY, &body)
}

/// The body `Failure`, for everything else.
pub(crate) fn failure(status: StatusCode, message: &str) -> Response {
    json_answer(status, &json!({ "message": message, "retry_after": 1 }))
}
