//! Writes a document with copies of all components and operations of another one, to measure how
//! the work grows with the size of the document.
//!
//! `cargo run --release -p typed-api-generator --example multiply -- --copies 10 --out FOLDER`: the document
//! is `FOLDER/document.json`, its dialect `FOLDER/document.toml`. Components, operations and paths
//! have a suffix in all copies but the first. Tags of objects are numbered in all copies, because
//! the names of types would be too long with the suffix.

use std::cell::RefCell;
use std::error::Error;
use std::fs;
use std::path::PathBuf;

use clap::Parser;
use serde_json::{Map, Value};

use generator::diag::DiagnosticSink;
use generator::source::SourceFile;

#[derive(Debug, Parser)]
struct Arguments {
    /// How many copies
    #[arg(long, default_value_t = 10)]
    copies: usize,
    /// The document
    #[arg(long, default_value = "specs/stripe.yaml")]
    document: PathBuf,
    /// Its dialect
    #[arg(long, default_value = "specs/stripe.toml")]
    config: PathBuf,
    /// The folder for the result
    #[arg(long)]
    out: PathBuf,
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments = Arguments::parse();
    let mut sink = DiagnosticSink::new();
    let source = SourceFile::load(&arguments.document, &mut sink);
    let source = source.ok_or("the document cannot be read")?;
    let dialect: toml::Table = fs::read_to_string(&arguments.config)?.parse()?;
    let shared = Shared::of_dialect(&dialect);
    let document = multiply_document(source.value, arguments.copies, &shared);
    let dialect = multiply_dialect(dialect, arguments.copies);
    fs::create_dir_all(&arguments.out)?;
    let path = |name: &str| arguments.out.join(name);
    fs::write(path("document.json"), document.to_string())?;
    fs::write(path("document.toml"), toml::to_string(&dialect)?)?;
    Ok(())
}

/// The suffix of the names in a copy.
fn suffix_of(copy: usize) -> String {
    match copy {
        0 => String::new(),
        copy => format!("_c{copy}"),
    }
}

/// What the copies have in common.
struct Shared {
    /// References to components: those of errors, which the dialect names.
    errors: Vec<String>,
    /// The tags of objects, whose positions are their numbers.
    tags: RefCell<Vec<String>>,
}

impl Shared {
    fn of_dialect(dialect: &toml::Table) -> Self {
        let errors = dialect.get("errors").and_then(toml::Value::as_table);
        let values = errors.into_iter().flat_map(toml::Table::values);
        let lists = values.flat_map(|value| match value {
            toml::Value::Array(items) => items.as_slice(),
            value => std::slice::from_ref(value),
        });
        Self {
            errors: lists
                .filter_map(toml::Value::as_str)
                .map(|name| format!("#/components/schemas/{name}"))
                .collect(),
            tags: RefCell::default(),
        }
    }

    fn numbered_tag(&self, tag: &str, suffix: &str) -> String {
        let mut tags = self.tags.borrow_mut();
        let known = tags.iter().position(|known| known == tag);
        let number = known.unwrap_or(tags.len());
        if known.is_none() {
            tags.push(tag.to_owned());
        }
        format!("o{number}{suffix}")
    }

    fn has(&self, reference: &str) -> bool {
        self.errors.iter().any(|shared| shared == reference)
    }
}

fn multiply_document(mut document: Value, copies: usize, shared: &Shared) -> Value {
    for place in ["/components/schemas", "/paths"] {
        let Some(Value::Object(original)) = document.pointer_mut(place).map(Value::take) else {
            continue;
        };
        let mut all = Map::new();
        for copy in 0..copies {
            let suffix = suffix_of(copy);
            for (key, value) in &original {
                let key = match place {
                    "/paths" => path_of_copy(key, &suffix),
                    _ => format!("{key}{suffix}"),
                };
                let mut value = value.clone();
                rename(&mut value, &suffix, shared);
                all.insert(key, value);
            }
        }
        if let Some(target) = document.pointer_mut(place) {
            *target = Value::Object(all);
        }
    }
    document
}

/// `/v1/customers/{customer}` becomes `/v1/customers_c1/{customer}`.
fn path_of_copy(path: &str, suffix: &str) -> String {
    let mut segments: Vec<String> = path.split('/').map(str::to_owned).collect();
    if let Some(segment) = segments.get_mut(2) {
        segment.push_str(suffix);
    }
    segments.join("/")
}

/// Renames what a value refers to and what it is called.
fn rename(value: &mut Value, suffix: &str, shared: &Shared) {
    match value {
        Value::Object(map) => {
            for (key, value) in map.iter_mut() {
                match (key.as_str(), &mut *value) {
                    ("$ref", Value::String(name)) if shared.has(name) => {}
                    ("$ref" | "operationId", Value::String(name)) => name.push_str(suffix),
                    ("object", Value::Object(tag)) => rename_tag(tag, suffix, shared),
                    _ => rename(value, suffix, shared),
                }
            }
        }
        Value::Array(items) => items
            .iter_mut()
            .for_each(|item| rename(item, suffix, shared)),
        _ => {}
    }
}

/// Renames the tag of an object. Lists have theirs in common.
fn rename_tag(property: &mut Map<String, Value>, suffix: &str, shared: &Shared) {
    match property.get_mut("enum").and_then(Value::as_array_mut) {
        Some(values) => {
            if let [Value::String(tag)] = values.as_mut_slice() {
                if tag != "list" && tag != "search_result" {
                    *tag = shared.numbered_tag(tag, suffix);
                }
            }
        }
        None => property
            .values_mut()
            .for_each(|v| rename(v, suffix, shared)),
    }
}

/// The dialect of all copies. It describes no version, so that entries need not match.
fn multiply_dialect(mut dialect: toml::Table, copies: usize) -> toml::Table {
    dialect.insert("describes".to_owned(), "none".into());
    if let Some(toml::Value::Array(views)) = dialect.get_mut("views") {
        let original = views.clone();
        for copy in 1..copies {
            let suffix = suffix_of(copy);
            let names = original.iter().filter_map(toml::Value::as_str);
            views.extend(names.map(|name| format!("{name}{suffix}").into()));
        }
    }
    dialect
}
