//! Properties of components that merge members become components of their own, so that merging a
//! component copies references to them only.

use serde_json::{Map, Value};

use super::any_value::{reference_target, schema_reference};
use super::names::unique_name;
use super::report::LowerReport;
use super::visit::{ORIGIN, SchemaUse, put_schemas, take_schemas, visit_component};
use crate::diag::{SpecPath, Trail};

/// Moves schemas with `allOf` out of the components that contain them.
pub(super) fn hoist_merges(document: &mut Value, report: &mut LowerReport<'_>) {
    let mut schemas = take_schemas(document);
    let above = SpecPath::root().child("components").child("schemas");
    let mut open: Vec<String> = schemas.keys().cloned().collect();
    open.reverse();
    while let Some(name) = open.pop() {
        let Some(place) = schemas.get_mut(&name) else {
            continue;
        };
        let mut schema = place.take();
        let mut moved: Vec<(String, Value)> = Vec::new();
        let at = above.child(&name);
        visit_component(
            &mut schema,
            &Trail::at_pointer(&at),
            |inner, used, trail| {
                if !matches!(used, SchemaUse::Component | SchemaUse::Member) && is_merge(inner) {
                    let at = trail.spec_path();
                    let last = at.segments().last().unwrap_or_default();
                    let new = unique_name(&format!("{name}_{last}"), &schemas);
                    // It is taken until the schema itself is put there.
                    schemas.insert(new.clone(), Value::Null);
                    let mut part = std::mem::replace(inner, schema_reference(&new));
                    if let Value::Object(map) = &mut part {
                        map.insert(ORIGIN.to_owned(), Value::from(at.as_str()));
                    }
                    report.note_made(&new, at);
                    moved.push((new, part));
                }
            },
        );
        schemas.insert(name, schema);
        for (new, part) in moved {
            schemas.insert(new.clone(), part);
            open.push(new);
        }
    }
    put_schemas(document, schemas);
}

/// Whether a schema has `allOf` that refers to a component and says more, perhaps in members.
fn is_merge(schema: &Value) -> bool {
    let Value::Object(map) = schema else {
        return false;
    };
    let members = |key: &str| map.get(key).and_then(Value::as_array).into_iter().flatten();
    let mut all = members("allOf").peekable();
    let has_more = all.peek().is_some() && (is_more_than_one(map) || all.any(is_merge));
    has_more || members("anyOf").chain(members("oneOf")).any(is_merge)
}

/// Whether the members of `allOf` and the keywords beside it are several, one of them a reference.
fn is_more_than_one(map: &Map<String, Value>) -> bool {
    let members = map.get("allOf").and_then(Value::as_array);
    let members = members.map(Vec::as_slice).unwrap_or_default();
    let has_reference = members
        .iter()
        .any(|member| reference_target(member).is_some());
    let has_own = [
        "properties",
        "required",
        "additionalProperties",
        "items",
        "anyOf",
        "oneOf",
    ];
    has_reference && (members.len() > 1 || has_own.iter().any(|key| map.contains_key(*key)))
}
