//! Parameters: each has a schema and a place, and those in paths agree with the template.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value};

use super::any_value::{any_value, reference_target};
use super::operation_ids::METHODS;
use super::report::LowerReport;
use super::templates::template_names;
use super::visit::visit_objects;
use crate::diag::{Code, Trail};
use crate::spec::grammar::{HEADER, PARAMETER};
use crate::spec::{is_json_media_type, plain_media_type};

/// The styles of each place.
const STYLES: [(&str, &[&str]); 4] = [
    (
        "query",
        &[
            "form",
            "spaceDelimited",
            "pipeDelimited",
            "deepObject",
            "simple",
        ],
    ),
    ("path", &["matrix", "label", "simple"]),
    ("header", &["simple"]),
    ("cookie", &["form"]),
];

/// Headers that are stated elsewhere in the document. `Authorization` is one too, but many documents
/// state it as a parameter alone; it is left out where the client sends a credential in it.
const IGNORED_HEADERS: [&str; 2] = ["accept", "content-type"];

/// The extension by which parameters are marked whose value is JSON text.
const JSON_CONTENT: &str = "x-json-content";

/// A parameter, as far as it is compared with others.
#[derive(Clone, PartialEq, Eq, Hash)]
struct ParameterKey {
    place: String,
    name: String,
}

/// Gives each parameter and header a schema, and a style that is allowed.
pub(super) fn lower_parameters(document: &mut Value, report: &mut LowerReport<'_>) {
    visit_objects(document, &PARAMETER, |parameter, trail| {
        let place = parameter.get("in").and_then(Value::as_str);
        let place = place.unwrap_or_default().to_owned();
        complete_parameter(parameter, &place, trail, report);
    });
    // Headers of responses have no effect; the typed reader needs a schema.
    visit_objects(document, &HEADER, |header, _| {
        header.shift_remove("content");
        header.shift_remove("style");
        header.entry("schema").or_insert_with(text_schema);
    });
}

fn complete_parameter(
    parameter: &mut Map<String, Value>,
    place: &str,
    trail: &Trail<'_>,
    report: &mut LowerReport<'_>,
) {
    let content = parameter.shift_remove("content");
    if !parameter.contains_key("schema") {
        let content = content.and_then(first_content);
        let schema = match content {
            Some((media_type, schema)) if is_json_media_type(&media_type) => {
                parameter.insert(JSON_CONTENT.to_owned(), Value::Bool(true));
                schema
            }
            Some((media_type, schema)) => {
                if media_type != "text/plain" {
                    let detail = format!("the value is not encoded as `{media_type}`");
                    report.warn_keyword(Code::KeywordIgnored, trail, "content", detail);
                }
                schema
            }
            None => {
                let detail = "a parameter without a schema is text";
                report.warn_at(Code::ValueCorrected, trail, detail);
                text_schema()
            }
        };
        parameter.insert("schema".to_owned(), schema);
    }
    for key in ["allowReserved", "allowEmptyValue"] {
        if parameter.shift_remove(key) == Some(Value::Bool(true)) {
            report.warn_keyword(Code::KeywordIgnored, trail, key, format!("`{key}`"));
        }
    }
    let style = parameter.get("style").and_then(Value::as_str);
    let allowed = STYLES.iter().find(|(name, _)| *name == place);
    if let (Some(style), Some((_, allowed))) = (style, allowed) {
        if !allowed.contains(&style) {
            let detail = format!("`style: {style}` of a parameter in `{place}`");
            report.warn_keyword(Code::ValueCorrected, trail, "style", detail);
            parameter.shift_remove("style");
        }
    }
    if place == "path" && parameter.get("required") != Some(&Value::Bool(true)) {
        report.warn_at(Code::ValueCorrected, trail, "path parameters are required");
        parameter.insert("required".to_owned(), Value::Bool(true));
    }
}

/// The media type and the schema of a parameter with `content`, which has one entry.
fn first_content(content: Value) -> Option<(String, Value)> {
    let Value::Object(content) = content else {
        return None;
    };
    let (media_type, media) = content.into_iter().next()?;
    let schema = media.get("schema").cloned();
    Some((
        plain_media_type(&media_type),
        schema.unwrap_or_else(any_value),
    ))
}

fn text_schema() -> Value {
    let mut map = Map::new();
    map.insert("type".to_owned(), Value::from("string"));
    Value::Object(map)
}

/// Makes the parameters of all operations distinct, and those in paths agree with the templates.
pub(super) fn match_templates(
    paths: &mut Map<String, Value>,
    document: &mut Value,
    report: &mut LowerReport<'_>,
) {
    let known = component_keys(document);
    let list = Trail::ROOT.key_child("paths");
    for (path, item) in paths.iter_mut() {
        let (Value::Object(item), false) = (item, path.starts_with("x-")) else {
            continue;
        };
        let here = list.key_child(path);
        let names = template_names(path).unwrap_or_default();
        let mut matcher = TemplateMatcher {
            names,
            known: &known,
            report,
        };
        matcher.match_item(item, &here);
    }
    remove_unusable_components(document, &known);
}

/// The components of parameters by reference. `None` for those that cannot be used.
fn component_keys(document: &Value) -> HashMap<String, Option<ParameterKey>> {
    let all = document.pointer("/components/parameters");
    let all = all.and_then(Value::as_object).into_iter().flatten();
    let mut keys = HashMap::new();
    for (name, component) in all {
        let mut found = component;
        for _ in 0..100 {
            let next = reference_target(found).and_then(|target| target.strip_prefix('#'));
            match next.and_then(|pointer| document.pointer(pointer)) {
                Some(next) => found = next,
                None => break,
            }
        }
        let key = key_of(found).filter(|key| unusable_reason(key).is_none());
        keys.insert(format!("#/components/parameters/{name}"), key);
    }
    keys
}

fn remove_unusable_components(document: &mut Value, known: &HashMap<String, Option<ParameterKey>>) {
    let all = document.pointer_mut("/components/parameters");
    if let Some(all) = all.and_then(Value::as_object_mut) {
        all.retain(|name, _| {
            let key = known.get(&format!("#/components/parameters/{name}"));
            !matches!(key, Some(None))
        });
    }
}

fn key_of(parameter: &Value) -> Option<ParameterKey> {
    Some(ParameterKey {
        place: parameter.get("in")?.as_str()?.to_owned(),
        name: parameter.get("name")?.as_str()?.to_owned(),
    })
}

/// Why nothing is generated for a parameter.
fn unusable_reason(key: &ParameterKey) -> Option<&'static str> {
    let is_header = key.place == "header";
    if !STYLES.iter().any(|(name, _)| *name == key.place) {
        Some("parameters are in the path, the query, a header or a cookie")
    } else if is_header && IGNORED_HEADERS.contains(&key.name.to_ascii_lowercase().as_str()) {
        Some("this header is described elsewhere")
    } else {
        None
    }
}

/// Compares the parameters of one path.
struct TemplateMatcher<'p, 'r, 's> {
    names: Vec<&'p str>,
    known: &'r HashMap<String, Option<ParameterKey>>,
    report: &'r mut LowerReport<'s>,
}

impl TemplateMatcher<'_, '_, '_> {
    fn match_item(&mut self, item: &mut Map<String, Value>, trail: &Trail<'_>) {
        self.correct_list(item, trail);
        let shared = self.keys_of(item);
        let mut is_overridden = false;
        for method in METHODS {
            if let Some(Value::Object(operation)) = item.get_mut(method) {
                self.correct_list(operation, &trail.key_child(method));
                let own = self.keys_of(operation);
                is_overridden |= own.iter().any(|key| shared.contains(key));
            }
        }
        let moved = match is_overridden {
            true => item.shift_remove("parameters"),
            false => None,
        };
        let moved = moved.as_ref().and_then(Value::as_array);
        for method in METHODS {
            let Some(Value::Object(operation)) = item.get_mut(method) else {
                continue;
            };
            if let Some(moved) = moved {
                self.add_shared(operation, moved);
            }
            let left = if is_overridden {
                &[]
            } else {
                shared.as_slice()
            };
            self.add_missing(operation, left, &trail.key_child(method));
        }
    }

    fn key_of_use(&self, used: &Value) -> Option<ParameterKey> {
        match reference_target(used) {
            Some(target) => self.known.get(target).cloned().flatten(),
            None => key_of(used),
        }
    }

    fn keys_of(&self, owner: &Map<String, Value>) -> Vec<ParameterKey> {
        let all = owner.get("parameters").and_then(Value::as_array);
        let all = all.into_iter().flatten();
        all.filter_map(|used| self.key_of_use(used)).collect()
    }

    /// Removes parameters that cannot be used, that the template does not have, or that occur again.
    fn correct_list(&mut self, owner: &mut Map<String, Value>, trail: &Trail<'_>) {
        let Some(Value::Array(list)) = owner.get_mut("parameters") else {
            return;
        };
        let here = trail.key_child("parameters");
        let mut seen: HashSet<ParameterKey> = HashSet::new();
        let mut kept = Vec::with_capacity(list.len());
        for (i, used) in std::mem::take(list).into_iter().enumerate().rev() {
            let here = here.item_child(i);
            let is_unusable_reference =
                reference_target(&used).is_some_and(|target| self.known.get(target) == Some(&None));
            let Some(key) = self.key_of_use(&used) else {
                match is_unusable_reference {
                    true => self
                        .report
                        .warn_at(Code::PartLeftOut, &here, "the parameter"),
                    // The reference leads nowhere, which is reported later.
                    false => kept.push(used),
                }
                continue;
            };
            let name = &key.name;
            if let Some(reason) = unusable_reason(&key) {
                let detail = format!("`{name}`: {reason}");
                self.report.warn_at(Code::PartLeftOut, &here, detail);
            } else if key.place == "path" && !self.names.contains(&name.as_str()) {
                let detail = format!("`{name}` does not occur in the path");
                self.report.warn_at(Code::OperationCorrected, &here, detail);
            } else if seen.contains(&key) {
                let detail = format!("`{name}` is defined again, which counts");
                self.report.warn_at(Code::OperationCorrected, &here, detail);
            } else {
                seen.insert(key);
                kept.push(used);
            }
        }
        kept.reverse();
        *list = kept;
    }

    /// Adds the parameters of the path that the operation does not replace.
    fn add_shared(&self, operation: &mut Map<String, Value>, shared: &[Value]) {
        let own: HashSet<ParameterKey> = self.keys_of(operation).into_iter().collect();
        let is_new = |used: &&Value| self.key_of_use(used).is_none_or(|key| !own.contains(&key));
        let mut all: Vec<Value> = shared.iter().filter(is_new).cloned().collect();
        if let Some(Value::Array(list)) = operation.shift_remove("parameters") {
            all.extend(list);
        }
        operation.insert("parameters".to_owned(), Value::Array(all));
    }

    /// Adds the names of the template that nothing defines, as text.
    fn add_missing(
        &mut self,
        operation: &mut Map<String, Value>,
        shared: &[ParameterKey],
        trail: &Trail<'_>,
    ) {
        let own = self.keys_of(operation);
        let is_defined = |name: &str| {
            let mut all = own.iter().chain(shared);
            all.any(|key| key.place == "path" && key.name == name)
        };
        let missing: Vec<&str> = self
            .names
            .iter()
            .copied()
            .filter(|name| !is_defined(name))
            .collect();
        for name in missing {
            let detail = format!("`{{{name}}}` is not defined, and is text");
            self.report.warn_at(Code::OperationCorrected, trail, detail);
            let list = operation
                .entry("parameters")
                .or_insert_with(|| Value::Array(Vec::new()));
            if let Value::Array(list) = list {
                list.push(path_parameter(name));
            }
        }
    }
}

fn path_parameter(name: &str) -> Value {
    let mut map = Map::new();
    map.insert("name".to_owned(), Value::from(name));
    map.insert("in".to_owned(), Value::from("path"));
    map.insert("required".to_owned(), Value::Bool(true));
    map.insert("schema".to_owned(), text_schema());
    Value::Object(map)
}
