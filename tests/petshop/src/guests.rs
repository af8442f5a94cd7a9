//! Guests: operations that are about the shape of requests and answers. The recorder keeps what they
//! are sent, so they answer with little.

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::answers::{failure, json_answer, typed_answer};
use crate::shop::SharedShop;

/// `GET /guests`.
pub(crate) async fn find_guests() -> Response {
    json_answer(StatusCode::OK, &json!([{ "name": "Rex" }]))
}

/// `POST /guests`.
pub(crate) async fn receive_guest(State(shop): State<SharedShop>, body: Bytes) -> Response {
    // The part with the guest is JSON, of which this is the first member.
    let text = String::from_utf8_lossy(&body);
    let name = text.split("{\"name\":\"").nth(1);
    let Some(name) = name.and_then(|rest| rest.split('"').next()) else {
        return failure(StatusCode::BAD_REQUEST, "a guest has a name");
    };
    shop.lock().guests.push(name.to_owned());
    json_answer(StatusCode::CREATED, &json!({ "name": name }))
}

/// `GET /guests/next`.
pub(crate) async fn next_guest(State(shop): State<SharedShop>) -> Response {
    match shop.lock().guests.first() {
        Some(name) => json_answer(StatusCode::OK, &json!({ "name": name })),
        None => StatusCode::NO_CONTENT.into_response(),
    }
}

/// `PUT /guests/wishes`.
pub(crate) async fn set_wishes() -> Response {
    StatusCode::NO_CONTENT.into_response()
}

/// `GET /guests/{names}/meals{days}`: a meal for each name.
pub(crate) async fn list_meals(Path((names, meals)): Path<(String, String)>) -> Response {
    if !meals.starts_with("meals;days=") {
        return failure(StatusCode::NOT_FOUND, "there is no such operation");
    }
    let meals = names.split(',').map(|name| json!({ "food": name }));
    json_answer(StatusCode::OK, &meals.collect())
}

/// `POST /guests/{name}/move`.
pub(crate) async fn move_guest() -> Response {
    StatusCode::NO_CONTENT.into_response()
}

/// `GET /guests/greeting`.
pub(crate) async fn greet_guests() -> Response {
    typed_answer(StatusCode::OK, "text/plain; charset=utf-8", "Wuff, Grüße")
}
