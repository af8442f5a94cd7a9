//! Keywords of JSON Schema that OpenAPI 3.0 says in another way.

use serde_json::{Map, Value};

use super::any_value::{degrade_to_any, degraded_value, reference_target};
use super::report::LowerReport;
use super::visit::ORIGIN;
use crate::diag::{Code, Trail};

/// Keywords of JSON Schema without a counterpart.
pub(super) const JSON_SCHEMA: [&str; 33] = [
    "$anchor",
    "$comment",
    "$defs",
    "$dynamicAnchor",
    "$dynamicRef",
    "$id",
    "$recursiveAnchor",
    "$recursiveRef",
    "$schema",
    "$vocabulary",
    "additionalItems",
    "const",
    "contains",
    "contentEncoding",
    "contentMediaType",
    "contentSchema",
    "definitions",
    "dependencies",
    "dependentRequired",
    "dependentSchemas",
    "else",
    "examples",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "if",
    "maxContains",
    "minContains",
    "patternProperties",
    "prefixItems",
    "propertyNames",
    "then",
    "unevaluatedItems",
    "unevaluatedProperties",
];

/// Replaces the keywords of a schema that OpenAPI 3.0 says in another way. All others are removed
/// later, with a finding.
pub(super) fn replace_new_keywords(
    schema: &mut Map<String, Value>,
    trail: &Trail<'_>,
    report: &mut LowerReport<'_>,
) {
    replace_type_list(schema, trail, report);
    replace_constant(schema);
    replace_patterns(schema, trail, report);
    replace_tuples(schema, trail, report);
    drop_moved_definitions(schema);
    drop_numeric_exclusions(schema, trail, report);
}

/// `type: [T, "null"]`.
fn replace_type_list(
    schema: &mut Map<String, Value>,
    trail: &Trail<'_>,
    report: &mut LowerReport<'_>,
) {
    let Some(Value::Array(listed)) = schema.get("type") else {
        return;
    };
    let mut names: Vec<&str> = listed.iter().filter_map(Value::as_str).collect();
    let is_nullable = names.contains(&"null");
    names.retain(|name| *name != "null");
    names.dedup();
    if names.contains(&"number") {
        names.retain(|name| *name != "integer");
    }
    let detail = names.join(" or ");
    match names.as_slice() {
        [one] => {
            let one = Value::from(*one);
            schema.insert("type".to_owned(), one);
        }
        [] if is_nullable => {
            schema.insert("type".to_owned(), Value::from("null"));
            return;
        }
        [] => _ = schema.shift_remove("type"),
        _ => {
            report.warn_keyword(Code::AnyValue, trail, "type", detail);
            degrade_to_any(schema, Code::AnyValue);
            return;
        }
    }
    if is_nullable {
        schema.insert("nullable".to_owned(), Value::Bool(true));
    }
}

/// `const: v` is an enum of one value.
fn replace_constant(schema: &mut Map<String, Value>) {
    if schema.contains_key("enum") {
        return;
    }
    if let Some(value) = schema.shift_remove("const") {
        schema.insert("enum".to_owned(), Value::Array(vec![value]));
    }
}

/// One pattern of keys is a map, if the object has no other keys.
fn replace_patterns(
    schema: &mut Map<String, Value>,
    trail: &Trail<'_>,
    report: &mut LowerReport<'_>,
) {
    let Some(Value::Object(patterns)) = schema.get_mut("patternProperties") else {
        return;
    };
    let patterns = std::mem::take(patterns);
    schema.shift_remove("patternProperties");
    let is_free = match schema.get("additionalProperties") {
        None | Some(Value::Bool(_)) => !schema.contains_key("properties"),
        Some(_) => false,
    };
    let detail = "`patternProperties`";
    report.warn_keyword(Code::KeywordIgnored, trail, "patternProperties", detail);
    if !is_free {
        return;
    }
    let mut values = patterns.into_iter().map(|(_, value)| value);
    let value = match (values.next(), values.next()) {
        (Some(one), None) => one,
        _ => Value::Bool(true),
    };
    schema.insert("additionalProperties".to_owned(), value);
}

/// A list whose items have a type each is a list of any JSON.
fn replace_tuples(
    schema: &mut Map<String, Value>,
    trail: &Trail<'_>,
    report: &mut LowerReport<'_>,
) {
    let listed = ["prefixItems", "items"];
    for key in listed {
        if schema.get(key).is_some_and(Value::is_array) {
            schema.shift_remove(key);
            schema.insert("items".to_owned(), degraded_value(Code::AnyValue));
            report.warn_keyword(Code::AnyValue, trail, key, "items with a type each");
        }
    }
}

/// Definitions that have become components.
fn drop_moved_definitions(schema: &mut Map<String, Value>) {
    for key in ["$defs", "definitions"] {
        let Some(Value::Object(defined)) = schema.get(key) else {
            continue;
        };
        if defined
            .values()
            .all(|value| reference_target(value).is_some())
        {
            schema.shift_remove(key);
        }
    }
}

/// Bounds that are numbers of their own.
fn drop_numeric_exclusions(
    schema: &mut Map<String, Value>,
    trail: &Trail<'_>,
    report: &mut LowerReport<'_>,
) {
    for key in ["exclusiveMinimum", "exclusiveMaximum"] {
        if schema.get(key).is_some_and(Value::is_number) {
            schema.shift_remove(key);
            report.warn_keyword(Code::KeywordIgnored, trail, key, format!("`{key}`"));
        }
    }
}

/// Moves the keywords beside a reference: the schema has the reference as a member of `allOf`.
/// `keep` says which of them have an effect.
pub(super) fn wrap_reference(
    schema: &mut Map<String, Value>,
    keep: impl Fn(&str) -> bool,
    trail: &Trail<'_>,
    report: &mut LowerReport<'_>,
) {
    let target = schema.shift_remove("$ref").unwrap_or_default();
    schema.shift_remove(ORIGIN);
    schema.retain(|key, _| {
        let keeps = keep(key);
        if !keeps && !key.starts_with("x-") {
            report.warn_keyword(Code::SiblingIgnored, trail, key, format!("`{key}`"));
        }
        keeps
    });
    let mut reference = Map::new();
    reference.insert("$ref".to_owned(), target);
    if schema.is_empty() {
        *schema = reference;
        return;
    }
    let members = schema
        .entry("allOf")
        .or_insert_with(|| Value::Array(Vec::new()));
    if let Value::Array(members) = members {
        members.insert(0, Value::Object(reference));
    }
}
