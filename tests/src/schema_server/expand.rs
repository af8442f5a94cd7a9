//! Checks the paths of `expand` against the schema of the response.
//!
//! The document lists at each object, as `x-expandableFields`, the fields that a path may name
//! there. It lists every field through which a path can lead, also those that only contain
//! something that can be expanded. Those of them that a response always has, such as `data` of a
//! list, cannot be expanded themselves. Others look like fields that are left out unless
//! they are expanded, so this accepts some paths that the real server rejects.

use serde_json::Value;

use super::document::{Document, Operation};
use super::problem::Problem;

/// <https://docs.stripe.com/api/expanding_objects>
const MAX_LEVELS: usize = 4;

/// Checks the `expand` of a request's parameters.
pub(crate) fn check_paths(
    document: &Document,
    operation: &Operation,
    params: &Value,
) -> Result<(), Problem> {
    let paths = params["expand"].as_array();
    for (index, path) in paths.into_iter().flatten().enumerate() {
        let path = path.as_str().unwrap_or_default();
        let message = if path.split('.').count() > MAX_LEVELS {
            format!("You cannot expand more than {MAX_LEVELS} levels of a property: {path}.")
        } else if !is_expandable(document, &operation.answer.1, path) {
            format!("This property cannot be expanded ({path}).")
        } else {
            continue;
        };
        let param = format!("expand[{index}]");
        return Err(Problem::parameter("parameter_invalid", param, message));
    }
    Ok(())
}

/// Whether a path leads from `schema` through fields that the document lists as expandable.
fn is_expandable(document: &Document, schema: &Value, path: &str) -> bool {
    let (field, rest) = match path.split_once('.') {
        Some((field, rest)) => (field, Some(rest)),
        None => (path, None),
    };
    possible_objects(document, schema).iter().any(|object| {
        let listed = object["x-expandableFields"].as_array();
        let is_listed = listed.is_some_and(|fields| fields.iter().any(|listed| listed == field));
        is_listed
            && match rest {
                Some(rest) => is_expandable(document, &object["properties"][field], rest),
                None => !is_always_present(object, field),
            }
    })
}

/// Whether a response has the field, and has it as it is, without being asked to expand it.
fn is_always_present(object: &Value, field: &str) -> bool {
    let required = object["required"].as_array();
    let is_required = required.is_some_and(|names| names.iter().any(|name| name == field));
    let schema = &object["properties"][field];
    let marks = [
        &schema["x-expansionResources"],
        &schema["items"]["x-expansionResources"],
    ];
    is_required && marks.iter().all(|mark| mark.is_null())
}

/// The objects that a value can be or, if it is a list, contain.
pub(super) fn possible_objects<'d>(document: &'d Document, schema: &'d Value) -> Vec<&'d Value> {
    if let Some(reference) = schema["$ref"].as_str() {
        let target = document.resolve(reference);
        return target.map_or_else(Vec::new, |(_, target)| possible_objects(document, target));
    }
    let members = schema.get("anyOf").or_else(|| schema.get("oneOf"));
    if let Some(members) = members.and_then(Value::as_array) {
        return members
            .iter()
            .flat_map(|m| possible_objects(document, m))
            .collect();
    }
    match schema["type"].as_str() {
        Some("array") => possible_objects(document, &schema["items"]),
        _ => vec![schema],
    }
}
