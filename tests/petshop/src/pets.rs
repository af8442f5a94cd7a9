//! Operations on pets.

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::answers::{conflict, failure, invalid, json_answer, not_found};
use crate::pet_body::{parse_new_pet, parse_patch};
use crate::shop::{JsonObject, SharedShop, ShopState, parse_id};

/// When every pet has come.
const ARRIVAL: &str = "2024-05-01T09:30:00Z";

const MERGE_PATCH: &str = "application/merge-patch+json";

/// `GET /pets/{petId}`.
pub(crate) async fn get_pet(State(shop): State<SharedShop>, Path(pet): Path<String>) -> Response {
    let state = shop.lock();
    match find_pet(&state, &pet) {
        Ok((_, found)) => json_answer(StatusCode::OK, &Value::Object(found.clone())),
        Err(missing) => missing.into_response(),
    }
}

/// `HEAD /pets/{petId}`.
pub(crate) async fn check_pet(State(shop): State<SharedShop>, Path(pet): Path<String>) -> Response {
    match find_pet(&shop.lock(), &pet) {
        Ok(_) => StatusCode::OK.into_response(),
        Err(_) => StatusCode::NOT_FOUND.into_response(),
    }
}

/// `POST /pets`.
pub(crate) async fn create_pet(
    State(shop): State<SharedShop>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let mut state = shop.lock();
    let key = headers.get("idempotency-key");
    let key = key.and_then(|key| key.to_str().ok()).map(str::to_owned);
    if let Some((first, pet)) = key.as_ref().and_then(|key| state.keys.get(key)) {
        return match *first == body {
            true => json_answer(StatusCode::CREATED, pet),
            false => conflict("key_reused", None),
        };
    }
    let fields = match parse_new_pet(&body) {
        Ok(fields) => fields,
        Err(mistakes) => return invalid(&mistakes),
    };
    let taken = fields
        .get("name")
        .and_then(|name| state.find_name(name, None));
    if taken.is_some() {
        return conflict("name_taken", taken);
    }
    let id = state.next_id();
    let pet = complete_pet(id, fields, Value::Null);
    state.pets.insert(id, pet.clone());
    let pet = Value::Object(pet);
    if let Some(key) = key {
        state.keys.insert(key, (body, pet.clone()));
    }
    json_answer(StatusCode::CREATED, &pet)
}

/// `PUT /pets/{petId}`.
pub(crate) async fn replace_pet(
    State(shop): State<SharedShop>,
    Path(pet): Path<String>,
    body: Bytes,
) -> Response {
    let mut state = shop.lock();
    let (id, keeper) = match find_pet(&state, &pet) {
        Ok((id, found)) => (id, found.get("keeper").cloned().unwrap_or_default()),
        Err(missing) => return missing.into_response(),
    };
    match parse_new_pet(&body) {
        Ok(fields) => {
            let pet = complete_pet(id, fields, keeper);
            state.pets.insert(id, pet.clone());
            json_answer(StatusCode::OK, &Value::Object(pet))
        }
        Err(mistakes) => invalid(&mistakes),
    }
}

/// `PATCH /pets/{petId}`.
pub(crate) async fn update_pet(
    State(shop): State<SharedShop>,
    Path(pet): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let media_type = headers.get(header::CONTENT_TYPE);
    if media_type.is_none_or(|found| found.as_bytes() != MERGE_PATCH.as_bytes()) {
        return failure(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "a merge patch is expected",
        );
    }
    let mut state = shop.lock();
    let id = match find_pet(&state, &pet) {
        Ok((id, _)) => id,
        Err(missing) => return missing.into_response(),
    };
    let fields = match parse_patch(&body) {
        Ok(fields) => fields,
        Err(mistakes) => return invalid(&mistakes),
    };
    let taken = fields
        .get("name")
        .and_then(|name| state.find_name(name, Some(id)));
    if taken.is_some() {
        return conflict("name_taken", taken);
    }
    let Some(pet) = state.pets.get_mut(&id) else {
        return MissingPet(id.to_string()).into_response();
    };
    for (name, value) in fields {
        match (name.as_str(), value) {
            ("keeper_name", Value::Null) => pet.insert("keeper".into(), Value::Null),
            ("keeper_name", name) => {
                pet.insert("keeper".into(), json!({ "name": name, "phone": null }))
            }
            (_, Value::Null) => pet.remove(&name),
            (_, value) => pet.insert(name, value),
        };
    }
    json_answer(StatusCode::OK, &Value::Object(pet.clone()))
}

/// `DELETE /pets/{petId}`.
pub(crate) async fn delete_pet(
    State(shop): State<SharedShop>,
    Path(pet): Path<String>,
) -> Response {
    let mut state = shop.lock();
    let (id, is_sold) = match find_pet(&state, &pet) {
        Ok((id, found)) => (id, found.get("status") == Some(&json!("sold"))),
        Err(missing) => return missing.into_response(),
    };
    if is_sold {
        return conflict("sold", Some(id));
    }
    state.pets.remove(&id);
    StatusCode::NO_CONTENT.into_response()
}

/// There is no pet with this number.
#[derive(Debug)]
pub(crate) struct MissingPet(String);

impl IntoResponse for MissingPet {
    fn into_response(self) -> Response {
        not_found(format!("no pet {}", self.0))
    }
}

/// The pet with a number, as it is in the path.
pub(crate) fn find_pet<'s>(
    state: &'s ShopState,
    number: &str,
) -> Result<(i64, &'s JsonObject), MissingPet> {
    let id = parse_id(number);
    let found = id.and_then(|id| state.pets.get(&id).map(|pet| (id, pet)));
    found.ok_or_else(|| MissingPet(number.to_owned()))
}

/// A pet with the fields that the shop adds.
fn complete_pet(id: i64, mut fields: JsonObject, keeper: Value) -> JsonObject {
    fields.insert("id".into(), json!(id));
    fields.entry("status").or_insert_with(|| json!("available"));
    fields.insert("arrived_at".into(), json!(ARRIVAL));
    fields.insert("keeper".into(), keeper);
    fields
}
