//! The document without its prose, in canonical key order.

use serde_json::{Map, Value};

use super::grammar::Node;

/// Drops prose and orders keywords, at `value` and below.
pub(super) fn facts(node: Node, value: &Value) -> Value {
    match value {
        Value::Object(map) if node != Node::Data => Value::Object(object(node, map)),
        Value::Array(items) if node != Node::Data => {
            Value::Array(items.iter().map(|item| facts(node, item)).collect())
        }
        other => other.clone(),
    }
}

fn object(node: Node, map: &Map<String, Value>) -> Map<String, Value> {
    let mut kept: Vec<_> = map.iter().filter(|(key, _)| !node.is_prose(key)).collect();
    let order = node.order();
    if !order.is_empty() {
        let rank = |key: &str| order.iter().position(|k| *k == key).unwrap_or(order.len());
        kept.sort_by(|(a, _), (b, _)| rank(a).cmp(&rank(b)).then_with(|| a.cmp(b)));
    }
    let mut out = Map::new();
    // OpenAPI requires a description of every response, and readers insist.
    if node == Node::Response && !map.contains_key("$ref") {
        out.insert("description".to_owned(), Value::String(String::new()));
    }
    for (key, value) in kept {
        out.insert(key.clone(), facts(node.under(key), value));
    }
    out
}
