//! Compares the raw document with the table of keywords, and collects its references and the
//! objects that the typed reader cannot tell from those without keys.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::grammar::{DOCUMENT, ObjectRule, SCHEMA, ValueRule};
use crate::diag::{Code, DiagnosticSink, SpecPath, Trail, closest_name};

/// A reference and its path.
pub(super) struct ReferenceUse {
    /// The path of the object with `$ref`.
    pub(super) at: SpecPath,
    /// The text of `$ref`.
    pub(super) target: String,
}

/// What a walk collects.
pub(super) struct WalkResult {
    /// All references.
    pub(super) references: Vec<ReferenceUse>,
    /// Objects that do not say which keys they have.
    pub(super) open_objects: HashSet<SpecPath>,
}

/// Reports values that the specification does not allow.
pub(super) fn walk_document(
    document: &Map<String, Value>,
    sink: &mut DiagnosticSink,
) -> WalkResult {
    let mut walker = DocumentWalker {
        sink,
        found: WalkResult {
            references: Vec::new(),
            open_objects: HashSet::new(),
        },
    };
    walker.check_object(&DOCUMENT, document, &Trail::ROOT);
    walker.found
}

struct DocumentWalker<'s> {
    sink: &'s mut DiagnosticSink,
    found: WalkResult,
}

impl DocumentWalker<'_> {
    fn check_value(&mut self, shape: ValueRule, value: &Value, trail: &Trail<'_>) {
        match (shape, value) {
            (ValueRule::Any, _)
            | (ValueRule::Text, Value::String(_))
            | (ValueRule::Flag | ValueRule::FlagOrSchema, Value::Bool(_))
            | (ValueRule::Number, Value::Number(_)) => {}
            (ValueRule::Texts, Value::Array(items)) => {
                for (i, item) in items.iter().enumerate() {
                    self.check_value(ValueRule::Text, item, &trail.item_child(i));
                }
            }
            (ValueRule::ListOf(inner), Value::Array(items)) => {
                for (i, item) in items.iter().enumerate() {
                    self.check_value(*inner, item, &trail.item_child(i));
                }
            }
            (ValueRule::Object(grammar), Value::Object(map)) => {
                self.check_object(grammar, map, trail)
            }
            (ValueRule::OrReference(grammar), Value::Object(map)) => match map.get("$ref") {
                Some(target) => self.check_reference(map, target, trail),
                None => self.check_object(grammar, map, trail),
            },
            (ValueRule::FlagOrSchema, Value::Object(_)) => {
                self.check_value(ValueRule::OrReference(&SCHEMA), value, trail);
            }
            (ValueRule::MapOf(inner), Value::Object(map)) => {
                self.check_map(*inner, map, trail, false)
            }
            (ValueRule::OpenMapOf(inner), Value::Object(map)) => {
                self.check_map(*inner, map, trail, true)
            }
            _ => self.report_mismatch(shape, value, trail),
        }
    }

    fn check_map(
        &mut self,
        inner: ValueRule,
        map: &Map<String, Value>,
        trail: &Trail<'_>,
        open: bool,
    ) {
        for (key, value) in map {
            if !(open && key.starts_with("x-")) {
                self.check_value(inner, value, &trail.key_child(key));
            }
        }
    }

    fn check_object(
        &mut self,
        grammar: &'static ObjectRule,
        map: &Map<String, Value>,
        trail: &Trail<'_>,
    ) {
        if std::ptr::eq(grammar, &SCHEMA) && is_open_object(map) {
            self.found.open_objects.insert(trail.spec_path());
        }
        for (key, value) in map {
            let here = trail.key_child(key);
            match grammar.keys.iter().find(|(name, _)| name == key) {
                Some((_, shape)) => self.check_value(*shape, value, &here),
                None if key.starts_with("x-") => {}
                None => {
                    let known = grammar.keys.iter().map(|(name, _)| *name);
                    let meant = closest_name(key, known);
                    let meant = meant.map_or(String::new(), |m| format!("; did you mean `{m}`?"));
                    let detail = format!("`{key}` in {}{meant}", grammar.name);
                    self.sink
                        .report(Code::UnknownKeyword, &here.spec_path(), detail);
                }
            }
        }
        for key in grammar.required {
            if !map.contains_key(*key) {
                let detail = format!("{} needs `{key}`", grammar.name);
                self.sink
                    .report(Code::Malformed, &trail.spec_path(), detail);
            }
        }
    }

    fn check_reference(&mut self, map: &Map<String, Value>, target: &Value, trail: &Trail<'_>) {
        for key in map.keys().filter(|key| *key != "$ref") {
            let at = trail.key_child(key).spec_path();
            self.sink
                .report(Code::ReferenceSibling, &at, format!("`{key}`"));
        }
        match target {
            Value::String(target) => {
                self.found.references.push(ReferenceUse {
                    at: trail.spec_path(),
                    target: target.clone(),
                });
            }
            other => self.report_mismatch(ValueRule::Text, other, &trail.key_child("$ref")),
        }
    }

    fn report_mismatch(&mut self, shape: ValueRule, value: &Value, trail: &Trail<'_>) {
        let expected = match shape {
            ValueRule::Any => "anything",
            ValueRule::Text => "text",
            ValueRule::Flag => "true or false",
            ValueRule::Number => "a number",
            ValueRule::Texts => "a list of texts",
            ValueRule::ListOf(_) => "a list",
            ValueRule::Object(grammar) | ValueRule::OrReference(grammar) => grammar.name,
            ValueRule::FlagOrSchema => "true, false or a schema",
            ValueRule::MapOf(_) | ValueRule::OpenMapOf(_) => "a mapping",
        };
        let found = match value {
            Value::Null => "null",
            Value::Bool(_) => "true or false",
            Value::Number(_) => "a number",
            Value::String(_) => "text",
            Value::Array(_) => "a list",
            Value::Object(_) => "a mapping",
        };
        let detail = format!("expected {expected}, found {found}");
        self.sink
            .report(Code::Malformed, &trail.spec_path(), detail);
    }
}

/// Whether a schema is an object with any keys: it lists none, and does not say that there are none.
fn is_open_object(schema: &Map<String, Value>) -> bool {
    if schema.get("type").and_then(Value::as_str) != Some("object") {
        return false;
    }
    let listed = schema.get("properties").and_then(Value::as_object);
    match schema.get("additionalProperties") {
        None => listed.is_none(),
        Some(more) => *more == Value::Bool(true) && listed.is_none_or(Map::is_empty),
    }
}
