//! The operations of a document's content: parameters, answers and their schemas, with references
//! followed.

use serde_json::{Map, Value};

/// The methods whose operations have a method of the client.
const METHODS: [&str; 7] = ["get", "put", "post", "delete", "options", "head", "patch"];

/// The longest chain of references that is followed.
const MAX_CHAIN: usize = 32;

/// One operation.
pub(super) struct JsonOperation<'d> {
    /// In capitals.
    pub(super) method: String,
    pub(super) path: &'d str,
    /// Place and name of the parameters.
    pub(super) parameters: Vec<(&'d str, &'d str)>,
    /// The names of the headers of all answers.
    pub(super) answer_headers: Vec<&'d str>,
    /// The names of the headers of successful answers.
    pub(super) success_headers: Vec<&'d str>,
    /// The schema of the successful answer, if it is JSON.
    pub(super) answer: Option<&'d Map<String, Value>>,
}

impl JsonOperation<'_> {
    /// `METHOD /path`.
    pub(super) fn title(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    /// Whether the query has a parameter that [`plain_name`] writes like one of these.
    pub(super) fn has_query(&self, names: &[&str]) -> bool {
        self.parameters
            .iter()
            .any(|(place, name)| *place == "query" && names.contains(&plain_name(name).as_str()))
    }
}

/// A name in lower case without the signs between its words.
pub(super) fn plain_name(name: &str) -> String {
    name.to_ascii_lowercase().replace(['-', '_'], "")
}

/// All operations, in document order.
pub(super) fn read_operations(content: &Value) -> Vec<JsonOperation<'_>> {
    let mut operations = Vec::new();
    let paths = content.get("paths").and_then(Value::as_object);
    for (path, item) in paths.into_iter().flatten() {
        let methods = item.as_object().into_iter().flatten();
        for (method, operation) in methods {
            if path.starts_with('/') && METHODS.contains(&method.as_str()) {
                operations.push(read_operation(content, (path, method), item, operation));
            }
        }
    }
    operations
}

fn read_operation<'d>(
    content: &'d Value,
    (path, method): (&'d str, &str),
    item: &'d Value,
    operation: &'d Value,
) -> JsonOperation<'d> {
    let lists = [operation.get("parameters"), item.get("parameters")];
    let used = lists.into_iter().flatten().filter_map(Value::as_array);
    let mut parameters: Vec<(&str, &str)> = Vec::new();
    for parameter in used.flatten() {
        let parameter = follow_reference(content, parameter);
        let text = |key: &str| parameter.get(key).and_then(Value::as_str);
        if let (Some(place), Some(name)) = (text("in"), text("name")) {
            if !parameters.contains(&(place, name)) {
                parameters.push((place, name));
            }
        }
    }
    let responses = operation.get("responses").and_then(Value::as_object);
    let responses = responses.into_iter().flatten();
    let mut found = JsonOperation {
        method: method.to_ascii_uppercase(),
        path,
        parameters,
        answer_headers: Vec::new(),
        success_headers: Vec::new(),
        answer: None,
    };
    for (status, response) in responses {
        let response = follow_reference(content, response);
        let headers = response.get("headers").and_then(Value::as_object);
        let names = headers.into_iter().flatten().map(|(name, _)| name.as_str());
        let names: Vec<&str> = names.collect();
        found.answer_headers.extend(&names);
        if status.starts_with('2') {
            found.success_headers.extend(&names);
            found.answer = found.answer.or_else(|| json_schema(content, response));
        }
    }
    found
}

fn json_schema<'d>(content: &'d Value, response: &'d Value) -> Option<&'d Map<String, Value>> {
    let types = response.get("content")?.as_object()?;
    let mut json = types.iter().filter(|(name, _)| name.contains("json"));
    let schema = json.find_map(|(_, media)| media.get("schema"))?;
    follow_reference(content, schema).as_object()
}

/// What a reference within the document leads to; other values are returned as they are.
pub(super) fn follow_reference<'d>(content: &'d Value, value: &'d Value) -> &'d Value {
    let mut value = value;
    for _ in 0..MAX_CHAIN {
        let target = value.get("$ref").and_then(Value::as_str);
        let target = target.and_then(|target| target.strip_prefix('#'));
        match target.and_then(|pointer| content.pointer(pointer)) {
            Some(found) => value = found,
            None => break,
        }
    }
    value
}

/// The properties of an object.
pub(super) fn properties(schema: &Map<String, Value>) -> impl Iterator<Item = (&str, &Value)> {
    let properties = schema.get("properties").and_then(Value::as_object);
    let properties = properties.into_iter().flatten();
    properties.map(|(name, schema)| (name.as_str(), schema))
}

/// Whether a schema, without following references, has this type.
pub(super) fn has_type(schema: &Value, kind: &str) -> bool {
    schema.get("type").and_then(Value::as_str) == Some(kind)
}
