//! Schemas without members: each gets one type, and only the keywords of that type.

use serde_json::{Map, Value};

use super::any_value::{ANY_VALUE, degrade_to_any, is_annotation, is_any_value, mark_as_any};
use super::enums;
use super::numbers;
use super::report::LowerReport;
use super::visit::{SchemaUse, visit_schemas};
use crate::diag::{Code, Trail};

/// The types, and the keywords of each.
const TYPES: [(&str, &[&str]); 6] = [
    (
        "string",
        &["enum", "format", "maxLength", "minLength", "pattern"],
    ),
    ("integer", NUMERIC),
    ("number", NUMERIC),
    ("boolean", &["enum", "format"]),
    (
        "array",
        &["items", "maxItems", "minItems", "uniqueItems", "enum"],
    ),
    (
        "object",
        &[
            "properties",
            "required",
            "additionalProperties",
            "maxProperties",
            "minProperties",
            "enum",
            "discriminator",
            ANY_VALUE,
        ],
    ),
];

const NUMERIC: &[&str] = &[
    "enum",
    "format",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
];

/// The formats that have a meaning, by type.
const FORMATS: [(&str, &[&str]); 3] = [
    (
        "string",
        &[
            "date-time",
            "date",
            "password",
            "byte",
            "binary",
            "email",
            "hostname",
            "ipv4",
            "ipv6",
            "uri",
            "url",
            "uuid",
            "duration",
            "int64",
        ],
    ),
    ("integer", &["int32", "int64"]),
    ("number", &["float", "double"]),
];

/// The extension with a format that has no type of its own.
const FORMAT_TEXT: &str = "x-format";

/// Keywords with members.
const MEMBERS: [&str; 4] = ["allOf", "anyOf", "oneOf", "not"];

/// Gives each schema without members a type.
pub(super) fn lower_plain_schemas(document: &mut Value, report: &mut LowerReport<'_>) {
    visit_schemas(document, |schema, used, trail| {
        if let Value::Object(map) = schema {
            if !map.contains_key("$ref") && !has_members(map) {
                lower_plain(map, used, trail, report);
            }
        }
    });
}

/// Whether a schema has members.
pub(super) fn has_members(schema: &Map<String, Value>) -> bool {
    MEMBERS.iter().any(|key| schema.contains_key(*key))
}

/// Gives a schema without members one type and only its keywords. A member of another schema may
/// stay without type: it may only add a requirement.
pub(super) fn lower_plain(
    schema: &mut Map<String, Value>,
    used: SchemaUse,
    trail: &Trail<'_>,
    report: &mut LowerReport<'_>,
) {
    if is_any_value(schema) {
        mark_as_any(schema);
        return;
    }
    let Some(kind) = decide_type(schema, used, trail, report) else {
        return;
    };
    if schema.get("type").and_then(Value::as_str) != Some(kind) {
        schema.insert("type".to_owned(), Value::from(kind));
    }
    let known = TYPES.iter().find(|(name, _)| *name == kind);
    let known = known.map_or(&[] as &[&str], |(_, keys)| *keys);
    schema.retain(|key, _| {
        let keeps = key == "type" || is_annotation(key) || known.contains(&key.as_str());
        if !keeps {
            let detail = format!("`{key}` of a value of type `{kind}`");
            report.warn_keyword(Code::KeywordIgnored, trail, key, detail);
        }
        keeps
    });
    enums::lower_enum(schema, kind, trail, report);
    lower_format(schema, kind, trail, report);
    numbers::correct_bounds(schema, kind, trail, report);
    match kind {
        "object" => lower_object(schema, trail, report),
        "array" => {
            let items = schema.entry("items");
            items.or_insert_with(super::any_value::any_value);
        }
        _ => {}
    }
}

/// The type that a schema states, or that its keywords imply. `None` if the schema was changed to any
/// JSON, or says nothing.
fn decide_type(
    schema: &mut Map<String, Value>,
    used: SchemaUse,
    trail: &Trail<'_>,
    report: &mut LowerReport<'_>,
) -> Option<&'static str> {
    let stated = schema.get("type").and_then(Value::as_str);
    if let Some(stated) = stated {
        if let Some((kind, _)) = TYPES.iter().find(|(name, _)| *name == stated) {
            return Some(kind);
        }
        if stated == "null" && used == SchemaUse::Member {
            return None;
        }
        if stated == "file" {
            schema.insert("format".to_owned(), Value::from("binary"));
            return Some("string");
        }
        let detail = format!("`type: {stated}`");
        report.warn_keyword(Code::AnyValue, trail, "type", detail);
        degrade_to_any(schema, Code::AnyValue);
        return None;
    }
    if let Some(Value::Array(values)) = schema.get("enum") {
        let values: Vec<Value> = values.clone();
        if let Some(kind) = enums::type_of_values(&values) {
            return Some(kind);
        }
        if used == SchemaUse::Member && values.as_slice() == [Value::Null] {
            return None;
        }
        if !values.is_empty() {
            let detail = enums::listed_values(&values);
            report.warn_keyword(Code::EnumWidened, trail, "enum", detail);
            degrade_to_any(schema, Code::EnumWidened);
            return None;
        }
        report.warn_keyword(Code::ValueCorrected, trail, "enum", "no value");
        schema.shift_remove("enum");
    }
    let implied = implied_type(schema);
    if implied.is_none() && used != SchemaUse::Member {
        let lost: Vec<String> = schema
            .keys()
            .filter(|key| !is_annotation(key))
            .map(|key| format!("`{key}`"))
            .collect();
        if lost.is_empty() {
            mark_as_any(schema);
        } else {
            report.warn_at(Code::AnyValue, trail, lost.join(", "));
            degrade_to_any(schema, Code::AnyValue);
        }
    }
    implied
}

/// The type that the keywords of a schema imply.
fn implied_type(schema: &Map<String, Value>) -> Option<&'static str> {
    let has = |key: &str| schema.contains_key(key);
    let format = schema.get("format").and_then(Value::as_str);
    let kind_of_format = format.and_then(|format| {
        let is_known = |(_, formats): &&(&str, &[&str])| formats.contains(&format);
        let matching: Vec<_> = FORMATS.iter().filter(is_known).collect();
        match matching.as_slice() {
            [(kind, _)] => Some(*kind),
            _ => None,
        }
    });
    if has("properties") || has("additionalProperties") || has("required") {
        Some("object")
    } else if has("items") {
        Some("array")
    } else if has("pattern") || has("minLength") || has("maxLength") {
        Some("string")
    } else if kind_of_format.is_some() {
        kind_of_format
    } else if has("minimum") || has("maximum") || has("multipleOf") {
        Some("number")
    } else if has("minProperties") || has("maxProperties") {
        Some("object")
    } else if has("minItems") || has("maxItems") || has("uniqueItems") {
        Some("array")
    } else {
        None
    }
}

/// A format without a type of its own is kept as an extension.
fn lower_format(
    schema: &mut Map<String, Value>,
    kind: &str,
    trail: &Trail<'_>,
    report: &mut LowerReport<'_>,
) {
    let known = FORMATS.iter().find(|(name, _)| *name == kind);
    let Some(format) = schema.get("format").and_then(Value::as_str) else {
        return;
    };
    if known.is_some_and(|(_, formats)| formats.contains(&format)) {
        return;
    }
    if matches!(kind, "string" | "integer") && report.is_described(format) {
        return;
    }
    let format = format.to_owned();
    schema.shift_remove("format");
    if !format.is_empty() {
        report.count_format(&format, trail);
        schema.insert(FORMAT_TEXT.to_owned(), Value::from(format));
    }
}

/// An object has fixed keys or free ones, not both.
fn lower_object(schema: &mut Map<String, Value>, trail: &Trail<'_>, report: &mut LowerReport<'_>) {
    if schema.shift_remove("discriminator").is_some() {
        let detail = "the objects that extend this one are not distinguished";
        report.warn_keyword(Code::KeywordIgnored, trail, "discriminator", detail);
    }
    let has_fixed = schema
        .get("properties")
        .and_then(Value::as_object)
        .is_some_and(|properties| !properties.is_empty());
    let Some(Value::Object(free)) = schema.get("additionalProperties") else {
        return;
    };
    let is_open = free.keys().all(|key| is_annotation(key)) || is_any_value(free);
    if has_fixed {
        if !is_open {
            let key = "additionalProperties";
            report.warn_keyword(Code::FreeKeysIgnored, trail, key, "");
        }
        schema.shift_remove("additionalProperties");
    } else if is_open {
        schema.insert("additionalProperties".to_owned(), Value::Bool(true));
    }
}
