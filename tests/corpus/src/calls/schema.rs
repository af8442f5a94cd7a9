//! Whether a value has the structure that a schema describes.
//!
//! Checked are types, `null`, enums and constants, required and undeclared members, elements, and
//! the combinations of schemas. Limits of values, such as `pattern` and `maximum`, are not: neither
//! side of a generated client knows them, and the values of the calling programs ignore them. For
//! the same reason one member of `oneOf` or more may fit.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::document::Document;

/// What calling programs send where an enum of the document became text.
pub const TEXT_SAMPLE: &str = "sample";
/// What they send where the type of a parameter became raw JSON. It fits every schema.
pub const RAW_SAMPLE: &str = "raw sample";
/// Schemas in schemas, and values in values.
const MAX_DEPTH: usize = 64;

/// Who has written the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// A client. Members that are read only need not be there.
    Request,
    /// A server. Members that are written only need not be there.
    Response,
}

/// What is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// A place in the request or in the response.
    pub place: String,
    /// What is wrong.
    pub reason: String,
}

impl Problem {
    /// A problem.
    pub fn new(place: impl Into<String>, reason: impl Into<String>) -> Self {
        Self {
            place: place.into(),
            reason: reason.into(),
        }
    }
}

/// Compares values with the schemas of a document.
#[derive(Clone, Copy, Debug)]
pub struct SchemaCheck<'a> {
    /// The document.
    pub document: &'a Document,
    /// Who has written the values.
    pub direction: Direction,
}

impl SchemaCheck<'_> {
    /// What is wrong with a value at a place.
    pub fn check_value(&self, schema: &Value, value: &Value, place: &str) -> Vec<Problem> {
        self.value_problems(schema, value, place, 0)
    }

    fn value_problems(
        &self,
        schema: &Value,
        value: &Value,
        place: &str,
        depth: usize,
    ) -> Vec<Problem> {
        if self.direction == Direction::Request && value == RAW_SAMPLE {
            return Vec::new();
        }
        let mut problems = self.schema_problems(schema, value, place, depth);
        if let (Direction::Request, Some(members)) = (self.direction, value.as_object()) {
            let declared = self.declared_members(schema, depth);
            let unknown = members.keys().filter(|name| {
                let mut declared = declared.iter();
                declared.any(|declared| !declared.contains(name.as_str()))
            });
            problems.extend(unknown.map(|name| {
                Problem::new(
                    format!("{place}/{name}"),
                    "the schema does not declare the member",
                )
            }));
        }
        problems
    }

    /// The members that a schema declares; `None` if it allows any.
    fn declared_members(&self, schema: &Value, depth: usize) -> Option<BTreeSet<String>> {
        if depth > MAX_DEPTH {
            return None;
        }
        let schema = self.document.resolve(schema);
        let is_open = |value: &Value| value != &Value::Bool(false);
        if schema.get("additionalProperties").is_some_and(is_open) {
            return None;
        }
        let properties = schema["properties"].as_object();
        let mut declared: BTreeSet<String> = properties
            .into_iter()
            .flat_map(|all| all.keys().cloned())
            .collect();
        for keyword in ["allOf", "anyOf", "oneOf"] {
            for member in schema[keyword].as_array().into_iter().flatten() {
                let member = self.declared_members(member, depth + 1);
                // A member that only says what is required declares nothing.
                declared.extend(member.unwrap_or_default());
            }
        }
        (!declared.is_empty()).then_some(declared)
    }

    /// What is wrong with a value, apart from members that no schema of it declares.
    fn schema_problems(
        &self,
        schema: &Value,
        value: &Value,
        place: &str,
        depth: usize,
    ) -> Vec<Problem> {
        if depth > MAX_DEPTH {
            return vec![Problem::new(place, "the value or its schema is too deep")];
        }
        let Some(stated) = schema.as_object() else {
            return match schema {
                Value::Bool(false) => vec![Problem::new(place, "nothing is allowed here")],
                _ => Vec::new(),
            };
        };
        if value.is_null() && stated.get("nullable") == Some(&Value::Bool(true)) {
            return Vec::new();
        }
        let mut problems = Vec::new();
        if stated.contains_key("$ref") {
            let target = self.document.resolve(schema);
            problems.extend(self.schema_problems(target, value, place, depth + 1));
            if !self.document.is_three_one() {
                return problems;
            }
        }
        problems.extend(self.type_problem(stated, value, place));
        problems.extend(self.listed_problem(stated, value, place));
        problems.extend(self.combination_problems(stated, value, place, depth));
        match value {
            Value::Object(members) => {
                problems.extend(self.member_problems(stated, members, place, depth));
            }
            Value::Array(items) => {
                if let Some(schema) = stated.get("items") {
                    let items = items.iter().enumerate();
                    problems.extend(items.flat_map(|(index, item)| {
                        self.value_problems(schema, item, &format!("{place}/{index}"), depth + 1)
                    }));
                }
            }
            _ => {}
        }
        problems
    }

    fn type_problem(
        &self,
        stated: &Map<String, Value>,
        value: &Value,
        place: &str,
    ) -> Option<Problem> {
        let types = type_names(stated);
        if types.is_empty() || types.iter().any(|name| is_of_type(value, name)) {
            let is_time = stated
                .get("format")
                .is_some_and(|format| format == "date-time");
            let is_request = self.direction == Direction::Request;
            let text = value.as_str().filter(|_| is_time && is_request);
            let wrong = text.filter(|text| !looks_like_time(text));
            return wrong.map(|_| Problem::new(place, "is not a date and time"));
        }
        let (expected, found) = (types.join(" or "), type_of(value));
        Some(Problem::new(
            place,
            format!("is {found}, and {expected} is expected"),
        ))
    }

    fn listed_problem(
        &self,
        stated: &Map<String, Value>,
        value: &Value,
        place: &str,
    ) -> Option<Problem> {
        if let Some(constant) = stated.get("const").filter(|constant| *constant != value) {
            return Some(Problem::new(
                place,
                format!("is not the constant {constant}"),
            ));
        }
        let listed = stated.get("enum")?.as_array()?;
        let is_sample = self.direction == Direction::Request && is_sample(value);
        let is_listed = listed.iter().any(|one| is_equal(one, value));
        (!is_listed && !is_sample)
            .then(|| Problem::new(place, format!("the enum does not list {value}")))
    }

    fn combination_problems(
        &self,
        stated: &Map<String, Value>,
        value: &Value,
        place: &str,
        depth: usize,
    ) -> Vec<Problem> {
        let members = |keyword: &str| stated.get(keyword).and_then(Value::as_array);
        let of = |member: &Value| self.schema_problems(member, value, place, depth + 1);
        let mut problems: Vec<Problem> = members("allOf")
            .into_iter()
            .flatten()
            .flat_map(of)
            .collect();
        for keyword in ["anyOf", "oneOf"] {
            let results = members(keyword).into_iter().flatten().map(of);
            // The member that fits best says what is wrong.
            problems.extend(results.min_by_key(Vec::len).unwrap_or_default());
        }
        problems
    }

    fn member_problems(
        &self,
        stated: &Map<String, Value>,
        members: &Map<String, Value>,
        place: &str,
        depth: usize,
    ) -> Vec<Problem> {
        let mut problems = Vec::new();
        let properties = stated.get("properties").and_then(Value::as_object);
        let property = |name: &str| properties.and_then(|all| all.get(name));
        let required = stated.get("required").and_then(Value::as_array);
        for name in required.into_iter().flatten().filter_map(Value::as_str) {
            let is_one_sided = property(name).is_some_and(|schema| self.is_of_other_side(schema));
            if !members.contains_key(name) && !is_one_sided {
                let at = format!("{place}/{name}");
                problems.push(Problem::new(at, "the required member is missing"));
            }
        }
        for (name, value) in members {
            let at = format!("{place}/{name}");
            match (property(name), stated.get("additionalProperties")) {
                (Some(schema), _) => {
                    problems.extend(self.value_problems(schema, value, &at, depth + 1));
                }
                (None, Some(Value::Bool(false))) => {
                    problems.push(Problem::new(at, "the schema allows no further member"));
                }
                (None, Some(schema)) => {
                    problems.extend(self.value_problems(schema, value, &at, depth + 1));
                }
                (None, None) => {}
            }
        }
        problems
    }

    /// Whether a member is only there in values of the other side.
    fn is_of_other_side(&self, schema: &Value) -> bool {
        let keyword = match self.direction {
            Direction::Request => "readOnly",
            Direction::Response => "writeOnly",
        };
        schema[keyword] == true || self.document.resolve(schema)[keyword] == true
    }
}

/// The names in `type`.
pub fn type_names(stated: &Map<String, Value>) -> Vec<&str> {
    match stated.get("type") {
        Some(Value::String(name)) => vec![name],
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

fn is_of_type(value: &Value, name: &str) -> bool {
    match (name, value) {
        ("integer", Value::Number(number)) => {
            number.as_f64().is_some_and(|number| number.fract() == 0.0)
        }
        ("number", Value::Number(_))
        | ("string", Value::String(_))
        | ("boolean", Value::Bool(_))
        | ("array", Value::Array(_))
        | ("object", Value::Object(_))
        | ("null", Value::Null) => true,
        // Names that the specification does not know say nothing.
        (name, _) => {
            let known = [
                "integer", "number", "string", "boolean", "array", "object", "null",
            ];
            !known.contains(&name)
        }
    }
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// A value that the calling program uses for text, or for a number, with any meaning.
fn is_sample(value: &Value) -> bool {
    match value {
        Value::String(text) => {
            !text.is_empty() && (TEXT_SAMPLE.starts_with(text.as_str()) || text.starts_with("id_"))
        }
        // The parameters of a path are counted.
        Value::Number(number) => {
            number.as_f64() == Some(1.5) || number.as_u64().is_some_and(|number| number < 10)
        }
        _ => false,
    }
}

fn is_equal(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => one.as_f64() == other.as_f64(),
        _ => one == other,
    }
}

fn looks_like_time(text: &str) -> bool {
    let pattern = "0000-00-00T00:00:00";
    let mut pairs = pattern.chars().zip(text.chars());
    text.len() > pattern.len()
        && pairs.all(|(expected, found)| match expected {
            '0' => found.is_ascii_digit(),
            _ => expected == found,
        })
}
