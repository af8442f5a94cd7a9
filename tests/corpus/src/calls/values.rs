//! Values of parameters: from text in a style to JSON.

use serde_json::{Map, Value};

use super::document::{Document, decode_percent};
use super::schema::{RAW_SAMPLE, type_names};

/// Names and values in their order, without percent-encoding.
pub type Pairs = Vec<(String, String)>;

/// Reads a query or the body of a form.
pub fn read_pairs(text: &str) -> Pairs {
    let parts = text.split('&').filter(|part| !part.is_empty());
    let decode = |text: &str| decode_percent(&text.replace('+', " "));
    let pairs = parts.map(|part| match part.split_once('=') {
        Some((name, value)) => (decode(name), decode(value)),
        None => (decode(part), String::new()),
    });
    pairs.collect()
}

/// How a parameter is written.
#[derive(Clone, Copy, Debug)]
pub struct Notation<'a> {
    /// The style.
    pub style: &'a str,
    /// Whether lists and objects are written as several values.
    pub explode: bool,
}

/// Reads values as their schemas describe them.
#[derive(Clone, Copy, Debug)]
pub struct ValueReader<'a> {
    /// The document.
    pub document: &'a Document,
}

impl ValueReader<'_> {
    /// The value of a text: a number or a boolean where the schema has one.
    pub fn read_scalar(&self, schema: &Value, text: &str) -> Value {
        let schema = self.document.resolve(schema);
        let as_text = || Value::String(text.to_owned());
        let Some(stated) = schema.as_object() else {
            return as_text();
        };
        for keyword in ["allOf", "anyOf", "oneOf"] {
            let members = stated.get(keyword).and_then(Value::as_array);
            let mut values = members.into_iter().flatten();
            let found = values.find_map(|member| {
                let value = self.read_scalar(member, text);
                (!value.is_string()).then_some(value)
            });
            if let Some(value) = found {
                return value;
            }
        }
        let read = |name: &str| match name {
            "integer" => text.parse::<i64>().ok().map(Value::from),
            "number" => text.parse::<f64>().ok().map(Value::from),
            "boolean" => text.parse::<bool>().ok().map(Value::from),
            _ => None,
        };
        type_names(stated)
            .into_iter()
            .find_map(read)
            .unwrap_or_else(as_text)
    }

    /// Whether the values of a schema have a type.
    pub fn has_type(&self, schema: &Value, name: &str) -> bool {
        let schema = self.document.resolve(schema);
        let Some(stated) = schema.as_object() else {
            return false;
        };
        let implied = match name {
            "array" => "items",
            _ => "properties",
        };
        let names = type_names(stated);
        let members = ["allOf", "anyOf", "oneOf"].into_iter();
        let members = members.filter_map(|keyword| stated.get(keyword)?.as_array());
        names.contains(&name)
            || names.is_empty() && stated.contains_key(implied)
            || members.flatten().any(|member| self.has_type(member, name))
    }

    /// The schema of the elements of a list.
    pub fn item_schema<'s>(&'s self, schema: &'s Value) -> &'s Value {
        let schema = self.document.resolve(schema);
        let unions = ["allOf", "anyOf", "oneOf"].into_iter();
        let mut members = unions.filter_map(|name| schema[name].as_array()).flatten();
        match schema.get("items") {
            Some(items) => items,
            None => members
                .find(|member| self.has_type(member, "array"))
                .map_or(&Value::Bool(true), |member| self.item_schema(member)),
        }
    }

    /// The properties of an object, with those of the schemas that it is combined from.
    pub fn properties<'s>(&'s self, schema: &'s Value) -> Vec<(&'s str, &'s Value)> {
        let schema = self.document.resolve(schema);
        let mut found: Vec<(&str, &Value)> = self.document.members(&schema["properties"]).collect();
        for keyword in ["allOf", "anyOf", "oneOf"] {
            let members = schema[keyword].as_array().into_iter().flatten();
            found.extend(members.flat_map(|member| self.properties(member)));
        }
        found
    }

    /// The schema of a member of an object.
    fn member_schema<'s>(&'s self, schema: &'s Value, name: &str) -> &'s Value {
        let mut properties = self.properties(schema).into_iter();
        let further = &self.document.resolve(schema)["additionalProperties"];
        properties
            .find(|(known, _)| *known == name)
            .map_or(further, |(_, schema)| schema)
    }

    /// Takes the value of a parameter out of the pairs of a query or form; `None` if it is not
    /// there.
    pub fn take_value(
        &self,
        pairs: &mut Pairs,
        name: &str,
        schema: &Value,
        notation: Notation<'_>,
    ) -> Option<Value> {
        let is_object = self.has_type(schema, "object");
        if notation.style == "deepObject" {
            return self.take_deep(pairs, name, schema);
        }
        let own = take_named(pairs, name);
        if own.is_empty() && is_object && notation.style == "form" && notation.explode {
            return self.take_members(pairs, schema);
        }
        let first = own.first()?;
        if first == RAW_SAMPLE {
            return Some(Value::from(RAW_SAMPLE));
        }
        if !self.has_type(schema, "array") {
            // Twice the same name is nothing that a schema without lists describes.
            return match own.as_slice() {
                [text] if is_object => Some(self.read_delimited_object(schema, text)),
                [text] => Some(self.read_scalar(schema, text)),
                _ => Some(Value::from(own)),
            };
        }
        let item = self.item_schema(schema);
        let separator = match notation.style {
            "spaceDelimited" => ' ',
            "pipeDelimited" => '|',
            _ => ',',
        };
        let texts: Vec<&str> = match (notation.explode, own.as_slice()) {
            (false, [text]) => text.split(separator).collect(),
            _ => own.iter().map(String::as_str).collect(),
        };
        let values = texts.into_iter().map(|text| self.read_scalar(item, text));
        Some(values.collect())
    }

    /// The members of an object, each of which is a pair of its own.
    fn take_members(&self, pairs: &mut Pairs, schema: &Value) -> Option<Value> {
        let mut members = Map::new();
        for (member, schema) in self.properties(schema) {
            // Objects in objects have no notation.
            let notation = Notation {
                style: "form",
                explode: !self.has_type(schema, "object"),
            };
            if let Some(value) = self.take_value(pairs, member, schema, notation) {
                members.insert(member.to_owned(), value);
            }
        }
        (!members.is_empty()).then_some(Value::Object(members))
    }

    /// The members of an object as `name[member]=value`.
    pub fn take_deep(&self, pairs: &mut Pairs, name: &str, schema: &Value) -> Option<Value> {
        let mut members: Map<String, Value> = Map::new();
        let is_own = |key: &str| -> Option<String> {
            let rest = key.strip_prefix(name)?.strip_prefix('[')?;
            Some(rest.strip_suffix(']')?.to_owned())
        };
        let (own, others): (Pairs, Pairs) = std::mem::take(pairs)
            .into_iter()
            .partition(|(key, _)| is_own(key).is_some());
        *pairs = others;
        for (key, text) in own {
            let member = is_own(&key).unwrap_or_default();
            let schema = self.member_schema(schema, &member);
            let is_list = self.has_type(schema, "array");
            let value = match is_list {
                true => self.read_scalar(self.item_schema(schema), &text),
                false => self.read_scalar(schema, &text),
            };
            match members.get_mut(&member) {
                Some(Value::Array(items)) if is_list => items.push(value),
                _ if is_list => drop(members.insert(member, Value::Array(vec![value]))),
                _ => drop(members.insert(member, value)),
            }
        }
        (!members.is_empty()).then_some(Value::Object(members))
    }

    /// `a,1,b,2` as an object.
    fn read_delimited_object(&self, schema: &Value, text: &str) -> Value {
        let parts: Vec<&str> = text.split(',').collect();
        let members = parts.chunks(2).filter_map(|pair| match pair {
            [name, value] => {
                let schema = self.member_schema(schema, name);
                Some(((*name).to_owned(), self.read_scalar(schema, value)))
            }
            _ => None,
        });
        Value::Object(members.collect())
    }

    /// The value of a header, or of a parameter of the path, in the style `simple`.
    pub fn read_simple(&self, schema: &Value, text: &str, explode: bool) -> Value {
        if text == RAW_SAMPLE {
            return Value::from(text);
        }
        if self.has_type(schema, "array") {
            let item = self.item_schema(schema);
            let texts = text.split(',').map(str::trim);
            return texts.map(|text| self.read_scalar(item, text)).collect();
        }
        if self.has_type(schema, "object") {
            let text = match explode {
                true => text.replace('=', ","),
                false => text.to_owned(),
            };
            return self.read_delimited_object(schema, &text);
        }
        self.read_scalar(schema, text)
    }
}

/// Takes the values of a name out of the pairs.
pub fn take_named(pairs: &mut Pairs, name: &str) -> Vec<String> {
    let (own, others): (Pairs, Pairs) = std::mem::take(pairs)
        .into_iter()
        .partition(|(key, _)| key == name);
    *pairs = others;
    own.into_iter().map(|(_, value)| value).collect()
}
