//! Paths and operations: templates, methods, statuses, servers.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::operation_ids::{assign_operation_ids, for_each_operation};
use super::parameters;
use super::report::LowerReport;
use super::templates::template_names;
use super::visit::visit_objects;
use crate::diag::{Code, Trail};
use crate::spec::grammar::{RESPONSE, SERVER};

/// Corrects paths and operations, or leaves them out.
pub(super) fn lower_operations(document: &mut Value, report: &mut LowerReport<'_>) {
    visit_objects(document, &SERVER, |server, trail| {
        correct_variables(server, trail, report);
    });
    visit_objects(document, &RESPONSE, |response, _| {
        // The typed reader needs one.
        let text = response.entry("description");
        text.or_insert_with(|| Value::from(""));
    });
    parameters::lower_parameters(document, report);
    let Some(Value::Object(all)) = document.get_mut("paths") else {
        return;
    };
    let mut paths = std::mem::take(all);
    correct_paths(&mut paths, report);
    remove_trace(&mut paths, report);
    for_each_operation(&mut paths, |operation, _, _, trail| {
        correct_statuses(operation, trail, report);
    });
    parameters::match_templates(&mut paths, document, report);
    assign_operation_ids(&mut paths, report);
    if let Some(all) = document.get_mut("paths") {
        *all = Value::Object(paths);
    }
}

/// Paths begin with `/`, and their parameters have distinct names.
fn correct_paths(paths: &mut Map<String, Value>, report: &mut LowerReport<'_>) {
    let list = Trail::ROOT.key_child("paths");
    let is_right =
        |path: &str| path.starts_with("x-") || (path.starts_with('/') && flaw_of(path).is_none());
    if paths.keys().all(|path| is_right(path)) {
        return;
    }
    let known: HashSet<String> = paths.keys().cloned().collect();
    for (path, item) in std::mem::take(paths) {
        if is_right(&path) {
            paths.insert(path, item);
            continue;
        }
        if let Some(flaw) = flaw_of(&path) {
            report.warn_keyword(Code::PartLeftOut, &list, &path, flaw);
            continue;
        }
        let corrected = format!("/{path}");
        if known.contains(&corrected) {
            report.warn_keyword(Code::PartLeftOut, &list, &path, "the path exists with `/`");
            continue;
        }
        report.warn_keyword(
            Code::OperationCorrected,
            &list,
            &path,
            format!("`{corrected}`"),
        );
        paths.insert(corrected, item);
    }
}

/// What is wrong with a path that nothing can be generated for.
fn flaw_of(path: &str) -> Option<&'static str> {
    if path.contains('#') {
        return Some(
            "a fragment in the path, which is not sent: the server sees the path before it only",
        );
    }
    if path.contains('?') {
        return Some("a query in the path");
    }
    let Some(names) = template_names(path) else {
        return Some("the braces of the path do not match");
    };
    let mut seen = HashSet::new();
    let is_distinct = names
        .iter()
        .all(|name| !name.is_empty() && seen.insert(*name));
    (!is_distinct).then_some("a parameter without a name, or twice the same")
}

fn remove_trace(paths: &mut Map<String, Value>, report: &mut LowerReport<'_>) {
    let list = Trail::ROOT.key_child("paths");
    for (path, item) in paths.iter_mut() {
        let removed = item
            .as_object_mut()
            .and_then(|item| item.shift_remove("trace"));
        if removed.is_some() {
            let above = list.key_child(path);
            report.warn_keyword(Code::PartLeftOut, &above, "trace", "the method TRACE");
        }
    }
}

/// Responses are listed by status. Others are left out.
fn correct_statuses(
    operation: &mut Map<String, Value>,
    trail: &Trail<'_>,
    report: &mut LowerReport<'_>,
) {
    let here = trail.key_child("responses");
    if let Some(Value::Object(responses)) = operation.get_mut("responses") {
        responses.retain(|status, _| {
            let is_known = status == "default" || status.starts_with("x-") || is_status(status);
            if !is_known {
                report.warn_keyword(Code::PartLeftOut, &here, status, "this is no status");
            }
            is_known
        });
    }
}

/// `404` or `4XX`.
fn is_status(text: &str) -> bool {
    match text.as_bytes() {
        [first, rest @ ..] if rest.len() == 2 => {
            let is_range = rest.iter().all(|byte| byte.eq_ignore_ascii_case(&b'x'));
            let is_code = rest.iter().all(u8::is_ascii_digit);
            (b'1'..=b'9').contains(first) && (is_range || is_code)
        }
        _ => false,
    }
}

/// The variables of a server have texts as values.
fn correct_variables(
    server: &mut Map<String, Value>,
    trail: &Trail<'_>,
    report: &mut LowerReport<'_>,
) {
    let Some(variables) = server.get_mut("variables") else {
        return;
    };
    let here = trail.key_child("variables");
    let Value::Object(variables) = variables else {
        report.warn_at(Code::ValueCorrected, &here, "");
        server.shift_remove("variables");
        return;
    };
    for (name, variable) in variables {
        if !is_right_variable(variable) {
            report.warn_keyword(Code::ValueCorrected, &here, name, "a variable of a server");
            *variable = corrected_variable(variable);
        }
    }
}

fn is_right_variable(variable: &Value) -> bool {
    let values = variable.get("enum");
    let is_list = |values: &Value| {
        let values = values.as_array();
        values.is_some_and(|values| values.iter().all(Value::is_string))
    };
    variable.get("default").is_some_and(Value::is_string)
        && values.is_none_or(is_list)
        && variable.get("description").is_none_or(Value::is_string)
}

fn corrected_variable(variable: &Value) -> Value {
    let as_text = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        _ => None,
    };
    let values = variable.get("enum").and_then(Value::as_array);
    let values: Vec<String> = values.into_iter().flatten().filter_map(as_text).collect();
    let stated = variable.get("default").and_then(as_text);
    let default = stated
        .or_else(|| values.first().cloned())
        .unwrap_or_default();
    let mut corrected = Map::new();
    if !values.is_empty() {
        corrected.insert("enum".to_owned(), Value::from(values));
    }
    corrected.insert("default".to_owned(), Value::from(default));
    if let Some(Value::String(text)) = variable.get("description") {
        corrected.insert("description".to_owned(), Value::from(text.as_str()));
    }
    Value::Object(corrected)
}
