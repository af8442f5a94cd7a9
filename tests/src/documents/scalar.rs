//! Ids, times and texts of our own. They depend on the name of what they are for alone, so that a
//! further member changes no other.

use serde_json::{Value, json};

use super::rules::Rules;

/// 2026-11-06T09:26:31Z.
const CREATED: u64 = 1_793_957_191;

/// Digits and letters, as in the API's ids.
const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// The id of the object `number` of a component, or of what a member is named after.
pub(super) fn id(rules: &Rules, of: &str, number: usize) -> String {
    let (prefix, length) = rules.id_form(of).unwrap_or(("obj_", 24));
    let mut state = hash(&format!("{of} {number}"));
    let mut id = prefix.to_owned();
    for _ in 0..length {
        // A linear congruential generator; its upper bits are good enough for letters.
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let index = usize::try_from(state >> 33).unwrap_or_default() % ALPHABET.len();
        id.push(char::from(ALPHABET[index]));
    }
    id
}

/// A number for a member of type `integer`.
pub(super) fn integer(schema: &Value, name: &str) -> Value {
    let is_time = schema["format"] == "unix-time" || name == "created";
    match name {
        "current_period_end" | "period_end" | "end" => json!(CREATED + 2_592_000),
        _ if is_time => json!(CREATED),
        _ => json!(hash(name) % 90 + 10),
    }
}

/// A text for a member of type `string` that no rule has a value for.
pub(super) fn string(schema: &Value, name: &str) -> String {
    match schema["format"].as_str() {
        Some("currency") => "eur".to_owned(),
        Some("decimal") => "2437".to_owned(),
        _ if name == "currency" => "eur".to_owned(),
        _ => format!("text of {name}"),
    }
}

/// FNV-1a.
fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
