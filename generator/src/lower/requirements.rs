//! Corrects security requirements that are not as the specification says, so that requests keep
//! their credentials: what clearly names a scheme stays, and what is left out is reported.

use serde_json::{Map, Value};

use super::report::{LowerReport, short_text};
use crate::diag::{Code, Trail};

/// Corrects the alternatives of the document or of an operation. `false` if nothing of them is
/// understood: an operation then has those of the document.
pub(super) fn clean_requirements(
    value: &mut Value,
    trail: &Trail<'_>,
    report: &mut LowerReport<'_>,
) -> bool {
    match value {
        Value::Array(_) => {}
        Value::Object(_) => {
            report.warn_at(
                Code::ValueCorrected,
                trail,
                "expected a list: it is the only alternative",
            );
            *value = Value::Array(vec![value.take()]);
        }
        Value::String(name) => {
            report.warn_at(
                Code::ValueCorrected,
                trail,
                format!("expected a list: `{name}` is the only scheme"),
            );
            *value = Value::Array(vec![scheme_alone(name)]);
        }
        other => {
            report_left_out(report, trail, "expected a list", other);
            return false;
        }
    }
    let Value::Array(alternatives) = value else {
        return false;
    };
    let is_open = alternatives.is_empty();
    let mut index = 0;
    alternatives.retain_mut(|alternative| {
        let here = trail.item_child(index);
        index += 1;
        clean_alternative(alternative, &here, report)
    });
    // Without any alternative that is understood, the list must not say that none is needed.
    is_open || !alternatives.is_empty()
}

fn clean_alternative(value: &mut Value, trail: &Trail<'_>, report: &mut LowerReport<'_>) -> bool {
    match value {
        Value::Object(_) => {}
        Value::String(name) => {
            let detail = format!("expected a mapping: `{name}` is taken as a scheme");
            report.warn_at(Code::ValueCorrected, trail, detail);
            *value = scheme_alone(name);
        }
        other => {
            report_left_out(report, trail, "expected a mapping", other);
            return false;
        }
    }
    for (name, scopes) in value.as_object_mut().into_iter().flatten() {
        clean_scopes(scopes, &trail.key_child(name), report);
    }
    true
}

/// A scheme stays needed, whatever its scopes are.
fn clean_scopes(value: &mut Value, trail: &Trail<'_>, report: &mut LowerReport<'_>) {
    let Value::Array(scopes) = value else {
        let text = short_text(value);
        let detail = format!("expected a list of scopes: {text}; the scheme is still needed");
        report.warn_at(Code::ValueCorrected, trail, detail);
        *value = Value::Array(match value.take() {
            scope @ Value::String(_) => vec![scope],
            _ => Vec::new(),
        });
        return;
    };
    let mut index = 0;
    scopes.retain(|scope| {
        let here = trail.item_child(index);
        index += 1;
        if !scope.is_string() {
            let detail = format!("expected the name of a scope: {}", short_text(scope));
            report.warn_at(Code::ValueCorrected, &here, detail);
        }
        scope.is_string()
    });
}

fn report_left_out(report: &mut LowerReport<'_>, trail: &Trail<'_>, expected: &str, value: &Value) {
    let text = short_text(value);
    let detail = format!("{expected}: {text}; requests may lack the credential that is meant");
    report.warn_at(Code::ValueCorrected, trail, detail);
}

/// A scheme without scopes.
fn scheme_alone(name: &str) -> Value {
    let scopes = Value::Array(Vec::new());
    Value::Object(Map::from_iter([(name.to_owned(), scopes)]))
}
