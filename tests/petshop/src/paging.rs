//! Lists in pages by cursor, offset, number and URL; the one with links is in `listing`.

use std::collections::BTreeSet;

use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::answers::{FieldMistake, invalid, json_answer};
use crate::pets::find_pet;
use crate::shop::SharedShop;

const DEFAULT_SIZE: usize = 20;
const MAX_SIZE: usize = 50;

/// The numbers of a query that has no other parameters than these.
fn read_numbers(
    query: Option<String>,
    known: [&'static str; 2],
) -> Result<[Option<usize>; 2], FieldMistake> {
    let query = query.unwrap_or_default();
    let mut numbers = [None, None];
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let mut places = known.iter().zip(&mut numbers);
        let Some((name, place)) = places.find(|(known, _)| **known == name) else {
            return Err(("query", "a parameter that is not known"));
        };
        let number = value.parse().map_err(|_| (*name, "a number"))?;
        *place = Some(number);
    }
    Ok(numbers)
}

fn check_size(name: &'static str, size: Option<usize>) -> Result<usize, FieldMistake> {
    let size = size.unwrap_or(DEFAULT_SIZE);
    match (1..=MAX_SIZE).contains(&size) {
        true => Ok(size),
        false => Err((name, "1 to 50")),
    }
}

/// `GET /pets/{petId}/visits`. The cursor is the number of the next visit.
pub(crate) async fn list_pet_visits(
    State(shop): State<SharedShop>,
    Path(pet): Path<String>,
    RawQuery(query): RawQuery,
) -> Response {
    let state = shop.lock();
    let pet = match find_pet(&state, &pet) {
        Ok((id, _)) => id,
        Err(missing) => return missing.into_response(),
    };
    let read = || {
        let [cursor, limit] = read_numbers(query, ["cursor", "limit"])?;
        Ok((cursor.unwrap_or(0), check_size("limit", limit)?))
    };
    let (cursor, limit) = match read() {
        Ok(numbers) => numbers,
        Err(mistake) => return invalid(&[mistake]),
    };
    let number = |visit: &Value| visit.get("id").and_then(Value::as_u64).unwrap_or(0);
    let mut visits: Vec<&Value> = state
        .visits
        .iter()
        .filter(|visit| visit.get("pet_id") == Some(&json!(pet)))
        .filter(|visit| number(visit) >= cursor as u64)
        .collect();
    let next = visits.get(limit).map(|visit| number(visit).to_string());
    visits.truncate(limit);
    let page = json!({"visits": visits, "paging": {"next_cursor": next}});
    json_answer(StatusCode::OK, &page)
}

/// `GET /visits`.
pub(crate) async fn list_all_visits(
    State(shop): State<SharedShop>,
    RawQuery(query): RawQuery,
) -> Response {
    let read = || {
        let [offset, limit] = read_numbers(query, ["offset", "limit"])?;
        Ok((offset.unwrap_or(0), check_size("limit", limit)?))
    };
    let (offset, limit) = match read() {
        Ok(numbers) => numbers,
        Err(mistake) => return invalid(&[mistake]),
    };
    let state = shop.lock();
    let visits: Vec<&Value> = state.visits.iter().skip(offset).take(limit).collect();
    let page = json!({"visits": visits, "total": state.visits.len()});
    json_answer(StatusCode::OK, &page)
}

/// `GET /keepers`.
pub(crate) async fn list_keepers(
    State(shop): State<SharedShop>,
    RawQuery(query): RawQuery,
) -> Response {
    let read = || {
        let [page, size] = read_numbers(query, ["page", "size"])?;
        let page = page.unwrap_or(1).checked_sub(1).ok_or(("page", "from 1"))?;
        Ok((page, check_size("size", size)?))
    };
    let (page, size) = match read() {
        Ok(numbers) => numbers,
        Err(mistake) => return invalid(&[mistake]),
    };
    let state = shop.lock();
    let keepers = state.pets.values().filter_map(|pet| pet.get("keeper"));
    let names = keepers.filter_map(|keeper| keeper.get("name")?.as_str());
    let names: BTreeSet<&str> = names.collect();
    let on_page = names.iter().skip(page.saturating_mul(size)).take(size);
    let on_page: Vec<Value> = on_page.map(|name| json!({"name": name})).collect();
    let page = json!({"keepers": on_page, "pages": names.len().div_ceil(size)});
    json_answer(StatusCode::OK, &page)
}

/// `GET /arrivals`. The URL of the next page has a parameter that the document does not name.
pub(crate) async fn list_arrivals(
    State(shop): State<SharedShop>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let read = || {
        let [size, skipped] = read_numbers(query, ["size", "skipped"])?;
        Ok((check_size("size", size)?, skipped.unwrap_or(0)))
    };
    let (size, skipped) = match read() {
        Ok(numbers) => numbers,
        Err(mistake) => return invalid(&[mistake]),
    };
    let host = headers.get(header::HOST);
    let host = host.and_then(|host| host.to_str().ok()).unwrap_or_default();
    let state = shop.lock();
    let pets = state.pets.values().rev().skip(skipped).take(size);
    let pets: Vec<Value> = pets.cloned().map(Value::Object).collect();
    let read = skipped.saturating_add(size);
    let next = (read < state.pets.len())
        .then(|| format!("http://{host}/api/arrivals?size={size}&skipped={read}"));
    json_answer(
        StatusCode::OK,
        &json!({"result": {"pets": pets}, "next": next}),
    )
}
