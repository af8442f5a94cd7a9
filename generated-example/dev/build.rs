//! Reduces `stripe.yaml` to what the server needs, as compact JSON that is included in the library.

use std::error::Error;
use std::path::Path;
use std::{env, fs};

use serde_json::{Map, Value, json};

#[path = "src/reduction.rs"]
mod reduction;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = env::var("CARGO_MANIFEST_DIR")?;
    for file in ["stripe.yaml", "stripe.toml", "src/reduction.rs"] {
        println!("cargo::rerun-if-changed={file}");
    }
    let document = fs::read_to_string(Path::new(&folder).join("stripe.yaml"))?;
    let document = from_yaml(serde_yaml::from_str(&document)?)?;
    let mut reduced = reduction::reduce_document(&document)?;
    let dialect = fs::read_to_string(Path::new(&folder).join("stripe.toml"))?;
    let dialect: toml::Table = toml::from_str(&dialect)?;
    let declared = declared_operations(&dialect)?;
    if let Some(operations) = reduced["operations"].as_array_mut() {
        operations.extend(declared);
    }
    reduced["prefixes"] = serde_json::to_value(dialect.get("id_prefixes"))?;
    let notifications = dialect
        .get("events")
        .and_then(|events| events.get("notifications"));
    reduced["notifications"] = serde_json::to_value(notifications)?;
    let output = Path::new(&env::var("OUT_DIR")?).join("document.json");
    fs::write(output, reduced.to_string())?;
    Ok(())
}

/// Operations that the document does not have: downloads, which take no parameters.
fn declared_operations(dialect: &toml::Table) -> Result<Vec<Value>, Box<dyn Error>> {
    let stated = dialect.get("operations").and_then(toml::Value::as_array);
    let mut operations = Vec::new();
    for operation in stated.into_iter().flatten() {
        let text = |key: &str| operation.get(key).and_then(toml::Value::as_str);
        let title = text("operation").unwrap_or_default();
        let (Some((method, path)), Some("binary"), Some(id)) =
            (title.split_once(' '), text("response"), text("id"))
        else {
            return Err(format!("the server does not support the operation `{title}`").into());
        };
        operations.push(json!({
            "id": id,
            "method": method,
            "path": path,
            "query": { "type": "object", "properties": {}, "required": [] },
            "body": null,
            "media": "application/octet-stream",
            "answer": null,
        }));
    }
    Ok(operations)
}

/// YAML allows keys that are not strings (`200:` among them), JSON does not.
fn from_yaml(node: serde_yaml::Value) -> Result<Value, Box<dyn Error>> {
    use serde_yaml::Value as Yaml;
    Ok(match node {
        Yaml::Null => Value::Null,
        Yaml::Bool(value) => Value::Bool(value),
        Yaml::Number(number) => serde_json::to_value(number)?,
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
                    other => return Err(format!("{other:?} cannot be a key").into()),
                };
                object.insert(key, from_yaml(value)?);
            }
            json!(object)
        }
        Yaml::Tagged(tagged) => return Err(format!("unexpected tag {}", tagged.tag).into()),
    })
}
