//! Takes the notes of this stage about where schemas come from out of the document.

use serde_json::Value;

use super::visit::ORIGIN;
use crate::diag::{PlaceOrigins, SpecPath, Trail};

/// Removes the notes and returns them, for the findings of later stages.
pub(super) fn take_origins(document: &mut Value) -> PlaceOrigins {
    let mut origins = PlaceOrigins::default();
    take_notes(document, &Trail::ROOT, &mut origins);
    origins
}

fn take_notes(value: &mut Value, trail: &Trail<'_>, origins: &mut PlaceOrigins) {
    match value {
        Value::Object(map) => {
            let note = map.shift_remove(ORIGIN);
            let origin = note.as_ref().and_then(Value::as_str);
            if let Some(origin) = origin.and_then(SpecPath::parse) {
                origins.add_origin(trail.spec_path(), origin);
            }
            for (key, child) in map {
                take_notes(child, &trail.key_child(key), origins);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter_mut().enumerate() {
                take_notes(item, &trail.item_child(index), origins);
            }
        }
        _ => {}
    }
}
