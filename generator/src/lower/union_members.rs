//! Members of unions that are objects written in place become components, as if the document
//! referred to them: a union of components has a type, and its members have names.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value};

use super::any_value::{reference_target, schema_name, schema_reference};
use super::known_unions::constant_text;
use super::names::unique_name;
use super::report::LowerReport;
use super::union::{is_null, is_null_object, plain_text};
use super::visit::{ORIGIN, put_schemas, take_schemas, visit_component, visit_schemas};
use crate::diag::{Code, SpecPath, Trail};

/// Moves the objects among the members of unions to the components. Unions of requests stay: their
/// parameters are one struct. Returns the components that only members refer to, until they are
/// merged.
pub(super) fn hoist_union_members(
    document: &mut Value,
    report: &mut LowerReport<'_>,
) -> Vec<String> {
    let mut mover = MemberMover {
        schemas: take_schemas(document),
        moved: Map::new(),
        numbers: HashMap::new(),
        bases: Vec::new(),
        report,
    };
    let names: Vec<String> = mover.schemas.keys().cloned().collect();
    let above = SpecPath::root().child("components").child("schemas");
    for name in names {
        let Some(mut schema) = mover.schemas.get_mut(&name).map(Value::take) else {
            continue;
        };
        let at = above.child(&name);
        visit_component(&mut schema, &Trail::at_pointer(&at), |inner, _, trail| {
            mover.move_members(inner, trail);
        });
        mover.schemas.insert(name, schema);
    }
    visit_schemas(document, |inner, _, trail| {
        let is_union = inner.get("oneOf").or_else(|| inner.get("anyOf")).is_some();
        if is_union && is_of_response(trail) {
            mover.move_members(inner, trail);
        }
    });
    let MemberMover {
        mut schemas,
        moved,
        bases,
        ..
    } = mover;
    schemas.extend(moved);
    put_schemas(document, schemas);
    bases
}

/// Removes components that were merged into members.
pub(super) fn remove_bases(document: &mut Value, bases: &[String]) {
    if bases.is_empty() {
        return;
    }
    let mut schemas = take_schemas(document);
    let bases: HashSet<&String> = bases.iter().collect();
    schemas.retain(|name, _| !bases.contains(name));
    put_schemas(document, schemas);
}

/// Whether a schema outside of the component schemas describes a response:
/// `components/responses/…` or `paths/…/get/responses/…`.
pub(super) fn is_of_response(trail: &Trail<'_>) -> bool {
    let at = trail.spec_path();
    let mut segments = at.segments();
    let kind = match segments.next().as_deref() {
        Some("components") => segments.next(),
        Some("paths") => segments.nth(2),
        _ => None,
    };
    kind.as_deref() == Some("responses")
}

/// The components, and those that are made of members.
struct MemberMover<'r, 's> {
    schemas: Map<String, Value>,
    moved: Map<String, Value>,
    /// The number that a name gets next, by the name that is wanted.
    numbers: HashMap<String, usize>,
    /// The components of properties beside unions.
    bases: Vec<String>,
    report: &'r mut LowerReport<'s>,
}

impl MemberMover<'_, '_> {
    /// Replaces the members of a union, if all of them are objects or references.
    fn move_members(&mut self, schema: &mut Value, trail: &Trail<'_>) {
        let Value::Object(schema) = schema else {
            return;
        };
        let Some(key) = only_union(schema) else {
            return;
        };
        let Some(Value::Array(mut members)) = schema.get_mut(key).map(Value::take) else {
            return;
        };
        if take_null(&mut members) {
            schema.insert("nullable".to_owned(), Value::Bool(true));
        }
        let owner = trail.spec_path();
        self.spread_required(schema, &mut members, trail);
        let base = self.move_base(schema, &owner);
        let union = trail.key_child(key);
        let property = discriminating_property(schema);
        let mut seen = HashSet::new();
        let mut left = Vec::with_capacity(members.len());
        let mut values = Vec::new();
        for (i, mut member) in members.into_iter().enumerate() {
            if !seen.insert(plain_text(&member)) {
                continue;
            }
            if is_object_in_place(&member) {
                let at = union.item_child(i).spec_path();
                let wanted = format!("{}_{}", owner_name(&at), member_name(&member, i));
                let name = self.free_name(&wanted);
                if let Some(property) = &property {
                    values.push((self.fixed_value(&member, property), name.clone()));
                }
                let mut part = std::mem::replace(&mut member, schema_reference(&name));
                if let Some(base) = &base {
                    extend_base(&mut part, base);
                }
                self.add_component(name, part, &at);
            }
            left.push(member);
        }
        schema.insert(key.to_owned(), Value::Array(left));
        if !values.is_empty() && !map_members(schema, values) {
            schema.shift_remove("discriminator");
            let detail = "members in place have no value of their own for its property";
            self.report
                .warn_keyword(Code::KeywordIgnored, trail, "discriminator", detail);
        }
    }

    /// Moves names in `required` beside a union, of which the properties are those of members, to
    /// these members.
    fn spread_required(
        &mut self,
        schema: &mut Map<String, Value>,
        members: &mut [Value],
        trail: &Trail<'_>,
    ) {
        let Some(Value::Array(names)) = schema.shift_remove("required") else {
            return;
        };
        let properties = schema.get("properties").and_then(Value::as_object);
        let is_own = |name: &Value| {
            properties.is_some_and(|it| name.as_str().is_some_and(|n| it.contains_key(n)))
        };
        let (own, others): (Vec<Value>, Vec<Value>) = names.into_iter().partition(is_own);
        let mut lost: Vec<String> = Vec::new();
        for name in others {
            let mut is_everywhere = true;
            for member in members.iter_mut().filter(|member| !is_null(member)) {
                is_everywhere &= require_property(member, &name);
            }
            if !is_everywhere {
                lost.push(name.to_string());
            }
        }
        if !lost.is_empty() {
            let detail = format!("no property of each member: {}", lost.join(", "));
            self.report
                .warn_keyword(Code::KeywordIgnored, trail, "required", detail);
        }
        if !own.is_empty() {
            schema.insert("required".to_owned(), Value::Array(own));
        }
    }

    /// Moves the properties beside a union, which each member has, to a component.
    fn move_base(&mut self, schema: &mut Map<String, Value>, owner: &SpecPath) -> Option<String> {
        let mut properties = schema.shift_remove("properties")?;
        let required = schema.shift_remove("required");
        let above = owner.child("properties");
        let all = properties.as_object_mut().filter(|all| !all.is_empty())?;
        for (key, property) in all {
            if reference_target(property).is_none() && property.get(ORIGIN).is_none() {
                mark_origin(property, &above.child(key));
            }
        }
        let mut own = Map::new();
        own.insert("type".to_owned(), Value::from("object"));
        own.insert("properties".to_owned(), properties);
        own.extend(required.map(|required| ("required".to_owned(), required)));
        let name = self.free_name(&format!("{}_base", owner_name(owner)));
        self.add_component(name.clone(), Value::Object(own), owner);
        self.bases.push(name.clone());
        Some(name)
    }

    /// Adds a component whose content comes from a place. Its own unions are handled here, because
    /// the caller does not see it any more.
    fn add_component(&mut self, name: String, mut schema: Value, at: &SpecPath) {
        // The name is taken while the unions inside are handled.
        self.moved.insert(name.clone(), Value::Null);
        visit_component(&mut schema, &Trail::at_pointer(at), |inner, _, trail| {
            self.move_members(inner, trail);
        });
        mark_origin(&mut schema, at);
        self.report.note_made(&name, at.clone());
        self.moved.insert(name, schema);
    }

    /// A name that no component has, neither before nor among those that were moved.
    fn free_name(&mut self, wanted: &str) -> String {
        let clean = unique_name(wanted, &Map::new());
        let next = self.numbers.entry(clean.clone()).or_insert(1);
        loop {
            let name = match *next {
                1 => clean.clone(),
                number => format!("{clean}_{number}"),
            };
            *next += 1;
            if !self.schemas.contains_key(&name) && !self.moved.contains_key(&name) {
                return name;
            }
        }
    }

    /// The only value of a property of a member, which may refer to a component.
    fn fixed_value(&self, member: &Value, property: &str) -> Option<String> {
        let schema = member.get("properties")?.get(property)?;
        let target = reference_target(schema).and_then(schema_name);
        let schema = target.map_or(Some(schema), |name| self.schemas.get(name))?;
        constant_text(schema).map(str::to_owned)
    }
}

/// Whether a member says that the value may be null, and no more.
fn says_null(member: &Value) -> bool {
    is_null(member) || is_null_object(member)
}

/// Removes `nullable` of the members in place; whether one had it.
fn take_null(members: &mut [Value]) -> bool {
    let mut is_nullable = false;
    for member in members.iter_mut().filter(|it| is_object_in_place(it)) {
        let removed = member
            .as_object_mut()
            .and_then(|map| map.shift_remove("nullable"));
        is_nullable |= removed == Some(Value::Bool(true));
    }
    is_nullable
}

/// Requires a property of a member; `false` if it has none of that name.
fn require_property(member: &mut Value, name: &Value) -> bool {
    let properties = member.get("properties").and_then(Value::as_object);
    let key = name.as_str().unwrap_or_default();
    if !properties.is_some_and(|properties| properties.contains_key(key)) {
        return false;
    }
    if let Value::Object(map) = member {
        let required = map.entry("required");
        let required = required.or_insert_with(|| Value::Array(Vec::new()));
        if let Value::Array(required) = required {
            if !required.contains(name) {
                required.push(name.clone());
            }
        }
    }
    true
}

/// The property whose value is the discriminator of a union.
fn discriminating_property(schema: &Map<String, Value>) -> Option<String> {
    let name = schema.get("discriminator")?.get("propertyName")?;
    name.as_str().map(str::to_owned)
}

/// Maps the values of a discriminator to the components of moved members. `false` if a member has
/// no value, or one that is mapped already.
fn map_members(schema: &mut Map<String, Value>, values: Vec<(Option<String>, String)>) -> bool {
    let discriminator = schema.get_mut("discriminator");
    let Some(discriminator) = discriminator.and_then(Value::as_object_mut) else {
        return false;
    };
    let mapping = discriminator.entry("mapping");
    let mapping = mapping.or_insert_with(|| Value::Object(Map::new()));
    let Value::Object(mapping) = mapping else {
        return false;
    };
    for (value, name) in values {
        let Some(value) = value.filter(|value| !mapping.contains_key(value)) else {
            return false;
        };
        let target = format!("#/components/schemas/{name}");
        mapping.insert(value, Value::from(target));
    }
    true
}

fn mark_origin(schema: &mut Value, at: &SpecPath) {
    if let Value::Object(map) = schema {
        map.insert(ORIGIN.to_owned(), Value::from(at.as_str()));
    }
}

/// The keyword of the union, if its members can be moved: there is one union, and beside it are no
/// keywords that members elsewhere would have to take over.
fn only_union(schema: &Map<String, Value>) -> Option<&'static str> {
    let (key, other) = match schema.contains_key("oneOf") {
        true => ("oneOf", "anyOf"),
        false => ("anyOf", "oneOf"),
    };
    let members = schema.get(key).and_then(Value::as_array)?;
    let has_own = schema.contains_key("properties") || schema.contains_key("required");
    let is_clear = !schema.contains_key(other) && !schema.contains_key("allOf");
    let are_in_place = !has_own || members.iter().all(is_object_in_place);
    (is_clear && are_in_place && is_union_of_objects(members)).then_some(key)
}

/// Adds the component of the properties beside a union to a member. It stands last, so that the
/// places of other members of `allOf` stay.
fn extend_base(member: &mut Value, base: &str) {
    if let Value::Object(map) = member {
        let all = map.entry("allOf");
        let all = all.or_insert_with(|| Value::Array(Vec::new()));
        if let Value::Array(all) = all {
            all.push(schema_reference(base));
        }
    }
}

/// Whether there are two members or more besides null that differ in more than annotations, all of
/// them references or objects.
fn is_union_of_objects(members: &[Value]) -> bool {
    let others = || members.iter().filter(|member| !says_null(member));
    let is_object =
        |member: &Value| reference_target(member).is_some() || is_object_in_place(member);
    others().all(is_object) && others().map(plain_text).collect::<HashSet<_>>().len() > 1
}

/// Whether a schema says which properties an object has.
fn is_object_in_place(member: &Value) -> bool {
    let kind = member.get("type").map(Value::as_str);
    let has_properties = member
        .get("properties")
        .and_then(Value::as_object)
        .is_some_and(|properties| !properties.is_empty());
    reference_target(member).is_none()
        && has_properties
        && matches!(kind, None | Some(Some("object")))
}

/// What a member is called: its title, the only value of one of its properties, or its number.
fn member_name(member: &Value, index: usize) -> String {
    let title = member.get("title").and_then(Value::as_str);
    let title = title.filter(|title| title.chars().any(|c| c.is_ascii_alphanumeric()));
    let properties = member.get("properties").and_then(Value::as_object);
    let constant = || properties?.values().find_map(constant_text);
    match title.or_else(constant) {
        Some(name) => name.to_owned(),
        None => format!("option{}", index + 1),
    }
}

/// What the place of a member is called: the names of the component or operation and of properties.
fn owner_name(at: &SpecPath) -> String {
    let mut segments = at.segments();
    let mut names: Vec<String> = Vec::new();
    while let Some(segment) = segments.next() {
        let (skipped, named) = match &*segment {
            // `components/schemas/…` or those of another kind.
            "components" => (1, 1),
            "paths" => (0, 2),
            "properties" => (0, 1),
            _ => (0, 0),
        };
        names.extend(segments.by_ref().take(skipped + named).skip(skipped));
    }
    names.join("_")
}
