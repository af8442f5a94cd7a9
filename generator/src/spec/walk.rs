//! Compares the raw document with the table of keywords and collects its references.

use serde_json::{Map, Value};

use super::grammar::{DOCUMENT, Grammar, SCHEMA, Shape};
use crate::diag::{Code, Sink, SpecPath};

/// The reason for a step of a [`Trail`].
#[derive(Clone, Copy)]
enum Step<'a> {
    Key(&'a str),
    Index(usize),
}

/// The way from the root to a node, kept on the stack: a pointer is only spelt out for a finding.
#[derive(Clone, Copy)]
struct Trail<'a> {
    parent: Option<&'a Trail<'a>>,
    step: Option<Step<'a>>,
}

impl<'a> Trail<'a> {
    const ROOT: Trail<'static> = Trail {
        parent: None,
        step: None,
    };

    fn then(&'a self, step: Step<'a>) -> Trail<'a> {
        Trail {
            parent: Some(self),
            step: Some(step),
        }
    }

    fn path(&self) -> SpecPath {
        let before = self.parent.map_or_else(SpecPath::root, Trail::path);
        match self.step {
            None => before,
            Some(Step::Key(key)) => before.child(key),
            Some(Step::Index(index)) => before.item(index),
        }
    }
}

/// A reference and where it stands.
pub(super) struct Use {
    /// The object with `$ref`.
    pub(super) at: SpecPath,
    /// The text of `$ref`.
    pub(super) target: String,
}

/// Reports what does not belong into the document; returns all its references.
pub(super) fn walk(document: &Map<String, Value>, sink: &mut Sink) -> Vec<Use> {
    let mut walker = Walker {
        sink,
        uses: Vec::new(),
    };
    walker.object(&DOCUMENT, document, &Trail::ROOT);
    walker.uses
}

struct Walker<'s> {
    sink: &'s mut Sink,
    uses: Vec<Use>,
}

impl Walker<'_> {
    fn visit(&mut self, shape: Shape, value: &Value, trail: &Trail<'_>) {
        match (shape, value) {
            (Shape::Any, _)
            | (Shape::Text, Value::String(_))
            | (Shape::Flag | Shape::FlagOrSchema, Value::Bool(_))
            | (Shape::Number, Value::Number(_)) => {}
            (Shape::Texts, Value::Array(items)) => {
                for (i, item) in items.iter().enumerate() {
                    self.visit(Shape::Text, item, &trail.then(Step::Index(i)));
                }
            }
            (Shape::ListOf(inner), Value::Array(items)) => {
                for (i, item) in items.iter().enumerate() {
                    self.visit(*inner, item, &trail.then(Step::Index(i)));
                }
            }
            (Shape::Object(grammar), Value::Object(map)) => self.object(grammar, map, trail),
            (Shape::OrReference(grammar), Value::Object(map)) => match map.get("$ref") {
                Some(target) => self.reference(map, target, trail),
                None => self.object(grammar, map, trail),
            },
            (Shape::FlagOrSchema, Value::Object(_)) => {
                self.visit(Shape::OrReference(&SCHEMA), value, trail);
            }
            (Shape::MapOf(inner), Value::Object(map)) => self.map(*inner, map, trail, false),
            (Shape::OpenMapOf(inner), Value::Object(map)) => self.map(*inner, map, trail, true),
            _ => self.mismatch(shape, value, trail),
        }
    }

    fn map(&mut self, inner: Shape, map: &Map<String, Value>, trail: &Trail<'_>, open: bool) {
        for (key, value) in map {
            if !(open && key.starts_with("x-")) {
                self.visit(inner, value, &trail.then(Step::Key(key)));
            }
        }
    }

    fn object(&mut self, grammar: &'static Grammar, map: &Map<String, Value>, trail: &Trail<'_>) {
        for (key, value) in map {
            let here = trail.then(Step::Key(key));
            match grammar.keys.iter().find(|(name, _)| name == key) {
                Some((_, shape)) => self.visit(*shape, value, &here),
                None if key.starts_with("x-") => {}
                None => {
                    let detail = format!("`{key}` in {}", grammar.name);
                    self.sink.report(Code::UnknownKeyword, &here.path(), detail);
                }
            }
        }
        for key in grammar.required {
            if !map.contains_key(*key) {
                let detail = format!("{} needs `{key}`", grammar.name);
                self.sink.report(Code::Malformed, &trail.path(), detail);
            }
        }
    }

    fn reference(&mut self, map: &Map<String, Value>, target: &Value, trail: &Trail<'_>) {
        for key in map.keys().filter(|key| *key != "$ref") {
            let at = trail.then(Step::Key(key)).path();
            self.sink
                .report(Code::ReferenceSibling, &at, format!("`{key}`"));
        }
        match target {
            Value::String(target) => {
                self.uses.push(Use {
                    at: trail.path(),
                    target: target.clone(),
                });
            }
            other => self.mismatch(Shape::Text, other, &trail.then(Step::Key("$ref"))),
        }
    }

    fn mismatch(&mut self, shape: Shape, value: &Value, trail: &Trail<'_>) {
        let expected = match shape {
            Shape::Any => "anything",
            Shape::Text => "text",
            Shape::Flag => "true or false",
            Shape::Number => "a number",
            Shape::Texts => "a list of texts",
            Shape::ListOf(_) => "a list",
            Shape::Object(grammar) | Shape::OrReference(grammar) => grammar.name,
            Shape::FlagOrSchema => "true, false or a schema",
            Shape::MapOf(_) | Shape::OpenMapOf(_) => "a mapping",
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
        self.sink.report(Code::Malformed, &trail.path(), detail);
    }
}
