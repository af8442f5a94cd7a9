//! The operations that a document describes, counted without the generator.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::{CorpusError, file_error, json_error};

const METHODS: [&str; 8] = [
    "get", "put", "post", "delete", "options", "head", "patch", "trace",
];

/// The method in lower case and the path template.
pub type OperationKey = (String, String);

/// The operations of the document of a file.
///
/// # Errors
/// The file is neither JSON nor YAML.
pub fn read_operations(path: &Path) -> Result<Vec<OperationKey>, CorpusError> {
    let text = fs::read_to_string(path).map_err(file_error(path))?;
    let document: Value = match path.extension().is_some_and(|end| end == "json") {
        true => serde_json::from_str(&text).map_err(json_error(path))?,
        false => serde_yaml::from_str(&text).map_err(|source| CorpusError::Yaml {
            path: path.to_owned(),
            source,
        })?,
    };
    Ok(list_operations(&document))
}

/// The operations of a document.
pub fn list_operations(document: &Value) -> Vec<OperationKey> {
    let mut found = Vec::new();
    let paths = document.get("paths").and_then(Value::as_object);
    for (path, item) in paths.into_iter().flatten() {
        let members = item.as_object().into_iter().flatten();
        let methods = members.filter(|(name, _)| METHODS.contains(&name.as_str()));
        found.extend(methods.map(|(method, _)| (method.clone(), path.clone())));
    }
    found
}

/// The operations that were not generated, by the codes of the warnings at them.
pub fn count_left_out(
    described: &[OperationKey],
    generated: &[OperationKey],
    warnings: &[(String, String)],
) -> BTreeMap<String, usize> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for key in described.iter().filter(|key| !generated.contains(key)) {
        let (method, path) = key;
        let escaped = path.replace('~', "~0").replace('/', "~1");
        let place = format!("#/paths/{escaped}/{method}");
        let is_at = |at: &str| {
            at.strip_prefix(&place)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let item = format!("#/paths/{escaped}");
        let about = warnings.iter().filter(|(_, at)| is_at(at) || *at == item);
        let mut codes: Vec<&str> = about.map(|(code, _)| code.as_str()).collect();
        codes.sort_unstable();
        codes.dedup();
        if codes.is_empty() {
            codes.push("none");
        }
        for code in codes {
            *counts.entry(code.to_owned()).or_default() += 1;
        }
    }
    counts
}
