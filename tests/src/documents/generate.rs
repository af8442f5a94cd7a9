//! From the schemas and the rules to the documents.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Map, Value, json};

use super::rules::{Rules, Shape};
use super::scalar;
use crate::schema_server::{self, DocumentError};

/// Why the documents cannot be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GenerateError {
    /// The API's document cannot be read.
    #[error(transparent)]
    Document(#[from] DocumentError),
    /// A rule is for something that the schemas do not have.
    #[error("{document}: the rules name {path}, which the schemas do not have")]
    UnknownPath {
        /// The component.
        document: String,
        /// The path.
        path: String,
    },
}

/// The documents: components and their texts.
///
/// # Errors
/// If the API's document cannot be read, or if it lacks what the rules name.
pub fn generate(
    specification: &Path,
    rules: &Rules,
) -> Result<Vec<(String, String)>, GenerateError> {
    let root = schema_server::load(specification)?;
    let mut documents = Vec::new();
    for (component, shape) in rules.documents() {
        let writer = Writer {
            schemas: &root["components"]["schemas"],
            rules,
            shape,
            seen: RefCell::default(),
        };
        let site = Site::root(component);
        let value = writer.value(&writer.schemas[component], &site);
        let seen = writer.seen.into_inner();
        if let Some(path) = shape.paths().find(|path| !seen.contains(*path)) {
            return Err(GenerateError::UnknownPath {
                document: component.to_owned(),
                path: path.to_owned(),
            });
        }
        documents.push((component.to_owned(), format!("{value:#}\n")));
    }
    Ok(documents)
}

/// A place in a document.
#[derive(Clone)]
struct Site<'d> {
    /// The names of the members that lead here, without indexes.
    path: String,
    /// The last of them.
    name: &'d str,
    /// The innermost component.
    component: &'d str,
    /// The index in the innermost array.
    index: usize,
}

impl<'d> Site<'d> {
    fn root(component: &'d str) -> Self {
        Self {
            path: String::new(),
            name: component,
            component,
            index: 0,
        }
    }

    fn member(&self, name: &'d str) -> Self {
        let path = match self.path.as_str() {
            "" => name.to_owned(),
            path => format!("{path}.{name}"),
        };
        Self {
            path,
            name,
            ..self.clone()
        }
    }
}

struct Writer<'d> {
    schemas: &'d Value,
    rules: &'d Rules,
    shape: &'d Shape,
    /// The paths that the schemas have.
    seen: RefCell<BTreeSet<String>>,
}

impl<'d> Writer<'d> {
    fn value(&self, schema: &'d Value, site: &Site<'d>) -> Value {
        if let Some(value) = self.shape.values.get(&site.path) {
            return value.clone();
        }
        if let Some(component) = schema["$ref"].as_str().and_then(component_name) {
            let site = Site {
                component,
                ..site.clone()
            };
            return self.value(&self.schemas[component], &site);
        }
        if let Some(members) = schema["anyOf"].as_array() {
            return self.union(members, site);
        }
        if let Some(first) = schema["enum"].get(0) {
            return first.clone();
        }
        match schema["type"].as_str() {
            Some("object") => self.object(schema, site),
            Some("array") => self.array(schema, site),
            Some("integer") => scalar::integer(schema, site.name),
            Some("boolean") => json!(false),
            Some("number") => json!(1.5),
            _ => json!(self.string(schema, site)),
        }
    }

    /// What can be expanded is an id, unless a rule names something within it.
    fn union(&self, members: &'d [Value], site: &Site<'d>) -> Value {
        let is_id = members.iter().any(|member| member["type"] == "string");
        let within = format!("{}.", site.path);
        let is_expanded = self.shape.paths().any(|path| path.starts_with(&within));
        let object = members.iter().find(|member| member["$ref"].is_string());
        match object {
            Some(object) if is_id && !is_expanded => {
                let component = object["$ref"].as_str().and_then(component_name);
                json!(scalar::id(self.rules, component.unwrap_or(site.name), 0))
            }
            Some(object) => self.value(object, site),
            None => self.value(&members[0], site),
        }
    }

    fn string(&self, schema: &Value, site: &Site<'_>) -> String {
        match site.name {
            "id" => scalar::id(self.rules, site.component, site.index),
            name if self.rules.id_form(name).is_some() => scalar::id(self.rules, name, 0),
            "url" => format!("/v1/{}s", site.component),
            name => scalar::string(schema, name),
        }
    }

    /// Its members in the document's order, after the two that the API sends first.
    fn object(&self, schema: &'d Value, site: &Site<'d>) -> Value {
        let required = schema["required"].as_array();
        let is_required = |name: &str| required.is_some_and(|all| all.iter().any(|r| r == name));
        let properties = schema["properties"].as_object();
        let is_first = |name: &str| matches!(name, "id" | "object");
        let all = || properties.into_iter().flatten();
        let first = all().filter(|(name, _)| is_first(name));
        let mut object = Map::new();
        for (name, member) in first.chain(all().filter(|(name, _)| !is_first(name))) {
            let at = site.member(name);
            self.seen.borrow_mut().insert(at.path.clone());
            let is_nullable = member["nullable"] == true;
            if self.shape.is_absent(&at.path) {
                continue;
            }
            if self.shape.is_named(&at.path) {
                object.insert(name.clone(), self.value(member, &at));
            } else if is_nullable {
                object.insert(name.clone(), Value::Null);
            } else if is_required(name) {
                object.insert(name.clone(), self.value(member, &at));
            }
        }
        if schema["additionalProperties"].is_object() {
            self.free_members(site, &mut object);
        }
        Value::Object(object)
    }

    /// Members whose names are the user's.
    fn free_members(&self, site: &Site<'d>, object: &mut Map<String, Value>) {
        let within = format!("{}.", site.path);
        for (path, value) in &self.shape.values {
            if let Some(name) = path.strip_prefix(&within) {
                self.seen.borrow_mut().insert(path.clone());
                object.insert(name.to_owned(), value.clone());
            }
        }
    }

    fn array(&self, schema: &'d Value, site: &Site<'d>) -> Value {
        let count = self.shape.counts.get(&site.path).copied();
        let item = |index| {
            let site = Site {
                index,
                ..site.clone()
            };
            self.value(&schema["items"], &site)
        };
        (0..count.unwrap_or_default()).map(item).collect()
    }
}

fn component_name(reference: &str) -> Option<&str> {
    reference.strip_prefix("#/components/schemas/")
}
