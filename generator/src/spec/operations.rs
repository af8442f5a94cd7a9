//! Reads and checks operations: ids are unique, and path parameters match the template.

use std::collections::{BTreeMap, BTreeSet};

use openapiv3::{Parameter, ReferenceOr};
use serde_json::Value;

use super::{Document, deserialize_part, tolerate};
use crate::diag::{Code, DiagnosticSink, SpecPath};

/// The methods of OpenAPI 3.0.
const METHODS: [&str; 8] = [
    "get", "put", "post", "delete", "options", "head", "patch", "trace",
];

/// One operation of the document.
#[derive(Clone, Debug)]
pub struct SpecOperation {
    /// Its path in the document.
    pub at: SpecPath,
    /// The method, in capitals.
    pub method: String,
    /// The path template.
    pub path: String,
    /// `operationId`.
    pub id: String,
    /// Base URLs, if they differ from the document's.
    pub servers: Vec<String>,
    /// The parameters, beginning with those that the path defines for all its operations.
    pub parameters: Vec<(SpecPath, ReferenceOr<Parameter>)>,
    /// Everything else. Its `parameters` are empty: see the field above.
    pub definition: openapiv3::Operation,
}

impl SpecOperation {
    /// `METHOD /path`.
    pub fn title(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    /// The names between braces, in template order.
    pub fn template_names(&self) -> Vec<&str> {
        self.path.split('/').filter_map(template_name).collect()
    }
}

/// The name of a template segment `{name}`.
fn template_name(segment: &str) -> Option<&str> {
    segment.strip_prefix('{')?.strip_suffix('}')
}

/// The base URLs of a list of servers. A variable with a default is written `{name=default}`.
pub(super) fn server_urls(value: Option<&Value>) -> Vec<String> {
    let all = value.and_then(Value::as_array).into_iter().flatten();
    all.filter_map(server_url).collect()
}

fn server_url(server: &Value) -> Option<String> {
    let mut url = server.get("url")?.as_str()?.to_owned();
    let variables = server.get("variables").and_then(Value::as_object);
    for (name, variable) in variables.into_iter().flatten() {
        let default = variable.get("default").and_then(Value::as_str);
        if let Some(default) = default.filter(|text| !text.is_empty()) {
            url = url.replace(&format!("{{{name}}}"), &format!("{{{name}={default}}}"));
        }
    }
    Some(url)
}

/// All operations, in document order.
pub(super) fn read_operations(
    paths: Option<&mut Value>,
    at: &SpecPath,
    sink: &mut DiagnosticSink,
) -> Vec<SpecOperation> {
    let mut operations = Vec::new();
    let paths = paths.and_then(Value::as_object_mut);
    for (path, item) in paths.into_iter().flatten() {
        let item = &item.take();
        if path.starts_with("x-") {
            continue;
        }
        let at = at.child(path);
        let shared = read_parameters(item.get("parameters"), &at.child("parameters"), sink);
        for (method, value) in item.as_object().into_iter().flatten() {
            if !METHODS.contains(&method.as_str()) {
                continue;
            }
            let at = at.child(method);
            let corrected = tolerate::correct_operation(value);
            let definition = deserialize_part::<openapiv3::Operation>(&corrected, &at, sink);
            let Some(definition) = definition else {
                continue;
            };
            let own = read_parameters(value.get("parameters"), &at.child("parameters"), sink);
            let mut all = shared.clone();
            all.retain(|(_, shared)| !own.iter().any(|(_, own)| is_override(own, shared)));
            all.extend(own);
            operations.push(SpecOperation {
                method: method.to_ascii_uppercase(),
                path: path.clone(),
                id: definition.operation_id.clone().unwrap_or_default(),
                servers: server_urls(value.get("servers").or_else(|| item.get("servers"))),
                parameters: all,
                definition: openapiv3::Operation {
                    parameters: Vec::new(),
                    ..definition
                },
                at,
            });
        }
    }
    operations
}

fn read_parameters(
    value: Option<&Value>,
    at: &SpecPath,
    sink: &mut DiagnosticSink,
) -> Vec<(SpecPath, ReferenceOr<Parameter>)> {
    let all = value
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .enumerate();
    all.filter_map(|(i, parameter)| {
        let at = at.item(i);
        let corrected = tolerate::correct_parameter(parameter, &at, sink);
        let parameter = deserialize_part(&corrected, &at, sink)?;
        Some((at, parameter))
    })
    .collect()
}

/// Whether a parameter of an operation replaces one of its path.
fn is_override(own: &ReferenceOr<Parameter>, shared: &ReferenceOr<Parameter>) -> bool {
    let key = |parameter: &ReferenceOr<Parameter>| {
        let parameter = parameter.as_item()?;
        Some((
            std::mem::discriminant(parameter),
            parameter.parameter_data_ref().name.clone(),
        ))
    };
    key(own).is_some_and(|own| key(shared) == Some(own))
}

/// Checks that ids exist and are unique, that templates are well-formed and distinct, and that
/// parameters match them.
pub(super) fn check_operations(document: &Document, sink: &mut DiagnosticSink) {
    let mut ids: BTreeMap<&str, &SpecOperation> = BTreeMap::new();
    let mut templates: BTreeMap<String, &str> = BTreeMap::new();
    for operation in &document.operations {
        if operation.id.is_empty() {
            sink.report(Code::OperationIdMissing, &operation.at, operation.title());
        } else if let Some(first) = ids.insert(&operation.id, operation) {
            let detail = format!("`{}` is also that of {}", operation.id, first.title());
            sink.report(
                Code::OperationIdDuplicate,
                &operation.at.child("operationId"),
                detail,
            );
        }
        let shape = anonymous_template(&operation.path);
        let first = templates.entry(shape).or_insert(&operation.path);
        if *first != operation.path {
            let at = SpecPath::root().child("paths").child(&operation.path);
            sink.report(Code::PathDuplicate, &at, format!("`{first}`"));
        }
        check_parameters(document, operation, sink);
    }
}

/// The template without the names of its parameters.
fn anonymous_template(path: &str) -> String {
    let segments: Vec<_> = path
        .split('/')
        .map(|segment| template_name(segment).map_or(segment, |_| "{}"))
        .collect();
    segments.join("/")
}

fn check_parameters(document: &Document, operation: &SpecOperation, sink: &mut DiagnosticSink) {
    let names = operation.template_names();
    let broken = operation.path.split('/').any(|segment| {
        let name = template_name(segment).unwrap_or(segment);
        name.contains(['{', '}', '?', '#']) || segment == "{}"
    });
    let distinct: BTreeSet<_> = names.iter().collect();
    if broken || !operation.path.starts_with('/') || distinct.len() < names.len() {
        sink.report(
            Code::PathTemplate,
            &operation.at,
            format!("`{}`", operation.path),
        );
        return;
    }
    let mut seen = BTreeSet::new();
    for (at, used) in &operation.parameters {
        let Some((parameter, at)) = document.parameter(used, at) else {
            sink.report(Code::ReferenceCycle, at, "");
            continue;
        };
        let name = parameter.parameter_data_ref().name.as_str();
        let in_path = matches!(parameter, Parameter::Path { .. });
        if !seen.insert((in_path, name)) {
            sink.report(Code::ParameterDuplicate, &at, format!("`{name}`"));
        }
        if in_path && !names.contains(&name) {
            sink.report(Code::PathParameterUnused, &at, format!("`{name}`"));
        }
    }
    for name in names {
        if !seen.contains(&(true, name)) {
            sink.report(
                Code::PathParameterUndefined,
                &operation.at,
                format!("`{{{name}}}`"),
            );
        }
    }
}
