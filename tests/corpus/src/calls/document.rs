//! An OpenAPI document, as far as requests and responses are checked by it.
//!
//! Shares no code with the generator: it works on the JSON of the document.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::{CorpusError, file_error, json_error};

/// References that lead to references.
const MAX_REFERENCES: usize = 32;

/// A document, in which references are resolved.
#[derive(Debug)]
pub struct Document {
    root: Value,
}

impl Document {
    /// Reads a document in JSON or YAML.
    ///
    /// # Errors
    /// The file is neither.
    pub fn read(path: &Path) -> Result<Self, CorpusError> {
        let text = fs::read_to_string(path).map_err(file_error(path))?;
        let root = match path.extension().is_some_and(|end| end == "json") {
            true => serde_json::from_str(&text).map_err(json_error(path))?,
            false => {
                let value = serde_yaml::from_str(&text).map_err(|source| CorpusError::Yaml {
                    path: path.to_owned(),
                    source,
                })?;
                from_yaml(value)
            }
        };
        Ok(Self { root })
    }

    /// Takes a document that was read.
    pub fn of_value(root: Value) -> Self {
        Self { root }
    }

    /// The whole document.
    pub fn root(&self) -> &Value {
        &self.root
    }

    /// Whether the document is of version 3.1, in which a reference has other keywords beside it.
    pub fn is_three_one(&self) -> bool {
        let version = self.root["openapi"].as_str().unwrap_or_default();
        version.starts_with("3.1")
    }

    /// What a value refers to, or the value itself. A reference to nothing, or to itself, leads to
    /// `null`.
    pub fn resolve<'a>(&'a self, value: &'a Value) -> &'a Value {
        let mut found = value;
        for _ in 0..MAX_REFERENCES {
            let Some(reference) = found.get("$ref").and_then(Value::as_str) else {
                return found;
            };
            let pointer = reference.strip_prefix('#').unwrap_or(reference);
            let pointer = decode_percent(pointer);
            found = match self.root.pointer(&pointer) {
                Some(target) => target,
                None => return &Value::Null,
            };
        }
        &Value::Null
    }

    /// The members of an object behind a value.
    pub fn members<'a>(&'a self, value: &'a Value) -> impl Iterator<Item = (&'a str, &'a Value)> {
        let members = self.resolve(value).as_object();
        let members = members.into_iter().flatten();
        members.map(|(name, value)| (name.as_str(), value))
    }
}

/// YAML has keys that are numbers, and numbers that JSON does not have. These are `null`.
fn from_yaml(value: serde_yaml::Value) -> Value {
    use serde_yaml::Value as Yaml;
    match value {
        Yaml::Null => Value::Null,
        Yaml::Bool(value) => Value::Bool(value),
        Yaml::Number(number) => serde_json::to_value(number).unwrap_or(Value::Null),
        Yaml::String(text) => Value::String(text),
        Yaml::Sequence(items) => items.into_iter().map(from_yaml).collect(),
        Yaml::Mapping(members) => {
            let members = members.into_iter().filter_map(|(key, value)| {
                let key = match key {
                    Yaml::String(key) => key,
                    Yaml::Number(key) => key.to_string(),
                    Yaml::Bool(key) => key.to_string(),
                    _ => return None,
                };
                Some((key, from_yaml(value)))
            });
            Value::Object(members.collect())
        }
        Yaml::Tagged(tagged) => from_yaml(tagged.value),
    }
}

/// Text without its percent-encoding. What is not UTF-8 is replaced.
pub fn decode_percent(text: &str) -> String {
    let hex = |byte: u8| {
        char::from(byte)
            .to_digit(16)
            .and_then(|digit| u8::try_from(digit).ok())
    };
    let mut bytes = text.bytes();
    let mut out = Vec::new();
    while let Some(byte) = bytes.next() {
        let mut rest = bytes.clone();
        let pair = (byte == b'%')
            .then(|| Some((hex(rest.next()?)?, hex(rest.next()?)?)))
            .flatten();
        match pair {
            Some((high, low)) => {
                out.push(high * 16 + low);
                bytes = rest;
            }
            None => out.push(byte),
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}
