//! Corrects what published documents get wrong where the meaning is clear. Each correction is a
//! warning with its place.

use std::borrow::Cow;

use serde_json::{Map, Value};

use crate::diag::{Code, DiagnosticSink, SpecPath};

/// A parameter. In queries the style `simple`, which exists for paths and headers only, is left
/// out, so that the default applies.
pub(super) fn correct_parameter<'v>(
    value: &'v Value,
    at: &SpecPath,
    sink: &mut DiagnosticSink,
) -> Cow<'v, Value> {
    let Some(parameter) = value.as_object().filter(|_| has_path_style(value)) else {
        return Cow::Borrowed(value);
    };
    let name = parameter.get("name").and_then(Value::as_str);
    let detail = format!("`simple` of `{}`", name.unwrap_or_default());
    sink.report(Code::StyleCorrected, &at.child("style"), detail);
    let mut corrected = parameter.clone();
    corrected.remove("style");
    Cow::Owned(Value::Object(corrected))
}

/// Whether a parameter of the query has a style that only paths and headers can have.
fn has_path_style(parameter: &Value) -> bool {
    let text = |key: &str| parameter.get(key).and_then(Value::as_str);
    text("in") == Some("query") && text("style") == Some("simple")
}

/// An operation. Without responses it gets an empty list of them; what that means is decided, and
/// reported, where responses are translated. Parameters with a mistake are left out: they are read
/// on their own.
pub(super) fn correct_operation(value: &Value) -> Cow<'_, Value> {
    let Value::Object(operation) = value else {
        return Cow::Borrowed(value);
    };
    let mut parameters = operation
        .get("parameters")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    let is_wrong = parameters.any(has_path_style);
    if operation.contains_key("responses") && !is_wrong {
        return Cow::Borrowed(value);
    }
    let mut corrected = operation.clone();
    let responses = corrected.entry("responses");
    responses.or_insert_with(|| Value::Object(Map::new()));
    if is_wrong {
        corrected.remove("parameters");
    }
    Cow::Owned(Value::Object(corrected))
}
