//! From a file to the parsed document, JSON or YAML.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

/// Why a document cannot be served.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DocumentError {
    /// The file cannot be read.
    #[error("cannot read {path}: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The text is neither JSON nor YAML.
    #[error("{path} is neither JSON nor YAML: {message}")]
    Syntax {
        /// The file.
        path: PathBuf,
        /// What the parser said.
        message: String,
    },
    /// The text is not an OpenAPI document that this server understands.
    #[error("not a usable OpenAPI document: {0}")]
    Shape(String),
}

/// Reads and parses a file.
pub(crate) fn load(path: &Path) -> Result<Value, DocumentError> {
    let text = std::fs::read_to_string(path).map_err(|source| DocumentError::Read {
        path: path.to_owned(),
        source,
    })?;
    // Large JSON read as YAML takes ten times as long.
    let parsed = match text.trim_start().starts_with('{') {
        true => serde_json::from_str(&text).map_err(|e| e.to_string()),
        false => serde_yaml::from_str(&text)
            .map_err(|e| e.to_string())
            .and_then(from_yaml),
    };
    let mut document = parsed.map_err(|message| DocumentError::Syntax {
        path: path.to_owned(),
        message,
    })?;
    add_file_contents(&mut document);
    Ok(document)
}

/// Adds the operation that `specs/stripe.toml` declares because the document lacks it.
fn add_file_contents(document: &mut Value) {
    let Some(paths) = document.get_mut("paths").and_then(Value::as_object_mut) else {
        return;
    };
    let error = paths.get("/v1/files/{file}").and_then(|path| {
        let error = path.pointer("/get/responses/default")?;
        Some(error.clone())
    });
    let Some(error) = error else {
        return;
    };
    let contents = json!({"get": {
        "operationId": "GetFilesFileContents",
        "servers": [{"url": "https://files.stripe.com/"}],
        "parameters": [
            {"name": "file", "in": "path", "required": true, "schema": {"type": "string"}},
        ],
        "responses": {
            "200": {"description": "", "content": {"application/octet-stream": {
                "schema": {"type": "string", "format": "binary"},
            }}},
            "default": error,
        },
    }});
    paths.entry("/v1/files/{file}/contents").or_insert(contents);
}

/// YAML allows keys that are not strings (`200:` among them), JSON does not.
fn from_yaml(node: serde_yaml::Value) -> Result<Value, String> {
    use serde_yaml::Value as Yaml;
    Ok(match node {
        Yaml::Null => Value::Null,
        Yaml::Bool(value) => Value::Bool(value),
        Yaml::Number(number) => serde_json::to_value(number).map_err(|e| e.to_string())?,
        Yaml::String(text) => Value::String(text),
        Yaml::Sequence(items) => {
            let items: Result<Vec<_>, _> = items.into_iter().map(from_yaml).collect();
            Value::Array(items?)
        }
        Yaml::Mapping(members) => {
            let mut object = Map::new();
            for (key, value) in members {
                let key = match key {
                    Yaml::String(key) => key,
                    Yaml::Number(key) => key.to_string(),
                    other => return Err(format!("{other:?} cannot be a key")),
                };
                object.insert(key, from_yaml(value)?);
            }
            Value::Object(object)
        }
        Yaml::Tagged(tagged) => return Err(format!("unexpected tag {}", tagged.tag)),
    })
}
