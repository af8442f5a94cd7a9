//! Unions that `normalize` understands as they are; a dialect may describe them.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::any_value::{is_annotation, reference_target};
use super::components::{MemberResolver, SchemaRoots};
use super::visit::SchemaUse;
use crate::diag::Trail;

/// Whether a schema is a union that stays: its members can be distinguished, or it stands in a form or
/// parameter, which cannot hold raw JSON.
pub(super) fn is_known_union(
    schema: &Map<String, Value>,
    used: SchemaUse,
    trail: &Trail<'_>,
    resolver: &MemberResolver<'_, '_>,
) -> bool {
    let mut keys = schema.keys().filter(|key| !is_annotation(key));
    let (Some(key), None) = (keys.next(), keys.next()) else {
        return false;
    };
    if key != "anyOf" && key != "oneOf" {
        return false;
    }
    let members = schema.get(key).and_then(Value::as_array);
    let members = members.map(Vec::as_slice).unwrap_or_default();
    if members.len() < 2 || members.iter().any(is_other_member) {
        return false;
    }
    let tag = resolver.report.dialect_tag;
    tag.is_some_and(|tag| is_tagged_union(members, tag, &resolver.roots))
        || is_marked_expandable(schema, members)
        || (is_sent_as_text(used, trail) && is_form_union(members))
}

/// Whether a member needs to be resolved.
fn is_other_member(member: &Value) -> bool {
    let Value::Object(map) = member else {
        return true;
    };
    !map.contains_key("$ref") && !map.contains_key("type") || map.contains_key("nullable")
}

/// Components with a property that is constant, and different in each.
fn is_tagged_union(members: &[Value], tag: &str, roots: &SchemaRoots<'_>) -> bool {
    let components: Option<Vec<&Map<String, Value>>> = members
        .iter()
        .map(|member| {
            let (_, schema) = roots.follow(reference_target(member)?)?;
            schema.get("properties")?.as_object()
        })
        .collect();
    let components = components.unwrap_or_default();
    let flags = |properties: &Map<String, Value>| -> Vec<String> {
        let is_true = |value: &Value| value.get("enum") == Some(&Value::from(vec![true]));
        let flags = properties.iter().filter(|(_, value)| is_true(value));
        flags.map(|(name, _)| name.clone()).collect()
    };
    let mut seen = HashSet::new();
    !components.is_empty()
        && components.iter().all(|properties| {
            let constant = properties.get(tag).and_then(constant_text);
            constant.is_some_and(|constant| seen.insert((constant, flags(properties))))
        })
}

/// The value of a string that can have no other.
pub(super) fn constant_text(schema: &Value) -> Option<&str> {
    match schema.get("enum")?.as_array()?.as_slice() {
        [one] => one.as_str(),
        _ => None,
    }
}

/// Text or components, with an extension that lists the components.
fn is_marked_expandable(schema: &Map<String, Value>, members: &[Value]) -> bool {
    let is_mark = |(key, value): (&String, &Value)| {
        key.starts_with("x-") && value.get("oneOf").is_some_and(Value::is_array)
    };
    let texts = members
        .iter()
        .filter(|member| reference_target(member).is_none());
    schema.iter().any(is_mark) && texts.count() == 1
}

/// Whether a value is sent as text, without JSON.
fn is_sent_as_text(used: SchemaUse, trail: &Trail<'_>) -> bool {
    const FORMS: [&str; 2] = ["application/x-www-form-urlencoded", "multipart/form-data"];
    let at = trail.spec_path();
    let segments: Vec<String> = at.segments().collect();
    // `components/parameters/…`, `paths/…/parameters/…` or `paths/…/get/parameters/…`.
    let is_list = |i: usize| {
        segments
            .get(i)
            .is_some_and(|segment| segment == "parameters")
    };
    let is_parameter = used == SchemaUse::Parameter
        || match segments.first().map(String::as_str) {
            Some("components") => is_list(1),
            Some("paths") => is_list(2) || is_list(3),
            _ => false,
        };
    is_parameter || segments.iter().any(|s| FORMS.contains(&s.as_str()))
}

/// Keywords or a value, an object or text, an object or a value, or several objects.
fn is_form_union(members: &[Value]) -> bool {
    let (mut objects, mut keywords, mut values, mut others) = (0, 0, 0, 0);
    for member in members {
        let has_keys = member.get("properties").is_some()
            || member
                .get("additionalProperties")
                .is_some_and(Value::is_object);
        match member.get("type").and_then(Value::as_str) {
            Some("object") if has_keys => objects += 1,
            Some("string") if member.get("enum").is_some() => keywords += 1,
            Some("string" | "integer" | "number" | "boolean") => values += 1,
            Some("array") => values += 1,
            _ => others += 1,
        }
    }
    match (objects, keywords, values, others) {
        (_, _, _, 1..) => false,
        (0, 0, _, _) => false,
        (1.., _, 0 | 1, _) => true,
        (0, _, 1, _) => keywords > 0,
        _ => false,
    }
}
