//! The shifts of the keepers.

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::answers::{failure, json_answer};
use crate::shop::{SharedShop, parse_id};

/// `GET /shifts`.
pub(crate) async fn list_shifts(State(shop): State<SharedShop>) -> Response {
    let shifts = shop.lock().shifts.clone();
    json_answer(StatusCode::OK, &Value::Array(shifts))
}

/// `POST /shifts`.
pub(crate) async fn add_shift(State(shop): State<SharedShop>, body: Bytes) -> Response {
    let body: Option<Value> = serde_json::from_slice(&body).ok();
    let keeper = body.as_ref().and_then(|body| body.get("keeper"));
    let Some(keeper) = keeper.and_then(Value::as_str) else {
        return failure(StatusCode::BAD_REQUEST, "a keeper is required");
    };
    let mut state = shop.lock();
    let shift = json!({ "id": state.next_id(), "keeper": keeper });
    state.shifts.push(shift.clone());
    json_answer(StatusCode::CREATED, &shift)
}

/// `DELETE /shifts/{shiftId}`.
pub(crate) async fn cancel_shift(
    State(shop): State<SharedShop>,
    Path(shift): Path<String>,
) -> Response {
    let Some(id) = parse_id(&shift) else {
        return failure(StatusCode::BAD_REQUEST, "the path has no number");
    };
    shop.lock()
        .shifts
        .retain(|shift| shift.get("id") != Some(&json!(id)));
    StatusCode::NO_CONTENT.into_response()
}
