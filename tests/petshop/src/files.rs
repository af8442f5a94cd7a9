//! Photos, which are bytes, and notes, which are text.

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::answers::{failure, not_found, typed_answer};
use crate::pets::find_pet;
use crate::shop::SharedShop;

/// `GET /pets/{petId}/photo`.
pub(crate) async fn get_photo(State(shop): State<SharedShop>, Path(pet): Path<String>) -> Response {
    let state = shop.lock();
    let found = find_pet(&state, &pet).map(|(id, _)| state.photos.get(&id));
    match found {
        Ok(Some(photo)) => typed_answer(StatusCode::OK, "image/png", photo.clone()),
        Ok(None) => not_found("no photo"),
        Err(missing) => missing.into_response(),
    }
}

/// `PUT /pets/{petId}/photo`.
pub(crate) async fn set_photo(
    State(shop): State<SharedShop>,
    Path(pet): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if !has_media_type(&headers, "image/png") {
        return failure(StatusCode::UNSUPPORTED_MEDIA_TYPE, "a PNG is expected");
    }
    let mut state = shop.lock();
    match find_pet(&state, &pet).map(|(id, _)| id) {
        Ok(id) => {
            state.photos.insert(id, body);
            StatusCode::NO_CONTENT.into_response()
        }
        Err(missing) => missing.into_response(),
    }
}

/// `GET /pets/{petId}/notes`.
pub(crate) async fn get_notes(State(shop): State<SharedShop>, Path(pet): Path<String>) -> Response {
    let state = shop.lock();
    let found = find_pet(&state, &pet).map(|(id, _)| state.notes.get(&id));
    match found {
        Ok(Some(notes)) => typed_answer(StatusCode::OK, "text/plain; charset=utf-8", notes.clone()),
        Ok(None) => not_found("no notes"),
        Err(missing) => missing.into_response(),
    }
}

/// `PUT /pets/{petId}/notes`.
pub(crate) async fn set_notes(
    State(shop): State<SharedShop>,
    Path(pet): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if !has_media_type(&headers, "text/plain") {
        return failure(StatusCode::UNSUPPORTED_MEDIA_TYPE, "text is expected");
    }
    let mut state = shop.lock();
    match find_pet(&state, &pet).map(|(id, _)| id) {
        Ok(id) => {
            state.notes.insert(id, body);
            StatusCode::NO_CONTENT.into_response()
        }
        Err(missing) => missing.into_response(),
    }
}

/// Whether the body has a media type, whatever its parameters are.
fn has_media_type(headers: &HeaderMap, expected: &str) -> bool {
    let value = headers.get(header::CONTENT_TYPE);
    let text = value
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    text.split(';').next().map(str::trim) == Some(expected)
}
