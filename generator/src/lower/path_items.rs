//! Path items that are references: they are replaced by what they refer to.

use serde_json::{Map, Value};

use super::any_value::reference_target;
use super::report::LowerReport;
use crate::diag::{Code, Trail};

/// Replaces references of path items, and removes `components.pathItems`.
pub(super) fn inline_path_items(document: &mut Value, report: &mut LowerReport<'_>) {
    let paths = document.get("paths").and_then(Value::as_object);
    let uses: Vec<String> = paths
        .into_iter()
        .flatten()
        .filter(|(_, item)| reference_target(item).is_some())
        .map(|(path, _)| path.clone())
        .collect();
    let at = Trail::ROOT.key_child("paths");
    for path in uses {
        let here = at.key_child(&path);
        let found = resolve_item(document, &path);
        let item = document
            .get_mut("paths")
            .and_then(|paths| paths.get_mut(&path))
            .and_then(Value::as_object_mut);
        let Some(item) = item else {
            continue;
        };
        match found {
            Some(mut target) => {
                item.shift_remove("$ref");
                target.extend(std::mem::take(item));
                *item = target;
            }
            None => leave_out_item(item, &here, report),
        }
    }
    let components = document.get_mut("components");
    if let Some(components) = components.and_then(Value::as_object_mut) {
        components.shift_remove("pathItems");
    }
}

/// Removes a reference that leaves the document. One that leads nowhere stays, which is an error.
fn leave_out_item(item: &mut Map<String, Value>, at: &Trail<'_>, report: &mut LowerReport<'_>) {
    let target = item.shift_remove("$ref").unwrap_or_default();
    let detail = format!("operations behind {target}");
    report.warn_keyword(Code::PartLeftOut, at, "$ref", detail);
}

/// What a path item refers to, through further references.
fn resolve_item(document: &Value, path: &str) -> Option<Map<String, Value>> {
    let mut item = document.get("paths")?.get(path)?;
    let mut steps = 0;
    while let Some(target) = reference_target(item) {
        item = document.pointer(target.strip_prefix('#')?)?;
        steps += 1;
        if steps > 100 {
            return None;
        }
    }
    item.as_object().cloned()
}
