//! The headers that every request must have.

use axum::http::{HeaderMap, header};

use super::document::{Media, Operation};
use super::problem::Problem;

/// Stripe's own limit.
const MAX_KEY_LENGTH: usize = 255;

/// A key is required before anything else is checked, also for unknown paths.
pub(crate) fn authorize(headers: &HeaderMap) -> Result<(), Problem> {
    let Some(value) = single(headers, "authorization")? else {
        return Err(Problem::unauthorized(
            "You did not provide an API key: send `Authorization: Bearer YOUR_SECRET_KEY`.",
        ));
    };
    match value.strip_prefix("Bearer ") {
        Some(key) if !key.is_empty() && !key.contains(char::is_whitespace) => Ok(()),
        _ => Err(Problem::unauthorized(
            "Invalid API key: it must be a bearer token.",
        )),
    }
}

/// Checks the headers that depend on the operation.
pub(crate) fn check(headers: &HeaderMap, operation: &Operation) -> Result<(), Problem> {
    match single(headers, "stripe-version")? {
        Some(version) if !version.is_empty() => {}
        _ => return missing("Stripe-Version"),
    }
    let key = single(headers, "idempotency-key")?;
    // A repeated v1 DELETE has no effect; in v2 Stripe requires a key there too.
    let needs_key = match operation.method.as_str() {
        "POST" => true,
        "DELETE" => operation.is_v2(),
        _ => false,
    };
    match key {
        None if needs_key => missing("Idempotency-Key"),
        Some(key) if key.is_empty() || key.len() > MAX_KEY_LENGTH => Err(Problem::bad_request(
            "idempotency_key_invalid",
            format!("An Idempotency-Key has 1 to {MAX_KEY_LENGTH} characters."),
        )),
        _ => Ok(()),
    }
}

/// Checks that a body is of the stated type; returns the header for its parameters.
pub(crate) fn content_type(headers: &HeaderMap, media: Media) -> Result<&str, Problem> {
    let wanted = match media {
        Media::Form => "application/x-www-form-urlencoded",
        Media::Multipart => "multipart/form-data",
        Media::Json => "application/json",
    };
    let stated = single(headers, header::CONTENT_TYPE.as_str())?.unwrap_or_default();
    let essence = stated.split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case(wanted) {
        return Ok(stated);
    }
    let message = format!("Invalid Content-Type `{stated}`: this body must be {wanted}.");
    Err(Problem::bad_request("content_type_invalid", message))
}

/// A header's text; sent twice, it would be ambiguous.
fn single<'a>(headers: &'a HeaderMap, name: &str) -> Result<Option<&'a str>, Problem> {
    let mut values = headers.get_all(name).iter();
    let first = values.next().map(|value| value.to_str());
    match (first, values.next()) {
        (None, _) => Ok(None),
        (Some(Ok(text)), None) => Ok(Some(text)),
        _ => Err(Problem::bad_request(
            "header_invalid",
            format!("The header {name} must be sent once, as ASCII text."),
        )),
    }
}

fn missing(header: &str) -> Result<(), Problem> {
    let message = format!("The header {header} is missing.");
    Err(Problem::bad_request("header_missing", message))
}
