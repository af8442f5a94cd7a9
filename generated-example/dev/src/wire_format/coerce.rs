//! Typed values from the text leaves of forms and queries, guided by the (translated) schema.
//!
//! Nothing is rejected here: text that does not fit stays text, which the validator rejects.

use std::collections::BTreeMap;

use serde_json::{Map, Number, Value};

use super::bracket::Tree;

/// Stands for the bytes of an uploaded file in the value to be validated, where it alone is of
/// format `binary`: a text part is not a file, even if it has that name.
pub const FILE: &str = "\0file";

/// The value that the schema makes of a tree.
pub fn coerce(schema: &Value, tree: &Tree) -> Value {
    attempt(schema, tree).0
}

/// The value, and whether it fits well enough to settle a union.
fn attempt(schema: &Value, tree: &Tree) -> (Value, bool) {
    if let Some(members) = schema.get("anyOf").and_then(Value::as_array) {
        return union(members, tree);
    }
    match tree {
        Tree::Text(text) => leaf(schema, text),
        Tree::File(_) => (Value::from(FILE), is_binary(schema)),
        Tree::Branch(children) if kind(schema) == "array" => array(schema, children),
        Tree::Branch(children) => object(schema, children),
    }
}

fn union(members: &[Value], tree: &Tree) -> (Value, bool) {
    let mut attempts = members.iter().map(|member| attempt(member, tree));
    if let Some(fitting) = attempts.find(|(_, fits)| *fits) {
        return fitting;
    }
    // The member of the right kind gives the better error: it names the wrong part inside.
    let wanted = |member: &&Value| match tree {
        Tree::Branch(_) => matches!(kind(member), "object" | "array"),
        _ => !matches!(kind(member), "object" | "array"),
    };
    let chosen = members.iter().find(wanted);
    (
        chosen.map_or_else(|| untyped(tree), |m| attempt(m, tree).0),
        false,
    )
}

fn leaf(schema: &Value, text: &str) -> (Value, bool) {
    let value = match kind(schema) {
        "integer" => integer(text),
        "number" => number(text),
        "boolean" => boolean(text),
        "string" if !is_binary(schema) => Some(Value::from(text)),
        _ => None,
    };
    let allowed = schema.get("enum").and_then(Value::as_array);
    match value {
        Some(value) => {
            let fits = allowed.is_none_or(|allowed| allowed.contains(&value));
            (value, fits)
        }
        None => (Value::from(text), false),
    }
}

fn array(schema: &Value, children: &BTreeMap<String, Tree>) -> (Value, bool) {
    let items = (0..children.len()).map(|index| children.get(&index.to_string()));
    // A gap or a name makes this an object, which the validator then refuses as an array.
    let Some(items) = items.collect::<Option<Vec<_>>>() else {
        return (untyped(&Tree::Branch(children.clone())), false);
    };
    let mut all_fit = true;
    let attempts = items.into_iter().map(|item| {
        let (value, fits) = attempt(&schema["items"], item);
        all_fit &= fits;
        value
    });
    let values: Vec<_> = attempts.collect();
    (Value::from(values), all_fit)
}

fn object(schema: &Value, children: &BTreeMap<String, Tree>) -> (Value, bool) {
    let mut fits = kind(schema) == "object";
    let mut members = Map::new();
    for (name, child) in children {
        let property = schema.get("properties").and_then(|p| p.get(name));
        let inner = property.or_else(|| schema.get("additionalProperties"));
        let value = match inner.filter(|inner| inner.is_object()) {
            Some(inner) => {
                let (value, inner_fits) = attempt(inner, child);
                fits &= inner_fits;
                value
            }
            None => {
                fits = false;
                untyped(child)
            }
        };
        members.insert(name.clone(), value);
    }
    let required = schema.get("required").and_then(Value::as_array);
    let mut required = required.into_iter().flatten().filter_map(Value::as_str);
    fits &= required.all(|name| members.contains_key(name));
    (Value::Object(members), fits)
}

fn untyped(tree: &Tree) -> Value {
    match tree {
        Tree::Text(text) => Value::from(text.as_str()),
        Tree::File(_) => Value::from(FILE),
        Tree::Branch(children) => {
            let members = children.iter().map(|(k, v)| (k.clone(), untyped(v)));
            Value::Object(members.collect())
        }
    }
}

/// The type of a schema, passing over the `null` that translation may have added.
fn kind(schema: &Value) -> &str {
    match schema.get("type") {
        Some(Value::String(kind)) => kind,
        Some(Value::Array(kinds)) => kinds.first().and_then(Value::as_str).unwrap_or_default(),
        _ => "",
    }
}

fn is_binary(schema: &Value) -> bool {
    schema
        .get("format")
        .is_some_and(|format| format == "binary")
}

fn is_decimal(digits: &str) -> bool {
    let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    plain && (digits == "0" || !digits.starts_with('0'))
}

fn integer(text: &str) -> Option<Value> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let canonical = is_decimal(digits) && text != "-0";
    let parsed = text.parse::<i64>().ok().filter(|_| canonical);
    parsed.map(Value::from)
}

/// Decimal notation only: no exponent, no bare point, no leading zeros.
fn number(text: &str) -> Option<Value> {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let canonical = match unsigned.split_once('.') {
        None => is_decimal(unsigned),
        Some((whole, part)) => {
            is_decimal(whole) && !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit())
        }
    };
    let parsed = text.parse::<f64>().ok().filter(|_| canonical);
    parsed.and_then(Number::from_f64).map(Value::Number)
}

fn boolean(text: &str) -> Option<Value> {
    match text {
        "true" => Some(Value::Bool(true)),
        "false" => Some(Value::Bool(false)),
        _ => None,
    }
}
