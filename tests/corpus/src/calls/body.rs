//! Checks the body of a request: its media type, and its content by the schema.

use serde_json::{Map, Value};

use super::check::Received;
use super::document::Document;
use super::operation::{RequestBody, essence, is_json};
use super::schema::{Direction, Problem, SchemaCheck};
use super::values::{Notation, Pairs, ValueReader, read_pairs};

/// What is wrong with the body of a request.
pub fn check_body(
    document: &Document,
    stated: Option<&RequestBody>,
    request: &Received,
) -> Vec<Problem> {
    let media_type = request.header("content-type");
    let Some(stated) = stated else {
        return match request.body.is_empty() {
            true => Vec::new(),
            false => vec![Problem::new("body", "the operation has none")],
        };
    };
    if request.body.is_empty() && media_type.is_none() {
        return match stated.required {
            false => Vec::new(),
            true => vec![Problem::new("body", "is missing")],
        };
    }
    let Some(media_type) = media_type else {
        return vec![Problem::new("header Content-Type", "is missing")];
    };
    let mut contents = stated.contents.iter();
    let found = contents.find(|(declared, _)| is_match(declared, media_type));
    let Some((_, content)) = found else {
        let reason = format!("{media_type} is not a media type of the body");
        return vec![Problem::new("header Content-Type", reason)];
    };
    let reader = BodyReader {
        values: ValueReader { document },
        content,
    };
    match reader.read(media_type, &request.body) {
        Ok(Some(value)) => {
            let check = SchemaCheck {
                document,
                direction: Direction::Request,
            };
            check.check_value(&content["schema"], &value, "body")
        }
        Ok(None) => Vec::new(),
        Err(problem) => vec![problem],
    }
}

/// The members that the body of a request can have at its root, and whether it has them.
pub fn member_presence(
    document: &Document,
    stated: Option<&RequestBody>,
    request: &Received,
) -> Vec<(String, bool)> {
    let media_type = request.header("content-type").unwrap_or_default();
    let contents = stated.into_iter().flat_map(|body| &body.contents);
    let mut found = contents.filter(|(declared, _)| is_match(declared, media_type));
    let Some((_, content)) = found.next() else {
        return Vec::new();
    };
    let values = ValueReader { document };
    let reader = BodyReader { values, content };
    let Ok(Some(value)) = reader.read(media_type, &request.body) else {
        return Vec::new();
    };
    // A body that is one of several has the members of one.
    let schema = document.resolve(&content["schema"]);
    let is_union = schema.get("oneOf").is_some() || schema.get("anyOf").is_some();
    let properties = values.properties(schema).into_iter();
    let own = properties.filter(|(_, schema)| document.resolve(schema)["readOnly"] != true);
    let own = own.filter(|_| !is_union && value.is_object());
    own.map(|(name, _)| (name.to_owned(), value.get(name).is_some()))
        .collect()
}

/// Whether a media type is the declared one, or one of the declared range.
pub fn is_match(declared: &str, media_type: &str) -> bool {
    let (declared, found) = (essence(declared), essence(media_type));
    match declared.strip_suffix('*') {
        Some("*/") => true,
        Some(range) => found.starts_with(range),
        None => declared == found,
    }
}

struct BodyReader<'a> {
    values: ValueReader<'a>,
    content: &'a Value,
}

impl BodyReader<'_> {
    /// The value of a body that has a structure.
    fn read(&self, media_type: &str, body: &[u8]) -> Result<Option<Value>, Problem> {
        let not_text = |_| Problem::new("body", "is not UTF-8");
        match essence(media_type).as_str() {
            "application/x-www-form-urlencoded" => {
                let text = std::str::from_utf8(body).map_err(not_text)?;
                self.read_form(read_pairs(text)).map(Some)
            }
            "multipart/form-data" => {
                let parts = read_parts(media_type, body)?;
                self.read_multipart(parts).map(Some)
            }
            _ if is_json(media_type) => {
                let value = serde_json::from_slice(body);
                let wrong = |error| Problem::new("body", format!("is not JSON: {error}"));
                value.map(Some).map_err(wrong)
            }
            other if other.starts_with("text/") => {
                std::str::from_utf8(body).map_err(not_text)?;
                Ok(None)
            }
            _ => Ok(None),
        }
    }

    fn read_form(&self, mut pairs: Pairs) -> Result<Value, Problem> {
        let schema = &self.content["schema"];
        let mut members = Map::new();
        for (name, schema) in self.values.properties(schema) {
            let encoding = &self.content["encoding"][name];
            let media_type = encoding["contentType"].as_str();
            if encoding["style"].is_null() && media_type.is_some_and(is_json) {
                let Some(index) = pairs.iter().position(|(key, _)| key == name) else {
                    continue;
                };
                let (_, text) = pairs.remove(index);
                let wrong =
                    |error| Problem::new(format!("body/{name}"), format!("is not JSON: {error}"));
                let value = serde_json::from_str(&text).map_err(wrong)?;
                members.insert(name.to_owned(), value);
                continue;
            }
            let style = encoding["style"].as_str().unwrap_or("form");
            let notation = Notation {
                style,
                explode: encoding["explode"].as_bool().unwrap_or(style == "form"),
            };
            if let Some(value) = self.values.take_value(&mut pairs, name, schema, notation) {
                members.insert(name.to_owned(), value);
            }
        }
        for (name, value) in pairs {
            members.insert(name, Value::String(value));
        }
        Ok(Value::Object(members))
    }

    /// Objects are JSON, several parts of one name are a list.
    fn read_multipart(&self, parts: Vec<Part>) -> Result<Value, Problem> {
        let schema = &self.content["schema"];
        let properties = self.values.properties(schema);
        let mut members: Map<String, Value> = Map::new();
        for part in parts {
            let found = properties.iter().find(|(name, _)| *name == part.name);
            let schema = found.map_or(&Value::Bool(true), |(_, schema)| schema);
            let is_list = self.values.has_type(schema, "array");
            let value = match part.media_type.as_deref() {
                Some(media_type) if is_json(media_type) => serde_json::from_slice(&part.content)
                    .map_err(|error| {
                        Problem::new(
                            format!("body/{}", part.name),
                            format!("is not JSON: {error}"),
                        )
                    })?,
                _ => {
                    let text = String::from_utf8_lossy(&part.content);
                    let item = self.values.item_schema(schema);
                    self.values
                        .read_scalar(if is_list { item } else { schema }, &text)
                }
            };
            match members.get_mut(&part.name) {
                Some(Value::Array(items)) if is_list => items.push(value),
                _ if is_list && !value.is_array() => {
                    members.insert(part.name, Value::Array(vec![value]));
                }
                _ => drop(members.insert(part.name, value)),
            }
        }
        Ok(Value::Object(members))
    }
}

/// A part of a multipart body.
#[derive(Debug, PartialEq, Eq)]
pub struct Part {
    /// The name.
    pub name: String,
    /// The name of the file, if it is one.
    pub file_name: Option<String>,
    /// The media type, if it is stated.
    pub media_type: Option<String>,
    /// The content.
    pub content: Vec<u8>,
}

/// Reads a multipart body.
///
/// # Errors
/// The body does not have the form that its media type states.
pub fn read_parts(media_type: &str, body: &[u8]) -> Result<Vec<Part>, Problem> {
    let wrong = |reason: &str| Problem::new("body", reason);
    let (_, boundary) = media_type
        .split_once("boundary=")
        .ok_or_else(|| wrong("the boundary of the parts is missing"))?;
    let boundary = boundary
        .split(';')
        .next()
        .unwrap_or_default()
        .trim_matches('"');
    let line = format!("\r\n--{boundary}");
    // The first boundary has no line before it.
    let mut rest = [b"\r\n", body].concat();
    let mut parts = Vec::new();
    loop {
        let start = find(&rest, line.as_bytes()).ok_or_else(|| wrong("a boundary is missing"))?;
        rest.drain(..start + line.len());
        if rest.starts_with(b"--") {
            return Ok(parts);
        }
        let head = find(&rest, b"\r\n\r\n").ok_or_else(|| wrong("a part has no end of headers"))?;
        let end = find(&rest, line.as_bytes()).ok_or_else(|| wrong("a part does not end"))?;
        let content = rest
            .get(head + 4..end)
            .ok_or_else(|| wrong("a part has no content"))?;
        let headers = String::from_utf8_lossy(rest.get(..head).unwrap_or_default()).into_owned();
        parts.push(read_part(&headers, content.to_vec())?);
        rest.drain(..end);
    }
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len())
        .position(|window| window == wanted)
}

fn read_part(headers: &str, content: Vec<u8>) -> Result<Part, Problem> {
    let header = |wanted: &str| {
        let mut lines = headers.lines().filter_map(|line| line.split_once(':'));
        let found = lines.find(|(name, _)| name.trim().eq_ignore_ascii_case(wanted));
        found.map(|(_, value)| value.trim().to_owned())
    };
    let disposition = header("content-disposition").unwrap_or_default();
    let parameter = |wanted: &str| {
        let mut all = disposition
            .split(';')
            .filter_map(|part| part.split_once('='));
        let found = all.find(|(name, _)| name.trim() == wanted);
        found.map(|(_, value)| value.trim().trim_matches('"').to_owned())
    };
    let name = parameter("name").ok_or_else(|| Problem::new("body", "a part has no name"))?;
    Ok(Part {
        name,
        file_name: parameter("filename"),
        media_type: header("content-type"),
        content,
    })
}
