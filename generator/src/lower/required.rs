//! `required` names properties only.

use std::collections::HashSet;

use serde_json::Value;

use super::report::LowerReport;
use super::visit::visit_schemas;
use crate::diag::{Code, Trail};

/// Removes names without a property from `required`.
pub(super) fn check_required_names(document: &mut Value, report: &mut LowerReport<'_>) {
    visit_schemas(document, |schema, _, trail| {
        check_names(schema, trail, report);
    });
}

fn check_names(schema: &mut Value, trail: &Trail<'_>, report: &mut LowerReport<'_>) {
    let Value::Object(map) = schema else {
        return;
    };
    let Some(Value::Array(required)) = map.get("required") else {
        return;
    };
    let properties = map.get("properties").and_then(Value::as_object);
    let is_property = |name: &Value| {
        let name = name.as_str().unwrap_or_default();
        properties.is_some_and(|properties| properties.contains_key(name))
    };
    if required.iter().all(is_property) {
        return;
    }
    let mut seen = HashSet::new();
    let (kept, lost): (Vec<Value>, Vec<Value>) = required
        .iter()
        .filter(|name| seen.insert((*name).clone()))
        .cloned()
        .partition(is_property);
    let lost: Vec<String> = lost.iter().map(Value::to_string).collect();
    let detail = format!("no property: {}", lost.join(", "));
    report.warn_keyword(Code::KeywordIgnored, trail, "required", detail);
    match kept.is_empty() {
        true => _ = map.shift_remove("required"),
        false => _ = map.insert("required".to_owned(), Value::Array(kept)),
    }
}
