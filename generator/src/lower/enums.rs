//! Enums: only strings can be listed, and `true` alone for booleans. The values of numbers are kept
//! for the documentation.

use serde_json::{Map, Value};

use super::report::LowerReport;
use crate::diag::{Code, Trail};

/// The extension with the values of an enum of numbers.
const KNOWN_VALUES: &str = "x-known-values";

/// How many values a finding lists.
const LISTED: usize = 8;

/// The type of an enum that states none, if all values have the same.
pub(super) fn type_of_values(values: &[Value]) -> Option<&'static str> {
    let mut rest = values.iter().filter(|value| !value.is_null()).peekable();
    rest.peek()?;
    let rest: Vec<&Value> = rest.collect();
    let all = |is: fn(&Value) -> bool| rest.iter().all(|value| is(value));
    match () {
        () if all(Value::is_string) => Some("string"),
        () if all(|value| value.is_i64() || value.is_u64()) => Some("integer"),
        () if all(Value::is_number) => Some("number"),
        () if all(Value::is_boolean) => Some("boolean"),
        () => None,
    }
}

/// Corrects the enum of a schema with this type.
pub(super) fn lower_enum(
    schema: &mut Map<String, Value>,
    kind: &str,
    trail: &Trail<'_>,
    report: &mut LowerReport<'_>,
) {
    let Some(Value::Array(values)) = schema.get_mut("enum") else {
        return;
    };
    let before = values.len();
    values.retain(|value| !value.is_null());
    let has_null = values.len() < before;
    if kind == "string" {
        retain_texts(values, trail, report);
    }
    let is_kept = match kind {
        "string" => !values.is_empty(),
        "boolean" => values.as_slice() == [Value::Bool(true)],
        _ => false,
    };
    if !is_kept {
        let is_lost = match kind {
            "boolean" => values.as_slice() == [Value::Bool(false)],
            _ => !values.is_empty(),
        };
        let detail = listed_values(values);
        let are_numbers = type_of_values(values)
            .is_some_and(|found| matches!((kind, found), ("number", "integer")) || kind == found);
        let removed = schema.shift_remove("enum");
        if let (Some(values), true) = (removed, kind != "boolean" && are_numbers) {
            schema.insert(KNOWN_VALUES.to_owned(), values);
        }
        if is_lost {
            report.warn_keyword(Code::EnumWidened, trail, "enum", detail);
        }
    }
    if has_null {
        schema.insert("nullable".to_owned(), Value::Bool(true));
    }
}

/// Numbers and flags among strings are written as text.
fn retain_texts(values: &mut Vec<Value>, trail: &Trail<'_>, report: &mut LowerReport<'_>) {
    let is_changed = |value: &Value| !value.is_string();
    if !values.iter().any(is_changed) {
        return;
    }
    report.warn_keyword(Code::ValueCorrected, trail, "enum", listed_values(values));
    values.retain_mut(|value| {
        match value {
            Value::Number(number) => *value = Value::from(number.to_string()),
            Value::Bool(flag) => *value = Value::from(flag.to_string()),
            _ => {}
        }
        value.is_string()
    });
}

/// The first values, for a finding.
pub(super) fn listed_values(values: &[Value]) -> String {
    let first: Vec<String> = values.iter().take(LISTED).map(Value::to_string).collect();
    match values.len() > LISTED {
        true => format!("{}, and {} more", first.join(", "), values.len() - LISTED),
        false => first.join(", "),
    }
}
