//! Visits of the vet.

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::answers::{FieldMistake, failure, invalid, json_answer};
use crate::pet_body::is_day;
use crate::pets::find_pet;
use crate::shop::{JsonObject, SharedShop};

/// `POST /pets/{petId}/visits`.
pub(crate) async fn add_visit(
    State(shop): State<SharedShop>,
    Path(pet): Path<String>,
    body: Bytes,
) -> Response {
    let mut state = shop.lock();
    let pet = match find_pet(&state, &pet) {
        Ok((id, _)) => id,
        Err(missing) => return missing.into_response(),
    };
    let mut visit = match parse_visit(&body) {
        Ok(visit) => visit,
        Err(mistake) => return invalid(&[mistake]),
    };
    let treatment = visit.get("treatment").cloned().unwrap_or_default();
    visit.insert("id".into(), json!(state.next_id()));
    visit.insert("pet_id".into(), json!(pet));
    let visit = Value::Object(visit);
    state.visits.push(visit.clone());
    if let Some(pet) = state.pets.get_mut(&pet) {
        pet.insert("last_treatment".into(), treatment);
    }
    json_answer(StatusCode::CREATED, &visit)
}

/// `GET /visits/{day}`.
pub(crate) async fn list_visits(
    State(shop): State<SharedShop>,
    Path(day): Path<String>,
) -> Response {
    if !is_day(&day) {
        return failure(StatusCode::BAD_REQUEST, "the path has no date");
    }
    let state = shop.lock();
    let visits = state.visits.iter();
    let found = visits.filter(|visit| visit.get("day").is_some_and(|own| *own == day));
    json_answer(StatusCode::OK, &Value::Array(found.cloned().collect()))
}

fn parse_visit(body: &Bytes) -> Result<JsonObject, FieldMistake> {
    let Ok(Value::Object(visit)) = serde_json::from_slice(body) else {
        return Err(("body", "a JSON object"));
    };
    let day = visit.get("day").and_then(Value::as_str);
    if !day.is_some_and(is_day) {
        return Err(("day", "a date"));
    }
    let treatment = visit.get("treatment").unwrap_or(&Value::Null);
    let kind = treatment.get("kind").and_then(Value::as_str);
    let (field, is_right): (_, fn(&Value) -> bool) = match kind {
        Some("vaccination") => ("vaccine", Value::is_string),
        Some("surgery") => ("minutes", Value::is_i64),
        Some("checkup") => ("healthy", Value::is_boolean),
        _ => return Err(("treatment.kind", "vaccination, surgery or checkup")),
    };
    match treatment.get(field).is_some_and(is_right) {
        true => Ok(visit),
        false => Err(("treatment", "what its kind requires")),
    }
}
