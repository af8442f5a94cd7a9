//! Objects from the schema of a response, with what requests say about them.

use serde_json::{Map, Value, json};

use crate::clock::{IdGenerator, format_time};
use crate::document::{ApiDocument, union_members};
use crate::json_value::set_member;

/// Bounds documents that require infinite nesting.
const MAX_DEPTH: usize = 30;

/// Booleans that are true in a new object.
const TRUE_FLAGS: [&str; 6] = [
    "active",
    "charges_enabled",
    "details_submitted",
    "enabled",
    "payouts_enabled",
    "valid",
];

/// Values of enums that a new object has, by precedence.
const FIRST_VALUES: [&str; 16] = [
    "requires_payment_method",
    "draft",
    "open",
    "needs_response",
    "requires_capture",
    "pending",
    "active",
    "enabled",
    "processing",
    "available",
    "created",
    "none",
    "automatic",
    "unspecified",
    "card",
    "succeeded",
];

/// Makes objects that conform to schemas.
#[derive(Debug)]
pub(crate) struct Synthesis<'s> {
    pub(crate) document: &'s ApiDocument,
    pub(crate) ids: &'s mut IdGenerator,
    pub(crate) now: i64,
}

impl Synthesis<'_> {
    /// An object with the required members of a schema, and empty metadata if it can have some.
    pub(crate) fn new_object(&mut self, schema: &Value) -> Value {
        let mut object = self.value_of(schema, "", 0);
        let schema = self.document.resolve_schema(schema);
        let metadata = &schema["properties"]["metadata"];
        if metadata.is_object() && object["metadata"].is_null() {
            set_member(&mut object, "metadata", json!({}));
        }
        object
    }

    fn value_of(&mut self, schema: &Value, name: &str, depth: usize) -> Value {
        if depth > MAX_DEPTH || (schema["nullable"] == true && depth > 0) {
            return Value::Null;
        }
        let schema = self.document.resolve_schema(schema);
        if let Some(members) = union_members(schema) {
            return self.union_of(members, name, depth);
        }
        if let Some(values) = schema["enum"].as_array().filter(|v| !v.is_empty()) {
            let preferred = FIRST_VALUES
                .iter()
                .find_map(|first| values.iter().find(|value| *value == first));
            return preferred.unwrap_or(&values[0]).clone();
        }
        match schema["type"].as_str() {
            Some("object") => self.object_of(schema, name, depth),
            Some("array") => json!([]),
            Some("integer") if schema["format"] == "unix-time" => json!(self.now),
            Some("integer" | "number") => json!(0),
            Some("boolean") => json!(TRUE_FLAGS.contains(&name)),
            _ => self.text_of(schema, name),
        }
    }

    /// The id, if the schema is that of an expandable field.
    fn union_of(&mut self, members: &[Value], name: &str, depth: usize) -> Value {
        let is_id = members.iter().any(|member| {
            let is_enum = member["enum"].is_array();
            member["type"] == "string" && !is_enum
        });
        if is_id {
            let tags = members
                .iter()
                .flat_map(|member| self.document.tags_of_schema(member));
            let tag = tags.into_iter().next();
            let prefix = tag.as_deref().unwrap_or(name);
            return json!(self.ids.new_id(self.document.id_prefix(prefix)));
        }
        self.value_of(&members[0], name, depth + 1)
    }

    fn object_of(&mut self, schema: &Value, name: &str, depth: usize) -> Value {
        let mut object = Map::new();
        let tag = schema["properties"]["object"]["enum"][0].as_str();
        let owner = tag.unwrap_or(name);
        let required = schema["required"].as_array().cloned().unwrap_or_default();
        for name in required.iter().filter_map(Value::as_str) {
            let property = &schema["properties"][name];
            let value = match name {
                "id" if property["enum"].is_null() => {
                    json!(self.ids.new_id(self.document.id_prefix(owner)))
                }
                _ => self.value_of(property, name, depth + 1),
            };
            object.insert(name.to_owned(), value);
        }
        Value::Object(object)
    }

    fn text_of(&mut self, schema: &Value, name: &str) -> Value {
        if let Some(pattern) = schema["pattern"].as_str() {
            return json!(pattern.trim_start_matches('^').replace("[^/]+", "none"));
        }
        match schema["format"].as_str() {
            Some("date-time") => json!(format_time(self.now)),
            Some("decimal" | "int64") => json!("0"),
            Some("currency") => json!("usd"),
            _ if name.ends_with("currency") => json!("usd"),
            _ if name == "country" => json!("US"),
            _ if name.ends_with("url") => json!("https://example.com/"),
            _ if name.ends_with("secret") || name.ends_with("token") => {
                json!(self.ids.new_id("secret"))
            }
            _ if name == "fingerprint" => json!(self.ids.random_text(16)),
            _ => json!(""),
        }
    }

    /// Sets the members of `object` that parameters of the same name fit.
    pub(crate) fn overlay(&mut self, schema: &Value, object: &mut Value, params: &Value) {
        let schema = self.document.resolve_schema(schema);
        for (name, value) in params.as_object().into_iter().flatten() {
            let property = &schema["properties"][name.as_str()];
            let is_fixed = matches!(name.as_str(), "object" | "created" | "livemode");
            if !property.is_object() || is_fixed {
                continue;
            }
            if name == "metadata" {
                merge_metadata(object, value);
                continue;
            }
            let before = object[name.as_str()].clone();
            if let Some(value) = self.fit_value(property, value, &before, 0) {
                set_member(object, name, value);
            }
        }
    }

    /// A parameter as the member of an object, if its type fits. Objects keep the members that the
    /// parameter does not have.
    fn fit_value(
        &mut self,
        schema: &Value,
        value: &Value,
        before: &Value,
        depth: usize,
    ) -> Option<Value> {
        if depth > MAX_DEPTH {
            return None;
        }
        let is_cleared = value == "" || value.is_null();
        if is_cleared && schema["nullable"] == true {
            return Some(Value::Null);
        }
        let schema = self.document.resolve_schema(schema);
        if let Some(members) = union_members(schema) {
            return members
                .iter()
                .find_map(|member| self.fit_value(member, value, before, depth + 1));
        }
        if is_cleared && schema["nullable"] == true {
            return Some(Value::Null);
        }
        if let Some(values) = schema["enum"].as_array() {
            return values.contains(value).then(|| value.clone());
        }
        match (schema["type"].as_str(), value) {
            (Some("object"), Value::Object(_)) => self.fit_object(schema, value, before, depth),
            (Some("array"), Value::Array(items)) => items
                .iter()
                .map(|item| self.fit_value(&schema["items"], item, &Value::Null, depth + 1))
                .collect::<Option<Vec<_>>>()
                .map(Value::Array),
            (Some("integer"), Value::Number(number)) if !number.is_f64() => Some(value.clone()),
            (Some("number"), Value::Number(_)) | (Some("boolean"), Value::Bool(_)) => {
                Some(value.clone())
            }
            (Some("string"), Value::String(_)) => Some(value.clone()),
            (Some("string"), Value::Number(number)) if schema["format"] == "decimal" => {
                Some(json!(number.to_string()))
            }
            _ => None,
        }
    }

    fn fit_object(
        &mut self,
        schema: &Value,
        value: &Value,
        before: &Value,
        depth: usize,
    ) -> Option<Value> {
        let members = value.as_object()?;
        let mut object = match before.is_object() {
            true => before.clone(),
            false => self.object_of(schema, "", depth + 1),
        };
        // A list has pages; parameters with members of it are no list.
        if schema["properties"]["has_more"].is_object() {
            return None;
        }
        for (name, member) in members {
            let property = match &schema["properties"][name.as_str()] {
                Value::Null => &schema["additionalProperties"],
                property => property,
            };
            if !property.is_object() {
                continue;
            }
            let before = object[name.as_str()].clone();
            if let Some(member) = self.fit_value(property, member, &before, depth + 1) {
                set_member(&mut object, name, member);
            }
        }
        Some(object)
    }
}

/// Merges by key: an empty value removes its key, an empty text all of them.
pub(crate) fn merge_metadata(object: &mut Value, changes: &Value) {
    let mut metadata = object["metadata"].as_object().cloned().unwrap_or_default();
    match changes.as_object() {
        None => metadata.clear(),
        Some(changes) => {
            for (key, value) in changes {
                if value == "" || value.is_null() {
                    metadata.shift_remove(key);
                } else {
                    metadata.insert(key.clone(), value.clone());
                }
            }
        }
    }
    set_member(object, "metadata", Value::Object(metadata));
}
