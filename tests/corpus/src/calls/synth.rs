//! Values that schemas describe, for responses without a documented example.

use serde_json::{Map, Value, json};

use super::document::Document;
use super::schema::type_names;

/// Text without a format.
const TEXT: &str = "text";
/// Schemas in schemas.
const MAX_DEPTH: usize = 16;

/// What leads to a schema.
#[derive(Clone, Debug, Default)]
struct Within {
    /// The references, and an empty text for each member and element.
    references: Vec<String>,
    /// The members that a schema of the same value requires.
    required: Vec<String>,
}

impl Within {
    /// What leads to the value of a member or element.
    fn inner(&self) -> Self {
        let mut references = self.references.clone();
        references.push(String::new());
        Self {
            references,
            required: Vec::new(),
        }
    }
}

/// Makes values of the schemas of a document.
#[derive(Clone, Copy, Debug)]
pub struct Synthesizer<'a> {
    /// The document.
    pub document: &'a Document,
    /// Objects with all members; otherwise only with those that are required, lists are as short as
    /// possible, and what may be `null` is.
    pub everything: bool,
}

impl Synthesizer<'_> {
    /// A value; `None` if each would contain itself.
    pub fn make_value(&self, schema: &Value) -> Option<Value> {
        self.value(schema, &mut Within::default())
    }

    fn value(&self, schema: &Value, within: &mut Within) -> Option<Value> {
        if within.references.len() > MAX_DEPTH {
            return None;
        }
        if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
            if within.references.iter().any(|outer| outer == reference) {
                return None;
            }
            within.references.push(reference.to_owned());
            let value = self.value(self.document.resolve(schema), within);
            within.references.pop();
            return value;
        }
        let empty = Map::new();
        let stated = schema.as_object().unwrap_or(&empty);
        if let Some(constant) = stated.get("const") {
            return Some(constant.clone());
        }
        if !self.everything && may_be_null(stated) {
            return Some(Value::Null);
        }
        let listed = stated.get("enum").and_then(Value::as_array);
        if let Some(first) = listed.and_then(|all| all.iter().find(|value| !value.is_null())) {
            return Some(first.clone());
        }
        // Otherwise this is a member of `allOf`, and others may have what is missing.
        let is_whole = within.required.is_empty();
        let mut within = within.clone();
        self.add_required(schema, &mut within.required, 0);
        let own = || self.own_value(stated, within.clone());
        let mut value = match self.combined_value(stated, &mut within.clone()) {
            None => own(),
            Some(None) => None,
            Some(Some(Value::Object(mut members))) => {
                if let Some(Value::Object(own)) = own() {
                    members.extend(own);
                }
                Some(Value::Object(members))
            }
            Some(value) => value,
        };
        let is_open = stated.get("additionalProperties") != Some(&Value::Bool(false));
        if let (Some(Value::Object(members)), true) = (&mut value, is_whole && is_open) {
            for name in within.required {
                // Required, and not described.
                members.entry(name).or_insert_with(|| json!(TEXT));
            }
        }
        value
    }

    /// The members that a schema requires itself or through `allOf`.
    fn add_required(&self, schema: &Value, required: &mut Vec<String>, depth: usize) {
        if depth > MAX_DEPTH {
            return;
        }
        let schema = self.document.resolve(schema);
        let names = schema["required"].as_array().into_iter().flatten();
        required.extend(names.filter_map(|name| Some(name.as_str()?.to_owned())));
        for member in schema["allOf"].as_array().into_iter().flatten() {
            self.add_required(member, required, depth + 1);
        }
    }

    /// The value of `allOf`, or of the first member of a union that has one.
    fn combined_value(
        &self,
        stated: &Map<String, Value>,
        within: &mut Within,
    ) -> Option<Option<Value>> {
        let members = |keyword: &str| stated.get(keyword).and_then(Value::as_array);
        let mut found: Option<Option<Value>> = None;
        for member in members("allOf").into_iter().flatten() {
            let value = self.value(member, within);
            found = Some(match (found, value) {
                (Some(Some(Value::Object(mut one))), Some(Value::Object(other))) => {
                    one.extend(other);
                    Some(Value::Object(one))
                }
                (Some(Some(Value::Object(one))), Some(_)) => Some(Value::Object(one)),
                (Some(None), _) | (_, None) => None,
                (_, value) => value,
            });
        }
        let union = members("oneOf").or_else(|| members("anyOf"));
        let Some(union) = union else {
            return found;
        };
        let of_union = union.iter().find_map(|member| {
            let value = self
                .value(member, within)
                .filter(|value| !value.is_null())?;
            Some(self.with_discriminator(stated, member, value))
        });
        Some(match (found, of_union) {
            (Some(Some(Value::Object(mut one))), Some(Value::Object(other))) => {
                one.extend(other);
                Some(Value::Object(one))
            }
            (_, value) => value,
        })
    }

    /// The member of a union with the value of the discriminator.
    fn with_discriminator(
        &self,
        stated: &Map<String, Value>,
        member: &Value,
        mut value: Value,
    ) -> Value {
        let discriminator = stated.get("discriminator").unwrap_or(&Value::Null);
        let reference = member["$ref"].as_str();
        let name = discriminator["propertyName"].as_str();
        let (Some(name), Some(reference), Some(members)) = (name, reference, value.as_object_mut())
        else {
            return value;
        };
        let last = reference.rsplit('/').next().unwrap_or_default();
        let mapping = discriminator["mapping"].as_object().into_iter().flatten();
        let mut mapped = mapping.filter(|(_, target)| *target == reference || *target == last);
        let tag = mapped.next().map(|(tag, _)| tag.as_str());
        // Without a mapping the member may state the value itself.
        if tag.is_some() || members.get(name).is_none_or(|value| value == TEXT) {
            members.insert(name.to_owned(), json!(tag.unwrap_or(last)));
        }
        value
    }

    /// The value that the schema describes apart from combinations.
    fn own_value(&self, stated: &Map<String, Value>, mut within: Within) -> Option<Value> {
        let names = type_names(stated);
        let first = names.iter().find(|name| **name != "null");
        let kind = match first {
            Some(name) => *name,
            None if stated.contains_key("properties") => "object",
            None if stated.contains_key("additionalProperties") => "object",
            None if stated.contains_key("items") => "array",
            None if stated.contains_key("minimum") || stated.contains_key("maximum") => "number",
            None => "string",
        };
        match kind {
            "object" => self.object_value(stated, &mut within),
            "array" => self.array_value(stated, &mut within),
            "boolean" => Some(json!(true)),
            "integer" => Some(json!(whole_number(stated))),
            "number" => Some(number(stated)),
            _ => Some(json!(text_value(stated))),
        }
    }

    fn object_value(&self, stated: &Map<String, Value>, within: &mut Within) -> Option<Value> {
        let required = std::mem::take(&mut within.required);
        let is_required = |name: &str| required.iter().any(|one| one == name);
        let mut members = Map::new();
        let within = &mut within.inner();
        let properties = stated.get("properties").and_then(Value::as_object);
        for (name, schema) in properties.into_iter().flatten() {
            let is_hidden = self.document.resolve(schema)["writeOnly"] == true;
            if is_hidden || !self.everything && !is_required(name) {
                continue;
            }
            match self.value(schema, within) {
                Some(value) => drop(members.insert(name.clone(), value)),
                None if is_required(name) => return None,
                None => {}
            }
        }
        let further = stated
            .get("additionalProperties")
            .filter(|schema| schema.is_object());
        if let (true, Some(schema)) = (self.everything, further) {
            if let Some(value) = self.value(schema, within) {
                members.insert("key".to_owned(), value);
            }
        }
        Some(Value::Object(members))
    }

    fn array_value(&self, stated: &Map<String, Value>, within: &mut Within) -> Option<Value> {
        let least = stated.get("minItems").and_then(Value::as_u64).unwrap_or(0);
        let least = usize::try_from(least).ok()?;
        let number = least.max(usize::from(self.everything));
        let any = Value::Bool(true);
        let schema = stated.get("items").unwrap_or(&any);
        match self.value(schema, &mut within.inner()) {
            Some(item) => Some(Value::Array(vec![item; number])),
            None if least == 0 => Some(Value::Array(Vec::new())),
            None => None,
        }
    }
}

fn may_be_null(stated: &Map<String, Value>) -> bool {
    stated.get("nullable") == Some(&Value::Bool(true)) || type_names(stated).contains(&"null")
}

fn limit(stated: &Map<String, Value>, name: &str) -> Option<f64> {
    stated.get(name).and_then(Value::as_f64)
}

/// 7, or a limit if 7 is outside of it.
fn whole_number(stated: &Map<String, Value>) -> i64 {
    let least = stated.get("minimum").and_then(Value::as_i64);
    let most = stated.get("maximum").and_then(Value::as_i64);
    7.max(least.unwrap_or(7)).min(most.unwrap_or(i64::MAX))
}

fn number(stated: &Map<String, Value>) -> Value {
    let least = limit(stated, "minimum").unwrap_or(1.5);
    let most = limit(stated, "maximum").unwrap_or(f64::MAX);
    json!(1.5_f64.max(least).min(most))
}

fn text_value(stated: &Map<String, Value>) -> String {
    let format = stated
        .get("format")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let text = match format {
        "date-time" => "2026-01-02T03:04:05Z",
        "date" => "2026-01-02",
        "time" => "03:04:05Z",
        "uuid" => "c0a80121-7ac0-4b1c-8d0d-0f0e0d0c0b0a",
        "email" => "name@corpus.test",
        "uri" | "url" => "https://corpus.test/",
        "byte" => "Y29ycHVz",
        "ipv4" => "127.0.0.1",
        "ipv6" => "::1",
        "decimal" => "1.50",
        "int32" | "int64" => "7",
        _ => TEXT,
    };
    let least = stated.get("minLength").and_then(Value::as_u64).unwrap_or(0);
    let least = usize::try_from(least).unwrap_or(0).min(1000);
    let missing = least.saturating_sub(text.len());
    format!(
        "{text}{}",
        "x".repeat(if format.is_empty() { missing } else { 0 })
    )
}
