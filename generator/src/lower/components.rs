//! The component schemas, as far as members refer to them.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::any_value::{reference_target, schema_name};
use super::report::LowerReport;

/// How many schemas may be copied, for each schema of the document, by merging members.
const COPIED_PER_SCHEMA: usize = 20;

/// How many there may be in any case.
const ALWAYS_COPIED: usize = 20_000;

/// The component schemas that are already resolved.
pub(super) struct SchemaRoots<'a> {
    pub(super) schemas: &'a Map<String, Value>,
    /// What each of them stands for: itself, or what its references lead to.
    pub(super) meanings: &'a HashMap<String, String>,
}

impl<'a> SchemaRoots<'a> {
    /// The schema behind a reference, through further references, and the name of its component.
    /// `None` if it is not resolved yet, which means that it contains the reference, or unknown.
    pub(super) fn follow(&self, target: &str) -> Option<(&'a str, &'a Map<String, Value>)> {
        let meaning = self.meanings.get(schema_name(target)?)?;
        let schema = self.schemas.get(meaning)?;
        Some((meaning.as_str(), schema.as_object()?))
    }

    /// Whether there is such a component.
    pub(super) fn has_component(&self, target: &str) -> bool {
        schema_name(target).is_some_and(|name| self.schemas.contains_key(name))
    }

    /// What a component stands for.
    pub(super) fn meaning_of(&self, name: &str, schema: &Value) -> String {
        let target = reference_target(schema).or_else(|| wrapped_reference(schema));
        let meaning = target
            .and_then(schema_name)
            .and_then(|next| self.meanings.get(next));
        meaning.map_or(name, String::as_str).to_owned()
    }
}

/// The reference of `anyOf` with one member.
pub(super) fn wrapped_reference(schema: &Value) -> Option<&str> {
    match schema.get("anyOf")?.as_array()?.as_slice() {
        [one] => reference_target(one),
        _ => None,
    }
}

/// How many schemas may still be copied.
pub(super) struct CopyBudget {
    left: usize,
}

impl CopyBudget {
    pub(super) fn of_schemas(schemas: &Map<String, Value>) -> Self {
        let count: usize = schemas.values().map(count_nodes).sum();
        Self {
            left: count * COPIED_PER_SCHEMA + ALWAYS_COPIED,
        }
    }

    /// Takes the nodes of a schema; `false` if there are too many.
    pub(super) fn take_copy(&mut self, schema: &Map<String, Value>) -> bool {
        let count: usize = schema.values().map(count_nodes).sum();
        let is_enough = count <= self.left;
        self.left = self.left.saturating_sub(count);
        is_enough
    }
}

fn count_nodes(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(count_nodes).sum::<usize>(),
        Value::Object(map) => 1 + map.values().map(count_nodes).sum::<usize>(),
        _ => 1,
    }
}

/// What is needed to resolve members.
pub(super) struct MemberResolver<'r, 's> {
    pub(super) roots: SchemaRoots<'r>,
    pub(super) budget: &'r mut CopyBudget,
    pub(super) report: &'r mut LowerReport<'s>,
}
