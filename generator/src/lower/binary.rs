//! Raw bytes (`format: binary`) exist as a whole body and as parts of multipart forms only.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::any_value::{reference_target, schema_name};
use super::report::LowerReport;
use super::visit::{
    SchemaUse, put_schemas, take_schemas, visit_component, visit_objects, visit_schemas,
};
use crate::diag::Trail;
use crate::spec::grammar::MEDIA_TYPE;
use crate::spec::is_json_media_type;

/// Removes the format everywhere else, and writes bodies of bytes in place.
pub(super) fn lower_binary(document: &mut Value, report: &mut LowerReport<'_>) {
    let mut schemas = take_schemas(document);
    if !schemas.values_mut().any(has_binary) {
        put_schemas(document, schemas);
        lower_uses(document, &Map::new(), report);
        return;
    }
    lower_uses(document, &schemas, report);
    let in_forms = reachable_components(document, &mut schemas);
    for (name, schema) in &mut schemas {
        if in_forms.contains(name) {
            continue;
        }
        let above = Trail::ROOT.key_child("components");
        let list = above.key_child("schemas");
        visit_component(schema, &list.key_child(name), |inner, _, trail| {
            remove_binary(inner, trail, report);
        });
    }
    put_schemas(document, schemas);
}

fn has_binary(schema: &mut Value) -> bool {
    let mut found = false;
    visit_component(schema, &Trail::ROOT, |inner, _, _| {
        found |= is_binary(inner)
    });
    found
}

fn is_binary(schema: &Value) -> bool {
    schema.get("format").and_then(Value::as_str) == Some("binary")
}

fn remove_binary(schema: &mut Value, trail: &Trail<'_>, report: &mut LowerReport<'_>) {
    if is_binary(schema) {
        report.count_format("binary", trail);
        if let Value::Object(map) = schema {
            map.shift_remove("format");
        }
    }
}

fn is_multipart(media_type: &str) -> bool {
    media_type.starts_with("multipart/")
}

/// The uses outside of components. `schemas` are the components.
fn lower_uses(document: &mut Value, schemas: &Map<String, Value>, report: &mut LowerReport<'_>) {
    let mut kept: HashSet<crate::diag::SpecPath> = HashSet::new();
    visit_objects(document, &MEDIA_TYPE, |media, trail| {
        let at = trail.spec_path();
        let media_type = at.segments().last().unwrap_or_default();
        let Some(schema) = media.get_mut("schema") else {
            return;
        };
        let here = trail.key_child("schema");
        if is_multipart(&media_type) {
            visit_component(schema, &here, |inner, _, trail| {
                if is_binary(inner) {
                    kept.insert(trail.spec_path());
                }
            });
        } else if !is_json_media_type(&media_type) {
            let target = reference_target(schema).and_then(schema_name);
            let target = target
                .and_then(|name| schemas.get(name))
                .filter(|s| is_binary(s));
            if let Some(target) = target {
                *schema = target.clone();
            }
            if is_binary(schema) {
                kept.insert(here.spec_path());
            }
        }
    });
    visit_schemas(document, |schema, _, trail| {
        if is_binary(schema) && !kept.contains(&trail.spec_path()) {
            remove_binary(schema, trail, report);
        }
    });
}

/// The components that multipart forms consist of.
fn reachable_components(document: &mut Value, schemas: &mut Map<String, Value>) -> HashSet<String> {
    let mut open: Vec<String> = Vec::new();
    visit_objects(document, &MEDIA_TYPE, |media, trail| {
        let at = trail.spec_path();
        if !is_multipart(&at.segments().last().unwrap_or_default()) {
            return;
        }
        if let Some(schema) = media.get_mut("schema") {
            visit_component(schema, trail, |inner, _, _| open.extend(target_name(inner)));
        }
    });
    let mut reached = HashSet::new();
    while let Some(name) = open.pop() {
        let Some(schema) = schemas.get_mut(&name) else {
            continue;
        };
        if reached.insert(name) {
            let mut collect = |inner: &mut Value, _: SchemaUse, _: &Trail<'_>| {
                open.extend(target_name(inner));
            };
            visit_component(schema, &Trail::ROOT, &mut collect);
        }
    }
    reached
}

fn target_name(schema: &Value) -> Option<String> {
    reference_target(schema)
        .and_then(schema_name)
        .map(str::to_owned)
}
