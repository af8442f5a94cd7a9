//! Removes prose from a document and sorts its keywords.

use serde_json::{Map, Value};

use super::grammar::NodeKind;

/// Removes prose and sorts keywords, in `value` and everything in it.
pub(super) fn strip_prose(node: NodeKind, value: &Value) -> Value {
    match value {
        Value::Object(map) if node != NodeKind::Data => Value::Object(strip_object(node, map)),
        Value::Array(items) if node != NodeKind::Data => {
            Value::Array(items.iter().map(|item| strip_prose(node, item)).collect())
        }
        other => other.clone(),
    }
}

fn strip_object(node: NodeKind, map: &Map<String, Value>) -> Map<String, Value> {
    let mut kept: Vec<_> = map.iter().filter(|(key, _)| !node.is_prose(key)).collect();
    let order = node.key_order();
    if !order.is_empty() {
        let rank = |key: &str| order.iter().position(|k| *k == key).unwrap_or(order.len());
        kept.sort_by(|(a, _), (b, _)| rank(a).cmp(&rank(b)).then_with(|| a.cmp(b)));
    }
    let mut out = Map::new();
    // OpenAPI requires a description of every response.
    if node == NodeKind::Response && !map.contains_key("$ref") {
        out.insert("description".to_owned(), Value::String(String::new()));
    }
    for (key, value) in kept {
        out.insert(key.clone(), strip_prose(node.child_kind(key), value));
    }
    out
}
