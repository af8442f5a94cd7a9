//! The operations and schemas that are served.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use crate::reduction::{ReductionError, component_name, reduce_document};
use crate::routing::{PathPart, literal_rank, match_template, split_template};

const EMBEDDED: &str = include_str!(concat!(env!("OUT_DIR"), "/document.json"));

/// Why a document cannot be served.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DocumentError {
    /// The file cannot be read.
    #[error("cannot read {path}: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// The error of the system.
        source: std::io::Error,
    },
    /// The text is not JSON.
    #[error("the document is not JSON: {0}")]
    Syntax(#[from] serde_json::Error),
    /// The text is not an OpenAPI document of the kind that the server can serve.
    #[error("not a usable OpenAPI document: {0}")]
    Shape(String),
}

impl From<ReductionError> for DocumentError {
    fn from(error: ReductionError) -> Self {
        Self::Shape(error.to_string())
    }
}

/// The operations of the API and the schemas of their responses.
#[derive(Debug)]
pub struct ApiDocument {
    pub(crate) version: String,
    pub(crate) operations: Vec<ApiOperation>,
    components: Map<String, Value>,
    /// The component of the objects with a tag.
    components_by_tag: HashMap<String, String>,
    prefixes: HashMap<String, String>,
    /// The types of events that an endpoint can be notified of.
    pub(crate) event_types: BTreeSet<String>,
    /// The types of notifications of v2.
    pub(crate) notification_types: BTreeSet<String>,
}

/// The format of a request body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BodyFormat {
    Form,
    Multipart,
    Json,
}

/// What an operation does with objects, as far as its path and its response say so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum OperationKind {
    List,
    Search,
    Retrieve,
    Create,
    Update,
    Delete,
    /// `POST /x/{id}/verb`, which returns the object.
    Verb(String),
    /// An object that exists once for its path, such as a customer's cash balance.
    RetrieveSingleton,
    UpdateSingleton,
    DeleteSingleton,
    /// A response that is computed and not stored, such as the preview of an invoice.
    Preview,
    /// A file.
    Download,
}

/// One method of one path.
#[derive(Debug)]
pub(crate) struct ApiOperation {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) template: Vec<PathPart>,
    pub(crate) query: Value,
    pub(crate) body: Option<(BodyFormat, Value)>,
    pub(crate) media: String,
    pub(crate) answer: Value,
    pub(crate) kind: OperationKind,
    /// The tags of the objects that it returns; of the items, if it is a list.
    pub(crate) tags: Vec<String>,
    /// The tags of the object that each path parameter names.
    pub(crate) owner_tags: Vec<Vec<String>>,
}

impl ApiOperation {
    /// Operations of v2 differ in pages, errors and the form of times.
    pub(crate) fn is_v2(&self) -> bool {
        self.path.starts_with("/v2/")
    }

    /// The names of the path parameters.
    pub(crate) fn parameter_names(&self) -> impl Iterator<Item = &str> {
        self.template.iter().filter_map(|part| match part {
            PathPart::Parameter(name) => Some(name.as_str()),
            PathPart::Literal(_) => None,
        })
    }
}

impl ApiDocument {
    /// The document that is part of the library.
    ///
    /// # Errors
    /// Never, unless the library was built from a document that it cannot serve.
    pub fn embedded() -> Result<Self, DocumentError> {
        // `FromStr`, because that is compiled in `serde_json`, which is optimised in debug builds.
        Self::from_reduced(EMBEDDED.parse()?)
    }

    /// Reads an OpenAPI document in JSON.
    ///
    /// # Errors
    /// If the file cannot be read, or is not an OpenAPI document in JSON.
    pub fn read(path: impl AsRef<Path>) -> Result<Self, DocumentError> {
        let path = path.as_ref();
        let text = std::fs::read_to_string(path).map_err(|source| DocumentError::Read {
            path: path.to_owned(),
            source,
        })?;
        let mut reduced = reduce_document(&text.parse()?)?;
        // The prefixes of ids are in no document.
        let embedded: Value = EMBEDDED.parse()?;
        for table in ["prefixes", "notifications"] {
            reduced[table] = embedded[table].clone();
        }
        Self::from_reduced(reduced)
    }

    fn from_reduced(mut reduced: Value) -> Result<Self, DocumentError> {
        let components = match reduced["components"].take() {
            Value::Object(components) => components,
            _ => Map::new(),
        };
        let operations = match reduced["operations"].take() {
            Value::Array(operations) => operations,
            _ => Vec::new(),
        };
        let mut document = Self {
            version: text_of(&reduced["version"]),
            operations: Vec::new(),
            components_by_tag: tags_of_components(&components),
            components,
            prefixes: text_table(&reduced["prefixes"]),
            event_types: BTreeSet::new(),
            notification_types: text_table(&reduced["notifications"]).into_keys().collect(),
        };
        for stated in operations {
            let operation = document.read_operation(stated)?;
            document.operations.push(operation);
        }
        document.classify_operations();
        document.event_types = document.read_event_types();
        Ok(document)
    }

    fn read_operation(&self, mut stated: Value) -> Result<ApiOperation, DocumentError> {
        let path = text_of(&stated["path"]);
        let body = match stated["body"]["media"].as_str() {
            None => None,
            Some(media) => {
                let format = match media {
                    "application/x-www-form-urlencoded" => BodyFormat::Form,
                    "multipart/form-data" => BodyFormat::Multipart,
                    "application/json" => BodyFormat::Json,
                    other => {
                        let message = format!("request bodies of type {other} are not known");
                        return Err(DocumentError::Shape(message));
                    }
                };
                Some((format, stated["body"]["schema"].take()))
            }
        };
        let answer = stated["answer"].take();
        Ok(ApiOperation {
            method: text_of(&stated["method"]),
            template: split_template(&path),
            path,
            query: stated["query"].take(),
            body,
            media: text_of(&stated["media"]),
            tags: self.tags_of_answer(&answer),
            answer,
            kind: OperationKind::Preview,
            owner_tags: Vec::new(),
        })
    }

    /// The tags of the objects that a response has; of the items, if it is a list.
    fn tags_of_answer(&self, answer: &Value) -> Vec<String> {
        let answer = self.resolve_schema(answer);
        let item = &answer["properties"]["data"]["items"];
        match item.is_object() {
            true => self.tags_of_schema(item),
            false => self.tags_of_schema(answer),
        }
    }

    /// The values of `object` in the objects that a schema allows.
    pub(crate) fn tags_of_schema(&self, schema: &Value) -> Vec<String> {
        let mut tags = Vec::new();
        for object in self.possible_objects(schema) {
            let values = object["properties"]["object"]["enum"].as_array();
            for tag in values.into_iter().flatten().filter_map(Value::as_str) {
                if !tags.iter().any(|known| known == tag) {
                    tags.push(tag.to_owned());
                }
            }
        }
        tags
    }

    /// The objects that a value of a schema can be.
    pub(crate) fn possible_objects<'d>(&'d self, schema: &'d Value) -> Vec<&'d Value> {
        let schema = self.resolve_schema(schema);
        match union_members(schema) {
            Some(members) => members
                .iter()
                .flat_map(|member| self.possible_objects(member))
                .collect(),
            None if schema["type"] == "array" => self.possible_objects(&schema["items"]),
            None if schema["properties"].is_object() => vec![schema],
            None => Vec::new(),
        }
    }

    /// Follows a reference to a component.
    pub(crate) fn resolve_schema<'d>(&'d self, schema: &'d Value) -> &'d Value {
        let reference = schema["$ref"].as_str().and_then(component_name);
        let target = reference.and_then(|name| self.components.get(name));
        target.unwrap_or(schema)
    }

    /// The schema of the objects with a tag.
    pub(crate) fn schema_of_tag(&self, tag: &str) -> Option<&Value> {
        let name = self.components_by_tag.get(tag)?;
        self.components.get(name)
    }

    /// What the ids of objects with a tag begin with.
    pub(crate) fn id_prefix<'d>(&'d self, tag: &'d str) -> &'d str {
        match self.prefixes.get(tag) {
            Some(prefix) => prefix,
            None => tag.rsplit('.').next().unwrap_or(tag),
        }
    }

    /// The operation of a request, and the values of its path parameters.
    pub(crate) fn find_operation(
        &self,
        method: &str,
        parts: &[String],
    ) -> Option<(&ApiOperation, Vec<String>)> {
        let candidates = self.operations.iter().filter(|o| o.method == method);
        candidates
            .filter_map(|operation| {
                let values = match_template(&operation.template, parts)?;
                Some((operation, values))
            })
            .max_by_key(|(operation, _)| literal_rank(&operation.template))
    }

    fn read_event_types(&self) -> BTreeSet<String> {
        let endpoints = self
            .operations
            .iter()
            .find(|o| o.method == "POST" && o.path == "/v1/webhook_endpoints");
        let schema = endpoints.and_then(|o| o.body.as_ref());
        let types = schema.and_then(|(_, schema)| {
            schema
                .pointer("/properties/enabled_events/items/enum")
                .and_then(Value::as_array)
        });
        let types = types.into_iter().flatten().filter_map(Value::as_str);
        types.map(str::to_owned).collect()
    }

    fn classify_operations(&mut self) {
        let retrieved: BTreeMap<String, Vec<String>> = self
            .operations
            .iter()
            .filter(|o| o.method == "GET" && ends_with_parameter(&o.template))
            .map(|o| (anonymous_path(&o.template), o.tags.clone()))
            .collect();
        let lists: BTreeSet<String> = self
            .operations
            .iter()
            .filter(|o| o.method == "GET" && self.is_list(&o.answer))
            .map(|o| o.path.clone())
            .collect();
        let reads: BTreeSet<String> = self
            .operations
            .iter()
            .filter(|o| o.method == "GET")
            .map(|o| o.path.clone())
            .collect();
        let owners = |template: &[PathPart]| -> Vec<Vec<String>> {
            let ends = (1..=template.len())
                .filter(|end| matches!(template[*end - 1], PathPart::Parameter(_)));
            ends.map(|end| {
                let path = anonymous_path(&template[..end]);
                let path = path.replace("/test_helpers/", "/");
                retrieved.get(&path).cloned().unwrap_or_default()
            })
            .collect()
        };
        let kinds: Vec<_> = self
            .operations
            .iter()
            .map(|operation| {
                let owners = owners(&operation.template);
                let is_list = self.is_list(&operation.answer);
                let kind = classify(operation, is_list, &owners, &lists, &reads);
                (kind, owners)
            })
            .collect();
        for (operation, (kind, owners)) in self.operations.iter_mut().zip(kinds) {
            operation.kind = kind;
            operation.owner_tags = owners;
        }
    }

    fn is_list(&self, answer: &Value) -> bool {
        let properties = &self.resolve_schema(answer)["properties"];
        let has_cursor = ["has_more", "next_page_url"]
            .iter()
            .any(|name| properties[name].is_object());
        properties["data"]["type"] == "array" && has_cursor
    }
}

fn classify(
    operation: &ApiOperation,
    is_list: bool,
    owners: &[Vec<String>],
    lists: &BTreeSet<String>,
    reads: &BTreeSet<String>,
) -> OperationKind {
    let ends_with_id = ends_with_parameter(&operation.template);
    let last = match operation.template.last() {
        Some(PathPart::Literal(last)) => last.as_str(),
        _ => "",
    };
    match operation.method.as_str() {
        "GET" if is_list && last == "search" => OperationKind::Search,
        "GET" if is_list => OperationKind::List,
        "GET" if operation.media != "application/json" => OperationKind::Download,
        "GET" if ends_with_id => OperationKind::Retrieve,
        "GET" if last == "preview" => OperationKind::Preview,
        "GET" => OperationKind::RetrieveSingleton,
        "DELETE" if ends_with_id => OperationKind::Delete,
        "DELETE" => OperationKind::DeleteSingleton,
        _ if ends_with_id => OperationKind::Update,
        _ if last == "create_preview" => OperationKind::Preview,
        _ if lists.contains(&operation.path) => OperationKind::Create,
        _ if reads.contains(&operation.path) => OperationKind::UpdateSingleton,
        _ => {
            let owner = owners.last().map(Vec::as_slice).unwrap_or_default();
            match operation.tags.iter().any(|tag| owner.contains(tag)) {
                true => OperationKind::Verb(last.to_owned()),
                false => OperationKind::Create,
            }
        }
    }
}

/// The members of a union.
pub(crate) fn union_members(schema: &Value) -> Option<&Vec<Value>> {
    let members = schema.get("anyOf").or_else(|| schema.get("oneOf"));
    members.and_then(Value::as_array).filter(|m| !m.is_empty())
}

/// Which component describes the objects with a tag: not the one of deleted objects.
fn tags_of_components(components: &Map<String, Value>) -> HashMap<String, String> {
    let mut tags = HashMap::new();
    for (name, schema) in components {
        let values = schema["properties"]["object"]["enum"].as_array();
        if schema["properties"]["deleted"]["enum"].is_array() && name.starts_with("deleted_") {
            continue;
        }
        for tag in values.into_iter().flatten().filter_map(Value::as_str) {
            // Some components are views of another one; the one that is named like the tag wins.
            if name == tag || !tags.contains_key(tag) {
                tags.insert(tag.to_owned(), name.clone());
            }
        }
    }
    tags
}

fn ends_with_parameter(template: &[PathPart]) -> bool {
    matches!(template.last(), Some(PathPart::Parameter(_)))
}

/// A path without the names of its parameters, which differ between operations.
fn anonymous_path(template: &[PathPart]) -> String {
    let mut path = String::new();
    for part in template {
        path.push('/');
        path.push_str(match part {
            PathPart::Literal(literal) => literal,
            PathPart::Parameter(_) => "{}",
        });
    }
    path
}

fn text_of(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn text_table(value: &Value) -> HashMap<String, String> {
    let members = value.as_object().into_iter().flatten();
    members
        .map(|(name, text)| (name.clone(), text_of(text)))
        .collect()
}
