//! The facts of a document by place on the wire, read from the document itself.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// What a document says about one place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Fact {
    /// Types and formats, with lists and maps around them; values of enums are apart.
    pub(crate) shape: BTreeSet<String>,
    /// The values of an enum.
    pub(crate) values: BTreeSet<String>,
    pub(crate) required: bool,
    pub(crate) clearable: bool,
}

/// Facts by place: `in OPERATION/field/field` for parameters, `out OPERATION/field` for responses
/// and `tag TAG/field` for tagged objects.
#[derive(Debug, Default)]
pub(crate) struct Facts {
    places: BTreeMap<String, Fact>,
}

/// Maximum number of steps of a place.
const MAX_DEPTH: usize = 16;

impl Facts {
    /// Reads a document.
    pub(crate) fn read_document(text: &str) -> Result<Self, String> {
        let document: Value = serde_yaml::from_str(text).map_err(|error| error.to_string())?;
        let mut reader = Reader {
            document: &document,
            facts: Self::default(),
            open: Vec::new(),
        };
        reader.read_operations();
        reader.read_objects();
        Ok(reader.facts)
    }

    pub(crate) fn fact_at(&self, place: &str) -> Option<&Fact> {
        self.places.get(place)
    }

    /// A place and everything below it.
    pub(crate) fn facts_below(&self, place: &str) -> impl Iterator<Item = (&str, &Fact)> {
        let prefix = format!("{place}/");
        let own = self.places.get_key_value(place).into_iter();
        let rest = self.places.range(prefix.clone()..);
        let rest = rest.take_while(move |(place, _)| place.starts_with(&prefix));
        own.chain(rest).map(|(place, fact)| (place.as_str(), fact))
    }

    /// Whether an operation takes a parameter that is required.
    pub(crate) fn requires_params(&self, operation: &str) -> bool {
        let root = format!("in {operation}");
        let depth = root.matches('/').count() + 1;
        self.facts_below(&root)
            .any(|(place, fact)| fact.required && place.matches('/').count() == depth)
    }
}

/// A name without case, separators and the marks that keywords get.
pub(crate) fn plain_name(name: &str) -> String {
    let letters = name.trim_start_matches("r#").chars();
    let letters = letters.filter(|c| c.is_ascii_alphanumeric());
    letters.map(|c| c.to_ascii_lowercase()).collect()
}

struct Reader<'a> {
    document: &'a Value,
    facts: Facts,
    /// Components that are being walked.
    open: Vec<&'a str>,
}

impl<'a> Reader<'a> {
    fn read_operations(&mut self) {
        let paths = self.document.get("paths").and_then(Value::as_object);
        let operations = paths.into_iter().flatten().flat_map(|(_, item)| {
            let methods = item.as_object().into_iter().flatten();
            methods.filter(|(_, operation)| operation.get("operationId").is_some())
        });
        for (_, operation) in operations {
            let id = operation.get("operationId").and_then(Value::as_str);
            let Some(id) = id else { continue };
            let place = format!("in {id}");
            self.facts.places.insert(place.clone(), Fact::default());
            let parameters = operation.get("parameters").and_then(Value::as_array);
            for parameter in parameters.into_iter().flatten() {
                let name = parameter.get("name").and_then(Value::as_str);
                let is_query = parameter.get("in").is_some_and(|place| place == "query");
                if let (Some(name), Some(schema), true) = (name, parameter.get("schema"), is_query)
                {
                    let required = parameter.get("required") == Some(&Value::Bool(true));
                    let place = format!("{place}/{}", plain_name(name));
                    self.read_schema(&place, schema, required, "");
                }
            }
            if let Some(schema) = content_schema(operation.get("requestBody")) {
                self.read_fields(&place, schema);
            }
            let response = operation.pointer("/responses/200");
            if let Some(schema) = content_schema(response) {
                self.read_schema(&format!("out {id}"), schema, true, "");
            }
        }
    }

    fn read_objects(&mut self) {
        let components = self.document.pointer("/components/schemas");
        let components = components.and_then(Value::as_object).into_iter().flatten();
        for (name, schema) in components {
            if let Some(tag) = object_tag(schema) {
                self.open.push(name);
                let place = format!("tag {tag}");
                let fact = self.facts.places.entry(place.clone()).or_default();
                fact.shape.insert("object".to_owned());
                self.read_fields(&place, schema);
                self.open.pop();
            }
        }
    }

    fn read_fields(&mut self, place: &str, schema: &'a Value) {
        let required: BTreeSet<&str> = schema
            .get("required")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        let properties = schema.get("properties").and_then(Value::as_object);
        for (name, field) in properties.into_iter().flatten() {
            let place = format!("{place}/{}", plain_name(name));
            self.read_schema(&place, field, required.contains(name.as_str()), "");
        }
    }

    /// Adds what a schema says about a place; `around` are the lists and maps around it.
    fn read_schema(&mut self, place: &str, schema: &'a Value, required: bool, around: &str) {
        if place.matches('/').count() > MAX_DEPTH {
            return;
        }
        let is_null = schema.get("nullable") == Some(&Value::Bool(true));
        let fact = self.facts.places.entry(place.to_owned()).or_default();
        if around.is_empty() {
            fact.required |= required && !is_null;
        }
        if let Some(name) = component_name(schema) {
            self.read_component(place, name, around);
            return;
        }
        if let Some(members) = schema.get("anyOf").and_then(Value::as_array) {
            for member in members {
                let is_clear = member.get("enum") == Some(&Value::Array(vec![Value::from("")]));
                if is_clear {
                    self.fact_mut(place).clearable = true;
                } else {
                    self.read_schema(place, member, required && !is_null, around);
                }
            }
            return;
        }
        let kind = schema.get("type").and_then(Value::as_str).unwrap_or("any");
        match kind {
            "array" => {
                if let Some(items) = schema.get("items") {
                    self.read_schema(place, items, false, &format!("{around}list of "));
                }
            }
            "object" => self.read_object(place, schema, around),
            _ => self.read_scalar(place, schema, kind, around),
        }
    }

    fn read_object(&mut self, place: &str, schema: &'a Value, around: &str) {
        if schema.get("properties").is_none() {
            if let Some(values) = schema.get("additionalProperties").filter(|v| v.is_object()) {
                self.read_schema(place, values, false, &format!("{around}map of "));
                return;
            }
        }
        self.add_shape(place, format!("{around}object"));
        self.read_fields(place, schema);
    }

    fn read_scalar(&mut self, place: &str, schema: &Value, kind: &str, around: &str) {
        let values = schema.get("enum").and_then(Value::as_array);
        let format = schema.get("format").and_then(Value::as_str).unwrap_or("");
        match values.filter(|_| kind == "string") {
            Some(values) => {
                let values = values.iter().filter_map(Value::as_str);
                let values: Vec<String> = values.map(str::to_owned).collect();
                self.fact_mut(place).values.extend(values);
                self.add_shape(place, format!("{around}enum"));
            }
            None => self.add_shape(place, format!("{around}{kind} {format}")),
        }
    }

    fn read_component(&mut self, place: &str, name: &'a str, around: &str) {
        let path = format!(
            "/components/schemas/{}",
            name.replace('~', "~0").replace('/', "~1")
        );
        let Some(schema) = self.document.pointer(&path) else {
            return;
        };
        if let Some(tag) = object_tag(schema) {
            self.add_shape(place, format!("{around}tag {tag}"));
        } else if self.open.contains(&name) {
            self.add_shape(place, format!("{around}object"));
        } else {
            self.open.push(name);
            self.read_schema(place, schema, false, around);
            self.open.pop();
        }
    }

    fn add_shape(&mut self, place: &str, shape: String) {
        self.fact_mut(place).shape.insert(shape);
    }

    fn fact_mut(&mut self, place: &str) -> &mut Fact {
        self.facts.places.entry(place.to_owned()).or_default()
    }
}

fn content_schema(holder: Option<&Value>) -> Option<&Value> {
    let content = holder?.get("content")?.as_object()?;
    content.values().next()?.get("schema")
}

fn component_name(schema: &Value) -> Option<&str> {
    let reference = schema.get("$ref")?.as_str()?;
    reference.strip_prefix("#/components/schemas/")
}

/// The tag of an object, with a mark if the object is deleted.
fn object_tag(schema: &Value) -> Option<String> {
    let values = schema.pointer("/properties/object/enum")?.as_array()?;
    let [only] = values.as_slice() else {
        return None;
    };
    let is_deleted = schema.pointer("/properties/deleted/enum").is_some();
    let mark = if is_deleted { "deleted " } else { "" };
    Some(format!("{mark}{}", only.as_str()?))
}
