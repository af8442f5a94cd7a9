//! The operations of a document: what their requests have, and how they are responded to.

use serde_json::Value;

use super::document::Document;

const METHODS: [&str; 7] = ["get", "put", "post", "delete", "options", "head", "patch"];

/// One method of one path.
#[derive(Debug)]
pub struct Operation {
    /// In upper case.
    pub method: String,
    /// The template, as the document has it.
    pub path: String,
    /// Where the requests go to; a relative server is below [`RELATIVE_ORIGIN`].
    pub server: Server,
    /// The parameters of the path and of the operation.
    pub parameters: Vec<Parameter>,
    /// The body, if there is one.
    pub body: Option<RequestBody>,
    /// One of these sets of credentials is sent. None at all if this is empty.
    pub security: Vec<Vec<Credential>>,
    /// What a successful call gets.
    pub success: Success,
}

/// Stands for the place of the document, for servers that are relative to it.
pub const RELATIVE_ORIGIN: &str = "https://corpus.test";

/// A server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// Scheme and host.
    pub origin: String,
    /// The path before that of the operation, without a slash at its end.
    pub path: String,
}

/// Where a parameter is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In the path.
    Path,
    /// In the query.
    Query,
    /// A header.
    Header,
    /// A cookie.
    Cookie,
}

/// A parameter.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// Where it is.
    pub place: Place,
    /// Whether it must be there.
    pub required: bool,
    /// The name of its style.
    pub style: String,
    /// Whether lists and objects are written as several values.
    pub explode: bool,
    /// Whether the value is a JSON text.
    pub is_json: bool,
    /// What values it has.
    pub schema: Value,
}

/// The body of requests.
#[derive(Debug)]
pub struct RequestBody {
    /// Whether it must be there.
    pub required: bool,
    /// Media types with their media type objects.
    pub contents: Vec<(String, Value)>,
}

/// How a credential is sent.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Credential {
    /// `Authorization: Bearer …`.
    Bearer,
    /// `Authorization: Basic …`.
    Basic,
    /// A header of this name, in lower case.
    Header(String),
    /// A parameter of the query.
    Query(String),
    /// A cookie.
    Cookie(String),
    /// Something that is not checked here, such as a certificate.
    Other(String),
}

/// The response of a successful call.
#[derive(Debug, Default)]
pub struct Success {
    /// The status.
    pub status: u16,
    /// Its contents in their order.
    pub contents: Vec<Content>,
}

/// The content of a response.
#[derive(Debug)]
pub struct Content {
    /// The media type.
    pub media_type: String,
    /// The schema, if there is one.
    pub schema: Option<Value>,
    /// The examples, with their JSON pointers below the operation.
    pub examples: Vec<(String, Value)>,
}

/// The operations of a document in their order.
pub fn read_operations(document: &Document) -> Vec<Operation> {
    let mut found = Vec::new();
    for (path, item) in document.members(&document.root()["paths"]) {
        let item = document.resolve(item);
        for method in METHODS {
            if let Some(stated) = item.get(method) {
                found.push(read_operation(document, (method, path), item, stated));
            }
        }
    }
    found
}

fn read_operation(
    document: &Document,
    (method, path): (&str, &str),
    item: &Value,
    stated: &Value,
) -> Operation {
    let root = document.root();
    let servers = [stated, item, root].into_iter();
    let server = servers.filter_map(|at| at["servers"].get(0)).next();
    let security = stated.get("security").or_else(|| root.get("security"));
    let security = security.and_then(Value::as_array).into_iter().flatten();
    let body = stated.get("requestBody").map(|body| document.resolve(body));
    Operation {
        method: method.to_uppercase(),
        path: path.to_owned(),
        server: read_server(server),
        parameters: read_parameters(document, item, stated),
        body: body.map(|body| RequestBody {
            required: body["required"] == true,
            contents: document
                .members(&body["content"])
                .map(|(name, content)| (name.to_owned(), content.clone()))
                .collect(),
        }),
        security: security
            .map(|requirement| read_requirement(document, requirement))
            .collect(),
        success: read_success(document, stated),
    }
}

/// A server with the defaults of its variables.
fn read_server(server: Option<&Value>) -> Server {
    let mut url = server
        .map_or("/", |server| server["url"].as_str().unwrap_or("/"))
        .to_owned();
    let variables = server.and_then(|server| server["variables"].as_object());
    for (name, variable) in variables.into_iter().flatten() {
        let default = variable["default"].as_str().unwrap_or_default();
        url = url.replace(&format!("{{{name}}}"), default);
    }
    let url = match url.split_once("://") {
        Some(_) => url,
        None => match url.strip_prefix("//") {
            Some(host) => format!("https://{host}"),
            None => format!("{RELATIVE_ORIGIN}/{}", url.trim_start_matches('/')),
        },
    };
    let host = url.find("://").map_or(0, |at| at + 3);
    let rest = url.get(host..).unwrap_or_default();
    let end = rest.find('/').map_or(url.len(), |at| host + at);
    let (origin, path) = url.split_at(end);
    Server {
        origin: origin.to_lowercase(),
        path: path.trim_end_matches('/').to_owned(),
    }
}

/// Parameters of the operation replace those of the path.
fn read_parameters(document: &Document, item: &Value, stated: &Value) -> Vec<Parameter> {
    let mut found: Vec<Parameter> = Vec::new();
    let all = [item, stated].into_iter();
    let all = all.flat_map(|at| at["parameters"].as_array().into_iter().flatten());
    for parameter in all.filter_map(|value| read_parameter(document.resolve(value))) {
        let is_same = |old: &Parameter| old.name == parameter.name && old.place == parameter.place;
        found.retain(|old| !is_same(old));
        found.push(parameter);
    }
    found
}

fn read_parameter(value: &Value) -> Option<Parameter> {
    let place = match value["in"].as_str()? {
        "path" => Place::Path,
        "query" => Place::Query,
        "header" => Place::Header,
        "cookie" => Place::Cookie,
        _ => return None,
    };
    let content = value["content"]
        .as_object()
        .and_then(|all| all.iter().next());
    let schema = match content {
        Some((_, content)) => content.get("schema"),
        None => value.get("schema"),
    };
    let default = match place {
        Place::Path | Place::Header => "simple",
        Place::Query | Place::Cookie => "form",
    };
    let style = value["style"].as_str().unwrap_or(default);
    Some(Parameter {
        name: value["name"].as_str()?.to_owned(),
        place,
        required: place == Place::Path || value["required"] == true,
        style: style.to_owned(),
        explode: value["explode"].as_bool().unwrap_or(style == "form"),
        is_json: content.is_some_and(|(name, _)| is_json(name)),
        schema: schema.cloned().unwrap_or(Value::Bool(true)),
    })
}

fn read_requirement(document: &Document, requirement: &Value) -> Vec<Credential> {
    let schemes = document.root().pointer("/components/securitySchemes");
    let names = requirement.as_object().into_iter().flatten();
    let mut found: Vec<Credential> = names
        .map(|(name, _)| {
            let scheme = schemes.and_then(|schemes| schemes.get(name));
            read_credential(
                scheme.map_or(&Value::Null, |scheme| document.resolve(scheme)),
                name,
            )
        })
        .collect();
    found.sort();
    found
}

fn read_credential(scheme: &Value, name: &str) -> Credential {
    let text = |member: &str| scheme[member].as_str().unwrap_or_default();
    match (
        text("type"),
        text("scheme").to_lowercase().as_str(),
        text("in"),
    ) {
        ("oauth2" | "openIdConnect", _, _) | ("http", "bearer", _) => Credential::Bearer,
        ("http", "basic", _) => Credential::Basic,
        ("apiKey", _, "header") => Credential::Header(text("name").to_lowercase()),
        ("apiKey", _, "query") => Credential::Query(text("name").to_owned()),
        ("apiKey", _, "cookie") => Credential::Cookie(text("name").to_owned()),
        _ => Credential::Other(name.to_owned()),
    }
}

/// The response with the lowest status of success; the default one if there is none.
fn read_success(document: &Document, stated: &Value) -> Success {
    let responses = &stated["responses"];
    let status_of = |name: &str| match name.strip_prefix('2') {
        Some(rest) if rest.eq_ignore_ascii_case("xx") => Some(200),
        Some(_) => name.parse::<u16>().ok(),
        None => None,
    };
    let all = document.members(responses);
    let found = all.filter_map(|(name, response)| Some((status_of(name)?, name, response)));
    let default = responses
        .get("default")
        .map(|response| (200, "default", response));
    let Some((status, name, response)) = found.min_by_key(|found| found.0).or(default) else {
        return Success {
            status: 204,
            contents: Vec::new(),
        };
    };
    let contents = document.members(&document.resolve(response)["content"]);
    let contents = contents.map(|(media_type, content)| {
        let place = format!("responses/{name}/content/{}", media_type.replace('/', "~1"));
        Content {
            media_type: media_type.to_owned(),
            schema: content.get("schema").cloned(),
            examples: read_examples(document, content, &place),
        }
    });
    Success {
        status,
        contents: contents.collect(),
    }
}

/// The examples of a content; those of its schema if it has none of its own.
fn read_examples(document: &Document, content: &Value, place: &str) -> Vec<(String, Value)> {
    let mut found = Vec::new();
    if let Some(example) = content.get("example") {
        found.push((format!("{place}/example"), example.clone()));
    }
    for (name, example) in document.members(&content["examples"]) {
        if let Some(value) = document.resolve(example).get("value") {
            found.push((format!("{place}/examples/{name}"), value.clone()));
        }
    }
    if found.is_empty() {
        let schema = document.resolve(&content["schema"]);
        let listed = schema["examples"].as_array().into_iter().flatten();
        let all = schema.get("example").into_iter().chain(listed);
        found.extend(all.map(|value| (format!("{place}/schema/example"), value.clone())));
    }
    found
}

/// The media type without its parameters, in lower case.
pub fn essence(media_type: &str) -> String {
    let essence = media_type.split(';').next().unwrap_or_default();
    essence.trim().to_lowercase()
}

/// Whether a media type is one of JSON.
pub fn is_json(media_type: &str) -> bool {
    let essence = essence(media_type);
    essence.ends_with("/json") || essence.ends_with("+json")
}
