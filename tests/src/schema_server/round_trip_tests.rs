//! The server accepts what its own document allows: parameters generated from the request schemas,
//! encoded by a second, naive encoder, for every operation.

use serde_json::{Map, Value};

use super::document::{Document, Media, Operation};
use super::fixture::{Call, concrete, load_stripe, method, stripe};
use super::synth::{Mode, value};

/// Everything but letters and digits escaped.
fn escape(text: &str) -> String {
    let escaped = text.bytes().map(|byte| match byte {
        byte if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    });
    escaped.collect()
}

fn encode(prefix: &str, value: &Value, out: &mut Vec<String>) {
    let name = |key: &str| match prefix {
        "" => key.to_owned(),
        _ => format!("{prefix}[{key}]"),
    };
    match value {
        Value::Object(members) => {
            for (key, member) in members {
                encode(&name(key), member, out);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                encode(&name(&index.to_string()), item, out);
            }
        }
        Value::String(text) => out.push(format!("{}={}", escape(prefix), escape(text))),
        other => out.push(format!("{}={other}", escape(prefix))),
    }
}

fn form(value: &Value) -> String {
    let mut pairs = Vec::new();
    encode("", value, &mut pairs);
    pairs.join("&")
}

/// Forms cannot express `{}`. A required object of which nothing is required, like `components` of
/// an account session, therefore needs an optional part, and a call without any is correctly
/// rejected.
fn is_inexpressible(body: &Value) -> bool {
    fn has_empty(value: &Value) -> bool {
        match value {
            Value::Object(members) => members.is_empty() || members.values().any(has_empty),
            Value::Array(items) => items.iter().any(has_empty),
            _ => false,
        }
    }
    body.as_object()
        .is_some_and(|members| members.values().any(has_empty))
}

/// Made-up text is no path of a response.
fn without_expand(mut params: Value) -> Value {
    if let Some(members) = params.as_object_mut() {
        members.remove("expand");
    }
    params
}

fn call(document: &Document, operation: &Operation, mode: Mode, turn: usize) -> Option<Call> {
    let query = without_expand(value(document, &operation.query, mode, turn));
    let target = match form(&query).as_str() {
        "" => concrete(operation),
        query => format!("{}?{query}", concrete(operation)),
    };
    let call = Call::new(method(operation), target);
    let Some((media, schema)) = &operation.body else {
        return Some(call);
    };
    let body = without_expand(value(document, schema, mode, turn));
    match media {
        Media::Json => Some(call.json(&body)),
        Media::Multipart => None,
        Media::Form if mode == Mode::Minimal && is_inexpressible(&body) => None,
        Media::Form if body == Value::Object(Map::new()) => Some(call),
        Media::Form => Some(call.form(&form(&body))),
    }
}

#[test]
fn made_up_parameters_pass_everywhere() {
    let (document, service) = (load_stripe(), stripe());
    let mut refused = Vec::new();
    for operation in &document.operations {
        for (mode, turns) in [(Mode::Minimal, 0..4), (Mode::Full, 0..8)] {
            for turn in turns {
                let Some(call) = call(&document, operation, mode, turn) else {
                    continue;
                };
                let (status, answer) = call.send(&service);
                if status != 200 {
                    refused.push(format!(
                        "{} {mode:?} {turn}: {}",
                        operation.id, answer["error"]
                    ));
                }
            }
        }
    }
    assert!(
        refused.is_empty(),
        "{} refused:\n{}",
        refused.len(),
        refused.join("\n")
    );
}
