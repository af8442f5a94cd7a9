//! Keeps components that are inlined from being repeated without end.
//!
//! Components that are lists or maps have no type of their own: each use is a list. If their elements
//! are objects that use such components in turn, every level would multiply the uses, and a cycle
//! would have no end. The elements of those that are used in this way become components, named after
//! the list. In forms, and in documents with a strict dialect, all components of parameters are inlined,
//! so their number is limited.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use openapiv3::{AdditionalProperties, ReferenceOr, Schema, SchemaKind, Type};

use crate::diag::SpecPath;
use crate::spec::{Document, SchemaNode};

/// How many schemas of parameters there may be after inlining, for each schema of the document.
const UNFOLDED_PER_SCHEMA: usize = 20;

/// How many there may be in any case.
const ALWAYS_UNFOLDED: usize = 20_000;

/// The deepest nesting of components of parameters.
const MAX_DEPTH: usize = 60;

/// What is known about the components of a document before they are translated.
#[derive(Debug)]
pub(super) struct Unfolding {
    /// The elements that become components, with their names. Never iterated.
    hoisted: HashMap<SpecPath, String>,
    /// How many schemas of parameters may still be inlined.
    left: usize,
    is_exceeded: bool,
}

impl Unfolding {
    /// Walks over all components.
    pub(super) fn of_document(document: &Document) -> Self {
        let counts = document.schemas.values().map(count_schemas);
        Self {
            hoisted: hoisted_elements(document),
            left: counts.sum::<usize>() * UNFOLDED_PER_SCHEMA + ALWAYS_UNFOLDED,
            is_exceeded: false,
        }
    }

    /// Whether the object at a place is a component, although it is written in place.
    pub(super) fn is_hoisted(&self, at: &SpecPath) -> bool {
        !self.hoisted.is_empty() && self.hoisted.contains_key(at)
    }

    /// The name of the component at a place.
    pub(super) fn hoisted_name(&self, at: &SpecPath) -> Option<&str> {
        self.hoisted.get(at).map(String::as_str)
    }

    /// Takes the schemas of a component of parameters that is inlined below `depth` others. Fails if
    /// there are too many, with the first failure marked by `true`.
    pub(super) fn take_parameters(
        &mut self,
        component: Option<&ReferenceOr<Schema>>,
        depth: usize,
    ) -> Result<(), bool> {
        let count = component.map_or(1, count_schemas);
        if depth < MAX_DEPTH && count <= self.left {
            self.left -= count;
            return Ok(());
        }
        self.left = 0;
        Err(!std::mem::replace(&mut self.is_exceeded, true))
    }
}

/// The number of schemas that are written in place.
fn count_schemas(schema: &ReferenceOr<Schema>) -> usize {
    match schema {
        ReferenceOr::Reference { .. } => 1,
        ReferenceOr::Item(schema) => for_each_reference(schema, &mut |_| {}),
    }
}

/// The element of a component that is a list or map of objects, which may be nested.
pub(super) fn hoisted_element<'d>(
    document: &'d Document,
    name: &str,
) -> Option<(&'d Schema, SpecPath)> {
    let SchemaNode::Inline(mut schema) = document.schema(name)? else {
        return None;
    };
    let mut at = Document::schema_path(name);
    loop {
        let element = match &schema.schema_kind {
            SchemaKind::Type(Type::Array(array)) => {
                at = at.child("items");
                SchemaNode::from_boxed_ref(array.items.as_ref()?)
            }
            SchemaKind::Type(Type::Object(object)) => match &object.additional_properties {
                Some(AdditionalProperties::Schema(value)) if object.properties.is_empty() => {
                    at = at.child("additionalProperties");
                    SchemaNode::from_ref(value)
                }
                _ => {
                    let is_element = !object.properties.is_empty();
                    return is_element.then_some((schema, at));
                }
            },
            _ => return None,
        };
        let SchemaNode::Inline(inner) = element else {
            return None;
        };
        schema = inner;
    }
}

/// The elements of lists that are used in elements of lists.
fn hoisted_elements(document: &Document) -> HashMap<SpecPath, String> {
    let mut elements = BTreeMap::new();
    for name in document.schemas.keys() {
        // An object of its own is no element.
        if let Some((schema, at)) = hoisted_element(document, name) {
            if at != Document::schema_path(name) {
                elements.insert(name.as_str(), (schema, at));
            }
        }
    }
    let mut used = BTreeSet::new();
    for (schema, _) in elements.values() {
        for_each_reference(schema, &mut |name| {
            used.extend(resolve_alias(document, name));
        });
    }
    elements.retain(|name, _| used.contains(name));
    let places = elements.into_iter();
    places
        .map(|(name, (_, at))| (at, name.to_owned()))
        .collect()
}

/// The component that a name stands for.
fn resolve_alias<'d>(document: &'d Document, name: &'d str) -> Option<&'d str> {
    let mut name = name;
    for _ in 0..=document.schemas.len() {
        match document.schema(name)? {
            SchemaNode::Component(other) => name = other,
            SchemaNode::Inline(_) => return Some(name),
        }
    }
    None
}

/// Visits the references of a schema, at any depth. Returns the number of schemas.
fn for_each_reference<'d>(schema: &'d Schema, visit: &mut dyn FnMut(&'d str)) -> usize {
    let mut count = 1;
    let mut open = vec![schema];
    while let Some(schema) = open.pop() {
        let mut step = |node: SchemaNode<'d>| {
            count += 1;
            match node {
                SchemaNode::Component(name) => visit(name),
                SchemaNode::Inline(schema) => open.push(schema),
            }
        };
        match &schema.schema_kind {
            SchemaKind::Type(Type::Object(object)) => {
                let properties = object.properties.values();
                properties.for_each(|p| step(SchemaNode::from_boxed_ref(p)));
                if let Some(AdditionalProperties::Schema(value)) = &object.additional_properties {
                    step(SchemaNode::from_ref(value));
                }
            }
            SchemaKind::Type(Type::Array(array)) => {
                let items = array.items.iter();
                items.for_each(|items| step(SchemaNode::from_boxed_ref(items)));
            }
            SchemaKind::OneOf { one_of: members }
            | SchemaKind::AnyOf { any_of: members }
            | SchemaKind::AllOf { all_of: members } => {
                members.iter().for_each(|m| step(SchemaNode::from_ref(m)));
            }
            _ => {}
        }
    }
    count
}
