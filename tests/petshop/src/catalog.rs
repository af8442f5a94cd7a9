//! Operations on the whole shop.

use std::collections::BTreeMap;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::answers::{failure, json_answer, typed_answer};
use crate::shop::SharedShop;

/// `GET /categories`.
pub(crate) async fn get_categories() -> Response {
    let leaf = |name: &str| json!({ "name": name, "children": [] });
    let mammals = json!({ "name": "mammals", "children": [leaf("cats"), leaf("dogs")] });
    let all = json!({ "name": "pets", "children": [mammals, leaf("birds")] });
    json_answer(StatusCode::OK, &all)
}

/// `GET /stock`.
pub(crate) async fn get_stock(State(shop): State<SharedShop>) -> Response {
    let state = shop.lock();
    let mut stock: BTreeMap<&str, u32> = BTreeMap::new();
    let species = state.pets.values().filter_map(|pet| pet.get("species"));
    for species in species.filter_map(Value::as_str) {
        *stock.entry(species).or_default() += 1;
    }
    json_answer(StatusCode::OK, &json!(stock))
}

/// `POST /admin/closing`.
pub(crate) async fn close_shop(State(shop): State<SharedShop>, body: Bytes) -> Response {
    let body: Option<Value> = serde_json::from_slice(&body).ok();
    let reason = body.as_ref().and_then(|body| body.get("reason"));
    let Some(reason) = reason.and_then(Value::as_str) else {
        return failure(StatusCode::BAD_REQUEST, "a reason is required");
    };
    shop.lock().closed = Some(reason.to_owned());
    StatusCode::NO_CONTENT.into_response()
}

/// `GET /health`.
pub(crate) async fn check_health() -> Response {
    typed_answer(StatusCode::OK, "text/plain; charset=utf-8", "open")
}
