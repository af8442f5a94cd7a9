//! Validates objects of responses against the document.

use std::collections::BTreeSet;
use std::path::Path;

use jsonschema::Validator;
use serde_json::{Map, Value, json};

use super::check::compile;
use super::document::Document;
use super::expand::possible_objects;
use super::load::{self, DocumentError};
use super::translate::to_json_schema;

/// A validator of responses and of what they contain.
#[derive(Debug)]
pub struct ResponseSchemas {
    validator: Validator,
    known: BTreeSet<String>,
}

impl ResponseSchemas {
    /// Reads a document. `sites` are the places to validate besides the responses of operations:
    /// the name of a component or the id of an operation, and the fields that lead from there, such
    /// as `customer/sources`. `[]` after a field stands for its items or values.
    ///
    /// # Errors
    /// When the document cannot be read, or its schemas cannot be compiled.
    pub fn load<'s>(
        path: impl AsRef<Path>,
        sites: impl Iterator<Item = &'s str>,
    ) -> Result<Self, DocumentError> {
        let document = Document::from_value(&load::load(path.as_ref())?)?;
        let translate = |(name, schema): (&String, &Value)| (name.clone(), to_json_schema(schema));
        let components: Map<_, _> = document.components.iter().map(translate).collect();
        let answers = document.operations.iter();
        let mut schemas: Map<String, Value> = answers
            .map(|operation| (operation.id.clone(), to_json_schema(&operation.answer.1)))
            .collect();
        for site in sites {
            let found: Vec<Value> = schemas_at(&document, site)
                .into_iter()
                .map(to_json_schema)
                .collect();
            if !found.is_empty() {
                schemas.insert(site.to_owned(), json!({ "anyOf": found }));
            }
        }
        let known = schemas.keys().cloned().collect();
        let all = json!({
            "components": { "schemas": components },
            "properties": schemas,
            "additionalProperties": false,
        });
        let validator = compile(&all).map_err(DocumentError::Shape)?;
        Ok(Self { validator, known })
    }

    /// Whether the document has the operation or site.
    pub fn knows(&self, site: &str) -> bool {
        self.known.contains(site)
    }

    /// Validates a value against the response of an operation, or against a site.
    ///
    /// # Errors
    /// The place in the value and what is wrong with it.
    pub fn check(&self, site: &str, value: Value) -> Result<(), String> {
        let wrapped = json!({ site: value });
        let outcome = self.validator.validate(&wrapped);
        outcome.map_err(|error| format!("{}: {error}", error.instance_path()))
    }
}

/// The schemas of a place: several if unions lead there.
fn schemas_at<'d>(document: &'d Document, site: &str) -> Vec<&'d Value> {
    let mut steps = site.split('/');
    let root = steps.next().unwrap_or_default();
    let component = document.components.get(root);
    let operation = || document.operations.iter().find(|o| o.id == root);
    let root = component.or_else(|| operation().map(|o| &o.answer.1));
    let mut schemas: Vec<&Value> = root.into_iter().collect();
    for step in steps {
        let (field, is_element) = match step.strip_suffix("[]") {
            Some(field) => (field, true),
            None => (step, false),
        };
        let objects = schemas
            .iter()
            .flat_map(|schema| possible_objects(document, schema));
        let fields = objects.filter_map(|object| object["properties"].get(field));
        schemas = match is_element {
            true => fields.flat_map(element_schema).collect(),
            false => fields.collect(),
        };
    }
    schemas
}

/// The items of a list or page, the values of a map; those of the innermost if it is one of another.
fn element_schema(schema: &Value) -> Option<&Value> {
    let places = ["/items", "/additionalProperties", "/properties/data/items"];
    let element = places.iter().find_map(|place| schema.pointer(place))?;
    Some(element_schema(element).unwrap_or(element))
}
