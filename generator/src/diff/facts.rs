//! What a document says about each place on the wire, read from the document itself.
//!
//! This reader shares nothing with the stages that make a crate, so that it can tell a change of
//! the document from one that the generator made.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::place::WirePlace;
use crate::diag::SpecPath;

/// What a document says about one place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WireFact {
    /// Types and formats, with lists and maps around them; the values of enums are apart.
    pub shape: BTreeSet<String>,
    /// The values of an enum.
    pub values: BTreeSet<String>,
    /// Always there and never null.
    pub required: bool,
    /// An empty text clears it.
    pub clearable: bool,
    /// Maximum length of the text.
    pub max_length: Option<u64>,
    /// Where the document describes it.
    pub pointer: SpecPath,
}

impl WireFact {
    /// Whether another document says the same, wherever it says it.
    pub(super) fn says_same(&self, other: &Self) -> bool {
        let Self {
            shape,
            values,
            required,
            clearable,
            max_length,
            pointer: _,
        } = self;
        *shape == other.shape
            && *values == other.values
            && (*required, *clearable) == (other.required, other.clearable)
            && *max_length == other.max_length
    }
}

/// The facts of a document by place.
#[derive(Debug, Default)]
pub struct WireFacts {
    places: BTreeMap<WirePlace, WireFact>,
}

/// Maximum number of steps of a place.
const MAX_DEPTH: usize = 16;

impl WireFacts {
    /// Reads a document. The component of the error object is a place of its own.
    pub fn read_document(document: &Value, error_component: Option<&str>) -> Self {
        let mut reader = FactReader {
            document,
            facts: Self::default(),
            open: Vec::new(),
        };
        reader.read_operations();
        reader.read_objects(error_component);
        reader.facts
    }

    /// What the document says about a place; `None` if it does not have it.
    pub fn fact_at(&self, place: &WirePlace) -> Option<&WireFact> {
        self.places.get(place)
    }

    /// All places with their facts.
    pub(super) fn all_places(&self) -> impl Iterator<Item = (&WirePlace, &WireFact)> {
        self.places.iter()
    }

    /// A place and everything below it.
    pub(super) fn facts_below<'a>(
        &'a self,
        place: &'a WirePlace,
    ) -> impl Iterator<Item = (&'a WirePlace, &'a WireFact)> {
        // What follows a root begins with the root itself.
        let own = self.places.get_key_value(place);
        let own = own.filter(|_| place.depth() > 0);
        let below = self.places.range(place.child("")..);
        let below = below.take_while(|(other, _)| other.is_within(place));
        own.into_iter().chain(below)
    }

    /// Whether an operation takes a parameter that is required.
    pub(super) fn requires_params(&self, operation: &WirePlace) -> bool {
        let mut all = self.facts_below(operation);
        all.any(|(place, fact)| fact.required && place.depth() == 1)
    }
}

struct FactReader<'a> {
    document: &'a Value,
    facts: WireFacts,
    /// Components that are being walked.
    open: Vec<&'a str>,
}

/// A schema, where it stands, and what surrounds it.
struct SchemaAt<'a, 's> {
    schema: &'a Value,
    at: SpecPath,
    required: bool,
    /// The lists and maps around it.
    around: &'s str,
}

impl<'a> FactReader<'a> {
    fn read_operations(&mut self) {
        let at = SpecPath::root().child("paths");
        let paths = self.document.get("paths").and_then(Value::as_object);
        for (path, item) in paths.into_iter().flatten() {
            let methods = item.as_object().into_iter().flatten();
            for (method, operation) in methods {
                if operation.get("operationId").is_some() {
                    let at = at.child(path).child(method);
                    self.read_operation(&method.to_uppercase(), path, operation, &at);
                }
            }
        }
    }

    fn read_operation(&mut self, method: &str, path: &str, operation: &'a Value, at: &SpecPath) {
        let place = WirePlace::parameters(method, path);
        self.fact_mut(&place, at);
        let parameters = operation.get("parameters").and_then(Value::as_array);
        for (index, parameter) in parameters.into_iter().flatten().enumerate() {
            let name = parameter.get("name").and_then(Value::as_str);
            let is_query = parameter.get("in").is_some_and(|place| place == "query");
            if let (Some(name), Some(schema), true) = (name, parameter.get("schema"), is_query) {
                let parameter_at = at.child("parameters").item(index);
                let schema_at = SchemaAt {
                    schema,
                    at: parameter_at,
                    required: parameter.get("required") == Some(&Value::Bool(true)),
                    around: "",
                };
                self.read_schema(&place.child(name), &schema_at);
            }
        }
        let body_at = at.child("requestBody");
        if let Some((schema, at)) = content_schema(operation.get("requestBody"), &body_at) {
            self.read_fields(&place, schema, &at);
        }
        let responses = operation.get("responses").and_then(Value::as_object);
        let success = responses
            .into_iter()
            .flatten()
            .find(|(code, _)| code.starts_with('2'));
        if let Some((code, response)) = success {
            let response_at = at.child("responses").child(code);
            let place = WirePlace::response(method, path);
            match content_schema(Some(response), &response_at) {
                Some((schema, at)) => {
                    let schema_at = SchemaAt {
                        schema,
                        at,
                        required: true,
                        around: "",
                    };
                    self.read_schema(&place, &schema_at);
                }
                None => drop(self.fact_mut(&place, &response_at)),
            }
        }
    }

    fn read_objects(&mut self, error_component: Option<&str>) {
        let at = SpecPath::root().child("components").child("schemas");
        let components = self.document.pointer("/components/schemas");
        let components = components.and_then(Value::as_object).into_iter().flatten();
        for (name, schema) in components {
            let place = match object_tag(schema) {
                Some((tag, deleted)) => WirePlace::tagged_object(tag, deleted),
                None if error_component == Some(name) => WirePlace::error_object(name),
                None => continue,
            };
            let at = at.child(name);
            self.open.push(name);
            let fact = self.fact_mut(&place, &at);
            fact.shape.insert("object".to_owned());
            self.read_fields(&place, schema, &at);
            self.open.pop();
        }
    }

    fn read_fields(&mut self, place: &WirePlace, schema: &'a Value, at: &SpecPath) {
        let required: BTreeSet<&str> = schema
            .get("required")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        let at = at.child("properties");
        let properties = schema.get("properties").and_then(Value::as_object);
        for (name, field) in properties.into_iter().flatten() {
            let schema_at = SchemaAt {
                schema: field,
                at: at.child(name),
                required: required.contains(name.as_str()),
                around: "",
            };
            self.read_schema(&place.child(name), &schema_at);
        }
    }

    /// Adds what a schema says about a place.
    fn read_schema(&mut self, place: &WirePlace, schema_at: &SchemaAt<'a, '_>) {
        if place.depth() > MAX_DEPTH {
            return;
        }
        let SchemaAt {
            schema,
            at,
            required,
            around,
        } = schema_at;
        let is_null = schema.get("nullable") == Some(&Value::Bool(true));
        let fact = self.fact_mut(place, at);
        if around.is_empty() {
            fact.required |= required & !is_null;
        }
        if let Some(name) = component_name(schema) {
            self.read_component(place, name, around);
            return;
        }
        if let Some(members) = schema.get("anyOf").and_then(Value::as_array) {
            for (index, member) in members.iter().enumerate() {
                let is_clear = member.get("enum") == Some(&Value::Array(vec![Value::from("")]));
                if is_clear {
                    self.fact_mut(place, at).clearable = true;
                    continue;
                }
                let member_at = SchemaAt {
                    schema: member,
                    at: at.child("anyOf").item(index),
                    required: *required && !is_null,
                    around,
                };
                self.read_schema(place, &member_at);
            }
            return;
        }
        let kind = schema.get("type").and_then(Value::as_str).unwrap_or("any");
        match kind {
            "array" => {
                if let Some(items) = schema.get("items") {
                    let around = format!("{around}list of ");
                    self.read_inner(place, items, at.child("items"), &around);
                }
            }
            "object" => self.read_object(place, schema_at),
            _ => self.read_scalar(place, schema_at, kind),
        }
    }

    /// The items of a list, or the values of a map.
    fn read_inner(&mut self, place: &WirePlace, schema: &'a Value, at: SpecPath, around: &str) {
        let schema_at = SchemaAt {
            schema,
            at,
            required: false,
            around,
        };
        self.read_schema(place, &schema_at);
    }

    fn read_object(&mut self, place: &WirePlace, schema_at: &SchemaAt<'a, '_>) {
        let SchemaAt {
            schema, at, around, ..
        } = schema_at;
        if schema.get("properties").is_none() {
            if let Some(values) = schema.get("additionalProperties").filter(|v| v.is_object()) {
                let around = format!("{around}map of ");
                self.read_inner(place, values, at.child("additionalProperties"), &around);
                return;
            }
        }
        self.add_shape(place, at, format!("{around}object"));
        self.read_fields(place, schema, at);
    }

    fn read_scalar(&mut self, place: &WirePlace, schema_at: &SchemaAt<'a, '_>, kind: &str) {
        let SchemaAt {
            schema, at, around, ..
        } = schema_at;
        let values = schema.get("enum").and_then(Value::as_array);
        let format = schema.get("format").and_then(Value::as_str).unwrap_or("");
        match values.filter(|_| kind == "string") {
            Some(values) => {
                let values = values.iter().filter_map(Value::as_str).map(str::to_owned);
                let fact = self.fact_mut(place, at);
                // Parameters that take the empty text in an enum are cleared by it.
                let (clear, values): (Vec<_>, Vec<_>) = values.partition(String::is_empty);
                fact.clearable |= !clear.is_empty();
                fact.values.extend(values);
                self.add_shape(place, at, format!("{around}enum"));
            }
            None => {
                let shape = format!("{around}{kind} {format}");
                self.add_shape(place, at, shape.trim_end().to_owned());
                let length = schema.get("maxLength").and_then(Value::as_u64);
                let fact = self.fact_mut(place, at);
                fact.max_length = fact.max_length.max(length);
            }
        }
    }

    fn read_component(&mut self, place: &WirePlace, name: &'a str, around: &str) {
        let at = SpecPath::root()
            .child("components")
            .child("schemas")
            .child(name);
        let Some(schema) = self.document.pointer(at.as_str()) else {
            return;
        };
        if let Some((tag, deleted)) = object_tag(schema) {
            let mark = if deleted { "deleted " } else { "" };
            self.add_shape(place, &at, format!("{around}tag {mark}{tag}"));
        } else if self.open.contains(&name) {
            self.add_shape(place, &at, format!("{around}object"));
        } else {
            self.open.push(name);
            self.read_inner(place, schema, at, around);
            self.open.pop();
        }
    }

    fn add_shape(&mut self, place: &WirePlace, at: &SpecPath, shape: String) {
        self.fact_mut(place, at).shape.insert(shape);
    }

    /// The fact of a place, which is described at `at` if nothing described it before.
    fn fact_mut(&mut self, place: &WirePlace, at: &SpecPath) -> &mut WireFact {
        let places = &mut self.facts.places;
        places.entry(place.clone()).or_insert_with(|| WireFact {
            pointer: at.clone(),
            ..WireFact::default()
        })
    }
}

/// The schema of the first content of a body or response.
fn content_schema<'a>(holder: Option<&'a Value>, at: &SpecPath) -> Option<(&'a Value, SpecPath)> {
    let content = holder?.get("content")?.as_object()?;
    let (kind, media) = content.iter().next()?;
    let at = at.child("content").child(kind).child("schema");
    Some((media.get("schema")?, at))
}

fn component_name(schema: &Value) -> Option<&str> {
    let reference = schema.get("$ref")?.as_str()?;
    reference.strip_prefix("#/components/schemas/")
}

/// The tag of an object, and whether it stands for a deleted one.
fn object_tag(schema: &Value) -> Option<(&str, bool)> {
    let values = schema.pointer("/properties/object/enum")?.as_array()?;
    let [only] = values.as_slice() else {
        return None;
    };
    let is_deleted = schema.pointer("/properties/deleted/enum").is_some();
    Some((only.as_str()?, is_deleted))
}
