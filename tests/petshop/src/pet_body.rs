//! Checks bodies that describe pets.

use axum::body::Bytes;
use serde_json::Value;

use crate::answers::FieldMistake;
use crate::shop::JsonObject;

const STATUSES: [&str; 3] = ["available", "reserved", "sold"];
const MAX_NAME: usize = 40;

/// A rule of a field: whether a value is allowed, and what is said if not.
type FieldRule = (&'static str, fn(&Value) -> bool, &'static str);

const NEW_PET: &[FieldRule] = &[
    ("name", is_name, "1 to 40 characters"),
    ("species", Value::is_string, "a text"),
    ("born", is_day_or_null, "a date or null"),
    ("tags", is_list_of_texts, "a list of texts"),
    ("price", is_price_or_null, "a positive number or null"),
    ("labels", is_map_of_texts, "an object of texts"),
    ("status", is_status, "available, reserved or sold"),
];

const PATCH: &[FieldRule] = &[
    ("name", is_name, "1 to 40 characters"),
    ("born", is_day_or_null, "a date or null"),
    ("price", is_price_or_null, "a positive number or null"),
    ("status", is_status, "available, reserved or sold"),
    ("keeper_name", is_text_or_null, "a text or null"),
];

/// The body `NewPet`.
pub(crate) fn parse_new_pet(body: &Bytes) -> Result<JsonObject, Vec<FieldMistake>> {
    let object = parse_fields(body, NEW_PET)?;
    let missing: Vec<FieldMistake> = ["name", "species"]
        .into_iter()
        .filter(|field| !object.contains_key(*field))
        .map(|field| (field, "is required"))
        .collect();
    match missing.is_empty() {
        true => Ok(object),
        false => Err(missing),
    }
}

/// The body `PetPatch`.
pub(crate) fn parse_patch(body: &Bytes) -> Result<JsonObject, Vec<FieldMistake>> {
    parse_fields(body, PATCH)
}

fn parse_fields(body: &Bytes, rules: &[FieldRule]) -> Result<JsonObject, Vec<FieldMistake>> {
    let Ok(Value::Object(object)) = serde_json::from_slice(body) else {
        return Err(vec![("body", "a JSON object")]);
    };
    let mut mistakes = Vec::new();
    for (field, value) in &object {
        match rules.iter().find(|(known, ..)| known == field) {
            Some((_, is_allowed, _)) if is_allowed(value) => {}
            Some((known, _, expected)) => mistakes.push((*known, *expected)),
            None => mistakes.push(("body", "a field that is not known")),
        }
    }
    match mistakes.is_empty() {
        true => Ok(object),
        false => Err(mistakes),
    }
}

fn is_name(value: &Value) -> bool {
    let length = value.as_str().map(|text| text.chars().count());
    length.is_some_and(|length| (1..=MAX_NAME).contains(&length))
}

fn is_text_or_null(value: &Value) -> bool {
    value.is_string() || value.is_null()
}

fn is_day_or_null(value: &Value) -> bool {
    value.is_null() || value.as_str().is_some_and(is_day)
}

fn is_price_or_null(value: &Value) -> bool {
    value.is_null() || value.as_f64().is_some_and(|price| price > 0.0)
}

fn is_status(value: &Value) -> bool {
    value.as_str().is_some_and(|text| STATUSES.contains(&text))
}

fn is_list_of_texts(value: &Value) -> bool {
    let list = value.as_array();
    list.is_some_and(|items| items.iter().all(Value::is_string))
}

fn is_map_of_texts(value: &Value) -> bool {
    let map = value.as_object();
    map.is_some_and(|map| map.values().all(Value::is_string))
}

/// Whether a text is a date: `2024-02-29`.
pub(crate) fn is_day(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let [year, month, day] = parts.as_slice() else {
        return false;
    };
    let number = |text: &str, digits: usize| -> Option<u32> {
        let is_plain = text.len() == digits && text.bytes().all(|b| b.is_ascii_digit());
        text.parse().ok().filter(|_| is_plain)
    };
    let months = number(month, 2).is_some_and(|month| (1..=12).contains(&month));
    let days = number(day, 2).is_some_and(|day| (1..=31).contains(&day));
    number(year, 4).is_some() && months && days
}
